"""Restore, on moto: it starts what is off, proves it, and fails under names that the flow knows."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import aws
import restore
from tests.samples import ARN, SETTINGS, event
from triage import judge

STOP = judge(event("stop-logging"), SETTINGS)
ORDER: restore.Order = {"incident": STOP, "retries": 0}


@pytest.fixture
def cloudtrail(on_moto: None) -> Any:
    """CloudTrail in us-east-1 with a stopped trail."""
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="trail-logs")
    client = boto3.client("cloudtrail", region_name="us-east-1")
    client.create_trail(Name="TestTrail", S3BucketName="trail-logs")
    client.start_logging(Name="TestTrail")
    client.stop_logging(Name="TestTrail")
    return client


def test_a_stopped_trail_is_started_and_the_proof_is_read_again(cloudtrail: Any) -> None:
    result = restore.handler(ORDER, None)
    assert (result["called"], result["was_logging"], result["now_logging"]) == (True, False, True)
    assert result["started_at"] is not None
    assert cloudtrail.get_trail_status(Name="TestTrail")["IsLogging"] is True


def test_a_trail_that_logs_already_is_left_alone(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cloudtrail.start_logging(Name="TestTrail")
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "start_logging", None)
    result = restore.handler(ORDER, None)
    assert (result["called"], result["was_logging"], result["now_logging"]) == (False, True, True)


def test_a_trail_named_by_its_arn_is_started_in_its_home_region(cloudtrail: Any) -> None:
    europe = boto3.client("cloudtrail", region_name="eu-west-1")
    europe.create_trail(Name="Europe", S3BucketName="trail-logs")
    named = ARN.replace("us-east-1", "eu-west-1").replace("TestTrail", "Europe")
    incident = judge(event("stop-logging", requestParameters={"name": named}), SETTINGS)
    restore.handler({"incident": incident, "retries": 0}, None)
    assert europe.get_trail_status(Name="Europe")["IsLogging"] is True


def test_a_missing_trail_fails_under_its_name(cloudtrail: Any) -> None:
    cloudtrail.delete_trail(Name="TestTrail")
    with pytest.raises(Exception, match="Unknown trail") as raised:
        restore.handler(ORDER, None)
    assert type(raised.value).__name__ == "TrailNotFoundException"


@pytest.mark.parametrize(
    "code",
    ["AccessDenied", "InvalidHomeRegionException", "NotOrganizationMasterAccountException", "ThrottlingException"],
)
def test_a_refusal_fails_under_its_code_whether_botocore_knows_it_or_not(
    code: str, cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "explicit deny"}}, "StartLogging")

    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "start_logging", refuse)
    with pytest.raises(Exception, match="explicit deny") as raised:
        restore.handler(ORDER, None)
    assert type(raised.value).__name__ == code


def test_a_start_that_does_not_show_in_the_status_is_a_failure(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "start_logging", lambda **_: {})
    monkeypatch.setattr(restore, "PAUSE", 0)
    with pytest.raises(restore.NotRecordingError):
        restore.handler(ORDER, None)


def test_a_status_that_lags_behind_is_read_again(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = aws.client("cloudtrail", "us-east-1")
    readings = iter([{"IsLogging": False}, {"IsLogging": False}, {"IsLogging": True}])
    monkeypatch.setattr(client, "get_trail_status", lambda **_: next(readings))
    monkeypatch.setattr(restore, "PAUSE", 0)
    assert restore.handler(ORDER, None)["now_logging"] is True


def test_the_blind_window_is_told_by_cloudtrails_own_clock() -> None:
    stopped, started = datetime(2026, 11, 23, 2, 1, tzinfo=UTC), datetime(2026, 11, 23, 2, 1, 4, 200_000, tzinfo=UTC)
    assert restore.off_seconds(stopped, started) == 4.2
    assert restore.off_seconds(started, stopped) is None
    assert restore.off_seconds(None, started) is None
