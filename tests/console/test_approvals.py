"""What waits for approval, and the answers to it, as people give them: with their own credentials."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from console.drill import TRAIL
from localcloud import LocalCloud
from tests.account import Operator, deployed_with_trail


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud with Trailkeeper deployed, undo approve, and a trail."""
    settings = {"undo": "approve", "report_minutes": 0, "flood_minutes": 0.01}
    with deployed_with_trail(tmp_path_factory.mktemp("asking"), **settings) as cloud:
        yield cloud


def stopped(cloud: LocalCloud) -> str:
    """The name of the execution that asks about a trail that was just stopped."""
    cloudtrail, states = cloud.client("cloudtrail"), cloud.client("stepfunctions")
    before = {one["executionArn"] for one in cloud.executions()}
    cloudtrail.start_logging(Name=TRAIL)
    cloudtrail.stop_logging(Name=TRAIL)

    def asking() -> Any:
        for execution in cloud.executions():
            arn = execution["executionArn"]
            if arn not in before:
                events = states.get_execution_history(executionArn=arn, reverseOrder=True)["events"]
                return events[0]["type"] == "TaskSubmitted" and execution["name"]
        return None

    return str(cloud.wait(asking, "the question"))


def end(cloud: LocalCloud, name: str) -> dict[str, Any]:
    """The output of an execution that has ended."""
    states = cloud.client("stepfunctions")
    arn = next(one["executionArn"] for one in cloud.executions() if one["name"] == name)
    cloud.wait(lambda: cloud.has_ended(arn), "its end")
    return dict(json.loads(states.describe_execution(executionArn=arn)["output"]))


def test_an_approver_sees_what_waits_and_approves_it_under_their_own_name(asking: LocalCloud) -> None:
    name, alice = stopped(asking), Operator(asking, "alice", "Approvers")
    code, out, _ = alice.run("pending")
    assert (code, name in out, f"StartLogging for {TRAIL}: StopLogging by " in out) == (0, True, True)
    code, out, errors = alice.run("approve", name)
    assert (code, out.startswith(f"approved: StartLogging for {TRAIL}"), errors) == (0, True, "")
    output = end(asking, name)
    assert output["answer"] == {"approved": True, "by": "arn:aws:iam::123456789012:user/alice", "reason": None}
    assert asking.client("cloudtrail").get_trail_status(Name=TRAIL)["IsLogging"] is True
    assert "arn:aws:iam::123456789012:user/alice approved StartLogging." in asking.mails()[-1].get_content()
    assert alice.run("pending")[:2] == (0, "nothing waiting for approval\n")
    assert alice.run("approve", name)[::2] == (
        2,
        f"the execution {name} does not wait for approval; see: trailkeeper pending\n",
    )


def test_what_is_declined_stays_as_it_is_and_the_mail_says_why(asking: LocalCloud) -> None:
    name, bob = stopped(asking), Operator(asking, "bob", "Approvers")
    assert bob.run("decline", name, "--reason", "planned work")[0] == 0
    assert end(asking, name)["answer"]["reason"] == "planned work"
    assert asking.client("cloudtrail").get_trail_status(Name=TRAIL)["IsLogging"] is False
    assert "declined StartLogging (planned work), so nothing was done." in asking.mails()[-1].get_content()


def test_who_may_not_answer_is_told_in_a_line(asking: LocalCloud) -> None:
    name, eve = stopped(asking), Operator(asking, "eve")
    code, out, errors = eve.run("approve", name)
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert "is not authorized to perform: states:GetExecutionHistory" in errors
    assert Operator(asking, "carol", "Approvers").run("decline", name, "--reason", "test")[0] == 0


def test_an_execution_that_is_none_is_a_line(asking: LocalCloud) -> None:
    code, _, errors = Operator(asking, "dave", "Approvers").run("approve", "nonsense")
    assert (code, errors) == (2, "there is no execution nonsense; see: trailkeeper pending\n")
