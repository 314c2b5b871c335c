"""What to do next: the right commands for what happened, and none that cannot work."""

from tests.samples import ARN, DESTINATIONS, GONE, RECORDING, STOPPED, on_destination, report
from trailkeeper.incident import Report, TrailState
from trailkeeper.mail.next_steps import next_steps
from trailkeeper.mail.wording import wording

WRITING: TrailState = {**RECORDING, "affected": [ARN]}


def steps(whole: Report) -> str:
    """The end of the English mail."""
    return "\n".join(next_steps(whole, wording("en")))


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


def test_the_command_of_a_calls_row_is_what_to_compare_with() -> None:
    whole = report("put-event-selectors-all", RECORDING, {}, requestParameters={"trailName": "TestTrail"})
    assert f"aws cloudtrail get-event-selectors --trail-name {ARN} --region us-east-1" in steps(whole)
