"""State machines on the local cloud, whose functions do what the test plans."""

import json
from typing import Any

from localcloud import LocalCloud
from tests.conftest import Assemble, Template, function, role

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
    if STEP == "Restore":
        return {"call": "StartLogging", "called_at": "2026-11-23T02:01:04Z", "logging": True}
    return incident if STEP == "Triage" else {"end": "Handled"}
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


def deployed_machines(cloud: LocalCloud, assemble: Assemble) -> Machines:
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
    return {"verdict": verdict, "severity": severity, "trail": {"name": "T"}, "undo": undo, "plan": plan}
