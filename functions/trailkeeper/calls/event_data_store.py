"""Calls on the event data stores of CloudTrail Lake."""

from trailkeeper import selectors
from trailkeeper.calls import Call, Finding, Known, Request, kept_for
from trailkeeper.calls.trail import put_event_configuration, put_insight_selectors
from trailkeeper.kinds import EVENT_DATA_STORE
from trailkeeper.record import is_false, number


def update_event_data_store(request: Request, known: Known | None) -> list[Finding]:
    """The fields of a store that make it keep less."""
    findings = [
        Finding(code)
        for field, code in {
            "multiRegionEnabled": "one_region",
            "organizationEnabled": "no_organization",
            "terminationProtectionEnabled": "no_termination_protection",
        }.items()
        if is_false(request.get(field))
    ]
    if "advancedEventSelectors" in request and selectors.gaps(
        selectors.management([], request["advancedEventSelectors"])
    ):
        findings.append(Finding("management_events_left_out"))
    if "retentionPeriod" in request:
        findings.append(kept_for("store_events_expire", number(request["retentionPeriod"])))
    return findings


CALLS = (
    Call(
        "event data store",
        EVENT_DATA_STORE,
        "DeleteEventDataStore",
        "eventDataStore",
        "deleted",
        command=("put_back", "aws cloudtrail restore-event-data-store --event-data-store NAME"),
        pending=True,
    ),
    Call(
        "event data store",
        EVENT_DATA_STORE,
        "StopEventDataStoreIngestion",
        "eventDataStore",
        "stopped",
        command=("put_back", "aws cloudtrail start-event-data-store-ingestion --event-data-store NAME"),
    ),
    Call("event data store", EVENT_DATA_STORE, "UpdateEventDataStore", "eventDataStore", update_event_data_store),
    Call("event data store", EVENT_DATA_STORE, "PutInsightSelectors", "eventDataStore", put_insight_selectors),
    Call("event data store", EVENT_DATA_STORE, "PutEventConfiguration", "eventDataStore", put_event_configuration),
)
