"""The interpreter, on small flows whose functions do what the test plans."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from moto.stepfunctions.parser.asl.component.common.parargs import ArgumentsStringJSONata
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError

from localcloud.stepfunctions import interpreter
from tests.conftest import Template
from tests.machines import Machines


def task(**fields: Any) -> Template:
    """A flow of one task, which calls Triage with its input."""
    state = {"Type": "Task", "Resource": "${TriageFunctionArn}", "Arguments": "{% $states.input %}", "End": True}
    return {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": state | fields}}


def test_the_history_has_every_event_once_and_its_predecessor(machines: Machines) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Done"}]}
    states = {"Task": task()["States"]["Task"] | {"Next": "Choice"}, "Choice": choice, "Done": {"Type": "Succeed"}}
    del states["Task"]["End"]
    events = machines.history(machines.run({"QueryLanguage": "JSONata", "StartAt": "Task", "States": states}, {}))
    assert [(event["id"], event["previousEventId"], event["type"]) for event in events] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "LambdaFunctionScheduled"),
        (4, 3, "LambdaFunctionStarted"),
        (5, 4, "LambdaFunctionSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ChoiceStateEntered"),
        (8, 7, "ChoiceStateExited"),
        (9, 8, "SucceedStateEntered"),
        (10, 9, "SucceedStateExited"),
        (11, 10, "ExecutionSucceeded"),
    ]


def test_a_function_that_the_role_may_not_invoke_is_not_invoked(machines: Machines, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    event = {"Restore": {"count": str(calls), "failures": 0}}
    execution = machines.run(task(Resource="${RestoreFunctionArn}"), event, role="NarrowRole")
    assert not calls.exists()
    assert execution["error"] == "Lambda.AWSLambdaException"
    assert execution["cause"].startswith("User: arn:aws:sts::123456789012:assumed-role/")
    assert "is not authorized to perform: lambda:InvokeFunction on resource: " in execution["cause"]


def test_a_function_whose_process_dies_fails_under_lambdas_name(machines: Machines) -> None:
    assert machines.run(task(), {"Triage": {"exit": 1}})["error"] == "Runtime.ExitError"


def test_a_retrier_tries_again_as_often_as_it_says(machines: Machines, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    rule = {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1, "JitterStrategy": "FULL", "MaxAttempts": 2}
    event = {"Triage": {"count": str(calls), "failures": 2, "error": "Busy"}}
    execution = machines.run(task(Retry=[rule]), event)
    assert (execution["status"], calls.read_text()) == ("SUCCEEDED", "xxx")
    types = [event["type"] for event in machines.history(execution)]
    assert types.count("LambdaFunctionFailed") == 2
    assert types.count("LambdaFunctionSucceeded") == 1


def test_a_retrier_gives_up_after_its_attempts(machines: Machines, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    rule = {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "JitterStrategy": "FULL", "MaxAttempts": 1}
    event = {"Triage": {"count": str(calls), "failures": 9, "error": "Busy"}}
    execution = machines.run(task(Retry=[rule]), event)
    assert (execution["error"], calls.read_text()) == ("Busy", "xx")


def test_a_task_that_timed_out_does_not_call_with_the_arguments_that_were_ready() -> None:
    timed_out: Any = SimpleNamespace(stack=[{"TableName": "Ledger"}], is_running=lambda: False)
    arguments = ArgumentsStringJSONata(Mock())
    interpreter.moto_arguments(arguments, timed_out)  # goes on
    with pytest.raises(EvalTimeoutError):
        interpreter.arguments(arguments, timed_out)


def test_a_task_that_takes_longer_than_its_timeout_fails_with_states_timeout(machines: Machines) -> None:
    caught = {"ErrorEquals": ["States.Timeout"], "Next": "Caught", "Output": "{% $states.errorOutput.Error %}"}
    flow = task(TimeoutSeconds=1, Catch=[caught])
    flow["States"]["Caught"] = {"Type": "Succeed"}
    execution = machines.run(flow, {"Triage": {"hang": True}})
    assert json.loads(execution["output"]) == "States.Timeout"
    before = machines.history(execution)
    assert "LambdaFunctionTimedOut" in [event["type"] for event in before]
    # The function itself ends a second later, by its own timeout: that must no longer reach the history.
    group = f"/aws/lambda/{machines.outputs['Triage'].rsplit(':', 1)[1]}"
    logs = machines.cloud.client("logs")
    machines.cloud.wait(
        lambda: logs.filter_log_events(logGroupName=group, filterPattern='"timed out after 2.00"')["events"], "its end"
    )
    assert machines.history(execution) == before


def test_a_function_that_times_out_fails_under_lambdas_name(machines: Machines) -> None:
    execution = machines.run(task(), {"Triage": {"hang": True}})
    assert execution["error"] == "Sandbox.Timedout"


def test_an_expression_without_a_value_fails_the_state_once(machines: Machines) -> None:
    execution = machines.run(task(Arguments="{% $states.input.absent %}"), {})
    assert execution["error"] == "States.QueryEvaluationError"
    assert "returned nothing (undefined)" in execution["cause"]
    events = [event for event in machines.history(execution) if event["type"] == "EvaluationFailed"]
    assert [event["evaluationFailedEventDetails"]["state"] for event in events] == ["Task"]


def test_a_failed_expression_can_be_caught(machines: Machines) -> None:
    caught = {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}
    flow = task(Arguments="{% $states.input.absent %}", Catch=[caught])
    flow["States"]["Caught"] = {"Type": "Succeed", "Output": "caught"}
    assert json.loads(machines.run(flow, {})["output"]) == "caught"


def test_variables_hold_any_text_and_are_shown_as_json(machines: Machines) -> None:
    text = 'it\'s "q" \\ 한\n'
    flow = {
        "QueryLanguage": "JSONata",
        "StartAt": "Keep",
        "States": {
            "Keep": {"Type": "Pass", "Assign": {"kept": "{% $states.input %}"}, "Next": "Give"},
            "Give": {"Type": "Succeed", "Output": "{% $kept %}"},
        },
    }
    execution = machines.run(flow, text)
    assert json.loads(execution["output"]) == text
    exited = next(event for event in machines.history(execution) if event["type"] == "PassStateExited")
    assert json.loads(exited["stateExitedEventDetails"]["assignedVariables"]["kept"]) == text


def test_a_branch_that_fails_fails_the_parallel_state_which_may_catch_it(machines: Machines) -> None:
    fails = {"StartAt": "Fails", "States": {"Fails": {"Type": "Fail", "Error": "E", "Cause": "{% 'c' & 'd' %}"}}}
    hangs = {"StartAt": "Task", "States": task()["States"]}
    assign = {"seen": "{% $states.errorOutput %}"}
    caught = {"ErrorEquals": ["States.ALL"], "Next": "Caught", "Assign": assign}
    parallel = {"Type": "Parallel", "Branches": [fails, hangs], "Catch": [caught], "End": True}
    states = {"Both": parallel, "Caught": {"Type": "Succeed", "Output": "{% $seen %}"}}
    execution = machines.run(
        {"QueryLanguage": "JSONata", "StartAt": "Both", "States": states}, {"Triage": {"hang": True}}
    )
    assert json.loads(execution["output"]) == {"Error": "E", "Cause": "cd"}
    assert (execution["stopDate"] - execution["startDate"]).total_seconds() < 1


def test_a_task_that_calls_a_service_itself_acts_as_the_state_machines_role(machines: Machines) -> None:
    arguments = {"TopicArn": machines.outputs["Topic"], "Message": "hi"}
    execution = machines.run(task(Resource="arn:aws:states:::sns:publish", Arguments=arguments), {})
    assert execution["status"] == "FAILED"
    assert "assumed-role/Steps-MachineRole-" in execution["cause"]
    assert "is not authorized to perform: SNS:Publish" in execution["cause"]


LARGE = "{% $pad('é', 131072, 'é') %}"  # 262,146 bytes of JSON
CAUGHT = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]


def flow(first: Template) -> Template:
    """A flow of one state, and one for what is caught."""
    states = {"First": first | {"End": True}, "Caught": {"Type": "Succeed"}}
    return {"QueryLanguage": "JSONata", "StartAt": "First", "States": states}


@pytest.mark.parametrize(
    "first",
    [
        {"Type": "Pass", "Output": LARGE},
        {"Type": "Pass", "Assign": {"large": LARGE}},
        {"Type": "Task", "Resource": "${TriageFunctionArn}", "Arguments": LARGE},
        {"Type": "Pass", "Assign": {"a": LARGE.replace("131072", "70000"), "b": LARGE.replace("131072", "70000")}},
    ],
)
def test_output_arguments_or_variables_over_256_kib_fail_the_execution(machines: Machines, first: Template) -> None:
    assert machines.run(flow(first), {})["error"] == "States.DataLimitExceeded"


def test_256_kib_are_counted_in_utf_8(machines: Machines) -> None:
    output = {"Type": "Pass", "Output": LARGE.replace("131072", "131071"), "Assign": {"fits": "{% $states.input %}"}}
    assert machines.run(flow(output), {})["status"] == "SUCCEEDED"


@pytest.mark.parametrize(("names", "status"), [("States.ALL", "FAILED"), ("States.DataLimitExceeded", "SUCCEEDED")])
def test_a_result_that_is_too_large_is_caught_only_by_its_own_name(machines: Machines, names: str, status: str) -> None:
    task = {"Type": "Task", "Resource": "${TriageFunctionArn}", "Arguments": {"text": LARGE}}
    catch = [{"ErrorEquals": [names], "Next": "Caught"}]
    execution = machines.run(flow(task | {"Catch": catch}), {})
    assert execution["status"] == status
    assert execution.get("error") == ("States.DataLimitExceeded" if status == "FAILED" else None)


def test_nothing_catches_a_runtime_error(machines: Machines) -> None:
    task = {"Type": "Task", "Resource": "${TriageFunctionArn}", "TimeoutSecondsPath": "$.seconds", "End": True}
    definition = {"StartAt": "First", "States": {"First": task | {"Catch": CAUGHT}, "Caught": {"Type": "Succeed"}}}
    execution = machines.run(definition, {})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Runtime")


def test_a_function_that_is_switched_off_fails_under_lambdas_name(machines: Machines) -> None:
    functions, name = machines.cloud.client("lambda"), machines.outputs["Notify"]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    execution = machines.run(task(Resource="${NotifyFunctionArn}"), {})
    functions.delete_function_concurrency(FunctionName=name)
    assert execution["error"] == "Lambda.TooManyRequestsException"
