"""Event data stores of CloudTrail Lake: whether they ingest, their settings, and one that is to be deleted."""

from typing import Any

from trailkeeper import aws
from trailkeeper.undo import Fields, Row

SETTINGS = (
    *("Name", "AdvancedEventSelectors", "MultiRegionEnabled", "OrganizationEnabled", "RetentionPeriod"),
    *("TerminationProtectionEnabled", "BillingMode"),
)
INGESTING, DELETED = "ENABLED", "PENDING_DELETION"
LASTING = (INGESTING, "STOPPED_INGESTION", DELETED)  # statuses that stay until somebody does something
READS = ("cloudtrail:GetEventDataStore",)


def cloudtrail(arn: str) -> Any:
    """The client of the store's Region."""
    return aws.client("cloudtrail", arn.split(":")[3])


def whole(arn: str) -> Fields:
    """Its settings and its status."""
    found = cloudtrail(arn).get_event_data_store(EventDataStore=arn)
    found["Status"]  # which every whole answer has
    return {name: found[name] for name in (*SETTINGS, "Status") if name in found}


def update(arn: str, wanted: Fields, names: list[str]) -> None:
    """Only what differs."""
    cloudtrail(arn).update_event_data_store(EventDataStore=arn, **{name: wanted[name] for name in names})


def start(arn: str, wanted: Fields, names: list[str]) -> None:
    """Let it ingest again."""
    cloudtrail(arn).start_event_data_store_ingestion(EventDataStore=arn)


def restore(arn: str, wanted: Fields, names: list[str]) -> None:
    """Take it back from deletion, and let it ingest if it did."""
    if whole(arn)["Status"] == DELETED:
        cloudtrail(arn).restore_event_data_store(EventDataStore=arn)
    if wanted["Status"] == INGESTING and whole(arn)["Status"] != INGESTING:
        start(arn, wanted, names)


ROWS = {
    "UpdateEventDataStore": Row(SETTINGS, whole, update, READS, ("cloudtrail:UpdateEventDataStore",)),
    "StartEventDataStoreIngestion": Row(("Status",), whole, start, READS, ("cloudtrail:StartEventDataStoreIngestion",)),
    "RestoreEventDataStore": Row(
        ("Status",),
        whole,
        restore,
        READS,
        ("cloudtrail:RestoreEventDataStore", "cloudtrail:StartEventDataStoreIngestion"),
    ),
}
