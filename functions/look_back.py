"""Look back: what the same credentials did while nothing was recorded, and whether log files arrive again.

Event history keeps management events whatever happens to trails: by Region, some minutes late.
"""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypedDict

from trailkeeper import aws
from trailkeeper.coverage import GLOBAL_REGIONS
from trailkeeper.incident import Incident, LaterCall, LookBack, TrailState, UndoResult
from trailkeeper.record import mapping, text, utc
from trailkeeper.standing import standing

MOST_PAGES, PAUSE = 6, 0.5  # of 50 events, and seconds between two: LookupEvents takes two a second in a Region
MOST_CALLS = 100  # that the report carries
ATTEMPTS = 4
# Regions that the account has not enabled know no credentials of it.
NOT_ENABLED = {"UnrecognizedClientException", "InvalidClientTokenId", "OptInRequired"}
# The worst first: who may do what, keys and secrets, data, network and machines.
RANKS = (
    ("iam", "sts", "organizations", "sso", "sso-directory", "identitystore", "signin"),
    ("kms", "secretsmanager", "ssm"),
    ("s3", "dynamodb", "rds", "redshift", "glacier", "backup", "elasticfilesystem"),
    ("ec2", "elasticloadbalancing", "route53", "lambda", "ecs", "eks"),
)

aws.client("cloudtrail", aws.OWN_REGION, ATTEMPTS)


class Order(TypedDict):
    """What is known so far."""

    incident: Incident
    trail: TrailState
    undo: UndoResult


class Found(TypedDict):
    """What was found, and the trail's status as it is now."""

    look_back: LookBack
    trail: TrailState


def handler(order: Order, context: Any) -> Found:
    """Ask every Region that the trail covers, side by side; what has no answer when the time is up is `unread`."""
    incident, until = order["incident"], aws.deadline(context)
    now = standing({**order, "part": "report", "execution": "::::"})  # type: ignore[typeddict-item]
    restarted_at = now.since if now.state == "recording" else None
    trail = status(incident, until)
    since = incident["time"] or aws.now()
    end = max(since, restarted_at or aws.now())
    found: LookBack = {
        "calls": [], "left_out": 0, "reads": 0, "more": False,
        "since": since, "until": end, "regions": [], "unread": [],
        "delivered_at": delivered_after(trail, restarted_at), "delivery_error": first_error(trail),
    }  # fmt: skip
    if not attributes(incident):
        return {"look_back": {"error": "no_credentials"}, "trail": trail["state"]}
    asked = {region: aws.Question(partial(lookup, region, incident, since, end, until)) for region in regions(order)}
    seen: dict[str, tuple[LaterCall, bool]] = {}
    for region, question in asked.items():
        try:
            events, more = question.answer(until)
        except aws.Unanswered as unanswered:
            if unanswered.code not in NOT_ENABLED:
                found["unread"].append({"call": "LookupEvents", "on": region, "error": unanswered.code})
            continue
        found["regions"].append(region)
        found["more"] = found["more"] or more
        seen |= {event["eventID"]: later_call(event, region) for event in events if event["eventID"] != incident["id"]}
    changes = sorted((call for call, reads in seen.values() if not reads), key=worst_first)
    found["calls"], found["left_out"] = changes[:MOST_CALLS], len(changes[MOST_CALLS:])
    found["reads"] = len(seen) - len(changes)
    return {"look_back": found, "trail": trail["state"]}


def attributes(incident: Incident) -> list[tuple[str, str]]:
    """By what event history is asked: the access key, and the name of the user or session."""
    who = incident["actor"]
    given = (("AccessKeyId", who["access_key_id"]), ("Username", who["name"] if who["arn"] else None))
    return [(name, value) for name, value in given if value and value != "unknown"]


def regions(order: Order) -> list[str]:
    """The Regions that the trail covers, and the one of global services."""
    partition, trail = order["incident"]["partition"], order["trail"]
    home = [order["incident"]["trail"]["home_region"] or aws.OWN_REGION, GLOBAL_REGIONS.get(partition, aws.OWN_REGION)]
    if trail.get("multi_region") is not False:
        home += aws.SESSION.get_available_regions("cloudtrail", partition)
    return list(dict.fromkeys(home))


def lookup(region: str, incident: Incident, since: str, end: str, until: float) -> tuple[list[Mapping[str, Any]], bool]:
    """The records of a Region, and whether there are more than were read."""
    cloudtrail, records, more = aws.client("cloudtrail", region, ATTEMPTS), list[Mapping[str, Any]](), False
    for name, value in attributes(incident):
        given: dict[str, Any] = {"LookupAttributes": [{"AttributeKey": name, "AttributeValue": value}]}
        given |= {"StartTime": datetime.fromisoformat(since), "EndTime": datetime.fromisoformat(end)}
        for number in range(MOST_PAGES):
            page = cloudtrail.lookup_events(**given)
            records += [mapping(json.loads(event["CloudTrailEvent"])) for event in page["Events"]]
            if not page.get("NextToken"):
                break
            given["NextToken"] = page["NextToken"]
            more = more or number == MOST_PAGES - 1
            time.sleep(PAUSE)
            if time.monotonic() > until:
                return mine(records, incident), True
    return mine(records, incident), more


def mine(records: list[Any], incident: Incident) -> list[Mapping[str, Any]]:
    """The records of the same key, session or user: another's session may have the same name."""
    who = incident["actor"]
    found = []
    for record in records:
        identity = mapping(record.get("userIdentity"))
        same = identity.get("arn") == who["arn"] or identity.get("accessKeyId") == who["access_key_id"] is not None
        if same and isinstance(record.get("eventID"), str):
            found.append(record)
    return found


def later_call(record: Mapping[str, Any], region: str) -> tuple[LaterCall, bool]:
    """A record as a call of the report, and whether it only reads."""
    resources = record.get("resources")
    first = mapping(resources[0]) if isinstance(resources, list) and resources else {}
    request = mapping(record.get("requestParameters"))
    named = next((value for key, value in request.items() if key.lower().endswith("name")), None)
    call: LaterCall = {
        "time": utc(record.get("eventTime")),
        "region": text(record.get("awsRegion")) or region,
        "service": (text(record.get("eventSource")) or "unknown").removesuffix(".amazonaws.com"),
        "action": text(record.get("eventName")) or "unknown",
        "on": text(first.get("ARN")) or text(named),
        "error": text(record.get("errorCode")),
    }
    return call, record.get("readOnly") is True


def worst_first(call: LaterCall) -> tuple[int, str]:
    """By what the call was on, then in order."""
    rank = next((number for number, services in enumerate(RANKS) if call["service"] in services), len(RANKS))
    return rank, call["time"] or ""


class Status(TypedDict):
    """The trail's status now: as CloudTrail answered, and as a state of the report."""

    answer: dict[str, Any]
    state: TrailState


def status(incident: Incident, until: float) -> Status:
    """Read the trail's status; nothing where it cannot be read."""
    try:
        trail, at = aws.identifier(incident["trail"]), aws.now()
        client = aws.client("cloudtrail", incident["trail"]["home_region"] or aws.OWN_REGION, ATTEMPTS)
        answer = aws.Question(lambda: client.get_trail_status(Name=trail)).answer(until)
    except (aws.Unanswered, ValueError):
        return {"answer": {}, "state": {}}
    state: TrailState = {
        "logging": answer.get("IsLogging"),
        "read_at": at,
        "started_at": aws.iso(answer.get("StartLoggingTime")),
        "stopped_at": aws.iso(answer.get("StopLoggingTime")),
    }
    return {"answer": answer, "state": state}


def delivered_after(trail: Status, restarted_at: str | None) -> str | None:
    """The latest delivery, if it came after the restart."""
    delivered_at = aws.iso(trail["answer"].get("LatestDeliveryTime"))
    return delivered_at if delivered_at and restarted_at and delivered_at > restarted_at else None


def first_error(trail: Status) -> str | None:
    """Why nothing is delivered."""
    return text(trail["answer"].get("LatestDeliveryError")) or None
