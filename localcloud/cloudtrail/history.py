"""Event history: the latest management events of each Region, whatever trails there are, as LookupEvents shows them.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import json
from collections import defaultdict, deque
from datetime import datetime
from typing import Any, NoReturn

from moto.core.exceptions import JsonRESTError

from localcloud.cloudtrail.records import Record

KEPT = 2000  # of each Region; AWS keeps all of 90 days

records: dict[str, deque[Record]] = defaultdict(lambda: deque(maxlen=KEPT))  # oldest first


def lookup(region: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer LookupEvents: newest first, at once (on AWS it lags by minutes), and never throttled."""
    attributes = asked.get("LookupAttributes") or []  # the rest of what is asked is checked by its model
    start, end, most = asked.get("StartTime", 0), asked.get("EndTime", float("inf")), asked.get("MaxResults", 50)
    if len(attributes) > 1:
        fail("InvalidLookupAttributesException", "Give one lookup attribute.")
    if start > end:
        fail("InvalidTimeRangeException", "StartTime must not be after EndTime.")
    token, newest_first = asked.get("NextToken"), reversed([*records[region]])
    # The token is the last event of the page before.
    if token and not any(record["eventID"] == token for record in newest_first):
        fail("InvalidNextTokenException", f"{token} is not a NextToken of LookupEvents.")
    if asked.get("EventCategory") == "insight":
        return {"Events": []}
    found: list[dict[str, Any]] = []
    for record in newest_first:
        event = _event(record)
        if start <= event["EventTime"] <= end and all(_has(event, attribute) for attribute in attributes):
            found.append(event | {"CloudTrailEvent": json.dumps(record, separators=(",", ":"), ensure_ascii=False)})
            if len(found) == most:
                return {"Events": found, "NextToken": event["EventId"]}
    return {"Events": found}


def _has(event: dict[str, Any], attribute: dict[str, str]) -> bool:
    key, value = attribute["AttributeKey"], attribute["AttributeValue"]
    if key.startswith("Resource"):
        return any(resource[key] == value for resource in event["Resources"])
    return bool(event.get(key) == value)


def _event(record: Record) -> dict[str, Any]:
    identity = record["userIdentity"]
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "AccessKeyId": identity["accessKeyId"],
        "EventTime": datetime.fromisoformat(record["eventTime"]).timestamp(),
        "EventSource": record["eventSource"],
        "Username": identity.get("userName") or identity["arn"].rpartition("/")[2],
        "Resources": _resources(record),
    }


def _resources(record: Record) -> list[dict[str, str]]:
    asked, answered = record["requestParameters"] or {}, record["responseElements"] or {}
    if record["eventSource"] == "s3.amazonaws.com":
        resources: dict[str, list[Any]] = {"AWS::S3::Bucket": [asked.get("bucketName")]}
    elif record["eventSource"] == "cloudtrail.amazonaws.com":
        resources = {
            "AWS::CloudTrail::Trail": [asked.get("name"), asked.get("trailName"), answered.get("trailARN")],
            "AWS::S3::Bucket": [asked.get("s3BucketName")],
        }
    else:
        return []
    return [{"ResourceType": kind, "ResourceName": name} for kind, names in resources.items() for name in names if name]


def fail(code: str, message: str) -> NoReturn:
    """Answer with CloudTrail's error."""
    raise JsonRESTError(code, message)
