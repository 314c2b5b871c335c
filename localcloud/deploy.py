"""Deploys a synthesized cloud assembly as it is: what `cdk bootstrap` and `cdk deploy` do, on the local cloud."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Client = Callable[..., Any]


class DeploymentFailed(Exception):
    """CloudFormation could not create the stack; the message has its reasons."""


def deploy(assembly: Path, client: Client, account: str, region: str) -> dict[str, str]:
    """Create each stack of the assembly with its assets, in the assembly's order; return all their outputs.

    `client(service, region)` returns a boto3 client; stacks without a Region go to `region`.
    """
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    outputs: dict[str, str] = {}
    for name, artifact in artifacts.items():
        if artifact["type"] == "cdk:cloud-assembly":
            raise DeploymentFailed(f"{name}: the local cloud deploys stacks, not stages; pass the stage's own folder")
        if artifact["type"] == "aws:cloudformation:stack":
            place = artifact["environment"].removeprefix("aws://").split("/")[1]
            target = region if place == "unknown-region" else place
            variables = {"${AWS::AccountId}": account, "${AWS::Region}": target, "${AWS::Partition}": "aws"}
            properties = artifact["properties"]
            for dependency in artifact.get("dependencies", []):
                if artifacts[dependency]["type"] == "cdk:asset-manifest":
                    assets = assembly / artifacts[dependency]["properties"]["file"]
                    upload(assets, variables, client("s3", target), target)
            bootstrap(properties, client("ssm", target))
            stack = properties.get("stackName", name)
            outputs |= create(stack, properties, variables, client("cloudformation", target))
    return outputs


def bootstrap(properties: dict[str, Any], ssm: Any) -> None:
    """Mark the environment as bootstrapped, with the version that the stack requires."""
    ssm.put_parameter(
        Name=properties["bootstrapStackVersionSsmParameter"],
        Value=str(properties["requiresBootstrapStackVersion"]),
        Type="String",
        Overwrite=True,
    )


def upload(manifest: Path, variables: dict[str, str], s3: Any, region: str) -> None:
    """Upload each asset to where the manifest says."""
    assets = json.loads(manifest.read_text())
    if assets.get("dockerImages"):
        raise DeploymentFailed(f"{manifest.name}: the local cloud has no registry for images")
    for asset in assets["files"].values():
        source = manifest.parent / asset["source"]["path"]
        body = zipped(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
        for destination in asset["destinations"].values():
            bucket = filled(destination["bucketName"], variables)
            if bucket not in [existing["Name"] for existing in s3.list_buckets()["Buckets"]]:
                place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
                s3.create_bucket(Bucket=bucket, **place)
            s3.put_object(Bucket=bucket, Key=filled(destination["objectKey"], variables), Body=body)


def zipped(folder: Path) -> bytes:
    """Zip a folder reproducibly."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.external_attr = path.stat().st_mode << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def create(name: str, properties: dict[str, Any], variables: dict[str, str], cloudformation: Any) -> dict[str, str]:
    """Create the stack from its uploaded template, or update it, and wait for it; return its outputs."""
    bucket, key = filled(properties["stackTemplateAssetObjectUrl"], variables).removeprefix("s3://").split("/", 1)
    given: dict[str, Any] = {
        "StackName": name,
        "TemplateURL": f"https://s3.{variables['${AWS::Region}']}.amazonaws.com/{bucket}/{key}",
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in properties.get("parameters", {}).items()
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in properties.get("tags", {}).items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    if name in [stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]]:
        cloudformation.update_stack(**given)
    else:
        protected = properties.get("terminationProtection", False)
        cloudformation.create_stack(**given, EnableTerminationProtection=protected)
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]  # moto has done all within the call
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        failed = next(event for event in events if event["ResourceStatus"].endswith("_FAILED"))
        what = f"{failed['LogicalResourceId']} ({failed['ResourceType']}): {failed['ResourceStatusReason']}"
        raise DeploymentFailed(f"{name} {stack['StackStatus']}: {what}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def filled(text: str, variables: dict[str, str]) -> str:
    """The text with its variables, such as ${AWS::Region}, filled in."""
    for variable, value in variables.items():
        text = text.replace(variable, value)
    return text
