"""LookupEvents on the local cloud."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.account import recording_trail, user

REGION = "ca-central-1"  # used by these tests only


@pytest.fixture(scope="module")
def look(cloud: LocalCloud) -> Callable[..., list[dict[str, Any]]]:
    recording_trail(cloud, "HistoryTrail", REGION)
    with pytest.raises(ClientError):
        cloud.client("cloudtrail", REGION, user(cloud, "historian")).stop_logging(Name="HistoryTrail")
    cloud.client("cloudtrail", REGION).get_trail_status(Name="HistoryTrail")

    def lookup(key: str = "", value: str = "", **options: Any) -> list[dict[str, Any]]:
        attributes = [{"AttributeKey": key, "AttributeValue": value}] if key else []
        client = cloud.client("cloudtrail", REGION)
        events: list[dict[str, Any]] = client.lookup_events(LookupAttributes=attributes, **options)["Events"]
        return [event for event in events if event["EventName"] != "LookupEvents"]

    return lookup


def test_events_come_newest_first(look: Callable[..., list[dict[str, Any]]]) -> None:
    names = [event["EventName"] for event in look()]
    assert names[:4] == ["GetTrailStatus", "StopLogging", "StartLogging", "CreateTrail"]


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("EventName", "StopLogging", ["StopLogging"]),
        ("Username", "historian", ["StopLogging"]),
        ("ResourceName", "HistoryTrail", ["GetTrailStatus", "StartLogging", "CreateTrail"]),
        ("ResourceType", "AWS::S3::Bucket", ["CreateTrail"]),
        ("ReadOnly", "true", ["GetTrailStatus"]),
        ("EventSource", "s3.amazonaws.com", []),
    ],
)
def test_one_attribute_selects_events(
    look: Callable[..., list[dict[str, Any]]], key: str, value: str, names: list[str]
) -> None:
    assert [event["EventName"] for event in look(key, value)] == names


def test_an_event_is_found_by_its_id_and_by_its_access_key(look: Callable[..., list[dict[str, Any]]]) -> None:
    (denied,) = look("EventName", "StopLogging")
    assert look("EventId", denied["EventId"]) == [denied]
    assert look("AccessKeyId", denied["AccessKeyId"]) == [denied]


def test_start_and_end_bound_the_time(look: Callable[..., list[dict[str, Any]]]) -> None:
    now = datetime.now(UTC)
    assert len(look(StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1))) >= 4
    assert look(EndTime=now - timedelta(hours=1)) == []


def test_pages_have_no_gap_and_no_repetition_even_if_new_events_come(cloud: LocalCloud, look: Any) -> None:
    client, attribute = cloud.client("cloudtrail", REGION), {"AttributeKey": "ReadOnly", "AttributeValue": "false"}
    whole = [event["EventId"] for event in look("ReadOnly", "false")]
    pages = [client.lookup_events(LookupAttributes=[attribute], MaxResults=1)]
    while token := pages[-1].get("NextToken"):  # each of these calls is an event, too
        pages.append(client.lookup_events(LookupAttributes=[attribute], MaxResults=1, NextToken=token))
    assert [event["EventId"] for page in pages for event in page["Events"]] == whole


def test_each_region_has_a_history_of_its_own(cloud: LocalCloud, look: Any) -> None:
    elsewhere = cloud.client("cloudtrail", "me-south-1")
    elsewhere.list_trails()
    assert [event["EventName"] for event in elsewhere.lookup_events()["Events"]] == ["ListTrails"]


def test_watching_leaves_no_record(cloud: LocalCloud) -> None:
    region = "me-central-1"  # used by this test only
    cloud.client("cloudtrail", region, recorded=False).list_trails()
    cloud.executions(region)
    assert cloud.client("cloudtrail", region).lookup_events()["Events"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "elsewhere"}, "InvalidNextTokenException"),
        (
            {"LookupAttributes": [{"AttributeKey": "Colour", "AttributeValue": "red"}]},
            "InvalidLookupAttributesException",
        ),
        ({"StartTime": datetime(2026, 2, 1), "EndTime": datetime(2026, 1, 1)}, "InvalidTimeRangeException"),
    ],
)
def test_a_wrong_parameter_is_an_error(cloud: LocalCloud, asked: dict[str, Any], code: str) -> None:
    client = cloud.client("cloudtrail", REGION)
    with pytest.raises(ClientError) as error:
        client.lookup_events(**asked)
    assert error.value.response["Error"]["Code"] == code
