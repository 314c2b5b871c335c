"""What a trail was before a call, out of event history."""

from typing import Any

from comparison import asked, earlier, kept
from incident import Incident
from tests.samples import ARN, SETTINGS, event
from triage import judge

ANSWER = {"trailARN": ARN, "s3BucketName": "trail-logs", "isMultiRegionTrail": True, "logFileValidationEnabled": True}


def update(**request: Any) -> Incident:
    """An UpdateTrail at 02:01:00, or wherever the event has it."""
    return judge(event("update-trail-one-region", requestParameters={"name": "TestTrail", **request}), SETTINGS)


def record(name: str, time: str, **fields: Any) -> dict[str, Any]:
    """A record of event history."""
    return {"eventName": name, "eventTime": time, "requestParameters": {"name": "TestTrail"}, **fields}


def test_the_latest_event_before_the_call_tells() -> None:
    incident = update(s3BucketName="b")
    records = [
        record("CreateTrail", "2026-01-01T00:00:00Z", responseElements={**ANSWER, "s3BucketName": "oldest"}),
        record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements=ANSWER),
        record("UpdateTrail", "2999-01-01T00:00:00Z", responseElements={**ANSWER, "s3BucketName": "later"}),
    ]
    before = earlier(incident, records)
    assert before is not None
    assert (before["s3BucketName"], before["enableLogFileValidation"], before["kmsKeyId"]) == ("trail-logs", True, "")


def test_other_trails_failed_calls_and_the_same_second_do_not_tell() -> None:
    incident = update(s3BucketName="b")
    time = incident["time"] or ""
    records = [
        record("UpdateTrail", time, responseElements=ANSWER),
        record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements=ANSWER, errorCode="AccessDenied"),
        record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements=ANSWER, requestParameters={"name": "other"}),
        record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements="null"),
        "no record",
    ]
    assert earlier(incident, records) is None


def test_a_trail_records_all_management_events_when_it_is_created() -> None:
    request = {"trailName": "TestTrail", "eventSelectors": []}
    incident = judge(event("put-event-selectors-all", requestParameters=request), SETTINGS)
    before = earlier(incident, [record("CreateTrail", incident["time"] or "")])
    assert before is not None
    assert before["management"] == [[]]


def test_a_key_is_compared_by_the_arn_that_was_answered() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    told = asked(
        {
            "eventName": "UpdateTrail",
            "requestParameters": {"name": "t", "kmsKeyId": "alias/trail", "enableLogFileValidation": "false"},
            "responseElements": {"kmsKeyId": key},
        }
    )
    assert told == {"enableLogFileValidation": False, "kmsKeyId": key}


def test_a_request_too_long_for_an_incident_is_not_kept() -> None:
    assert kept({"management": [[{"field": "x", "equals": ["y" * 20_000]}]]}) is None
