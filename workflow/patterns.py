"""The event patterns of the rules, built from the catalogue: what starts an execution, and nothing else does.

A denied call carries no request: what it was on stands in its message alone. A field that is absent matches nothing but
`{"exists": false}`, so no pattern asks for one that some records lack.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import json
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from catalogue import CATALOGUE, Call
from incident import Kind
from watched import name_of
from workflow.settings import Settings

Pattern = dict[str, Any]

MAXIMUM_LENGTH = 2048  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html

# Copies that VPC endpoints make of management events are not a second incident.
NO_COPY = [{"exists": False}, {"anything-but": ["AwsVpceEvent"]}]
# The kinds that one service's calls are on, by the service in an ARN.
DESTINATION_KINDS: dict[str, Kind] = {"s3": "bucket", "kms": "key", "logs": "log group", "sns": "topic"}
# Which services' calls on Trailkeeper itself share a rule, and which rules it watches: one that was just switched off
# cannot tell of it, so none watches itself.
GUARDS = {
    "Guard1": (
        ("events", "states", "lambda", "cloudformation", "monitoring"),
        ("Tampering", "Destinations", "Failure", "Guard2"),
    ),
    "Guard2": (("events", "sns", "sqs", "kms", "iam", "logs"), ("Guard1",)),
}


def patterns(settings: Settings, *, stack: str, key_id: str, key_arn: str) -> dict[str, Pattern]:
    """Rule's name -> pattern: for the trails, for what they write to, and for Trailkeeper itself.

    The key is Trailkeeper's own.
    """
    trails = [call for call in CATALOGUE if call.family not in ("destination", "guard")]
    found = {"Tampering": pattern(trails)}
    for number, arns in enumerate(fitting(settings.destinations), 1):
        found[f"Destinations{number}"] = destination_pattern(arns)
    guard = [call for call in CATALOGUE if call.family == "guard"]
    for name, (services, rules) in GUARDS.items():
        mine = [call for call in guard if call.source.partition(".")[0] in services]
        found[name] = guard_pattern(mine, [f"{stack}-{rule}" for rule in rules], stack, key_id, key_arn)
    return found


def pattern(calls: Iterable[Call], where: list[Pattern] | None = None) -> Pattern:
    """The pattern of some calls, and of where they were made."""
    calls = list(calls)
    sources = sorted({call.source for call in calls})
    detail: Pattern = {
        "eventSource": sources,
        "eventName": sorted({call.action for call in calls}),
        "eventType": NO_COPY,
    }
    return {
        "source": [f"aws.{source.partition('.')[0]}" for source in sources],  # no PutEvents caller can claim them
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": detail | ({"$or": where} if where else {}),
    }


def destination_pattern(arns: list[str]) -> Pattern:
    """The calls on some destinations, by name or ARN, and those that were denied."""
    found: list[Call] = []
    where: list[Pattern] = []
    denied = []
    for service, mine in groupby(arns, lambda arn: arn.split(":")[2]):
        kind, own = DESTINATION_KINDS[service], list(mine)
        calls = [call for call in CATALOGUE if call.family == "destination" and call.kind == kind]
        names = [n for arn in own for n in ([name_of(kind, arn)] if kind in ("bucket", "log group") else both(arn))]
        denied += [{"wildcard": f"*{end}"} for arn in own for end in ENDS[kind](name_of(kind, arn))]
        where += [{"requestParameters": {name: names}} for name in sorted({call.named_in for call in calls})]
        found += calls
    return pattern(found, [*where, {"errorMessage": denied}])


def both(arn: str) -> list[str]:
    """A key or topic by its ARN; a key also by its id."""
    return [arn, arn.rpartition("/")[2]] if "/" in arn else [arn]


# How a denied call's message names a destination: "... on resource: ARN because ...", S3's ARN in quotes.
ENDS: dict[Kind, Callable[[str], list[str]]] = {
    "bucket": lambda name: [f':::{name}"*', f":::{name} *"],
    "key": lambda name: [f":key/{name} *"],
    "log group": lambda name: [f":log-group:{name}:*"],
    "topic": lambda name: [f":{name} *"],
}


def fitting(destinations: Iterable[str]) -> list[list[str]]:
    """The ARNs, ordered by service, in as few lists as there must be for each to fit one pattern."""
    lists: list[list[str]] = []
    for arn in sorted(destinations):
        if lists and length(destination_pattern([*lists[-1], arn])) <= MAXIMUM_LENGTH:
            lists[-1].append(arn)
        else:
            lists.append([arn])
    return lists


def guard_pattern(calls: list[Call], rules: list[str], stack: str, key_id: str, key_arn: str) -> Pattern:
    """The calls of some services on what the stack made: CloudFormation begins its names with the stack's.

    `rules` are the beginnings of the names of the rules that are watched by this one.
    """
    own: dict[Kind, list[Any]] = {
        "rule": [{"prefix": rule} for rule in rules],
        "state machine": [{"wildcard": f"*:{stack}-*"}],
        "function": [{"prefix": f"{stack}-"}, {"wildcard": f"*:{stack}-*"}],
        "topic": [{"wildcard": f"*:{stack}-*"}],
        "subscription": [{"wildcard": f"*:{stack}-*"}],
        "queue": [{"wildcard": f"*/{stack}-*"}],
        "key": [key_id, key_arn],
        "role": [{"prefix": f"{stack}-"}],
        "alarm": [{"prefix": f"{stack}-"}],
        "log group": [{"prefix": f"{stack}-"}, {"prefix": f"/aws/vendedlogs/states/{stack}-"}],
        "stack": [stack, {"wildcard": f"*:stack/{stack}/*"}],
    }
    named_in = {call.named_in: call.kind for call in calls}
    # An ARN ends in `:NAME` or, by kind, otherwise.
    ends: dict[Kind, list[str]] = {
        "rule": [f":rule/{rule}*" for rule in rules],
        "role": [f":role/{stack}-*", f" role {stack}-*"],
        "log group": [f"/states/{stack}-*"],
        "stack": [f":stack/{stack}/*"],
        "key": [f"{key_arn} *"],
    }
    kinds = sorted(set(named_in.values()))
    denied = [
        {"wildcard": f"*{end}"} for end in (f":{stack}-*", *(one for kind in kinds for one in ends.get(kind, [])))
    ]
    where = [{"requestParameters": {name: own[kind]}} for name, kind in named_in.items()]
    return pattern(calls, [*where, {"errorMessage": denied}])


def length(pattern: Pattern) -> int:
    """How many characters EventBridge counts."""
    return len(json.dumps(pattern, separators=(",", ":"), ensure_ascii=False))
