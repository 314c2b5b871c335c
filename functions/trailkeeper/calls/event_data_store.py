"""Calls on the event data stores of CloudTrail Lake."""

from trailkeeper import selectors
from trailkeeper.calls import Call, Finding, Known, Request, kept_for, set_to_others
from trailkeeper.calls.trail import put_event_configuration, put_insight_selectors
from trailkeeper.kinds import EVENT_DATA_STORE
from trailkeeper.record import is_false, number

FLAGS = {
    "multiRegionEnabled": "one_region",
    "organizationEnabled": "no_organization",
    "terminationProtectionEnabled": "no_termination_protection",
}
# A key is not among them: a store cannot be parted from one that somebody else gave it.
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html
KNOWN = {"eventDataStore", "name", "billingMode", "advancedEventSelectors", "retentionPeriod", *FLAGS}


def update_event_data_store(request: Request, known: Known | None) -> list[Finding]:
    """The fields of a store that make it keep less."""
    findings = [Finding(code) for field, code in FLAGS.items() if is_false(request.get(field))]
    selected = selectors.management([], request.get("advancedEventSelectors"))
    if "advancedEventSelectors" in request and selectors.gaps(selected):
        findings.append(Finding("management_events_left_out"))
    if "retentionPeriod" in request:
        findings.append(kept_for("store_events_expire", number(request["retentionPeriod"])))
    return findings + set_to_others(request, KNOWN)


STORE = "eventDataStore"
RESTORE = ("put_back", "aws cloudtrail restore-event-data-store --event-data-store NAME")
START = ("put_back", "aws cloudtrail start-event-data-store-ingestion --event-data-store NAME")

CALLS = (
    Call("event data store", EVENT_DATA_STORE, "DeleteEventDataStore", STORE, "deleted")._replace(
        undo="RestoreEventDataStore", command=RESTORE, pending=True
    ),
    Call("event data store", EVENT_DATA_STORE, "StopEventDataStoreIngestion", STORE, "stopped")._replace(
        undo="StartEventDataStoreIngestion", command=START
    ),
    Call("event data store", EVENT_DATA_STORE, "UpdateEventDataStore", STORE, update_event_data_store)._replace(
        undo="UpdateEventDataStore"
    ),
    Call("event data store", EVENT_DATA_STORE, "PutInsightSelectors", STORE, put_insight_selectors),
    Call("event data store", EVENT_DATA_STORE, "PutEventConfiguration", STORE, put_event_configuration),
)
