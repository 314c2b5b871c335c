"""Enrich, on moto: what it tells of the trail and of the others."""

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

import aws
import enrich
from samples import ARN, SETTINGS, event
from triage import judge

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
    state = enrich.handler(STOP, CONTEXT)
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
    state = enrich.handler(judge(event("delete-trail"), SETTINGS), CONTEXT)
    assert state["exists"] is False
    assert state["other_trails"] == []


@pytest.mark.parametrize("request_parameters", [{}, {"name": ARN.replace("123456789012", "111122223333")}])
def test_a_trail_that_nobody_could_look_for_is_not_told_to_be_gone(
    cloudtrail: Any, request_parameters: dict[str, str]
) -> None:
    state = enrich.handler(judge(event("stop-logging", requestParameters=request_parameters), SETTINGS), CONTEXT)
    assert state["exists"] is None


def test_only_trails_that_log_all_management_events_count_as_recording_still(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "records")
    create_trail(cloudtrail, "stopped", logging=False)
    create_trail(cloudtrail, "reads-only", selectors=READ_ONLY)
    assert enrich.handler(STOP, CONTEXT)["other_trails"] == [ARN.replace("TestTrail", "records")]


def test_a_trail_that_logs_but_cannot_deliver_does_not_count_and_says_so(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "mute")
    refused = {"IsLogging": True, "LatestDeliveryError": "AccessDenied", "LatestDigestDeliveryError": "AccessDenied"}
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_trail_status", lambda **_: refused)
    state = enrich.handler(STOP, CONTEXT)
    assert state["other_trails"] == []
    assert state["delivery_errors"] == ["S3: AccessDenied", "digest: AccessDenied"]


def test_a_multi_region_trail_of_another_region_counts_too(cloudtrail: Any) -> None:
    create_trail(boto3.client("cloudtrail", region_name="eu-west-1"), "everywhere", IsMultiRegionTrail=True)
    create_trail(boto3.client("cloudtrail", region_name="eu-west-1"), "europe-only")
    expected = ARN.replace("us-east-1", "eu-west-1").replace("TestTrail", "everywhere")
    assert enrich.handler(STOP, CONTEXT)["other_trails"] == [expected]


def test_a_trail_is_asked_in_its_home_region_when_the_call_came_elsewhere(cloudtrail: Any) -> None:
    create_trail(boto3.client("cloudtrail", region_name="eu-west-1"), "TestTrail")
    elsewhere = event("stop-logging", requestParameters={"name": ARN.replace("us-east-1", "eu-west-1")})
    state = enrich.handler(judge(elsewhere, SETTINGS), CONTEXT)
    assert state["home_region"] == "eu-west-1"
    assert state["logging"] is True


def test_the_accounts_alias_is_told(cloudtrail: Any) -> None:
    boto3.client("iam", region_name="us-east-1").create_account_alias(AccountAlias="production")
    assert enrich.handler(STOP, CONTEXT)["account_alias"] == "production"


def test_what_is_refused_is_told_as_unknown_and_stops_nothing(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create_trail(cloudtrail, "TestTrail")

    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetEventSelectors")

    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_event_selectors", refuse)
    state = enrich.handler(STOP, CONTEXT)
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
    state = enrich.handler(STOP, CONTEXT)
    assert (state["other_trails"], state["unread_trails"]) == ([], [other])
    assert state["unknown"] == [f"get_trail_status {other}: ConnectTimeoutError"]


def test_a_region_that_an_event_made_up_reaches_no_host() -> None:
    incident = judge(event("stop-logging", awsRegion="us-east-1.evil.example"), SETTINGS)
    with pytest.raises(ValueError, match="not a Region"):
        enrich.handler(incident, CONTEXT)
