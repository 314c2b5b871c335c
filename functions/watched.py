"""What a call acted on, and whether that is watched: a guarded trail, what it writes to, or Trailkeeper itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from catalogue import Call
from fields import items, mapping, text
from incident import TRAIL_ARN, Kind, TrailName

# The name in what calls take for one: a bare name, an ARN or a part of one, a queue's URL.
NAMES: dict[Kind, str] = {
    "bucket": r"(?:arn:[\w-]+:s3:::)?([^/:]+)(?:/.*)?",
    "key": r"(?:arn:[\w-]+:kms:[\w-]+:\d+:key/)?([\w-]+)",
    "log group": r"(?:arn:[\w-]+:logs:[\w-]+:\d+:log-group:)?([^:]+)(?::.*)?",
    "topic": r"(?:arn:[\w-]+:sns:[\w-]+:\d+:)?([^:]+)",
    "subscription": r"(?:arn:[\w-]+:sns:[\w-]+:\d+:)?([^:]+)(?::.*)?",
    "rule": r"(?:arn:[\w-]+:events:[\w-]+:\d+:rule/(?:[^/]+/)?)?([^/:]+)",
    "state machine": r"arn:[\w-]+:states:[\w-]+:\d+:(?:stateMachine|execution|express):([^:/]+)(?:[:/].*)?",
    "function": r"(?:(?:arn:[\w-]+:lambda:[\w-]+:)?\d+:function:|function:)?([^:]+)(?::.*)?",
    "queue": r"(?:https?://[^/]+/\d+/|arn:[\w-]+:sqs:[\w-]+:\d+:)?([^/:]+)",
    "role": r"(?:arn:[\w-]+:iam::\d+:role/(?:.*/)?)?([^/:]+)",
    "alarm": r"(?:arn:[\w-]+:cloudwatch:[\w-]+:\d+:alarm:)?(.+)",
    "stack": r"(?:arn:[\w-]+:cloudformation:[\w-]+:\d+:stack/)?([^/:]+)(?:/.*)?",
}

DENIED = re.compile(r'.*on resource: (?:role )?"?([^\s"]+)')


def named(record: Mapping[str, Any], call: Call) -> list[str]:
    """What the record names as acted on: in the request, else as its resource, else in why it was denied."""
    given = mapping(record.get("requestParameters")).get(call.named_in)
    found = [*told(given if isinstance(given, list) else [given])]
    found = found or [*told(mapping(resource).get("ARN") for resource in items(record.get("resources")))]
    return found or [*told([denied_resource(record)])]


def told(values: Any) -> Iterator[str]:
    """Those of the values that are text."""
    return (value for value in (text(one, 2000) for one in values) if value)


def denied_resource(record: Mapping[str, Any]) -> str | None:
    """The resource that a denied call was for, which only the message tells.

    "User: ARN is not authorized to perform: ... on resource: ARN because ...", or "with an explicit deny in ...": the
    first ARN could be made to look like it. IAM writes "role NAME" for the ARN, S3 puts it in quotes.
    """
    found = DENIED.match(text(record.get("errorMessage"), 4000) or "")
    return found[1] if found and found[1] != "*" else None


def name_of(kind: Kind, given: str) -> str:
    """The name in an ARN, in a URL, or bare."""
    match = re.fullmatch(NAMES[kind], given)
    return match[1] if match else given


def destination(
    record: Mapping[str, Any], call: Call, destinations: list[str], region: str | None, account: str | None
) -> str | None:
    """The name of the destination that the call acted on; None if it is none of them."""
    names = [name_of(call.kind, given) for given in named(record, call)]
    service = call.source.partition(".")[0]
    for arn in destinations:
        _, _, of_service, of_region, of_account, _ = arn.split(":", 5)
        here = of_region in ("", region) and of_account in ("", account)
        if of_service == service and here and name_of(call.kind, arn) in names:
            return name_of(call.kind, arn)
    return None


def guard(record: Mapping[str, Any], call: Call, stack: str, key: str | None) -> str | None:
    """The name of the part of Trailkeeper that the call acted on; None if it is none.

    CloudFormation begins the names of what it makes with the stack's; only keys have none.
    """
    for given in named(record, call):
        name = name_of(call.kind, given)
        if call.kind == "key":
            own = key is not None and name == name_of("key", key)
        elif call.kind == "stack":
            own = name == stack
        else:
            own = name.removeprefix("/aws/vendedlogs/states/").startswith(f"{stack}-")
        if own:
            return name
    return None


def trail_name(record: Mapping[str, Any], call: Call | None, region: str | None, account: str | None) -> TrailName:
    """The trail as far as the event tells: a denied call names it in errorMessage alone."""
    if call is None or call.kind != "trail":
        return {"name": None, "arn": None, "home_region": None, "account": account}
    request, response = mapping(record.get("requestParameters")), mapping(record.get("responseElements"))
    given = text(request.get(call.named_in), 300)
    for arn in (
        TRAIL_ARN.fullmatch(given or ""),
        TRAIL_ARN.fullmatch(text(response.get("trailARN"), 300) or ""),
        TRAIL_ARN.match(denied_resource(record) or ""),
    ):
        if arn:
            return {"name": arn["name"], "arn": arn[0], "home_region": arn["region"], "account": arn["account"]}
    # Refused because the Region is not the trail's: then it is another, whichever.
    here = given and record.get("errorCode") != "InvalidHomeRegionException"
    return {"name": given, "arn": None, "home_region": region if here else None, "account": account}


def is_one_of(trail: TrailName, entries: list[str]) -> bool:
    """Whether the names and ARNs of trails mean this one."""
    for entry in entries:
        arn = TRAIL_ARN.fullmatch(entry)
        if arn is None:
            if entry == trail["name"]:
                return True
        elif (arn["name"], arn["account"]) == (trail["name"], trail["account"]) and trail["home_region"] in (
            None,
            arn["region"],
        ):
            return True
    return False
