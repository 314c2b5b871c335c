"""Which trails record an event, by their event selectors.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.cloudtrail.models import Trail, cloudtrail_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

# What a new trail records.
DEFAULT_SELECTOR: dict[str, Any] = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}

OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "Equals": lambda value, listed: value in listed,
    "NotEquals": lambda value, listed: value not in listed,
    "StartsWith": lambda value, listed: value.startswith(tuple(listed)),
    "NotStartsWith": lambda value, listed: not value.startswith(tuple(listed)),
    "EndsWith": lambda value, listed: value.endswith(tuple(listed)),
    "NotEndsWith": lambda value, listed: not value.endswith(tuple(listed)),
}


@dataclass(frozen=True)
class Selectors:
    """What one trail records at some moment."""

    basic: list[dict[str, Any]]
    advanced: list[dict[str, Any]]

    def selects(self, record: dict[str, Any]) -> bool:
        """Say whether the trail records this management event."""
        return any(_basic(selector, record) for selector in self.basic) or any(
            all(_field(field, record) for field in selector["FieldSelectors"]) for selector in self.advanced
        )


def all_trails() -> list[Trail]:
    """The account's trails in all Regions."""
    backends = list(cloudtrail_backends[DEFAULT_ACCOUNT_ID].values())
    return [trail for backend in backends for trail in list(backend.trails.values())]


def recording(region: str) -> list[tuple[Trail, Selectors]]:
    """The trails that are logging in a Region, and what they record at this moment."""
    return [
        (trail, Selectors(trail.event_selectors, trail.advanced_event_selectors))
        for trail in all_trails()
        if trail.status.is_logging and (trail.is_multi_region or trail.region_name == region)
    ]


def _basic(selector: dict[str, Any], record: dict[str, Any]) -> bool:
    kind = selector["ReadWriteType"]
    return (
        selector["IncludeManagementEvents"]
        and record["eventSource"] not in selector["ExcludeManagementEventSources"]
        and (kind == "All" or (kind == "ReadOnly") == record["readOnly"])
    )


def _field(field: dict[str, Any], record: dict[str, Any]) -> bool:
    name = field["Field"]
    value = record["userIdentity"].get("arn") if name == "userIdentity.arn" else record.get(name, "false")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return all(OPERATORS[operator](text, values) for operator, values in field.items() if operator != "Field")
