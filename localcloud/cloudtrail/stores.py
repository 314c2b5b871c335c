"""Event data stores of CloudTrail Lake: their settings and status. They keep no events, and take no queries.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake.html
"""

import json
import time
import uuid
from typing import Any

from moto.cloudtrail.responses import CloudTrailResponse

from localcloud.cloudtrail.history import fail

Store = dict[str, Any]

MANAGEMENT = [
    {
        "Name": "Default management events",
        "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
    }
]
NEW: Store = {
    "MultiRegionEnabled": True,
    "OrganizationEnabled": False,
    "RetentionPeriod": 366,
    "TerminationProtectionEnabled": True,
    "BillingMode": "EXTENDABLE_RETENTION_PRICING",
    "AdvancedEventSelectors": MANAGEMENT,
}
CHANGEABLE = ("Name", *NEW, "KmsKeyId")
ENABLED, STOPPED, DELETED = "ENABLED", "STOPPED_INGESTION", "PENDING_DELETION"


def stores_of(response: CloudTrailResponse) -> dict[str, Store]:
    """The stores of an account in a Region, by their ARNs."""
    found: dict[str, Store] = vars(response.cloudtrail_backend).setdefault("stores", {})
    return found


def asked(response: CloudTrailResponse) -> dict[str, Any]:
    """What a request gives."""
    found: dict[str, Any] = json.loads(response.body)
    return found


def named(response: CloudTrailResponse) -> Store:
    """The store that a request names, by its ARN or its id."""
    given = str(asked(response).get("EventDataStore", "")).rpartition("/")[2]
    for arn, store in stores_of(response).items():
        if arn.endswith(f"/{given}"):
            return store
    fail("EventDataStoreNotFoundException", f"Event data store {given} does not exist.")
    raise AssertionError


def create_event_data_store(self: CloudTrailResponse) -> str:
    """CreateEventDataStore: it ingests at once, unless told otherwise."""
    given = asked(self)
    if any(store["Name"] == given["Name"] for store in stores_of(self).values()):
        fail("EventDataStoreAlreadyExistsException", f"An event data store named {given['Name']} exists already.")
    arn = f"arn:aws:cloudtrail:{self.region}:{self.current_account}:eventdatastore/{uuid.uuid4()}"
    now = time.time()
    stores_of(self)[arn] = store = {
        "EventDataStoreArn": arn,
        "Status": ENABLED if given.get("StartIngestion", True) else STOPPED,
        "CreatedTimestamp": now,
        "UpdatedTimestamp": now,
        **NEW,
        **{name: given[name] for name in CHANGEABLE if name in given},
    }
    return json.dumps(store | {"TagsList": given.get("TagsList", [])})


def get_event_data_store(self: CloudTrailResponse) -> str:
    """GetEventDataStore."""
    return json.dumps(named(self))


def list_event_data_stores(self: CloudTrailResponse) -> str:
    """ListEventDataStores: ARNs and names alone, as AWS shows them."""
    shown = ("EventDataStoreArn", "Name")
    return json.dumps({"EventDataStores": [{name: one[name] for name in shown} for one in stores_of(self).values()]})


def update_event_data_store(self: CloudTrailResponse) -> str:
    """UpdateEventDataStore: what is given."""
    store, given = named(self), asked(self)
    if store["Status"] == DELETED:
        fail("InactiveEventDataStoreException", "The event data store is inactive.")
    store |= {name: given[name] for name in CHANGEABLE if name in given} | {"UpdatedTimestamp": time.time()}
    return json.dumps(store)


def delete_event_data_store(self: CloudTrailResponse) -> str:
    """DeleteEventDataStore: it waits seven days, which do not end here."""
    store = named(self)
    if store["TerminationProtectionEnabled"]:
        message = "The event data store cannot be deleted because termination protection is enabled for it."
        fail("EventDataStoreTerminationProtectedException", message)
    if store["Status"] == DELETED:
        fail("InactiveEventDataStoreException", "The event data store is inactive.")
    store["Status"] = DELETED
    return "{}"


def restore_event_data_store(self: CloudTrailResponse) -> str:
    """RestoreEventDataStore."""
    return _move(self, DELETED, ENABLED, json.dumps)


def start_event_data_store_ingestion(self: CloudTrailResponse) -> str:
    """StartEventDataStoreIngestion."""
    return _move(self, STOPPED, ENABLED, lambda _: "{}")


def stop_event_data_store_ingestion(self: CloudTrailResponse) -> str:
    """StopEventDataStoreIngestion."""
    return _move(self, ENABLED, STOPPED, lambda _: "{}")


def _move(response: CloudTrailResponse, before: str, after: str, answer: Any) -> str:
    store = named(response)
    if store["Status"] != before:
        message = f"The event data store must be {before}; it is {store['Status']}."
        fail("InvalidEventDataStoreStatusException", message)
    store |= {"Status": after, "UpdatedTimestamp": time.time()}
    return str(answer(store))


CALLS = (
    *(create_event_data_store, get_event_data_store, list_event_data_stores, update_event_data_store),
    *(delete_event_data_store, restore_event_data_store),
    *(start_event_data_store_ingestion, stop_event_data_store_ingestion),
)
