"""The flow, run on the local cloud: whatever breaks, the trail is restored if it can be and a mail goes out."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from console.drill import BUCKET, BUCKET_POLICY
from console.history import states_walked
from localcloud import LocalCloud

TRAIL = "FlowTrail"


class Flow:
    """One incident after another on a cloud with Trailkeeper deployed and a trail of its own."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.cloudtrail, self.functions, self.iam = (cloud.client(name) for name in ("cloudtrail", "lambda", "iam"))
        self.stepfunctions = cloud.client("stepfunctions")
        self.before = {execution["executionArn"] for execution in cloud.executions()}

    def stop(self, mails: int = 1) -> tuple[dict[str, Any], list[Any]]:
        """Stop the trail; the execution when it has ended, and the mails about it, as many as there should be."""
        self.cloudtrail.stop_logging(Name=TRAIL)
        execution = self.cloud.wait(lambda: self.ended("StopLogging"), "the execution and its end")
        self.cloud.wait(lambda: len(self.mails(execution)) >= mails, f"{mails} mails")
        return execution, self.mails(execution)

    def ended(self, action: str) -> dict[str, Any] | None:
        """The new execution for a call, when it has ended; tests that break the guard start others."""
        for execution in self.cloud.executions():
            if execution["executionArn"] in self.before or execution["status"] == "RUNNING":
                continue
            if json.loads(self.describe(execution)["input"])["detail"]["eventName"] == action:
                return execution
        return None

    def mails(self, execution: dict[str, Any]) -> list[Any]:
        """The mails that an execution sent, and those that were sent because of it."""
        name = execution["executionArn"].rpartition(":")[2]
        return [mail for mail in self.cloud.mails() if name in mail.get_content()]

    def describe(self, execution: dict[str, Any]) -> dict[str, Any]:
        """The execution with its output or error."""
        return dict(self.stepfunctions.describe_execution(executionArn=execution["executionArn"]))

    def states(self, execution: dict[str, Any]) -> dict[str, str | None]:
        """The states walked, each with the last error in it."""
        arn = execution["executionArn"]
        events = self.stepfunctions.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        return {state.name: state.error for state in states_walked(events)}

    def is_logging(self) -> bool:
        """Whether the trail records."""
        return bool(self.cloudtrail.get_trail_status(Name=TRAIL)["IsLogging"])

    def function(self, step: str) -> dict[str, Any]:
        """The configuration of a step's function."""
        found = [one for one in self.functions.list_functions()["Functions"] if one["Handler"] == f"{step}.handler"]
        return dict(found[0])


@pytest.fixture(scope="module")
def trail(guarded: LocalCloud) -> None:
    """The trail, and the bucket that it writes to."""
    s3 = guarded.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(BUCKET_POLICY).replace("trail/TestTrail", f"trail/{TRAIL}"))
    guarded.client("cloudtrail").create_trail(Name=TRAIL, S3BucketName=BUCKET)


@pytest.fixture
def flow(guarded: LocalCloud, trail: None) -> Flow:
    """The trail records, on a cloud that guards it with undo auto."""
    guarded.client("cloudtrail").start_logging(Name=TRAIL)
    return Flow(guarded)


@pytest.fixture
def change(flow: Flow) -> Iterator[Callable[..., None]]:
    """`change("notify", TOPIC_ARN="x")` changes a function's environment until the test is over."""
    before: list[dict[str, Any]] = []

    def variables(step: str, **changes: str) -> None:
        configuration = flow.function(step)
        before.append(configuration)
        environment = configuration.get("Environment", {}).get("Variables", {})
        flow.functions.update_function_configuration(
            FunctionName=configuration["FunctionName"], Environment={"Variables": environment | changes}
        )

    yield variables
    for configuration in before:
        flow.functions.update_function_configuration(
            FunctionName=configuration["FunctionName"],
            Environment={"Variables": configuration.get("Environment", {}).get("Variables", {})},
        )


@pytest.fixture
def take_away(flow: Flow) -> Iterator[Callable[[str, str], None]]:
    """`take_away("restore", "cloudtrail:StartLogging")` denies a function's role an action until the test is over."""
    denied: list[str] = []

    def deny(step: str, action: str) -> None:
        role = flow.function(step)["Role"].rsplit("/", 1)[-1]
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        flow.iam.put_role_policy(RoleName=role, PolicyName="taken-away", PolicyDocument=document)
        denied.append(role)

    yield deny
    for role in denied:
        flow.iam.delete_role_policy(RoleName=role, PolicyName="taken-away")


@pytest.fixture
def throttled(guarded: LocalCloud) -> Iterator[str]:
    """An endpoint that throttles StartLogging three times: once more than a client tries."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "microburst", "--upstream", guarded.endpoint, "--port", str(port)]
    proxy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        guarded.wait(lambda: answers(f"{endpoint}/_microburst/health"), "the proxy")
        rule: dict[str, Any] = {
            "service": "cloudtrail",
            "operation": "StartLogging",
            "times": 3,
            "error": {"code": "ThrottlingException"},
        }
        requests.post(f"{endpoint}/_microburst/rules", json=[rule], timeout=5).raise_for_status()
        yield endpoint
    finally:
        proxy.kill()
        proxy.wait()


def answers(url: str) -> bool:
    """Whether a server answers there."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_stopped_trail_is_restored_and_told_in_one_mail(flow: Flow) -> None:
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert [mail["Subject"] for mail in mails] == [
        f"[CRITICAL] CloudTrail stopped, recording again: {TRAIL} (123456789012 us-east-1)"
    ]
    output = json.loads(flow.describe(execution)["output"])
    assert set(output) == {"incident", "trail", "undo", "notice"}
    assert output["undo"]["now_logging"] is True
    assert output["notice"]["subject"] == mails[0]["Subject"]


def test_a_denied_restore_is_mailed_and_fails_the_execution_which_is_told_again(
    flow: Flow, take_away: Callable[[str, str], None]
) -> None:
    take_away("restore", "cloudtrail:StartLogging")
    execution, mails = flow.stop(mails=2)
    assert not flow.is_logging()
    assert (execution["status"], flow.describe(execution)["error"]) == ("FAILED", "RestoreFailed")
    told = {mail["Subject"]: mail.get_content() for mail in mails}
    own = told[f"[CRITICAL] CloudTrail stopped, restart FAILED: {TRAIL} (123456789012 us-east-1)"]
    assert "it is NOT recording, because Trailkeeper's role was denied" in own
    assert execution["executionArn"] in told["AWS Notification Message"]


def test_a_failed_enrichment_stops_neither_the_restore_nor_the_mail(
    flow: Flow, take_away: Callable[[str, str], None]
) -> None:
    take_away("enrich", "cloudtrail:DescribeTrails")
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert execution["status"] == "SUCCEEDED"
    assert "Not enriched" in flow.states(execution)
    assert "is not known: AccessDeniedException" in mails[0].get_content()


def test_a_crashed_triage_is_mailed_with_the_raw_event(flow: Flow, change: Callable[..., None]) -> None:
    change("triage", SETTINGS="{")
    execution, mails = flow.stop(mails=2)
    assert (execution["status"], flow.describe(execution)["error"]) == ("FAILED", "TriageFailed")
    raw = next(mail for mail in mails if "could not be judged" in mail["Subject"])
    assert "JSONDecodeError" in raw.get_content()
    assert f'"name":"{TRAIL}"' in raw.get_content().replace(" ", "")


def test_a_mail_that_cannot_be_sent_fails_the_execution_and_the_topic_hears_of_it_all_the_same(
    flow: Flow, take_away: Callable[[str, str], None]
) -> None:
    take_away("notify", "sns:Publish")
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert execution["status"] == "FAILED"
    assert mails[0]["Subject"] == "AWS Notification Message"
    assert execution["executionArn"] in mails[0].get_content()


def test_throttling_is_waited_out(flow: Flow, change: Callable[..., None], throttled: str) -> None:
    change("restore", AWS_ENDPOINT_URL_CLOUDTRAIL=throttled)
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert execution["status"] == "SUCCEEDED"
    assert flow.states(execution)["Restore"] == "ThrottlingException"
    assert "recording again" in mails[0]["Subject"]


def test_an_event_that_narrows_nothing_is_ignored_without_a_mail(flow: Flow) -> None:
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
    flow.cloudtrail.put_event_selectors(TrailName=TRAIL, EventSelectors=selectors)
    execution = flow.cloud.wait(lambda: flow.ended("PutEventSelectors"), "the execution and its end")
    assert list(flow.states(execution))[-2:] == ["Still tampering?", "Ignored"]
    assert json.loads(flow.describe(execution)["output"])["incident"]["verdict"] == "harmless"
    assert flow.mails(execution) == []
