"""A synthesized assembly is deployed as it is, or refused."""

import json
from pathlib import Path

import pytest

from localcloud import LocalCloud
from localcloud.deploy import DeploymentFailed
from tests.conftest import Assemble


def test_images_and_stages_are_refused_by_name(cloud: LocalCloud, assemble: Assemble) -> None:
    folder = assemble("Images", {"Queue": {"Type": "AWS::SQS::Queue"}})
    (folder / "Images.assets.json").write_text(json.dumps({"files": {}, "dockerImages": {"image": {}}}))
    with pytest.raises(DeploymentFailed, match=r"Images\.assets\.json: the local cloud has no registry for images"):
        cloud.deploy(folder)
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Beta": {"type": "cdk:cloud-assembly"}}}))
    with pytest.raises(DeploymentFailed, match="Beta: the local cloud deploys stacks, not stages"):
        cloud.deploy(folder)


def test_trailkeeper_is_created_whole_from_the_template_that_cdk_wrote(deployment: LocalCloud, assembly: Path) -> None:
    cloudformation = deployment.client("cloudformation")
    written = json.loads((assembly / "Trailkeeper.template.json").read_text())
    (stack,) = cloudformation.describe_stacks(StackName="Trailkeeper")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert cloudformation.get_template(StackName="Trailkeeper")["TemplateBody"] == written
    created = cloudformation.describe_stack_resources(StackName="Trailkeeper")["StackResources"]
    assert {resource["LogicalResourceId"] for resource in created} == set(written["Resources"])
