"""Each kind of undo on the local cloud: from a real call that tampers to the proof that all is as it was."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator

import pytest

from console.drill import TRAIL
from tests.guarded import UNDONE, Guarded, guarded_cloud


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The cloud with all of it."""
    with guarded_cloud(tmp_path_factory.mktemp("guarded")) as cloud:
        yield cloud


@pytest.mark.parametrize("action", UNDONE)
def test_it_is_put_back_and_proven(
    action: str, guarded: Guarded, record_property: Callable[[str, object], None]
) -> None:
    undone, before = UNDONE[action], len(guarded.cloud.executions())
    wanted = undone.read(guarded.clients, guarded.on)
    start = time.monotonic()
    undone.tamper(guarded.clients, guarded.on)
    execution = guarded.cloud.wait(
        lambda: len(guarded.cloud.executions()) > before and guarded.execution(action), f"the end of {action}"
    )
    record_property("seconds", round(time.monotonic() - start, 2))
    result = json.loads(execution["output"])["undo"]
    assert (result["call"], result["proven"]) == (undone.call, True), result
    assert undone.read(guarded.clients, guarded.on) == wanted


def test_whoever_passes_restores_role_to_another_function_gets_nothing_by_it(guarded: Guarded) -> None:
    functions, iam = guarded.cloud.client("lambda"), guarded.cloud.client("iam")
    (role,) = [one["Arn"] for one in iam.list_roles()["Roles"] if "RestoreRole" in one["RoleName"]]
    code = "import boto3\n\ndef handler(event, context):\n    boto3.client('cloudtrail').start_logging(Name=event)\n"
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
        archive.writestr("code.py", code)
    functions.create_function(
        FunctionName="evil",
        Role=role,
        Runtime="python3.13",
        Handler="code.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    answer = functions.invoke(FunctionName="evil", Payload=json.dumps(TRAIL))
    assert "is not authorized to perform: cloudtrail:StartLogging" in answer["Payload"].read().decode()
