"""What a trail was before a call: the part of a request that tells, and the same part of the events before it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import event_selectors
from fields import is_false, is_true, items, mapping, number, one_or_more, text, utc
from incident import TRAIL_ARN, Incident

# UpdateTrail's request, and what the answers of CreateTrail and UpdateTrail and DescribeTrails call the same.
FLAGS = {
    "isMultiRegionTrail": "isMultiRegionTrail",
    "includeGlobalServiceEvents": "includeGlobalServiceEvents",
    "enableLogFileValidation": "logFileValidationEnabled",
    "isOrganizationTrail": "isOrganizationTrail",
}
TEXTS = (
    "s3BucketName",
    "s3KeyPrefix",
    "kmsKeyId",
    "cloudWatchLogsLogGroupArn",
    "cloudWatchLogsRoleArn",
    "snsTopicName",
)
LIFECYCLE = ("PutBucketLifecycle", "PutBucketLifecycleConfiguration")
LONGEST = 16_000  # characters of what an incident carries of a request


def asked(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of a request that are compared, cleaned; None for other calls and where the event leaves them out.

    What UpdateTrail answered is told instead of what was asked: a key's ARN, and not its alias.
    """
    action, request = record.get("eventName"), mapping(record.get("requestParameters"))
    if not request or "omitted" in request:
        return None
    if action == "UpdateTrail":
        answered = described(mapping(record.get("responseElements"))) or {}
        flags = {
            name: is_true(request[name]) for name in FLAGS if is_true(request.get(name)) or is_false(request.get(name))
        }
        given = {name: text(request[name], 512) or "" for name in TEXTS if name in request}
        return {**flags, **{name: value and (answered.get(name) or value) for name, value in given.items()}}
    if action == "PutEventSelectors":
        basic, advanced = request.get("eventSelectors"), request.get("advancedEventSelectors")
        return {
            "management": event_selectors.management(basic, advanced),
            "data": event_selectors.data(basic, advanced),
        }
    if action == "PutInsightSelectors":
        types = [text(mapping(one).get("insightType"), 64) for one in items(request.get("insightSelectors"))]
        return {"insightSelectors": [{"insightType": one} for one in types if one]}
    if action in LIFECYCLE and request.get("LifecycleConfiguration"):
        rules = one_or_more(mapping(request["LifecycleConfiguration"]).get("Rule"))
        return {"expirations": [one for rule in map(mapping, rules) for one in expirations(rule)]}
    return None


def expirations(rule: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a rule of a bucket's lifecycle deletes, and when: by a date or after days."""
    filtered = mapping(rule.get("Filter"))
    prefix = mapping(filtered.get("And")).get("Prefix") or filtered.get("Prefix") or rule.get("Prefix")
    if rule.get("Status") == "Disabled":
        return
    for name, days in (("Expiration", "Days"), ("NoncurrentVersionExpiration", "NoncurrentDays")):
        given = mapping(rule.get(name))
        if given.get("Date") or given.get(days):
            date, days_told = given.get("Date"), number(given.get(days))
            yield {"prefix": text(prefix, 1024) or "", "date": date and (text(date) or "unknown"), "days": days_told}


def kept(request: dict[str, Any] | None) -> dict[str, Any] | None:
    """What an incident carries: all of it, or nothing where it is long."""
    return request if request is not None and len(json.dumps(request)) <= LONGEST else None


def earlier(incident: Incident, records: list[Any]) -> dict[str, Any] | None:
    """What the trail was before the incident, as far as earlier events of event history tell; None if they do not.

    CreateTrail makes a trail that records all management events and nothing else. What came in the same second may
    have come after the call, and does not count.
    """
    before = [
        record
        for record in map(mapping, records)
        if names(record, incident) and not record.get("errorCode") and told_before(record, incident)
    ]
    for record in sorted(before, key=lambda record: utc(record.get("eventTime")) or "", reverse=True):
        if incident["action"] == "UpdateTrail":
            return described(mapping(record.get("responseElements")))
        if record.get("eventName") == "CreateTrail":
            return {"management": [[]], "data": [], "insightSelectors": [], "created": utc(record.get("eventTime"))}
        return asked(record)
    return None


def told_before(record: Mapping[str, Any], incident: Incident) -> bool:
    """Whether the event came before the incident's; a trail is created before anything is done to it."""
    time = utc(record.get("eventTime"))
    if time is None or incident["time"] is None:
        return False
    return time < incident["time"] or (time == incident["time"] and record.get("eventName") == "CreateTrail")


def names(record: Mapping[str, Any], incident: Incident) -> bool:
    """Whether an event is about the incident's trail."""
    request = mapping(record.get("requestParameters"))
    given = request.get("trailName") if "trailName" in request else request.get("name")
    trail = incident["trail"]
    return given is not None and given in (trail["name"], trail["arn"])


def described(answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """What CreateTrail, UpdateTrail or DescribeTrails answered, under the names of UpdateTrail's request."""
    if not answer:
        return None
    return {
        **{name: is_true(answer.get(told)) for name, told in FLAGS.items()},
        **{name: text(answer.get(name), 512) or "" for name in TEXTS},
        "account": arn["account"] if (arn := TRAIL_ARN.fullmatch(text(answer.get("trailARN"), 512) or "")) else None,
    }
