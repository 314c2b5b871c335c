"""Fixtures that several test files use."""

import gc
import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from localcloud import LocalCloud, unneeded

# Until all is imported: see pytest_collection_finish.
gc.disable()
unneeded.leave_out()

# What Lambda sets; the functions make their clients at import.
os.environ.update(
    AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test"
)
os.environ.pop("AWS_ENDPOINT_URL", None)
os.environ.pop("AWS_PROFILE", None)


# The files that take longest, first: what is left at the end keeps one of two processes waiting.
LONGEST = (
    *("test_cli", "test_state_machine", "test_topics", "test_flow", "test_server", "test_adopt", "test_calls"),
    *(
        "test_approvals",
        "test_watchdog",
        "test_restores",
        "test_stack",
        "test_cli_session",
        "test_recorder",
        "test_clauses",
    ),
)


def pytest_xdist_auto_num_workers() -> int:
    """Two processes more than there are cores: tests on the local cloud wait a good deal."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files."""
    order = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_collection_finish() -> None:
    """Let the garbage collector look no more at what has been imported by now, moto and botocore's models above all."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def on_moto() -> Iterator[None]:
    """An empty AWS in this process for the functions."""
    with mock_aws():
        yield


@cache
def moto_client(service: str, region: str = "us-east-1") -> Any:
    """The tests' own client of that AWS, made once: making one takes longer than ten calls."""
    return boto3.client(service, region_name=region)  # type: ignore[call-overload]


@pytest.fixture
def ledger(on_moto: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The ledger, empty: a resource of boto3."""
    monkeypatch.setenv("LEDGER", "Ledger")
    moto_client("dynamodb").create_table(
        TableName="Ledger",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return _ledger()


@cache
def _ledger() -> Any:
    return boto3.resource("dynamodb", region_name="us-east-1").Table("Ledger")


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`deployed(language="ko")`: the settings that functions find beside them, with changes."""
    from tests.samples import SETTINGS

    def write(**changes: Any) -> None:
        (tmp_path / "settings.json").write_text(json.dumps({**SETTINGS, **changes}))

    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    monkeypatch.setenv("RESTORE_ROLE_ARN", "arn:aws:iam::123456789012:role/Trailkeeper-RestoreRole-1A2B")
    write()
    return write


Template = dict[str, Any]
Assemble = Callable[..., Path]


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """A local cloud that runs, with nothing deployed but what the tests deploy; give each stack a name of its own."""
    with LocalCloud(log_seconds=0.2) as running:
        yield running


@pytest.fixture(scope="session")
def assemble(tmp_path_factory: pytest.TempPathFactory) -> Assemble:
    """`assemble("Stack", resources, code={"triage.py": "..."}, outputs=...)` writes an assembly as CDK does.

    The code's asset is in the bucket and under the key that CODE names.
    """

    def write(
        name: str,
        resources: Template,
        *,
        code: dict[str, str] | None = None,
        outputs: dict[str, Any] | None = None,
        **template: Any,
    ) -> Path:
        folder: Path = tmp_path_factory.mktemp(name)
        body = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}}
        (folder / f"{name}.template.json").write_text(json.dumps(body | template))
        files = {"template": _asset(f"{name}.template.json", "file", f"{name}.json")}
        if code is not None:
            (folder / "asset.code").mkdir()
            for file, text in code.items():
                (folder / "asset.code" / file).write_text(text)
            files["code"] = _asset("asset.code", "zip", f"{name}.zip")
        (folder / f"{name}.assets.json").write_text(json.dumps({"version": "48.0.0", "files": files}))
        (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": _artifacts(name)}))
        return folder

    return write


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trailkeeper's own cloud assembly, with undo auto; what tests break of it themselves is announced."""
    from app import synthesize  # here, as it starts Node

    tests = {
        "principal": "arn:aws:iam::123456789012:user/administrator",
        "actions": [
            *("UpdateFunctionConfiguration20150331v2", "UpdateFunctionCode20150331v2"),
            *("PutRolePolicy", "DeleteRolePolicy"),
        ],
        "reason": "tests",
        "until": "2999-12-31",
    }
    # What comes after the mail has tests of its own; each test is an incident of its own.
    later = {"undo_hours": 0, "report_minutes": 0, "flood_minutes": 0.01, "restores_per_hour": 100}
    context = {"emails": ["security@example.com"], "undo": "auto", "expected": [tests], **later}
    return synthesize(context, str(tmp_path_factory.mktemp("assembly")))


@pytest.fixture(scope="session")
def deployment(assembly: Path) -> Iterator[LocalCloud]:
    """A local cloud of its own with Trailkeeper deployed."""
    with LocalCloud() as running:
        running.deploy(assembly)
        running.confirm_all()
        yield running


@pytest.fixture(scope="session")
def machines(cloud: LocalCloud, assemble: Assemble) -> Any:
    """State machines whose functions do what the test plans: a tests.machines.Machines."""
    from tests.machines import deployed_machines

    return deployed_machines(cloud, assemble)


def role(service: str, *statements: Template) -> Template:
    """A role for `lambda` or `states` with the statements as its policy."""
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17"}
    policy = {"PolicyName": "rights", "PolicyDocument": document | {"Statement": list(statements)}}
    properties = {"AssumeRolePolicyDocument": document | {"Statement": [trust]}}
    return {"Type": "AWS::IAM::Role", "Properties": properties | ({"Policies": [policy]} if statements else {})}


def function(stack: str, handler: str, **properties: Any) -> Template:
    """A function with the stack's code and the role `FunctionRole`."""
    fixed = {"Code": code_of(stack), "Handler": handler, "Runtime": "python3.13"}
    granted = {"Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]}}
    return {"Type": "AWS::Lambda::Function", "Properties": fixed | granted | properties}


def code_of(stack: str) -> dict[str, Any]:
    """Where the stack's code is, as a function's property Code."""
    return {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": f"{stack}.zip"}


def lost(cloud: LocalCloud, what: str) -> str:
    """The line that says that this was lost; the test expects it, so it does not fail the run when the cloud ends."""
    lines = cloud.wait(
        lambda: [line for line in cloud.errors if line.startswith("LOST") and what in line], f"the loss of {what}"
    )
    cloud.errors.remove(lines[0])
    return lines[0]


BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


def _asset(path: str, packaging: str, key: str) -> dict[str, Any]:
    destination = {"bucketName": BUCKET, "objectKey": key}
    return {"source": {"path": path, "packaging": packaging}, "destinations": {"current": destination}}


def _artifacts(name: str) -> dict[str, Any]:
    return {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}},
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {
                "templateFile": f"{name}.template.json",
                "terminationProtection": True,
                "stackTemplateAssetObjectUrl": f"s3://{BUCKET}/{name}.json",
                "requiresBootstrapStackVersion": 6,
                "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
            },
            "dependencies": [f"{name}.assets"],
        },
    }
