"""Event data stores: their status, and the records of calls on them."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud

REGION = "eu-north-1"  # used by these tests only


@pytest.fixture
def lake(cloud: LocalCloud) -> Any:
    """CloudTrail in a Region without stores."""
    client = cloud.client("cloudtrail", REGION)
    for store in client.list_event_data_stores()["EventDataStores"]:
        arn = store["EventDataStoreArn"]
        if client.get_event_data_store(EventDataStore=arn)["Status"] != "PENDING_DELETION":
            client.update_event_data_store(EventDataStore=arn, TerminationProtectionEnabled=False)
            client.delete_event_data_store(EventDataStore=arn)
    return client


def status(lake: Any, arn: str) -> str:
    """What GetEventDataStore says."""
    return str(lake.get_event_data_store(EventDataStore=arn)["Status"])


def test_a_store_ingests_stops_is_deleted_and_restored(lake: Any) -> None:
    arn = lake.create_event_data_store(Name="Walked")["EventDataStoreArn"]
    assert status(lake, arn) == "ENABLED"
    lake.stop_event_data_store_ingestion(EventDataStore=arn.rpartition("/")[2])
    assert status(lake, arn) == "STOPPED_INGESTION"
    lake.start_event_data_store_ingestion(EventDataStore=arn)
    lake.update_event_data_store(EventDataStore=arn, TerminationProtectionEnabled=False, RetentionPeriod=7)
    lake.delete_event_data_store(EventDataStore=arn)
    assert status(lake, arn) == "PENDING_DELETION"
    restored = lake.restore_event_data_store(EventDataStore=arn)
    assert (restored["Status"], restored["RetentionPeriod"], restored["Name"]) == ("ENABLED", 7, "Walked")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("delete_event_data_store", "EventDataStoreTerminationProtectedException"),
        ("start_event_data_store_ingestion", "InvalidEventDataStoreStatusException"),
        ("restore_event_data_store", "InvalidEventDataStoreStatusException"),
    ],
)
def test_what_aws_refuses_of_a_store_that_ingests_is_refused(call: str, code: str, lake: Any) -> None:
    arn = lake.create_event_data_store(Name=f"Refused-{call}")["EventDataStoreArn"]
    with pytest.raises(ClientError, match=code):
        getattr(lake, call)(EventDataStore=arn)
    with pytest.raises(ClientError, match="EventDataStoreNotFoundException"):
        getattr(lake, call)(EventDataStore=f"{arn.rpartition('/')[0]}/{uuid.UUID(int=0)}")


def test_calls_on_a_store_stand_in_event_history(lake: Any) -> None:
    arn = lake.create_event_data_store(Name="Recorded")["EventDataStoreArn"]
    lake.stop_event_data_store_ingestion(EventDataStore=arn)
    by_name = [{"AttributeKey": "EventName", "AttributeValue": "StopEventDataStoreIngestion"}]
    events = lake.lookup_events(LookupAttributes=by_name)["Events"]
    requests = [json.loads(event["CloudTrailEvent"])["requestParameters"] for event in events]
    assert {"eventDataStore": arn} in requests
