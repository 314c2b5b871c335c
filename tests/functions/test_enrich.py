"""Enrich, on moto: what it tells of the trail and of the others."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

import aws
import enrich
from tests.samples import ARN, SETTINGS, event
from triage import Settings, judge

STOP = judge(event("stop-logging"), SETTINGS)
CONTEXT = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:Enrich")
ALL = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
READ_ONLY = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": []}]


@pytest.fixture
def cloudtrail(on_moto: None) -> Any:
    """CloudTrail in us-east-1 with a bucket to write to."""
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="trail-logs")
    return boto3.client("cloudtrail", region_name="us-east-1")


def create_trail(cloudtrail: Any, name: str, *, selectors: Any = ALL, logging: bool = True, **settings: Any) -> None:
    """A trail that logs, with selectors set, as moto has no default ones."""
    cloudtrail.create_trail(Name=name, S3BucketName="trail-logs", **settings)
    cloudtrail.put_event_selectors(TrailName=name, EventSelectors=selectors)
    if logging:
        cloudtrail.start_logging(Name=name)


def test_a_stopped_trail_is_described_with_its_status(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail", IsMultiRegionTrail=True, S3KeyPrefix="p")
    cloudtrail.stop_logging(Name="TestTrail")
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["exists"]
    assert state["arn"] == ARN
    assert state["home_region"] == "us-east-1"
    assert state["multi_region"] is True
    assert state["organization"] is False
    assert state["bucket"] == "trail-logs"
    assert state["logging"] is False
    assert state["started_at"] is not None
    assert state["stopped_at"] is not None
    assert state["all_management_events"] is True
    assert state["other_trails"] == []
    assert state["unknown"] == []


def test_a_deleted_trail_is_told_to_be_gone(cloudtrail: Any) -> None:
    state = enrich.handler(judge(event("delete-trail"), SETTINGS), CONTEXT)["trail"]
    assert state["exists"] is False
    assert state["other_trails"] == []


@pytest.mark.parametrize("request_parameters", [{}, {"name": ARN.replace("123456789012", "111122223333")}])
def test_a_trail_that_nobody_could_look_for_is_not_told_to_be_gone(
    cloudtrail: Any, request_parameters: dict[str, str]
) -> None:
    state = enrich.handler(judge(event("stop-logging", requestParameters=request_parameters), SETTINGS), CONTEXT)[
        "trail"
    ]
    assert state["exists"] is None


def test_only_trails_that_log_all_management_events_count_as_recording_still(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "records")
    create_trail(cloudtrail, "stopped", logging=False)
    create_trail(cloudtrail, "reads-only", selectors=READ_ONLY)
    assert enrich.handler(STOP, CONTEXT)["trail"]["other_trails"] == [ARN.replace("TestTrail", "records")]


def test_a_trail_that_logs_but_cannot_deliver_does_not_count_and_says_so(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "mute")
    refused = {"IsLogging": True, "LatestDeliveryError": "AccessDenied", "LatestDigestDeliveryError": "AccessDenied"}
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_trail_status", lambda **_: refused)
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["other_trails"] == []
    assert state["delivery_errors"] == ["S3: AccessDenied", "digest: AccessDenied"]


def test_a_multi_region_trail_of_another_region_counts_too(cloudtrail: Any) -> None:
    create_trail(boto3.client("cloudtrail", region_name="eu-west-1"), "everywhere", IsMultiRegionTrail=True)
    create_trail(boto3.client("cloudtrail", region_name="eu-west-1"), "europe-only")
    expected = ARN.replace("us-east-1", "eu-west-1").replace("TestTrail", "everywhere")
    assert enrich.handler(STOP, CONTEXT)["trail"]["other_trails"] == [expected]


def test_a_trail_is_asked_in_its_home_region_when_the_call_came_elsewhere(cloudtrail: Any) -> None:
    create_trail(boto3.client("cloudtrail", region_name="eu-west-1"), "TestTrail")
    elsewhere = event("stop-logging", requestParameters={"name": ARN.replace("us-east-1", "eu-west-1")})
    state = enrich.handler(judge(elsewhere, SETTINGS), CONTEXT)["trail"]
    assert state["home_region"] == "eu-west-1"
    assert state["logging"] is True


def test_a_trail_called_outside_its_home_region_is_found_by_its_name(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail", IsMultiRegionTrail=True)
    elsewhere = event("stop-logging", awsRegion="eu-west-1", errorCode="InvalidHomeRegionException")
    state = enrich.handler(judge(elsewhere, SETTINGS), CONTEXT)["trail"]
    assert (state["arn"], state["logging"], state["other_trails"]) == (ARN, True, [])
    cloudtrail.delete_trail(Name="TestTrail")
    assert enrich.handler(judge(elsewhere, SETTINGS), CONTEXT)["trail"]["exists"] is None


def test_whether_others_record_all_regions_is_told(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "local")
    assert enrich.handler(STOP, CONTEXT)["trail"]["others_record_all_regions"] is False
    create_trail(cloudtrail, "everywhere", IsMultiRegionTrail=True)
    assert enrich.handler(STOP, CONTEXT)["trail"]["others_record_all_regions"] is True


def test_a_buckets_lifecycle_is_judged_by_where_trails_write_in_it(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail", S3KeyPrefix="audit")
    rule = {"Status": "Enabled", "Filter": {"Prefix": "athena-results/"}, "Expiration": {"Days": 1}}
    expiring = event(
        "stop-logging",
        eventSource="s3.amazonaws.com",
        eventName="PutBucketLifecycle",
        requestParameters={"bucketName": "trail-logs", "LifecycleConfiguration": {"Rule": rule}},
    )
    settings: Settings = {**SETTINGS, "destinations": ["arn:aws:s3:::trail-logs"]}
    assert enrich.handler(judge(expiring, settings), CONTEXT)["incident"]["severity"] == "low"
    rule["Filter"] = {"Prefix": "audit/"}
    expiring["detail"]["requestParameters"]["LifecycleConfiguration"] = {"Rule": rule}
    assert enrich.handler(judge(expiring, settings), CONTEXT)["incident"]["severity"] == "critical"


def test_the_accounts_alias_is_told(cloudtrail: Any) -> None:
    boto3.client("iam", region_name="us-east-1").create_account_alias(AccountAlias="production")
    assert enrich.handler(STOP, CONTEXT)["trail"]["account_alias"] == "production"


def test_what_is_refused_is_told_as_unknown_and_stops_nothing(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create_trail(cloudtrail, "TestTrail")

    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetEventSelectors")

    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_event_selectors", refuse)
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["logging"] is True
    assert state["all_management_events"] is None
    assert state["unknown"] == [f"get_event_selectors {ARN}: AccessDeniedException"]


def test_a_trail_that_could_not_be_asked_is_neither_recording_nor_silent(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "org")
    other = ARN.replace("TestTrail", "org")
    answer = aws.client("cloudtrail", "us-east-1").get_trail_status

    def refuse(Name: str) -> Any:
        if Name == other:
            raise ConnectTimeoutError(endpoint_url="https://cloudtrail.us-east-1.amazonaws.com")
        return answer(Name=Name)

    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_trail_status", refuse)
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert (state["other_trails"], state["unread_trails"]) == ([], [other])
    assert state["unknown"] == [f"get_trail_status {other}: ConnectTimeoutError"]


def test_a_region_that_an_event_made_up_reaches_no_host() -> None:
    incident = judge(event("stop-logging", awsRegion="us-east-1.evil.example"), SETTINGS)
    with pytest.raises(ValueError, match="not a Region"):
        enrich.handler(incident, CONTEXT)


def test_the_trails_that_write_to_a_destination_are_affected_and_do_not_count_as_others(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="other-logs")
    cloudtrail.create_trail(Name="elsewhere", S3BucketName="other-logs")
    cloudtrail.put_event_selectors(TrailName="elsewhere", EventSelectors=ALL)
    cloudtrail.start_logging(Name="elsewhere")
    delete = event(
        "stop-logging",
        eventSource="s3.amazonaws.com",
        eventName="DeleteBucket",
        requestParameters={"bucketName": "trail-logs"},
    )
    enriched = enrich.handler(judge(delete, {**SETTINGS, "destinations": ["arn:aws:s3:::trail-logs"]}), CONTEXT)
    assert enriched["trail"]["affected"] == [ARN]
    assert enriched["trail"]["logging"] is True
    assert enriched["trail"]["other_trails"] == [ARN.replace("TestTrail", "elsewhere")]
    assert enriched["incident"]["severity"] == "high"


def test_a_call_on_the_guard_itself_asks_what_still_records(cloudtrail: Any) -> None:
    disable = event(
        "stop-logging",
        eventSource="events.amazonaws.com",
        eventName="DisableRule",
        requestParameters={"name": "Trailkeeper-Tampering1A2B"},
    )
    create_trail(cloudtrail, "TestTrail")
    enriched = enrich.handler(judge(disable, SETTINGS), CONTEXT)
    assert "exists" not in enriched["trail"]
    assert (enriched["trail"]["other_trails"], enriched["incident"]["severity"]) == ([ARN], "high")


MOVED = judge(event("update-trail-one-region", requestParameters={"name": ARN, "s3BucketName": "trail-logs"}), SETTINGS)


def history(monkeypatch: pytest.MonkeyPatch, **pages: Any) -> None:
    """Event history with a page for each event name; moto has none."""

    def lookup(LookupAttributes: Any, EndTime: Any) -> Any:
        return pages.get(LookupAttributes[0]["AttributeValue"], {"Events": []})

    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "lookup_events", lookup, raising=False)


def page(bucket: str, **more: str) -> Any:
    """A page of event history with one event, which answered that the trail writes to this bucket."""
    told = {
        "eventTime": "2026-01-01T00:00:00Z",
        "requestParameters": {"name": "TestTrail"},
        "responseElements": {"trailARN": ARN, "s3BucketName": bucket},
    }
    return {"Events": [{"CloudTrailEvent": json.dumps(told)}], **more}


def test_what_the_trail_was_before_is_read_from_event_history(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create_trail(cloudtrail, "TestTrail")
    history(monkeypatch, CreateTrail=page("trail-logs"))
    assert enrich.handler(MOVED, CONTEXT)["incident"]["verdict"] == "harmless"
    history(monkeypatch, CreateTrail=page("trail-logs"), UpdateTrail=page("elsewhere"))
    assert enrich.handler(MOVED, CONTEXT)["incident"]["verdict"] == "narrowed"


def test_a_history_that_tells_nothing_leaves_the_verdict_as_it_was(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    flooded = page("x", NextToken="more")
    flooded["Events"][0]["CloudTrailEvent"] = json.dumps({"requestParameters": {"name": "other"}})
    history(monkeypatch, CreateTrail=page("trail-logs"), UpdateTrail=flooded)
    assert "cannot tell what it was before" in enrich.handler(MOVED, CONTEXT)["incident"]["reasons"]

    def throttle(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "no"}}, "LookupEvents")

    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "lookup_events", throttle)
    enriched = enrich.handler(MOVED, CONTEXT)
    assert enriched["incident"]["verdict"] == "narrowed"
    assert enriched["trail"]["unknown"] == ["lookup_events UpdateTrail: ThrottlingException"]
