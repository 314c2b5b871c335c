"""The event patterns of the rules, built from the catalogue; EventBridge's limits on them; and how it matches them.

What matches starts an execution, and nothing else does. A call that names what it was on matches by that name; one that
does not, as a denied call has no request, matches by its action alone, and Triage decides: so each event matches one
pattern. A field that is absent matches nothing but `{"exists": false}`: no pattern asks for one that some records lack.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import json
import re
from collections.abc import Container, Iterable, Iterator
from typing import Any

from trailkeeper.calls import Call, catalogue
from trailkeeper.calls.own_parts import VENDED_LOGS
from trailkeeper.kinds import FUNCTION, LOG_GROUP, RULE, STACK, STATE_MACHINE, Kind, destination, name_in
from trailkeeper.settings import LONGEST_STACK_PART, Place, own_prefix

Pattern = dict[str, Any]

MAXIMUM_LENGTH = 2048  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
# EventBridge refuses rules that are "too complex" and publishes no number: 8 and 9 were taken, 12 was not.
MAXIMUM_COMPLEXITY = 6
LONGEST_PLACE: Place = {"partition": "aws-us-gov", "region": "ap-southeast-99", "account": "123456789012"}

# Copies that VPC endpoints make of management events are not a second incident.
NO_COPY = [{"exists": False}, {"anything-but": ["AwsVpceEvent"]}]
# Which services' calls on Trailkeeper itself share a rule, and which rules each watches: one that was just switched off
# cannot report it, so none watches itself.
OWN_PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "OwnParts1": (("states", "lambda", "monitoring", "sqs", "dynamodb", "events"), ("OwnParts2", "CodeChanged")),
    "OwnParts2": (
        ("events", "sns", "iam", "logs", "cloudformation"),
        ("Tampering", "Destinations", "Nameless", "OwnParts1", "Failure", "WatchSchedule"),
    ),
}
# Which services' calls that name nothing share a rule.
NAMELESS: dict[str, tuple[str, ...]] = {
    "Nameless1": ("s3", "kms", "logs", "sns", "dynamodb"),
    "Nameless2": ("events", "states", "lambda", "sqs", "iam", "monitoring", "cloudformation"),
}


class LimitError(ValueError):
    """A rule that EventBridge would refuse: one line with its name and the limit."""


def patterns(destinations: Iterable[str], stack: str, place: Place) -> dict[str, Pattern]:
    """Rule's name -> pattern: for the trails, for what they write to, and for Trailkeeper itself.

    `place` may hold values that only CloudFormation knows. Raises LimitError.
    """
    longest = built(destinations, stack, LONGEST_PLACE)
    for name, pattern in {**longest, "CodeChanged": of_changed_code(stack, LONGEST_PLACE)}.items():
        for what, value, most in (
            ("length", length(pattern), MAXIMUM_LENGTH),
            ("complexity", complexity(pattern), MAXIMUM_COMPLEXITY),
        ):
            if value > most:
                raise LimitError(
                    f"the rule {name} of the stack {stack} has a {what} of {value}; at most {most} is safe"
                )
    return built(destinations, stack, place)


def built(destinations: Iterable[str], stack: str, place: Place) -> dict[str, Pattern]:
    """The patterns, whatever their size."""
    trails = [call for call in catalogue() if call.family not in ("destination", "trailkeeper")]
    found = {"Tampering": pattern_of(trails)}
    arns = sorted(destinations)
    for number, one in enumerate(of_destinations(arns), 1):
        found[f"Destinations{number}"] = one
    for name, (services, rules) in OWN_PARTS.items():
        found[name] = of_own_parts(services, rules, stack, place)
    kinds = {destination(arn) for arn in arns}
    for name, services in NAMELESS.items():
        found[name] = of_nameless([call for call in watched(kinds) if call.kind.source in services])
    return found


def watched(kinds: Container[Kind | None]) -> Iterator[Call]:
    """The calls on Trailkeeper itself, and on these kinds of destinations."""
    for call in catalogue():
        if call.family == "trailkeeper" or (call.family == "destination" and call.kind in kinds):
            yield call


def pattern_of(calls: Iterable[Call], where: list[Pattern] | None = None) -> Pattern:
    """The pattern of some calls, and of where they were made."""
    calls = list(calls)
    services = sorted({call.kind.source for call in calls})
    detail: Pattern = {
        "eventName": sorted({call.action for call in calls}),
        "eventType": NO_COPY,
    }
    return {
        "source": [f"aws.{service}" for service in services],  # no PutEvents caller can claim them
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": detail | ({"$or": where} if where else {}),
    }


def of_destinations(arns: list[str]) -> Iterator[Pattern]:
    """The calls on some destinations, in as few patterns as there must be for each to be short enough."""
    while arns:
        many = 1
        while many < len(arns) and length(of_some_destinations(arns[: many + 1])) <= MAXIMUM_LENGTH:
            many += 1
        yield of_some_destinations(arns[:many])
        arns = arns[many:]


def of_some_destinations(arns: list[str]) -> Pattern:
    """The calls on some destinations, by what their requests name."""
    given: dict[Kind, list[str]] = {}
    for arn in arns:
        if kind := destination(arn):
            given.setdefault(kind, []).extend(form.format(arn=arn, name=name_in(kind, arn)) for form in kind.given)
    calls = [one for one in catalogue() if one.family == "destination" and one.kind in given and one.parameter]
    parameters = {call.parameter: call.kind for call in calls}
    return pattern_of(calls, [{"requestParameters": {name: given[kind]}} for name, kind in parameters.items()])


def of_nameless(calls: list[Call]) -> Pattern:
    """Calls whose events do not name what they were on in a request, and what KMS itself does to a key."""
    pattern = pattern_of(calls)
    pattern["detail-type"] = [*pattern["detail-type"], "AWS Service Event via CloudTrail"]
    pattern["detail"]["requestParameters"] = {call.parameter: [{"exists": False}] for call in calls if call.parameter}
    return pattern


def of_own_parts(services: Container[str], rules: Iterable[str], stack: str, place: Place) -> Pattern:
    """The calls of some services on what the stack made: CloudFormation begins its names with the stack's.

    `rules` are the beginnings of the names of the rules that are watched by this one.
    """
    own = own_prefix(stack)
    calls = [call for call in catalogue() if call.family == "trailkeeper" and call.kind.source in services]
    where: list[Pattern] = []
    for parameter, kind in {call.parameter: call.kind for call in calls}.items():
        names = [own.removesuffix("-") if kind is STACK else own]
        if kind is RULE:
            # CloudFormation cuts a long stack's name by how long the rule's own is: then one rule watches all of them.
            names = [own + rule for rule in rules] if len(stack) <= LONGEST_STACK_PART else [own] * ("Failure" in rules)
        names += [VENDED_LOGS + own] if kind is LOG_GROUP else []
        filters = [value for name in names for value in own_forms(kind, name, place)]
        where += [{"requestParameters": {parameter: filters}}] if filters else []
    return pattern_of(calls, where)


def of_changed_code(stack: str, place: Place) -> Pattern:
    """The calls that make another of the state machine or of a function, but for CloudFormation's, which deploys.

    What they have changed may no longer tell of it.
    """
    calls = [call for call in catalogue() if call.family == "trailkeeper" and call.kind in (FUNCTION, STATE_MACHINE)]
    parameters = {call.parameter: call.kind for call in calls if call.deployment}
    own = own_prefix(stack)
    where = [{"requestParameters": {name: [*own_forms(kind, own, place)]}} for name, kind in parameters.items()]
    pattern = pattern_of([call for call in calls if call.deployment], where)
    pattern["detail"] |= {
        "errorCode": [{"exists": False}],
        "userIdentity": {"invokedBy": [{"exists": False}, {"anything-but": ["cloudformation.amazonaws.com"]}]},
    }
    return pattern


def own_forms(kind: Kind, name: str, place: Place) -> Iterator[Any]:
    """What requests give for a part of Trailkeeper whose name begins so, as filters."""
    for form in kind.given:
        given = form.format(name=name, arn=kind.arn.format(name=name, **place), **place)
        if given.startswith("*"):
            yield wildcard(given[1:])
        else:
            yield {"prefix": given}


def wildcard(text: str) -> Pattern:
    """The filter for what holds the text somewhere, or as much of its end as EventBridge takes."""
    while of_value(value := f"*{text}*") > MAXIMUM_COMPLEXITY:
        text = text[1:]
    return {"wildcard": value}


# ---- EventBridge's limits


def length(pattern: Pattern) -> int:
    """How many characters EventBridge counts."""
    return len(json.dumps(pattern, separators=(",", ":"), ensure_ascii=False))


def complexity(pattern: Pattern) -> int:
    """How complex EventBridge finds a pattern: the sum over the wildcards of a field, in the field where it is largest.

    It is the number of wildcard prefixes that one input can be in at once.
    https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/MachineComplexityEvaluator.java
    """
    fields: dict[str, int] = {}

    def add(part: Any, path: str) -> None:
        if isinstance(part, dict):
            for name, inner in part.items():
                if name == "wildcard":
                    values = inner if isinstance(inner, list) else [inner]
                    fields[path] = fields.get(path, 0) + sum(map(of_value, values))
                else:
                    add(inner, path if name in ("$or", "anything-but") else f"{path}.{name}")
        for inner in part if isinstance(part, list) else []:
            add(inner, path)

    add(pattern, "")
    return max(fields.values(), default=0)


def of_value(value: str) -> int:
    """The complexity of one wildcard value: its asterisks, and what can match at once of each run between them."""
    first, *runs = value.split("*")
    return max(len(runs) + sum(map(simultaneous, runs)), 2 if first and runs else 0)


def simultaneous(run: str) -> int:
    """The most beginnings of a text that one input can end with at once: `aa` and `a` of `aab`."""
    text, borders = run.encode(), [0]
    chains = [1] if text else [0]
    for position in range(1, len(text)):
        border = borders[-1]
        while border and text[position] != text[border]:
            border = borders[border - 1]
        border += text[position] == text[border]
        borders.append(border)
        chains.append(1 + (chains[border - 1] if border else 0))
    return max(chains)


# ---- How EventBridge matches: what `trailkeeper replay` needs


def matches(pattern: Pattern, event: Any) -> bool:
    """Whether an event, or a part of one, matches a pattern of this file: every field must."""
    return all(
        any(matches(choice, event) for choice in wanted) if name == "$or" else field_matches(wanted, event, name)
        for name, wanted in pattern.items()
    )


def field_matches(wanted: Any, event: Any, name: str) -> bool:
    """Whether one field matches; a field that is absent matches nothing but `exists` false."""
    there = isinstance(event, dict) and name in event
    value = event[name] if there else None
    if isinstance(wanted, dict):
        return matches(wanted, value)
    values = [one for one in (value if isinstance(value, list) else [value]) if not isinstance(one, dict | list)]
    return any(filter_matches(one, values if there else []) for one in wanted)


def filter_matches(wanted: Any, values: list[Any]) -> bool:
    """Whether some value meets a filter."""
    if not isinstance(wanted, dict):
        return wanted in values
    ((name, than),) = wanted.items()
    if name == "exists":
        return bool(values) is than
    if name == "anything-but":
        return any(value not in than for value in values)
    texts = [value for value in values if isinstance(value, str)]
    if name == "prefix":
        return any(text.startswith(than) for text in texts)
    if name == "wildcard":
        expression = ".*".join(map(re.escape, than.split("*")))
        return any(re.fullmatch(expression, text, re.DOTALL) for text in texts)
    raise ValueError(f"no pattern here has the filter {name}")
