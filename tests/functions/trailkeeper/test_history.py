"""What a trail was before a call, out of event history."""

import json
from typing import Any

import pytest

from tests.samples import ARN, SETTINGS, event
from trailkeeper import aws
from trailkeeper.calls import row_of
from trailkeeper.calls.trail import asked_of_trail
from trailkeeper.history import before, earlier
from trailkeeper.incident import Incident
from trailkeeper.verdict import LONGEST_REQUEST, judge

ANSWER = {"trailARN": ARN, "s3BucketName": "trail-logs", "isMultiRegionTrail": True, "logFileValidationEnabled": True}


def update(**request: Any) -> Incident:
    """An UpdateTrail at 02:01:00, or wherever the event has it."""
    return judge(event("update-trail-one-region", requestParameters={"name": "TestTrail", **request}), SETTINGS)


def was(incident: Incident, records: list[Any]) -> dict[str, Any] | None:
    """What the records say."""
    call = row_of(incident)
    assert call is not None
    return earlier(incident, call, records)


def record(name: str, time: str, **fields: Any) -> dict[str, Any]:
    """A record of event history."""
    return {"eventName": name, "eventTime": time, "requestParameters": {"name": "TestTrail"}, **fields}


def test_the_latest_event_before_the_call_counts() -> None:
    incident = update(s3BucketName="b")
    records = [
        record("CreateTrail", "2026-01-01T00:00:00Z", responseElements={**ANSWER, "s3BucketName": "oldest"}),
        record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements=ANSWER),
        record("UpdateTrail", "2999-01-01T00:00:00Z", responseElements={**ANSWER, "s3BucketName": "later"}),
    ]
    found = was(incident, records)
    assert found is not None
    assert (found["s3BucketName"], found["enableLogFileValidation"], found["kmsKeyId"]) == ("trail-logs", True, "")


def test_other_trails_failed_calls_and_the_same_second_do_not_count() -> None:
    incident = update(s3BucketName="b")
    time = incident["time"] or ""
    records = [
        record("UpdateTrail", time, responseElements=ANSWER),
        record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements=ANSWER, errorCode="AccessDenied"),
        record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements=ANSWER, requestParameters={"name": "other"}),
        record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements="null"),
        "no record",
    ]
    assert was(incident, records) is None


def test_a_trail_records_all_management_events_when_it_is_created() -> None:
    request = {"trailName": "TestTrail", "eventSelectors": []}
    incident = judge(event("put-event-selectors-all", requestParameters=request), SETTINGS)
    found = was(incident, [record("CreateTrail", incident["time"] or "")])
    assert found == {"management": [[]], "data": [], "created": incident["time"]}


def test_a_key_is_compared_by_the_arn_that_was_answered() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    asked = asked_of_trail(
        {
            "eventName": "UpdateTrail",
            "requestParameters": {"name": "t", "kmsKeyId": "alias/trail", "enableLogFileValidation": "false"},
            "responseElements": {"kmsKeyId": key},
        }
    )
    assert asked == {"enableLogFileValidation": False, "kmsKeyId": key}


def test_a_request_too_long_for_an_incident_is_not_kept() -> None:
    resources = [{"type": "AWS::S3::Object", "values": [f"arn:aws:s3:::{number}" for number in range(3000)]}]
    request = {"trailName": "TestTrail", "eventSelectors": [{"dataResources": resources}]}
    assert len(json.dumps(request)) > LONGEST_REQUEST
    assert judge(event("put-event-selectors-all", requestParameters=request), SETTINGS)["request"] is None


class Pages:
    """A client of event history."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def lookup_events(self, **_: Any) -> Any:
        return self.page


def test_a_page_that_does_not_reach_back_to_the_trail_says_nothing() -> None:
    other = {"CloudTrailEvent": json.dumps(record("UpdateTrail", "2026-01-01T00:00:00Z", requestParameters={}))}
    incident = update(s3BucketName="b")
    call = row_of(incident)
    assert call is not None
    assert before(incident, call, Pages({"Events": [other], "NextToken": "more"})) is None


@pytest.mark.parametrize("page", [{}, {"Events": [{}]}, {"Events": [{"CloudTrailEvent": "{"}]}])
def test_an_answer_without_what_was_asked_for_is_unread(page: Any) -> None:
    incident = update(s3BucketName="b")
    call = row_of(incident)
    assert call is not None
    with pytest.raises(aws.Unanswered, match="IncompleteAnswer"):
        before(incident, call, Pages(page))
