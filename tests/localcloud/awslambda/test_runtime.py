"""Functions run as Lambda runs them: in processes of their own, as their role, cold once and then warm."""

import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.awslambda.log import peak_megabytes
from localcloud.awslambda.runtime import CONCURRENCY
from tests.conftest import Assemble, function, role

CODE = """
import json, logging, os, pathlib, sys, time

calls = 0

def where(event, context):
    global calls
    calls += 1
    return {"pid": os.getpid(), "calls": calls, "variables": dict(os.environ)}

def meet(event, context):
    folder = pathlib.Path(event["folder"])
    (folder / context.aws_request_id).touch()
    while len(list(folder.iterdir())) < event["guests"]:
        time.sleep(0.005)
    return os.getpid()

def who(event, context):
    import boto3
    return boto3.client("sts").get_caller_identity()["Arn"]

def echo(event, context):
    return event

def refuse(event, context):
    raise type("TrailNotFoundException", (Exception,), {})("no trail")

def hang(event, context):
    while event != "quick":
        time.sleep(1)

def leave(event, context):
    os._exit(3)

def say(event, context):
    print("said", event)
    logging.warning("warned")

def borrow(event, context):
    import localcloud
"""


LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:*:*:log-group:*",
}


def arn_of(role: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [role, "Arn"]}


@pytest.fixture(scope="module")
def invoke(cloud: LocalCloud, assemble: Assemble) -> Callable[..., Any]:
    """`invoke("where", event)` returns the whole response, with its payload read."""
    functions = {
        name: function("Functions", f"code.{name}", FunctionName=name)
        for name in ("where", "meet", "who", "echo", "refuse", "leave", "say", "borrow")
    }
    functions["hang"] = function("Functions", "code.hang", FunctionName="hang", Timeout=1)
    functions["lost"] = function("Functions", "nowhere.handler", FunctionName="lost")
    functions["own"] = function(
        "Functions", "code.where", FunctionName="own", Environment={"Variables": {"AWS_ENDPOINT_URL": "http://other"}}
    )
    functions["json"] = function(
        "Functions", "code.say", FunctionName="json", LoggingConfig={"LogFormat": "JSON", "LogGroup": "/own/group"}
    )
    functions["silent"] = function("Functions", "code.say", FunctionName="silent", Role=arn_of("SilentRole"))
    resources = {"FunctionRole": role("lambda", LOGS), "SilentRole": role("lambda"), **functions}
    cloud.deploy(assemble("Functions", resources, code={"code.py": CODE}))

    def call(name: str, event: Any = None, **more: Any) -> dict[str, Any]:
        answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **more)
        body = answer["Payload"].read()
        return dict(answer) | {"Payload": json.loads(body) if body else None}

    return call


def test_a_function_starts_once_and_then_is_warm(invoke: Callable[..., Any]) -> None:
    first, second = invoke("where")["Payload"], invoke("where")["Payload"]
    assert second["pid"] == first["pid"]
    assert second["calls"] == first["calls"] + 1


def test_calls_at_the_same_time_get_processes_of_their_own(invoke: Callable[..., Any], tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        event = {"folder": str(tmp_path), "guests": 2}
        pids = list(pool.map(lambda _: invoke("meet", event)["Payload"], range(2)))
    assert len(set(pids)) == 2


def test_more_calls_than_processes_wait_in_line_and_none_is_lost(invoke: Callable[..., Any]) -> None:
    calls = 3 * CONCURRENCY
    with ThreadPoolExecutor(calls) as pool:
        answers = list(pool.map(lambda number: invoke("where", number)["Payload"], range(calls)))
    assert len(answers) == calls
    assert len({answer["pid"] for answer in answers}) <= CONCURRENCY


def test_a_function_acts_as_its_role_in_a_session_of_its_name(invoke: Callable[..., Any]) -> None:
    arn = invoke("who")["Payload"]
    assert arn.startswith("arn:aws:sts::123456789012:assumed-role/Functions-FunctionRole-")
    assert arn.endswith("/who")


def test_a_function_finds_the_environment_that_lambda_sets(invoke: Callable[..., Any], cloud: LocalCloud) -> None:
    variables = invoke("where")["Payload"]["variables"]
    assert variables["AWS_REGION"] == "us-east-1"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "where"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert variables["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/where"
    assert variables["AWS_ENDPOINT_URL"] == cloud.endpoint


def test_an_endpoint_that_the_function_sets_itself_is_kept(invoke: Callable[..., Any]) -> None:
    assert invoke("own")["Payload"]["variables"]["AWS_ENDPOINT_URL"] == "http://other"


def test_only_what_was_deployed_can_be_imported(invoke: Callable[..., Any]) -> None:
    assert invoke("borrow")["Payload"]["errorMessage"] == "No module named 'localcloud'"


def test_a_call_without_a_payload_has_an_empty_event(invoke: Callable[..., Any], cloud: LocalCloud) -> None:
    assert json.load(cloud.client("lambda").invoke(FunctionName="echo")["Payload"]) == {}


def test_a_payload_of_a_megabyte_comes_back_whole(invoke: Callable[..., Any]) -> None:
    event = {"text": "한" * 350_000}
    assert invoke("echo", event)["Payload"] == event


def test_an_exception_is_reported_under_its_class_name(invoke: Callable[..., Any]) -> None:
    answer = invoke("refuse")
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "TrailNotFoundException"
    assert answer["Payload"]["errorMessage"] == "no trail"


def test_a_function_that_takes_too_long_is_killed_and_replaced_for_the_next_call(
    invoke: Callable[..., Any],
) -> None:
    answer = invoke("hang")
    request = answer["ResponseMetadata"]["RequestId"]
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"] == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request} Error: Task timed out after 1.00 seconds",
    }
    assert "FunctionError" not in invoke("hang", "quick")


def test_a_process_that_dies_is_reported_each_time(invoke: Callable[..., Any]) -> None:
    for _ in range(2):
        answer = invoke("leave")["Payload"]
        assert answer["errorType"] == "Runtime.ExitError"
        assert answer["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")


def test_a_handler_that_cannot_be_imported_is_reported_each_time(invoke: Callable[..., Any]) -> None:
    for _ in range(2):
        assert invoke("lost")["Payload"]["errorType"] == "Runtime.ImportModuleError"


def test_a_changed_configuration_starts_a_new_process_with_it(invoke: Callable[..., Any], cloud: LocalCloud) -> None:
    before = invoke("where")["Payload"]
    cloud.client("lambda").update_function_configuration(
        FunctionName="where", Environment={"Variables": {"MODE": "changed"}}
    )
    after = invoke("where")["Payload"]
    assert after["pid"] != before["pid"]
    assert after["variables"]["MODE"] == "changed"


def test_changed_code_is_run_at_the_next_call(invoke: Callable[..., Any], cloud: LocalCloud) -> None:
    assert invoke("echo", 1)["Payload"] == 1
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("code.py", "def echo(event, context): return 'changed'")
    cloud.client("lambda").update_function_code(FunctionName="echo", ZipFile=archive.getvalue())
    assert invoke("echo", 1)["Payload"] == "changed"


def messages(cloud: LocalCloud, group: str) -> list[str]:
    """What the log group holds."""
    return [event["message"] for event in cloud.client("logs").filter_log_events(logGroupName=group)["events"]]


def test_what_a_function_says_is_in_its_log_group(invoke: Callable[..., Any], cloud: LocalCloud) -> None:
    invoke("say", 7)
    cloud.wait(lambda: "said 7" in messages(cloud, "/aws/lambda/say"), "the line in the log")


def test_a_function_whose_role_may_not_write_logs_has_none(invoke: Callable[..., Any], cloud: LocalCloud) -> None:
    assert "FunctionError" not in invoke("silent", 7)
    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/silent")["logGroups"]
    assert groups == []


def test_a_json_log_in_its_own_group_ends_with_a_report_of_the_request(
    invoke: Callable[..., Any], cloud: LocalCloud
) -> None:
    request = invoke("json", 8)["ResponseMetadata"]["RequestId"]
    cloud.wait(lambda: any("warned" in line for line in messages(cloud, "/own/group")), "the warning in the log")
    lines = [json.loads(line) for line in messages(cloud, "/own/group") if line.startswith("{")]
    assert {"level": "WARNING", "message": "warned", "requestId": request}.items() <= lines[0].items()
    report = next(line for line in lines if line.get("type") == "platform.report")
    assert report["record"]["requestId"] == request
    assert report["record"]["metrics"]["initDurationMs"] > report["record"]["metrics"]["durationMs"] > 0
    assert report["record"]["metrics"]["maxMemoryUsedMB"] > 5


def test_an_event_invocation_is_answered_before_the_function_has_run(
    invoke: Callable[..., Any], cloud: LocalCloud, tmp_path: Path
) -> None:
    folder = tmp_path / "guests"
    folder.mkdir()
    answer = invoke("meet", {"folder": str(folder), "guests": 2}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    cloud.wait(lambda: list(folder.iterdir()), "the function to start")
    (folder / "second guest").touch()


@pytest.mark.parametrize("error", [FileNotFoundError, ProcessLookupError])
def test_a_process_that_ends_while_its_memory_is_read_used_none(
    error: type[OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(self: Path) -> str:
        raise error

    monkeypatch.setattr(Path, "read_text", ended)
    assert peak_megabytes(1) == 0
