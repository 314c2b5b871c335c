"""A whole session of the AWS CLI with the printed environment, the commands of a mail among them.

The CLI runs in this process: it is the same, but for the second that starting each takes.
"""

import io
import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from awscli.clidriver import create_clidriver  # type: ignore[import-untyped]

from localcloud import ADMINISTRATOR, LocalCloud
from tests.account import recording_trail, trail_bucket

Aws = Callable[[str], Any]
KEY = ADMINISTRATOR["AccessKeyId"]
WRONG_REGION = "is us-east-1: call it there, not in eu-west-1"


@pytest.fixture(scope="module")
def cloud(assembly: Path) -> Iterator[LocalCloud]:
    """One of its own, with Trailkeeper: the session ends by switching the administrator's key off."""
    with LocalCloud() as running:
        running.deploy(assembly)
        running.confirm_all()
        yield running


@pytest.fixture
def aws(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """`aws("cloudtrail describe-trails")`: what the command prints, as JSON where it is; its error where it fails."""
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    def run(command: str) -> Any:
        printed, failed = io.StringIO(), io.StringIO()
        with redirect_stdout(printed), redirect_stderr(failed):
            status = create_clidriver().main(shlex.split(command.removeprefix("aws ")))
        assert bool(status) == bool(failed.getvalue()), failed.getvalue()
        return failed.getvalue() if status else json.loads(printed.getvalue() or "null")

    return run


def test_a_trail_is_made_started_and_stopped(cloud: LocalCloud, aws: Aws) -> None:
    bucket = trail_bucket(cloud, "cli-logs")
    made = aws(f"cloudtrail create-trail --name Cli --s3-bucket-name {bucket}")
    assert made["TrailARN"].endswith(":us-east-1:123456789012:trail/Cli")
    assert aws("cloudtrail start-logging --name Cli") is None
    assert aws("cloudtrail get-trail-status --name Cli")["IsLogging"] is True
    assert aws("cloudtrail stop-logging --name Cli") is None
    assert "(TrailAlreadyExistsException)" in aws(f"cloudtrail create-trail --name Cli --s3-bucket-name {bucket}")
    wrong = aws("cloudtrail stop-logging --name arn:aws:cloudtrail:us-east-1:123456789012:trail/Cli --region eu-west-1")
    assert "(InvalidHomeRegionException)" in wrong and WRONG_REGION in wrong


def test_selectors_are_put_and_read(cloud: LocalCloud, aws: Aws) -> None:
    recording_trail(cloud, "Selected", "us-east-1")
    put = "cloudtrail put-event-selectors --trail-name Selected --event-selectors"
    aws(f"{put} ReadWriteType=WriteOnly,IncludeManagementEvents=true")
    (selector,) = aws("cloudtrail get-event-selectors --trail-name Selected")["EventSelectors"]
    assert selector["ReadWriteType"] == "WriteOnly"
    assert "(InvalidEventSelectorsException)" in aws(f"{put} ReadWriteType=Some")
    get = "cloudtrail get-insight-selectors --trail-name Selected"
    assert "(InsightNotEnabledException)" in aws(get)
    insight = "InsightType=ApiCallRateInsight"
    aws(f"cloudtrail put-insight-selectors --trail-name Selected --insight-selectors {insight}")
    assert aws(get)["InsightSelectors"][0]["InsightType"] == "ApiCallRateInsight"


def test_history_is_paged(aws: Aws) -> None:
    for _ in range(3):
        aws("cloudtrail list-trails --region sa-east-1")
    lookup = "cloudtrail lookup-events --region sa-east-1 --lookup-attributes "
    lookup += "AttributeKey=EventName,AttributeValue=ListTrails --max-items 2"
    first = aws(lookup)
    second = aws(f"{lookup} --starting-token {first['NextToken']}")
    events = [event["EventId"] for page in (first, second) for event in page["Events"]]
    assert (len(first["Events"]), len(set(events))) == (2, 3)
    assert {event["Username"] for event in first["Events"]} == {"administrator"}
    assert "(InvalidEventCategoryException)" in aws("cloudtrail lookup-events --event-category data")


def test_queues_are_reached_as_the_cloud_says(cloud: LocalCloud, aws: Aws) -> None:
    url = aws(f"sqs create-queue --queue-name cli --endpoint-url {cloud.endpoint}")["QueueUrl"]
    assert aws(f"sqs list-queues --queue-name-prefix cli --endpoint-url {cloud.endpoint}")["QueueUrls"] == [url]


def test_the_mails_own_commands_work_and_the_last_one_switches_the_key_off(cloud: LocalCloud, aws: Aws) -> None:
    recording_trail(cloud, "Watched", "us-east-1")
    aws("cloudtrail stop-logging --name Watched")
    mail = cloud.wait(
        lambda: next((one for one in cloud.mails() if "Watched" in str(one["Subject"])), None), "the mail", 60
    )
    ended = cloud.wait(lambda: [one for one in cloud.executions() if one["status"] == "SUCCEEDED"], "the execution", 60)
    events = aws(f"stepfunctions get-execution-history --execution-arn {ended[0]['executionArn']}")["events"]
    assert (events[0]["type"], events[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert "(ValidationException)" in aws(
        f"stepfunctions list-executions --state-machine-arn {ended[0]['stateMachineArn']} --status-filter DONE"
    )

    text = mail.get_content()
    commands = [line.strip() for line in text.splitlines() if line.strip().startswith("aws ")]
    check, off, lookup = sorted(commands, key=lambda command: ("lookup" in command, "iam" in command))
    assert aws(check)["IsLogging"] is True
    assert {event["AccessKeyId"] for event in aws(lookup)["Events"]} == {KEY}
    who = aws("sts get-caller-identity")
    assert who["Arn"] in text
    assert aws(f"iam get-user --user-name {off.split()[-1]}")["User"]["UserId"] == who["UserId"]

    assert aws(off) is None
    assert "(UnrecognizedClientException)" in aws("cloudtrail describe-trails")
    assert "(InvalidClientTokenId)" in aws("sts get-caller-identity")
    assert cloud.executions(), "who watches goes on"
