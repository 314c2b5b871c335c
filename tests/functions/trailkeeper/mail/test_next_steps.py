"""What to do next: the right commands for what happened, and none that cannot work."""

from typing import Any

import pytest

from tests.calls import OWN as OWN_NAME
from tests.calls import happened
from tests.samples import (
    ARN,
    DESTINATIONS,
    EXECUTION,
    GONE,
    OWN,
    RECORDING,
    SETTINGS,
    STOPPED,
    on_destination,
    report,
)
from trailkeeper.calls import catalogue
from trailkeeper.incident import Report, TrailState
from trailkeeper.mail.next_steps import next_steps
from trailkeeper.mail.wording import wording
from trailkeeper.verdict import judge

WRITING: TrailState = {**RECORDING, "affected": [ARN]}


def steps(whole: Report) -> str:
    """The end of the English mail."""
    return "\n".join(next_steps(whole, wording("en")))


def commands(whole: Report) -> list[str]:
    """The commands that the mail says to run."""
    return [line.strip() for line in next_steps(whole, wording("en")) if line.startswith("   aws ")]


UNREAD: TrailState = {"error": "ThrottlingException", "cause": "{}"}
AGAIN = f"aws cloudtrail start-logging --name {ARN} --region us-east-1"
CHECK = f"aws cloudtrail get-trail-status --name {ARN} --region us-east-1"
EARLIER = (
    "aws cloudtrail lookup-events --lookup-attributes "
    f"AttributeKey=ResourceName,AttributeValue={ARN} --region us-east-1"
)
COMPARE = f"aws cloudtrail get-trail --name {ARN} --region us-east-1"
KEY = "AKIAI44QH8DHBEXAMPLE"
DEACTIVATE = f"aws iam update-access-key --status Inactive --access-key-id {KEY} --user-name alice"
LOOKUP = (
    f"aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue={KEY} --region us-east-1"
)


@pytest.mark.parametrize(
    ("name", "trail", "first"),
    [
        ("stop-logging", STOPPED, [AGAIN]),
        ("stop-logging", RECORDING, [CHECK]),
        ("stop-logging", UNREAD, [AGAIN]),
        ("stop-logging", GONE, [EARLIER]),
        ("delete-trail", GONE, [EARLIER]),
        ("delete-trail", RECORDING, [CHECK]),
        ("update-trail-one-region", RECORDING, [CHECK, COMPARE]),
        ("update-trail-one-region", STOPPED, [AGAIN, COMPARE]),
        ("update-trail-one-region", UNREAD, [CHECK, COMPARE]),
        ("update-trail-one-region", GONE, [EARLIER]),
    ],
)
def test_the_trail_comes_first_then_who_called_and_what_else_they_did(
    name: str, trail: TrailState, first: list[str]
) -> None:
    alice = {"type": "IAMUser", "userName": "alice", "accessKeyId": KEY}
    whole = report(name, trail, {}, userIdentity=alice)
    assert commands(whole) == [*first, DEACTIVATE, LOOKUP]
    numbers = [line[:2] for line in next_steps(whole, wording("en")) if not line.startswith(" ")]
    assert numbers == ["1.", "2.", "3.", "4."][: len(first) + 2]


def test_a_name_that_a_shell_would_read_otherwise_is_quoted() -> None:
    call = next(call for call in catalogue() if call.action == "DisableAlarmActions")
    incident = judge(happened(call, "Trailkeeper-#1"), SETTINGS, OWN)
    whole: Report = {"incident": incident, "trail": {}, "undo": {}, "execution": EXECUTION}
    assert commands(whole)[0] == "aws cloudwatch describe-alarms --alarm-names 'Trailkeeper-#1' --region us-east-1"


def test_a_name_that_aws_gives_to_nothing_is_in_no_command() -> None:
    call = next(call for call in catalogue() if call.action == "DisableAlarmActions")
    incident = judge(happened(call, "Trailkeeper-$(reboot)"), SETTINGS, OWN)
    whole: Report = {"incident": incident, "trail": {}, "undo": {}, "execution": EXECUTION}
    assert incident["resource"] == {"kind": "alarm", "name": "Trailkeeper-$(reboot)"}
    assert commands(whole)[0].startswith("aws iam ")


@pytest.mark.parametrize("name", ["alice smith", "alice'", "x" * 65, "앨리스"])
def test_a_user_whom_no_command_can_name_is_asked_without_one(name: str) -> None:
    user = {"type": "IAMUser", "userName": name, "accessKeyId": KEY}
    whole = report("stop-logging", STOPPED, {}, userIdentity=user)
    assert commands(whole) == [AGAIN, LOOKUP]
    assert wording("en").NEXT["ask_only"].rpartition(": ")[2] in steps(whole)


@pytest.mark.parametrize("key", ["AKIA", "akiai44qh8dhbexample", f"{KEY};reboot"])
def test_a_key_of_another_shape_is_in_no_command(key: str) -> None:
    user = {"type": "IAMUser", "userName": "alice", "accessKeyId": key}
    assert commands(report("stop-logging", STOPPED, {}, userIdentity=user)) == [AGAIN]


def test_after_a_call_on_a_destination_it_is_looked_at_with_the_trail_that_writes_there() -> None:
    request = {"bucketName": "trail-logs"}
    show = "aws s3api {} --bucket trail-logs --region us-east-1"
    changed = on_destination("DeleteBucketPolicy", request, WRITING)
    assert commands(changed)[:2] == [show.format("get-bucket-policy"), CHECK]
    tried: Any = on_destination("DeleteBucketPolicy", request, WRITING)
    tried["incident"]["verdict"] = "attempted"
    assert commands(tried)[:2] == [show.format("head-bucket"), CHECK]


def test_after_a_call_on_a_part_of_trailkeeper_it_is_deployed_again() -> None:
    call = next(call for call in catalogue() if call.action == "UpdateFunctionCode20150331v2")
    whole: Any = {"incident": judge(happened(call), SETTINGS, OWN), "trail": {}, "undo": {}, "execution": EXECUTION}
    assert commands(whole)[0] == f"aws lambda get-function --function-name {OWN_NAME} --region us-east-1"
    assert wording("en").NEXT["deploy"] in steps(whole)
    for verdict in ("attempted", "harmless"):
        whole["incident"]["verdict"] = verdict
        assert wording("en").NEXT["deploy"] not in steps(whole)


def test_a_key_is_put_back_by_two_commands() -> None:
    text = steps(on_destination("ScheduleKeyDeletion", {"keyId": DESTINATIONS[1]}, WRITING))
    key = DESTINATIONS[1].rpartition("/")[2]
    assert f"   aws kms cancel-key-deletion --key-id {key} --region us-east-1\n" in text
    assert f"   aws kms enable-key --key-id {key} --region us-east-1\n" in text


def test_what_is_deleted_is_not_looked_for() -> None:
    assert "head-bucket" not in steps(on_destination("DeleteBucket", {"bucketName": "trail-logs"}, WRITING))


def test_a_trail_that_a_failed_call_named_is_not_created() -> None:
    failed = {"errorCode": "TrailNotFoundException"}
    assert "Create the trail again" not in steps(report("put-event-selectors-all", GONE, {}, **failed))
    assert "Create the trail again" in steps(report("delete-trail", GONE, {}))


def test_a_sessions_key_is_not_deactivated_as_a_users() -> None:
    session = {"type": "IAMUser", "userName": "alice", "accessKeyId": "ASIAIOSFODNN7EXAMPLE"}
    text = steps(report("stop-logging", STOPPED, {}, userIdentity=session))
    assert "update-access-key" not in text
    assert "AttributeValue=ASIAIOSFODNN7EXAMPLE" in text


def test_roots_keys_are_not_deactivated_as_a_users() -> None:
    root = {"type": "Root", "arn": "arn:aws:iam::123456789012:root", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    text = steps(report("stop-logging", STOPPED, {}, userIdentity=root))
    assert "sign in as root" in text
    assert "update-access-key" not in text


def test_event_history_is_read_in_the_incidents_region_and_where_iam_and_sign_in_stand() -> None:
    lookups = [
        line.rpartition(" ")[2]
        for line in steps(report("stop-logging", STOPPED, {}, awsRegion="ap-northeast-2")).split("\n")
        if "lookup-events" in line
    ]
    assert lookups == ["ap-northeast-2", "us-east-1"]
    assert steps(report("stop-logging", STOPPED, {})).count("lookup-events") == 1
    for region in ("us-east-1; reboot", "", "evil.example"):
        assert steps(report("stop-logging", STOPPED, {}, awsRegion=region)).count("lookup-events") == 1


def test_the_command_of_a_calls_row_is_what_to_compare_with() -> None:
    whole = report("put-event-selectors-all", RECORDING, {}, requestParameters={"trailName": "TestTrail"})
    assert f"aws cloudtrail get-event-selectors --trail-name {ARN} --region us-east-1" in steps(whole)
