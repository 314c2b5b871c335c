"""Restore, on moto: it does first and reads afterwards, and fails under names that the flow knows."""

import time
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

import restore
from tests.conftest import moto_client
from tests.samples import ARN, CONTEXT, EXECUTION, SETTINGS, event
from trailkeeper import aws, undo
from trailkeeper.incident import Report
from trailkeeper.mail import compose
from trailkeeper.standing import end
from trailkeeper.verdict import judge

STOP = judge(event("stop-logging"), SETTINGS)
ORDER: restore.Order = {"do": "StartLogging", "on": ARN, "incident": "id", "act": True, "retries": 0}
REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "explicit deny"}}, "GetTrailStatus")
HANGING = ReadTimeoutError(endpoint_url="https://cloudtrail.us-east-1.amazonaws.com")


@pytest.fixture
def cloudtrail(on_moto: None) -> Any:
    """CloudTrail in us-east-1 with a stopped trail."""
    moto_client("s3").create_bucket(Bucket="trail-logs")
    client = moto_client("cloudtrail")
    client.create_trail(Name="TestTrail", S3BucketName="trail-logs")
    client.start_logging(Name="TestTrail")
    client.stop_logging(Name="TestTrail")
    return client


@pytest.fixture
def statuses(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`statuses(REFUSED, {"IsLogging": True})`: what the readings give, the last one again and again."""
    monkeypatch.setattr(restore, "PAUSE", 0)

    def give(*answers: Any) -> None:
        left = [*answers]

        def status(**_: str) -> Any:
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_trail_status", status)

    return give


def test_a_stopped_trail_is_started_and_then_read(cloudtrail: Any) -> None:
    result = restore.handler(ORDER, CONTEXT)
    assert (result["call"], result["retries"], result["logging"], result["unread"]) == ("StartLogging", 0, True, None)
    assert result["called_at"] <= result["read_at"]
    assert result["started_at"] is not None
    assert result["stopped_at"] is not None
    assert cloudtrail.get_trail_status(Name="TestTrail")["IsLogging"] is True


def test_a_trail_is_started_whatever_a_reading_would_say(cloudtrail: Any, statuses: Callable[..., None]) -> None:
    statuses(REFUSED)
    result = restore.handler(ORDER, CONTEXT)
    assert (result["logging"], result["unread"]) == (None, "AccessDenied")
    assert result["called_at"]
    monitor = moto_client("cloudtrail")
    assert monitor.get_trail_status(Name="TestTrail")["IsLogging"] is True


@pytest.mark.parametrize(
    ("answers", "logging", "unread"),
    [
        (({"IsLogging": False}, {"IsLogging": False}, {"IsLogging": True}), True, None),
        ((REFUSED, {"IsLogging": True}), True, None),
        (({"IsLogging": False},), False, None),
        (({"IsLogging": False}, HANGING), False, None),
        (({},), None, "IncompleteAnswer"),
        ((HANGING,), None, "ReadTimeoutError"),
    ],
)
def test_a_status_that_lags_or_fails_is_read_again_and_what_is_known_is_kept(
    answers: Any, logging: bool | None, unread: str | None, statuses: Callable[..., None]
) -> None:
    statuses(*answers)
    result = restore.handler(ORDER, CONTEXT)
    assert (result["logging"], result["unread"]) == (logging, unread)


def test_a_status_is_read_three_times_half_a_second_apart_and_no_more(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, pauses = Mock(return_value={"IsLogging": False}), list[float]()
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_trail_status", status)
    monkeypatch.setattr(time, "sleep", pauses.append)
    assert restore.handler(ORDER, CONTEXT)["logging"] is False
    assert (status.call_count, pauses) == (3, [0.5, 0.5])


def test_once_the_status_is_proven_it_is_not_read_again(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = list[float]()
    monkeypatch.setattr(time, "sleep", pauses.append)
    assert restore.handler(ORDER, CONTEXT)["logging"] is True
    assert pauses == []


def test_a_reading_that_hangs_is_left_behind_when_the_time_is_up(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Context:
        invoked_function_arn = CONTEXT.invoked_function_arn

        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 1200  # of which one second is kept to answer in

    started = time.monotonic()
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_trail_status", lambda **_: time.sleep(3))
    result = restore.handler(ORDER, Context)
    assert (result["logging"], result["unread"]) == (None, "ReadTimeoutError")
    assert time.monotonic() - started < 1.2


def test_a_last_look_reads_and_does_nothing(cloudtrail: Any) -> None:
    result = restore.handler({**ORDER, "act": False}, CONTEXT)
    assert result["logging"] is False
    assert "call" not in result
    assert cloudtrail.get_trail_status(Name="TestTrail")["IsLogging"] is False


def test_a_trail_named_by_its_arn_is_started_in_its_home_region(cloudtrail: Any) -> None:
    europe = moto_client("cloudtrail", "eu-west-1")
    europe.create_trail(Name="Europe", S3BucketName="trail-logs")
    named = ARN.replace("us-east-1", "eu-west-1").replace("TestTrail", "Europe")
    incident = judge(event("stop-logging", requestParameters={"name": named}), SETTINGS)
    restore.handler({**ORDER, "on": incident["undo"]["on"] or ""}, CONTEXT)
    assert europe.get_trail_status(Name="Europe")["IsLogging"] is True


def test_a_missing_trail_fails_under_its_name(cloudtrail: Any) -> None:
    cloudtrail.delete_trail(Name="TestTrail")
    with pytest.raises(Exception, match="Unknown trail") as raised:
        restore.handler(ORDER, CONTEXT)
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
        restore.handler(ORDER, CONTEXT)
    assert type(raised.value).__name__ == code


def test_every_undo_of_the_catalogue_is_one_that_restore_knows() -> None:
    from trailkeeper.calls import catalogue

    assert {call.undo for call in catalogue() if call.undo} == undo.FILES.keys()
    assert all(undo.row(call).fields for call in undo.FILES)


@pytest.mark.parametrize(
    ("answer", "ends", "sentence"),
    [
        (
            {},
            "RestoreNotReadBack",
            "Whether the trail is recording again could not be read (the answer was incomplete)",
        ),
        ({"IsLogging": False}, "RestoreFailed", "and AWS accepted it. The trail is NOT recording."),
        ({"IsLogging": True}, "Handled", "Trailkeeper called StartLogging. The trail is recording again."),
    ],
)
def test_a_status_without_islogging_and_one_that_stays_false_are_reported_as_that(
    answer: dict[str, bool], ends: str, sentence: str, statuses: Callable[..., None]
) -> None:
    statuses(answer)
    whole: Report = {"incident": STOP, "trail": {}, "undo": restore.handler(ORDER, CONTEXT), "execution": EXECUTION}
    assert end(whole, readers=1) == ends
    assert sentence in compose(whole, SETTINGS)[1]


def test_a_start_that_is_accepted_and_does_nothing_is_reported_as_that(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "start_logging", lambda **_: {})
    monkeypatch.setattr(restore, "PAUSE", 0)
    whole: Report = {"incident": STOP, "trail": {}, "undo": restore.handler(ORDER, CONTEXT), "execution": EXECUTION}
    assert end(whole, readers=1) == "RestoreFailed"
    assert "and AWS accepted it. The trail is NOT recording." in compose(whole, SETTINGS)[1]
