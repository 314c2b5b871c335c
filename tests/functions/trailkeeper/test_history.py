"""What a trail was before a call, out of event history."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.samples import ARN, OWN, RECORDING, SETTINGS, event
from trailkeeper import aws
from trailkeeper.calls import row_of
from trailkeeper.calls.trail import asked_of_trail
from trailkeeper.history import MOST_PAGES, before, earlier, newest, wanted
from trailkeeper.incident import Incident, TrailState
from trailkeeper.settings import Settings
from trailkeeper.verdict import LONGEST_REQUEST, judge, judge_again

UNDOING: Settings = {**SETTINGS, "undo": {"PutEventSelectors": "auto"}}

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


def created(time: str, **answer: Any) -> dict[str, Any]:
    """A CreateTrail, and what it answered."""
    fields = {"requestParameters": {"name": "TestTrail"}, "responseElements": {**ANSWER, **answer}}
    return dict(event("stop-logging", eventName="CreateTrail", eventTime=time, **fields)["detail"])


def test_a_trail_created_again_is_compared_with_what_it_was() -> None:
    key = {"kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1"}
    was_before = created("2026-11-01T00:00:00Z", **key)
    again = created("2026-11-23T02:01:00Z", s3BucketName="mine", isMultiRegionTrail=False)
    incident = judge(again, SETTINGS, OWN)
    assert (incident["verdict"], incident["request"] is not None) == ("harmless", True)
    known = was(incident, [again, was_before])
    judgement = judge_again(incident, RECORDING, known, None)
    assert judgement["verdict"] == "narrowed"
    assert [(fact["code"], fact["detail"]) for fact in judgement["facts"]][:2] == [
        ("one_region", None),
        ("destination_changed", "s3BucketName: trail-logs → mine"),
    ]
    same = judge(created("2026-11-23T02:01:00Z", **key), SETTINGS, OWN)
    assert judge_again(same, RECORDING, was(same, [was_before]), None)["verdict"] == "harmless"
    assert judge_again(incident, RECORDING, was(incident, [again]), None)["verdict"] == "harmless", (
        "the first of its name"
    )


def test_a_log_group_or_a_key_added_right_after_createtrail_raises_no_alarm() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    young: TrailState = {**RECORDING, "stopped_at": None, "started_at": "2026-11-23T02:00:30.000Z"}
    for request in ({"kmsKeyId": key}, {"cloudWatchLogsLogGroupArn": "arn:aws:logs:x"}):
        assert judge_again(update(**request), young, None, None)["verdict"] == "harmless"
    assert judge_again(update(isMultiRegionTrail=False, kmsKeyId=key), young, None, None)["verdict"] == "narrowed"
    grown: TrailState = {**young, "started_at": "2026-11-01T00:00:00.000Z"}
    assert judge_again(update(kmsKeyId=key), grown, None, None)["verdict"] == "narrowed"


def test_the_same_alias_sent_again_raises_no_alarm() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    answer = {"responseElements": {**ANSWER, "kmsKeyId": key}}
    request = {"name": "TestTrail", "kmsKeyId": "alias/trails"}
    incident = judge(event("update-trail-one-region", requestParameters=request, **answer), SETTINGS)
    known = was(incident, [created("2026-11-01T00:00:00Z", kmsKeyId=key)])
    assert judge_again(incident, RECORDING, known, None)["verdict"] == "harmless"


def test_a_request_too_long_for_an_incident_is_not_kept() -> None:
    resources = [{"type": "AWS::S3::Object", "values": [f"arn:aws:s3:::{number}" for number in range(3000)]}]
    request = {"trailName": "TestTrail", "eventSelectors": [{"dataResources": resources}]}
    assert len(json.dumps(request)) > LONGEST_REQUEST
    incident = judge(event("put-event-selectors-all", requestParameters=request), UNDOING, OWN)
    assert (incident["verdict"], incident["request"]) == ("narrowed", None), "what is not looked at is told"
    assert [fact["code"] for fact in incident["facts"]] == ["request_too_long"]
    assert incident["undo"]["call"] == "PutEventSelectors"


def test_what_may_turn_out_to_narrow_can_be_undone_and_what_cannot_is_not() -> None:
    request: dict[str, Any] = {"trailName": "TestTrail", "eventSelectors": [{"readWriteType": "All"}]}
    looked_at = judge(event("put-event-selectors-all", requestParameters=request), UNDOING, OWN)
    assert (looked_at["verdict"], looked_at["undo"]["call"]) == ("harmless", "PutEventSelectors")
    request["eventSelectors"] = [{"readWriteType": "ReadOnly"}]
    call = event("put-event-selectors-all", requestParameters=request, errorCode="AccessDenied")
    refused = judge(call, UNDOING, OWN)
    assert (refused["verdict"], refused["undo"]["call"]) == ("attempted", None)


@pytest.mark.parametrize(
    ("trail", "counts"),
    [
        ({"name": "TestTrail"}, True),
        ({"name": ARN}, True),
        ({"trailName": "TestTrail", "name": "other"}, True),
        ({"trailName": "other", "name": "TestTrail"}, False),
        ({"name": "other"}, False),
        ({}, False),
    ],
)
def test_only_events_on_the_same_trail_count(trail: dict[str, str], counts: bool) -> None:
    incident = update(name=ARN, s3BucketName="b")
    earlier_one = record("UpdateTrail", "2026-02-01T00:00:00Z", responseElements=ANSWER, requestParameters=trail)
    assert (was(incident, [earlier_one]) is not None) is counts


@pytest.mark.parametrize(
    ("name", "time", "counts"),
    [
        ("UpdateTrail", "2026-11-23T02:03:59Z", True),
        ("UpdateTrail", "2026-11-23T02:04:00Z", False),
        ("UpdateTrail", "2026-11-23T02:04:01Z", False),
        ("CreateTrail", "2026-11-23T02:04:00Z", True),
        ("CreateTrail", "2026-11-23T02:04:01Z", False),
        ("UpdateTrail", None, False),
    ],
)
def test_only_what_came_before_counts_and_a_trail_is_created_first(name: str, time: Any, counts: bool) -> None:
    found = was(update(s3BucketName="b"), [record(name, time, responseElements=ANSWER)])
    assert (found is not None) is counts
    assert found is None or ("created" in found) is (name == "CreateTrail")


class Pages:
    """A client of event history."""

    def __init__(self, page: Any) -> None:
        self.page, self.asked = page, list[Any]()

    def lookup_events(self, **asked: Any) -> Any:
        self.asked.append(asked)
        return self.page


def test_history_is_asked_for_the_call_and_for_what_created_the_trail_up_to_the_call() -> None:
    incident, client = update(s3BucketName="b"), Pages({"Events": []})
    assert before(incident, row_of(incident), client) is None
    until = datetime.fromisoformat(incident["time"] or "")
    assert client.asked == [
        {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}], "EndTime": until}
        for name in ("UpdateTrail", "CreateTrail")
    ]
    stop, unasked = judge(event("stop-logging"), SETTINGS), Pages({})
    assert before(stop, row_of(stop), unasked) is before(incident, None, unasked) is None
    undated: Incident = {**incident, "time": None}
    assert before(undated, row_of(incident), unasked) is None
    assert unasked.asked == [], "nothing to compare"


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


def history_of(*pages: dict[str, Any]) -> Any:
    """CloudTrail with an event history of some pages."""
    left = [{**page, "NextToken": "more"} for page in pages[:-1]] + [pages[-1]]
    return SimpleNamespace(lookup_events=lambda **_: left.pop(0))


def page(*names: str) -> dict[str, Any]:
    return {"Events": [{"CloudTrailEvent": json.dumps({"eventName": name})} for name in names]}


def test_the_newest_records_are_read_page_by_page_as_far_as_a_few_reach() -> None:
    since = datetime(2026, 11, 23, tzinfo=UTC)
    found = newest(history_of(page("a", "b"), page("c")), "Any", since)
    assert [record["eventName"] for record in found] == ["a", "b", "c"]
    endless = history_of(*(page(str(number)) for number in range(MOST_PAGES + 1)))
    assert len([*newest(endless, "Any", since)]) == MOST_PAGES
    broken: dict[str, Any]
    for broken in ({}, {"Events": [{}]}, {"Events": [{"CloudTrailEvent": "{"}]}):
        with pytest.raises(aws.Unanswered, match="IncompleteAnswer"):
            list(newest(history_of(broken), "Any", since))


def test_what_is_not_compared_has_no_earlier_state() -> None:
    stop = judge(event("stop-logging"), SETTINGS, OWN)
    call = row_of(stop)
    assert call is not None
    baseline: Any = {"arn": ARN, "fields": {}, "by": "first sight", "at": ""}
    assert (wanted(baseline, call), wanted(None, call), earlier(stop, call, [])) == (None, None, None)
