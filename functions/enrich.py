"""Enrich: what CloudTrail says of the trail now, and which other trails still record the Region's management events.

Only the description of the trails must succeed. Whatever else cannot be read is left open and told in `unknown`.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

import aws
import event_selectors
from incident import Incident, TrailState

aws.client("cloudtrail", aws.own_region())


def handler(incident: Incident, context: Any) -> TrailState:
    """The state of the incident's trail and of those beside it."""
    named, region = incident["trail"], incident["region"] or aws.own_region()
    with aws.errors_by_code():
        trails = describe_trails(region)
        mine = next((trail for trail in trails if is_named(trail, incident)), None)
        if mine is None and named["home_region"] and named["home_region"] != region:
            mine = next((t for t in describe_trails(named["home_region"]) if is_named(t, incident)), None)
    unknown: list[str] = []
    others = [trail for trail in trails if mine is None or trail["TrailARN"] != mine["TrailARN"]]
    recording = {trail["TrailARN"]: is_recording(trail, unknown) for trail in others}
    state: TrailState = {
        "exists": True if mine else exists_not(incident, context),
        "other_trails": [arn for arn, answer in recording.items() if answer],
        "unread_trails": [arn for arn, answer in recording.items() if answer is None],
    }
    if mine is not None:
        state.update(trail_state(mine, unknown))
    state["account_alias"] = account_alias(unknown)
    state["unknown"] = unknown
    return state


def exists_not(incident: Incident, context: Any) -> bool | None:
    """False for a trail that is not described; None where that says nothing: without a name, or elsewhere's."""
    named = incident["trail"]
    own_account = context.invoked_function_arn.split(":")[4]
    return False if named["name"] and named["account"] == own_account else None


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
    return (trail["Name"], trail["HomeRegion"]) == (named["name"], named["home_region"])


def trail_state(trail: dict[str, Any], unknown: list[str]) -> TrailState:
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
        "all_management_events": selects_all(trail, unknown),
    }


def is_recording(trail: dict[str, Any], unknown: list[str]) -> bool | None:
    """Whether this trail logs, delivers, and selects every management event; None where it cannot be told."""
    status = ask("get_trail_status", trail, unknown, Name=trail["TrailARN"])
    if status is None:
        return None
    if not status.get("IsLogging") or status.get("LatestDeliveryError"):
        return False
    return selects_all(trail, unknown)


def selects_all(trail: dict[str, Any], unknown: list[str]) -> bool | None:
    """Whether the trail's event selectors record every management event; None where they cannot be read."""
    selectors = ask("get_event_selectors", trail, unknown, TrailName=trail["TrailARN"])
    if selectors is None:
        return None
    basic, advanced = selectors.get("EventSelectors") or [], selectors.get("AdvancedEventSelectors") or []
    return event_selectors.records_all(event_selectors.management(basic, advanced))


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
