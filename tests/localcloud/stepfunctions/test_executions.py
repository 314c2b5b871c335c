"""An execution starts once, ends once, and reports both: to callers, to EventBridge and in its log."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.conftest import Assemble, Template, function, role

CODE = """
import os, pathlib, threading

def handler(event, context):
    if event.get("started"):
        pathlib.Path(event["started"]).touch()
        threading.Event().wait()
    if event.get("error"):
        raise ValueError(event["error"])
    return event
"""
Describe = Callable[[], dict[str, Any]]


@pytest.fixture(scope="module")
def outputs(cloud: LocalCloud, assemble: Assemble) -> dict[str, str]:
    """Two state machines, one with a timeout of a second, and a queue that receives their events."""
    arn = {"Fn::GetAtt": ["Function", "Arn"]}
    group = {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["Logs", "Arn"]}}}
    deliver = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    state = {"Type": "Task", "Resource": "${Function}", "Arguments": "{% $states.input %}", "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": state}}

    def machine(**more: Any) -> Template:
        properties = {
            "DefinitionString": json.dumps(definition | more),
            "DefinitionSubstitutions": {"Function": arn},
            "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
            "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": True, "Destinations": [group]},
        }
        return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}

    resources = {
        "FunctionRole": role("lambda"),
        "Function": function("Lives", "code.handler", Timeout=60),
        "MachineRole": role(
            "states",
            {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn},
            {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        ),
        "Logs": {"Type": "AWS::Logs::LogGroup"},
        "Machine": machine(),
        "Hasty": machine(TimeoutSeconds=1),
        "Queue": {"Type": "AWS::SQS::Queue"},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [deliver | {"Resource": "*"}]},
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {
                    "source": ["aws.states"],
                    "detail": {"stateMachineArn": [{"Ref": "Machine"}, {"Ref": "Hasty"}]},
                },
                "Targets": [{"Id": "Queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            },
        },
    }
    values = {name: {"Ref": name} for name in ("Machine", "Hasty", "Queue", "Logs")}
    return cloud.deploy(assemble("Lives", resources, code={"code.py": CODE}, outputs=values))


def start(cloud: LocalCloud, machine: str, event: dict[str, Any], **more: str) -> Describe:
    """Start an execution; return a function that describes it."""
    states = cloud.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps(event), **more)["executionArn"]
    return lambda: dict(states.describe_execution(executionArn=arn))


def end(cloud: LocalCloud, describe: Describe) -> dict[str, Any]:
    """Wait for the end."""
    return cloud.wait(lambda: (found := describe())["status"] != "RUNNING" and found, "the execution's end")


def events(cloud: LocalCloud, outputs: dict[str, str], execution: dict[str, Any]) -> list[dict[str, Any]]:
    """The events about an execution that has ended, in the order in which they were sent."""
    sqs = cloud.client("sqs")
    found: list[dict[str, Any]] = []

    def both() -> bool:
        for message in sqs.receive_message(QueueUrl=outputs["Queue"], MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            if event["detail"]["executionArn"] == execution["executionArn"]:
                found.append(event)
        return len(found) >= 2

    cloud.wait(both, "two events")
    return found


def test_a_success_is_reported_with_input_and_output(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    execution = end(cloud, start(cloud, outputs["Machine"], {"a": 1}, name="success"))
    running, succeeded = events(cloud, outputs, execution)
    assert (running["detail"]["status"], running["detail"]["stopDate"]) == ("RUNNING", None)
    assert succeeded["detail-type"] == "Step Functions Execution Status Change"
    assert succeeded["resources"] == [execution["executionArn"]]
    assert (succeeded["account"], succeeded["region"]) == ("123456789012", "us-east-1")
    detail = succeeded["detail"]
    assert detail == {
        "executionArn": execution["executionArn"],
        "stateMachineArn": outputs["Machine"],
        "name": "success",
        "status": "SUCCEEDED",
        "startDate": int(execution["startDate"].timestamp() * 1000),
        "stopDate": int(execution["stopDate"].timestamp() * 1000),
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": '{"a":1}',
        "outputDetails": {"included": True},
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": None,
        "error": None,
        "cause": None,
    }


def test_a_failure_is_reported_with_error_and_cause(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    execution = end(cloud, start(cloud, outputs["Machine"], {"error": "no"}))
    _, failed = events(cloud, outputs, execution)
    assert (failed["detail"]["status"], failed["detail"]["error"]) == ("FAILED", "ValueError")
    assert failed["detail"]["cause"] == execution["cause"]
    assert json.loads(execution["cause"])["errorMessage"] == "no"


def test_an_execution_that_times_out_ends_at_once_and_is_reported(
    cloud: LocalCloud, outputs: dict[str, str], tmp_path: Path
) -> None:
    execution = end(cloud, start(cloud, outputs["Hasty"], {"started": str(tmp_path / "started")}))
    assert execution["status"] == "TIMED_OUT"
    assert 1 <= (execution["stopDate"] - execution["startDate"]).total_seconds() < 2
    assert events(cloud, outputs, execution)[1]["detail"]["status"] == "TIMED_OUT"
    history = cloud.client("stepfunctions").get_execution_history(executionArn=execution["executionArn"])["events"]
    assert history[-1]["type"] == "ExecutionTimedOut"


def test_a_stopped_execution_ends_at_once_with_the_reason_given(
    cloud: LocalCloud, outputs: dict[str, str], tmp_path: Path
) -> None:
    states = cloud.client("stepfunctions")
    describe = start(cloud, outputs["Machine"], {"started": str(tmp_path / "started")})
    cloud.wait((tmp_path / "started").exists, "the function to start")
    arn = describe()["executionArn"]
    states.stop_execution(executionArn=arn, error="Enough", cause="of this")
    execution = describe()
    assert (execution["status"], execution["error"], execution["cause"]) == ("ABORTED", "Enough", "of this")
    assert events(cloud, outputs, execution)[1]["detail"]["status"] == "ABORTED"
    last = states.get_execution_history(executionArn=arn, reverseOrder=True)["events"][0]
    assert last["executionAbortedEventDetails"] == {"error": "Enough", "cause": "of this"}


def test_an_input_of_more_than_256_kib_starts_nothing(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    states = cloud.client("stepfunctions")
    text = json.dumps("é" * 131_071, ensure_ascii=False)
    assert len(text.encode()) == 262_144
    states.start_execution(stateMachineArn=outputs["Machine"], input=text)
    with pytest.raises(states.exceptions.ClientError, match="less than or equal to 262144") as error:
        states.start_execution(stateMachineArn=outputs["Machine"], input=text + " ")
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_the_same_name_starts_one_execution_even_at_the_same_time(
    cloud: LocalCloud, outputs: dict[str, str], tmp_path: Path
) -> None:
    states = cloud.client("stepfunctions")
    event = json.dumps({"started": str(tmp_path / "started")})

    def begin(_: int) -> str:
        started = states.start_execution(stateMachineArn=outputs["Machine"], name="once", input=event)
        return str(started["executionArn"])

    with ThreadPoolExecutor(8) as pool:
        arns = set(pool.map(begin, range(8)))
    assert len(arns) == 1
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=outputs["Machine"], name="once", input="{}")
    listed = states.list_executions(stateMachineArn=outputs["Machine"])["executions"]
    assert [execution["name"] for execution in listed].count("once") == 1
    states.stop_execution(executionArn=arns.pop())


def test_executions_without_a_name_have_names_of_their_own(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    executions = [end(cloud, start(cloud, outputs["Machine"], {})) for _ in range(2)]
    assert len({execution["name"] for execution in executions} - {"None"}) == 2


def test_executions_are_listed_oldest_first_with_their_end(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    first, second = (end(cloud, start(cloud, outputs["Machine"], {})) for _ in range(2))
    told = [execution for execution in cloud.executions() if execution["stateMachineArn"] == outputs["Machine"]]
    assert [execution["executionArn"] for execution in told[-2:]] == [first["executionArn"], second["executionArn"]]
    listed = cloud.client("stepfunctions").list_executions(stateMachineArn=outputs["Machine"])["executions"]
    assert listed[0]["stopDate"] == second["stopDate"]


def test_the_log_group_gets_each_event_of_the_history(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    execution = end(cloud, start(cloud, outputs["Machine"], {}, name="logged"))
    logged = cloud.client("logs").filter_log_events(logGroupName=outputs["Logs"], logStreamNamePrefix="states/")
    messages = [json.loads(event["message"]) for event in logged["events"]]
    own = [message for message in messages if message["execution_arn"] == execution["executionArn"]]
    history = cloud.client("stepfunctions").get_execution_history(executionArn=execution["executionArn"])["events"]
    assert [message["type"] for message in own] == [event["type"] for event in history]
    assert own[0]["details"]["input"] == "{}"


def test_a_burst_of_sixty_executions_loses_none(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    states = cloud.client("stepfunctions")

    def begin(number: int) -> str:
        event = json.dumps({"number": number})
        return str(states.start_execution(stateMachineArn=outputs["Machine"], input=event)["executionArn"])

    with ThreadPoolExecutor(20) as pool:
        arns = set(pool.map(begin, range(60)))

    def ended() -> list[str]:
        own = [execution for execution in cloud.executions() if execution["executionArn"] in arns]
        return [one["status"] for one in own if one["status"] != "RUNNING"] if len(own) == 60 else []

    statuses = cloud.wait(lambda: len(found := ended()) == 60 and found, "60 executions to end", timeout=60)
    assert set(statuses) == {"SUCCEEDED"}
