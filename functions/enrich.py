"""Enrich: what CloudTrail says now of the trail that the call was on, or that writes to what the call was on.

It reads which other trails still record the Region's management events, and what the trail was before the call, and
judges anew with that. Only the description of the trails must succeed: what else cannot be read is left open and told
in `unknown`.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

import aws
import comparison
import event_selectors
from incident import Enriched, Incident, TrailState
from refine import refined
from watched import name_of

# What DescribeTrails calls the destinations of a trail.
DESTINATIONS = {
    "bucket": "S3BucketName",
    "key": "KmsKeyId",
    "log group": "CloudWatchLogsLogGroupArn",
    "topic": "SnsTopicARN",
}

aws.client("cloudtrail", aws.own_region())


def handler(incident: Incident, context: Any) -> Enriched:
    """The state of the trails that the incident is about and of those beside them, and the incident judged by it."""
    with aws.errors_by_code():
        trails = describe_trails(incident["region"] or aws.own_region())
        affected = affected_trails(incident, trails)
    unknown: list[str] = []
    recording = {trail["TrailARN"]: is_recording(trail, unknown) for trail in trails if trail not in affected}
    state: TrailState = {
        "affected": [trail["TrailARN"] for trail in affected],
        "other_trails": [arn for arn, answer in recording.items() if answer],
        "unread_trails": [arn for arn, answer in recording.items() if answer is None],
        "others_record_all_regions": any(
            trail.get("IsMultiRegionTrail", False) for trail in trails if recording.get(trail["TrailARN"])
        ),
    }
    if incident["family"] == "trail":
        state["exists"] = True if affected else exists_not(incident, context)
    now = None
    if affected:
        state["exists"] = True
        selectors = selectors_of(affected[0], unknown)
        state.update(trail_state(affected[0], selectors, unknown))
        now = as_it_is(incident, affected[0], selectors)
    state["account_alias"] = account_alias(unknown)
    state["unknown"] = unknown
    return {"incident": refined(incident, state, before(incident, affected, unknown), now), "trail": state}


def affected_trails(incident: Incident, trails: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The trail that the incident names, or those that write to its destination."""
    resource, home = incident["resource"], incident["trail"]["home_region"]
    if incident["family"] == "trail":
        if not any(is_named(trail, incident) for trail in trails) and home and home != incident["region"]:
            trails = describe_trails(home)
        return [trail for trail in trails if is_named(trail, incident)]
    if incident["family"] == "destination" and resource and resource["name"]:
        kind, name = resource["kind"], resource["name"]
        return [trail for trail in trails if name_of(kind, trail.get(DESTINATIONS[kind]) or "") == name]
    return []


def exists_not(incident: Incident, context: Any) -> bool | None:
    """False for a trail that is not described; None where that says nothing: name or Region unknown, or elsewhere's."""
    named = incident["trail"]
    own_account = context.invoked_function_arn.split(":")[4]
    return False if named["name"] and named["home_region"] and named["account"] == own_account else None


def describe_trails(region: str) -> list[dict[str, Any]]:
    """The trails that a Region sees: its own, and the shadows of multi-Region and organization trails."""
    answer = aws.client("cloudtrail", region).describe_trails(includeShadowTrails=True)
    trails: list[dict[str, Any]] = answer["trailList"]
    return trails


def is_named(trail: dict[str, Any], incident: Incident) -> bool:
    """Whether a described trail is the one that the incident names."""
    named = incident["trail"]
    if named["arn"]:
        return bool(trail["TrailARN"] == named["arn"])
    return trail["Name"] == named["name"] and named["home_region"] in (None, trail["HomeRegion"])


def trail_state(trail: dict[str, Any], selectors: dict[str, Any] | None, unknown: list[str]) -> TrailState:
    """One trail's description, status and selectors, asked in its home Region."""
    status = ask("get_trail_status", trail, unknown, Name=trail["TrailARN"]) or {}
    return {
        "arn": trail["TrailARN"],
        "home_region": trail["HomeRegion"],
        "multi_region": trail.get("IsMultiRegionTrail", False),
        "organization": trail.get("IsOrganizationTrail", False),
        "bucket": trail.get("S3BucketName", ""),
        "kms_key": trail.get("KmsKeyId"),
        "log_group": trail.get("CloudWatchLogsLogGroupArn"),
        "logging": status.get("IsLogging"),
        "started_at": aws.iso(status.get("StartLoggingTime")),
        "stopped_at": aws.iso(status.get("StopLoggingTime")),
        # A trail that logs may still deliver nothing.
        "delivery_errors": [
            f"{what}: {status[field]}"
            for what, field in {
                "S3": "LatestDeliveryError",
                "digest": "LatestDigestDeliveryError",
                "CloudWatch Logs": "LatestCloudWatchLogsDeliveryError",
            }.items()
            if status.get(field)
        ],
        "all_management_events": selects_all(selectors),
    }


def is_recording(trail: dict[str, Any], unknown: list[str]) -> bool | None:
    """Whether this trail logs, delivers, and selects every management event; None where it cannot be told."""
    status = ask("get_trail_status", trail, unknown, Name=trail["TrailARN"])
    if status is None:
        return None
    if not status.get("IsLogging") or status.get("LatestDeliveryError"):
        return False
    return selects_all(selectors_of(trail, unknown))


def selectors_of(trail: dict[str, Any], unknown: list[str]) -> dict[str, Any] | None:
    """What the trail's event selectors select; None where they cannot be read."""
    selectors = ask("get_event_selectors", trail, unknown, TrailName=trail["TrailARN"])
    if selectors is None:
        return None
    basic, advanced = selectors.get("EventSelectors"), selectors.get("AdvancedEventSelectors")
    return {
        "management": event_selectors.management(basic, advanced),
        "data": event_selectors.data(basic, advanced),
    }


def selects_all(selectors: dict[str, Any] | None) -> bool | None:
    """Whether every management event is recorded; None where the selectors could not be read."""
    return None if selectors is None else event_selectors.records_all(selectors["management"])


def as_it_is(incident: Incident, trail: dict[str, Any], selectors: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the incident's call changes, as it is now; None for calls that are not compared."""
    if incident["action"] == "UpdateTrail":
        return comparison.described(event_selectors.lower_camel(trail))
    return selectors if incident["action"] == "PutEventSelectors" else None


def before(incident: Incident, affected: list[dict[str, Any]], unknown: list[str]) -> dict[str, Any] | None:
    """What the trail was before the call, by event history, which keeps 90 days; None where that does not tell.

    A page that does not reach back to an event of this trail tells nothing: later ones were made to fill it. Of a
    bucket it is told under which prefixes the affected trails write to it.
    """
    if incident["action"] in comparison.LIFECYCLE:
        return {"prefixes": [trail.get("S3KeyPrefix", "") for trail in affected]} if affected else None
    if incident["request"] is None or not incident["time"]:
        return None
    records: list[Any] = []
    client = aws.client("cloudtrail", incident["trail"]["home_region"] or aws.own_region())
    for name in (incident["action"], "CreateTrail"):
        try:
            page = client.lookup_events(
                LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}],
                EndTime=datetime.fromisoformat(incident["time"]),
            )
        except (ClientError, BotoCoreError) as error:
            unknown.append(f"lookup_events {name}: {aws.code(error)}")
            return None
        found = [json.loads(event["CloudTrailEvent"]) for event in page["Events"]]
        if page.get("NextToken") and comparison.earlier(incident, found) is None:
            return None
        records += found
    return comparison.earlier(incident, records)


def ask(call: str, trail: dict[str, Any], unknown: list[str], **parameters: str) -> dict[str, Any] | None:
    """One question to the trail's home Region; None where it is refused, which `unknown` then tells."""
    method: Callable[..., dict[str, Any]] = getattr(aws.client("cloudtrail", trail["HomeRegion"]), call)
    try:
        return method(**parameters)
    except (ClientError, BotoCoreError) as error:
        unknown.append(f"{call} {trail['TrailARN']}: {aws.code(error)}")
        return None


def account_alias(unknown: list[str]) -> str | None:
    """The account's alias, if it has one."""
    try:
        aliases: list[str] = aws.client("iam", aws.own_region()).list_account_aliases()["AccountAliases"]
    except (ClientError, BotoCoreError) as error:
        unknown.append(f"list_account_aliases: {aws.code(error)}")
        return None
    return aliases[0] if aliases else None
