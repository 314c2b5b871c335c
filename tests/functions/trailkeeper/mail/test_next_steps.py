"""What to do next: the right commands for what happened, and none that cannot work."""

from incident import Report, TrailState
from mail import outcome
from messages import en
from next_steps import next_steps
from tests.samples import ARN, DESTINATIONS, GONE, RECORDING, STOPPED, on_destination, report

WRITING: TrailState = {**RECORDING, "affected": [ARN]}


def steps(told: Report) -> str:
    """The end of the English mail."""
    return "\n".join(next_steps(told, outcome(told), en))


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


def test_a_sessions_key_is_not_switched_off_as_a_users() -> None:
    session = {"type": "IAMUser", "userName": "alice", "accessKeyId": "ASIAIOSFODNN7EXAMPLE"}
    text = steps(report("stop-logging", STOPPED, {}, userIdentity=session))
    assert "update-access-key" not in text
    assert "AttributeValue=ASIAIOSFODNN7EXAMPLE" in text


def test_roots_keys_are_not_switched_off_as_a_users() -> None:
    root = {"type": "Root", "arn": "arn:aws:iam::123456789012:root", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    text = steps(report("stop-logging", STOPPED, {}, userIdentity=root))
    assert "sign in as root" in text
    assert "update-access-key" not in text
