"""What waits for approval, and the answers to it: with the operator's own credentials."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from console.account import Account, NoAnswer
from trailkeeper.record import clean

STACK = "Trailkeeper"
RIGHTS = ", a Region, and the rights of the managed policy Trailkeeper-Approvers"


class NotWaiting(Exception):
    """An execution that cannot be answered: one line with its name and why."""


class Waiting(NamedTuple):
    """One execution that waits for approval; the token answers it, and is shown to nobody."""

    name: str
    incident: dict[str, Any]
    until: str
    token: str


class Approvals:
    """The executions of the account and the Region that the credentials mean."""

    def __init__(self) -> None:
        """Raises NoAnswer."""
        self.account = Account(RIGHTS)
        place = f"{self.account.partition}:states:{self.account.region}:{self.account.id}"
        self.machine = f"arn:{place}:stateMachine:{STACK}-Incidents"

    def waiting(self) -> Iterator[Waiting]:
        """What waits, the latest first."""
        token: dict[str, str] = {}
        while True:
            page = self.account.ask(
                "stepfunctions", "list_executions", stateMachineArn=self.machine, statusFilter="RUNNING", **token
            )
            for execution in page["executions"]:
                if found := self.asked(execution["executionArn"]):
                    yield found
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}

    def asked(self, arn: str) -> Waiting | None:
        """What an execution waits for, read from the end of its history."""
        history = self.account.ask("stepfunctions", "get_execution_history", executionArn=arn, reverseOrder=True)
        for event in history["events"]:
            if event["type"] in ("TaskSucceeded", "TaskFailed", "TaskTimedOut"):
                return None
            details = event.get("taskScheduledEventDetails", {})
            if details.get("resource") == "invoke.waitForTaskToken":
                payload = json.loads(details["parameters"])["Payload"]
                ask = payload["ask"]
                return Waiting(arn.rpartition(":")[2], payload["incident"], ask["until"], ask["token"])
        return None

    def answer(self, name: str, *, approved: bool, reason: str | None = None) -> Waiting:
        """Approve or decline. Raises NotWaiting, and NoAnswer."""
        name = name.rpartition(":")[2]
        try:
            found = self.asked(f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}")
        except NoAnswer as missing:
            if "ExecutionDoesNotExist" in str(missing.error):
                raise NotWaiting(f"there is no execution {clean(name, 200)}; see: trailkeeper pending") from None
            raise
        if not found:
            raise NotWaiting(f"the execution {clean(name, 200)} does not wait for approval; see: trailkeeper pending")
        output = json.dumps({"approved": approved, "by": self.account.arn, "reason": reason})
        self.account.ask("stepfunctions", "send_task_success", taskToken=found.token, output=output)
        return found


def described(incident: dict[str, Any]) -> str:
    """What happened, in a line."""
    on = incident["trail"]["name"] or "a trail that the event does not name"
    who = incident["actor"]["name"]
    return clean(f"{incident['undo']['call']} for {on}: {incident['action']} by {who} at {incident['time']}", 300)
