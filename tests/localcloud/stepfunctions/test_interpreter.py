"""The interpreter on Trailkeeper's own flow with functions that do what the test plans, and on small flows."""

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.conftest import Assemble, Template, function, role

FLOW = json.loads((Path(__file__).parents[3] / "workflow" / "state_machine.asl.json").read_text())
STEPS = ("Triage", "Enrich", "Restore", "Notify")
# Each step does what the incident's plan says; Triage passes its event on as the incident.
CODE = """
import os, pathlib, threading

STEP = os.environ["STEP"]

def handler(event, context):
    incident = event.get("incident", event)
    plan = incident.get("plan", incident).get(STEP, {})
    if "count" in plan:
        with open(plan["count"], "a") as calls:
            calls.write("x")
        if pathlib.Path(plan["count"]).stat().st_size > plan["failures"]:
            return "done"
    if "exit" in plan:
        os._exit(plan["exit"])
    if "hang" in plan:
        threading.Event().wait()
    if "error" in plan:
        raise type(plan["error"], (Exception,), {})("it's \\"broken\\"")
    if STEP == "Enrich":
        return {"incident": plan.get("judgement", {}), "trail": {"did": STEP}}
    return incident if STEP == "Triage" else {"did": STEP}
"""


class Machines:
    """Creates state machines and runs them."""

    def __init__(self, cloud: LocalCloud, outputs: dict[str, str]) -> None:
        self.cloud = cloud
        self.outputs = outputs
        self.states = cloud.client("stepfunctions")

    def run(
        self, definition: Template, event: Any, role: str = "MachineRole", notify_info: str = "false"
    ) -> dict[str, Any]:
        """Run a definition to its end; return what DescribeExecution then says."""
        text = json.dumps(definition).replace("${NotifyInfo}", notify_info)
        for step in STEPS:
            text = text.replace(f"${{{step}FunctionArn}}", self.outputs[step])
        name = f"{role}-{abs(hash(text))}"
        machine = self.states.create_state_machine(name=name, definition=text, roleArn=self.outputs[role])
        arn = self.states.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(event))
        return self.end(arn["executionArn"])

    def end(self, arn: str) -> dict[str, Any]:
        """Wait for the end."""
        described = self.states.describe_execution
        return self.cloud.wait(
            lambda: (found := described(executionArn=arn))["status"] != "RUNNING" and found, "the execution's end"
        )

    def history(self, execution: dict[str, Any]) -> list[dict[str, Any]]:
        """All events."""
        return list(self.states.get_execution_history(executionArn=execution["executionArn"])["events"])

    def walked(self, execution: dict[str, Any]) -> list[str]:
        """The names of the states entered."""
        events = self.history(execution)
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


@pytest.fixture(scope="module")
def machines(cloud: LocalCloud, assemble: Assemble) -> Machines:
    """State machines may call all steps with `MachineRole`, and all but Restore with `NarrowRole`."""
    arns = {step: {"Fn::GetAtt": [step, "Arn"]} for step in STEPS}
    call = {"Effect": "Allow", "Action": "lambda:InvokeFunction"}
    resources = {
        "FunctionRole": role("lambda", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}),
        "MachineRole": role("states", call | {"Resource": list(arns.values())}),
        "NarrowRole": role("states", call | {"Resource": [arns[step] for step in STEPS if step != "Restore"]}),
        "Topic": {"Type": "AWS::SNS::Topic"},
        **{
            step: function("Steps", "code.handler", Timeout=2, Environment={"Variables": {"STEP": step}})
            for step in STEPS
        },
    }
    roles = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("MachineRole", "NarrowRole")}
    folder = assemble("Steps", resources, code={"code.py": CODE}, outputs={**arns, **roles, "Topic": {"Ref": "Topic"}})
    return Machines(cloud, cloud.deploy(folder))


def incident(verdict: str = "stopped", mode: str = "auto", severity: str = "critical", **plan: Any) -> dict[str, Any]:
    """What Triage is to return, and what each step is to do."""
    undo = {"call": "StartLogging", "mode": mode}
    return {"verdict": verdict, "severity": severity, "undo": undo, "plan": plan}


def impatient(definition: Any) -> Any:
    """The definition with at most one retry of each kind, so that a test need not wait for five."""
    if isinstance(definition, list):
        return [impatient(item) for item in definition]
    if not isinstance(definition, dict):
        return definition
    capped = {"MaxAttempts": min(definition["MaxAttempts"], 1)} if "MaxAttempts" in definition else {}
    return {key: impatient(value) for key, value in definition.items()} | capped


def test_the_flow_walks_both_branches_and_hands_their_results_on(machines: Machines) -> None:
    execution = machines.run(FLOW, incident())
    assert execution["status"] == "SUCCEEDED"
    walked = machines.walked(execution)
    assert (walked[:3], walked[-3:]) == (["Triage", "Tampering?", "Respond"], ["Notify", "Outcome", "Handled"])
    assert sorted(walked[3:-3]) == ["Enrich", "Restore", "Still tampering?", "Undo now?"]
    output = json.loads(execution["output"])
    assert output["trail"] == {"did": "Enrich"}
    assert output["undo"] == {"did": "Restore"}
    assert output["notice"] == {"did": "Notify"}


def test_what_enrich_judges_replaces_what_triage_did(machines: Machines) -> None:
    judgement = {"verdict": "narrowed", "severity": "high", "reasons": ["x"]}
    execution = machines.run(FLOW, incident(mode="off", Enrich={"judgement": judgement}))
    result = json.loads(execution["output"])["incident"]
    assert {name: result[name] for name in judgement} == judgement


def test_what_enrich_finds_harmless_raises_no_mail_but_what_was_undone_always_does(machines: Machines) -> None:
    harmless = {"judgement": {"verdict": "harmless", "severity": "info"}}
    execution = machines.run(FLOW, incident("narrowed", mode="off", Enrich=harmless))
    assert machines.walked(execution)[-2:] == ["Still tampering?", "Ignored"]
    assert machines.walked(machines.run(FLOW, incident(Enrich=harmless)))[-1] == "Handled"


def test_notify_info_mails_what_is_harmless_or_announced_and_never_what_is_unrelated(machines: Machines) -> None:
    harmless = machines.run(FLOW, incident(severity="info", mode="off"), notify_info="true")
    assert machines.walked(harmless)[-1] == "Handled"
    unrelated = machines.run(FLOW, incident("unrelated", severity="info"), notify_info="true")
    assert machines.walked(unrelated) == ["Triage", "Tampering?", "Ignored"]


def test_the_history_has_every_event_once_and_its_predecessor(machines: Machines) -> None:
    events = machines.history(machines.run(FLOW, incident("harmless", severity="info")))
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


def test_an_undo_that_is_off_is_not_tried(machines: Machines) -> None:
    execution = machines.run(FLOW, incident(mode="off"))
    assert "Restore" not in machines.walked(execution)
    assert json.loads(execution["output"])["undo"] == {}


def test_a_crashed_triage_still_notifies_and_fails(machines: Machines) -> None:
    execution = machines.run(impatient(FLOW), incident(Triage={"error": "KeyError"}))
    assert machines.walked(execution) == ["Triage", "Notify", "Outcome", "TriageFailed"]
    assert (execution["status"], execution["error"]) == ("FAILED", "TriageFailed")
    assert execution["cause"].startswith('KeyError: {"errorMessage":"it\'s \\"broken\\""')


def test_a_triage_whose_process_dies_still_notifies(machines: Machines) -> None:
    execution = machines.run(impatient(FLOW), incident(Triage={"exit": 1}))
    assert execution["cause"].startswith("Runtime.ExitError: ")


def test_a_failed_enrichment_becomes_data(machines: Machines) -> None:
    execution = machines.run(impatient(FLOW), incident(Enrich={"error": "TrailNotFoundException"}))
    assert execution["status"] == "SUCCEEDED"
    assert "Not enriched" in machines.walked(execution)
    trail = json.loads(execution["output"])["trail"]
    assert trail["error"] == "TrailNotFoundException"
    assert json.loads(trail["cause"])["errorMessage"] == 'it\'s "broken"'


def test_a_failed_restore_notifies_and_fails_under_its_name(machines: Machines) -> None:
    execution = machines.run(impatient(FLOW), incident(Restore={"error": "AccessDenied"}))
    assert machines.walked(execution)[-3:] == ["Notify", "Outcome", "RestoreFailed"]
    assert (execution["error"], execution["cause"][:13]) == ("RestoreFailed", "AccessDenied:")


def test_a_function_that_the_role_may_not_invoke_is_not_invoked(machines: Machines, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    plan = incident(Restore={"count": str(calls), "failures": 0})
    execution = machines.run(impatient(FLOW), plan, role="NarrowRole")
    assert not calls.exists()
    assert execution["cause"].startswith("Lambda.AWSLambdaException: User: arn:aws:sts::123456789012:assumed-role/")
    assert "is not authorized to perform: lambda:InvokeFunction on resource: " in execution["cause"]


def test_a_failed_notice_fails_the_execution_under_the_errors_name(machines: Machines) -> None:
    execution = machines.run(impatient(FLOW), incident(Notify={"error": "TopicGone"}))
    assert (execution["status"], execution["error"]) == ("FAILED", "TopicGone")


def task(**fields: Any) -> Template:
    """A flow of one task, which calls Triage with its input."""
    state = {"Type": "Task", "Resource": "${TriageFunctionArn}", "Arguments": "{% $states.input %}", "End": True}
    return {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": state | fields}}


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


def test_a_large_event_goes_through_the_flow_fast(machines: Machines) -> None:
    event = incident() | {"text": ["한" * 10] * 4000}
    execution = machines.run(FLOW, event)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["incident"]["text"] == event["text"]
    assert (execution["stopDate"] - execution["startDate"]).total_seconds() < 3


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
        {"Type": "Pass", "Assign": {"a": LARGE.replace("131072", "70000"), "b": LARGE.replace("131072", "70000")}},
    ],
)
def test_an_output_or_variables_of_more_than_256_kib_fail_the_execution(machines: Machines, first: Template) -> None:
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
