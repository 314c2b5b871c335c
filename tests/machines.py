"""State machines on the local cloud, whose functions do what the test plans."""

import json
import uuid
from typing import Any

from localcloud import LocalCloud
from tests.conftest import Assemble, Template, function, role
from workflow.stack import SERVICE_CALLS

STEPS = ("Triage", "Enrich", "Restore", "Notify", "LookBack")
# What the stack fills in beside the functions, at the pace of tests.
FILLED_IN = {
    **{name: f"arn:aws:states:::{call}" for name, call in SERVICE_CALLS.items()},
    **{"NotifyInfo": "false", "RestoresPerHour": "100", "FloodSeconds": "1", "UndoSeconds": "0"},
    **{"ApprovalSeconds": "1", "ApprovalTimeout": "leave", "ReportSeconds": "0", "LastingErrors": "['Lasting']"},
}
# Each step does what the incident's plan says; Triage passes its event on as the incident.
CODE = """
import os, pathlib, threading

STEP = os.environ["STEP"]
RESTORED = {"call": "StartLogging", "called_at": "2026-11-23T02:01:04Z", "proven": True, "logging": True}

def handler(event, context):
    incident = event.get("on") or event.get("incident") or event  # Restore gets what is to be undone alone
    plan = incident.get("plan", incident).get(STEP, {})
    if "count" in plan:
        with open(plan["count"], "a") as calls:
            calls.write("x")
        if pathlib.Path(plan["count"]).stat().st_size > plan["failures"]:
            return RESTORED if STEP == "Restore" else "done"
    if "exit" in plan:
        os._exit(plan["exit"])
    if "hang" in plan:
        threading.Event().wait()
    if "error" in plan:
        raise type(plan["error"], (Exception,), {})("it's \\"broken\\"")
    if STEP == "Enrich":
        return {"incident": plan.get("judgement", {}), "trail": {"did": STEP}}
    if STEP == "Restore":
        return plan.get("answer") or (RESTORED if event["act"] else {"proven": False, "left": []})
    if STEP == "LookBack":
        return {"look_back": {"calls": []}, "trail": {}}
    next_ = plan.get("next") if event.get("part") == "first" else None
    return incident if STEP == "Triage" else {"end": "Handled", "next": next_, "resolved": True}
"""


class Machines:
    """Creates state machines and runs them."""

    def __init__(self, cloud: LocalCloud, outputs: dict[str, str]) -> None:
        self.cloud = cloud
        self.outputs = outputs
        self.states = cloud.client("stepfunctions")
        self._made: dict[str, str] = {}
        self._histories: dict[str, list[dict[str, Any]]] = {}

    def run(self, definition: Template, event: Any, role: str = "MachineRole", **filled_in: str) -> dict[str, Any]:
        """Run a definition to its end; return what DescribeExecution then says."""
        return self.end(self.start(definition, event, role, **filled_in))

    def start(self, definition: Template, event: Any, role: str = "MachineRole", **filled_in: str) -> str:
        """Start a definition; return the execution's ARN."""
        text = json.dumps(definition)
        functions = {f"{step}FunctionArn": self.outputs[step] for step in STEPS}
        for name, value in {**FILLED_IN, **functions, "LedgerName": self.outputs["Ledger"], **filled_in}.items():
            text = text.replace(f"${{{name}}}", value)
        name = f"{role}-{abs(hash(text))}"
        if name not in self._made:
            machine = self.states.create_state_machine(name=name, definition=text, roleArn=self.outputs[role])
            self._made[name] = machine["stateMachineArn"]
        started = self.states.start_execution(stateMachineArn=self._made[name], input=json.dumps(event))
        return str(started["executionArn"])

    def end(self, arn: str) -> dict[str, Any]:
        """Wait for the end."""
        self.cloud.wait(lambda: self.cloud.has_ended(arn), "the execution's end")
        return dict(self.states.describe_execution(executionArn=arn))

    def history(self, execution: dict[str, Any]) -> list[dict[str, Any]]:
        """All events as they are now."""
        return list(self.states.get_execution_history(executionArn=execution["executionArn"])["events"])

    def once_read(self, execution: dict[str, Any]) -> list[dict[str, Any]]:
        """All events of an execution that has ended."""
        arn = execution["executionArn"]
        if arn not in self._histories:
            self._histories[arn] = self.history(execution)
        return self._histories[arn]

    def mailed(self, execution: dict[str, Any]) -> list[dict[str, Any]]:
        """What Notify was given, each time."""
        inputs = [
            json.loads(event["lambdaFunctionScheduledEventDetails"]["input"])
            for event in self.once_read(execution)
            if event.get("lambdaFunctionScheduledEventDetails", {}).get("resource") == self.outputs["Notify"]
        ]
        return [dict(one) for one in inputs]

    def walked(self, execution: dict[str, Any]) -> list[str]:
        """The names of the states entered."""
        events = self.once_read(execution)
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def deployed_machines(cloud: LocalCloud, assemble: Assemble) -> Machines:
    """State machines may call all steps with `MachineRole`, and all but Restore with `NarrowRole`."""
    arns = {step: {"Fn::GetAtt": [step, "Arn"]} for step in STEPS}
    call = {"Effect": "Allow", "Action": "lambda:InvokeFunction"}
    announce = {"Effect": "Allow", "Action": ["events:PutEvents", "cloudwatch:PutMetricData"], "Resource": "*"}
    remember = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": {"Fn::GetAtt": ["Ledger", "Arn"]}}
    resources = {
        "FunctionRole": role("lambda", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}),
        "MachineRole": role("states", call | {"Resource": list(arns.values())}, remember, announce),
        "NarrowRole": role(
            "states", call | {"Resource": [arns[step] for step in STEPS if step != "Restore"]}, remember
        ),
        "ForgetfulRole": role("states", call | {"Resource": list(arns.values())}),
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Ledger": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
        **{
            step: function("Steps", "code.handler", Timeout=2, Environment={"Variables": {"STEP": step}})
            for step in STEPS
        },
    }
    roles = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("MachineRole", "NarrowRole", "ForgetfulRole")}
    folder = assemble(
        "Steps",
        resources,
        code={"code.py": CODE},
        outputs={**arns, **roles, "Topic": {"Ref": "Topic"}, "Ledger": {"Ref": "Ledger"}},
    )
    return Machines(cloud, cloud.deploy(folder))


def incident(verdict: str = "stopped", mode: str = "auto", severity: str = "critical", **plan: Any) -> dict[str, Any]:
    """What Triage is to return, and what each step is to do: an incident of its own, by an actor of its own."""
    undo, id = {"call": "StartLogging", "on": {"plan": plan}, "mode": mode}, str(uuid.uuid4())
    return {
        "id": id,
        "dedup_key": f"trail/{id}",
        "action": "StopLogging",
        "verdict": verdict,
        "severity": severity,
        "family": "trail",
        "trail": {"name": "T"},
        "actor": {"arn": "arn:aws:iam::123456789012:user/eve", "issuer": None},
        "undo": undo,
        "plan": plan,
    }
