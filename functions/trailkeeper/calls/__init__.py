"""The catalogue: a row for each call that can blind CloudTrail: on trails, on what they write to, on Trailkeeper.

All that decides about a call stands in its row, and the function that judges its request stands beside it; the files go
by what calls are on. Triage judges by these rows, and the patterns of the EventBridge rules are built from them.
Names are those of CloudTrail's records, which for some calls are not the API's: Lambda's carry a version, S3's name the
bucket. https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
"""

from collections.abc import Callable, Mapping, Set
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from trailkeeper.incident import Actor, Family, Incident, Verdict
from trailkeeper.kinds import KINDS, Kind
from trailkeeper.record import clean

Request = Mapping[str, Any]
Known = Mapping[str, Any]


class Finding(NamedTuple):
    """What a request does, by a code and what goes with it; a `minor` one costs no management event."""

    code: str
    detail: str | None = None
    minor: bool = False


# Numbers in ATT&CK: the one that most still use, and the one since v19 where that is another.
# https://attack.mitre.org/resources/updates/
CLOUD_LOGS = ("T1562.008", "T1685.002")  # disable or modify cloud logs
TOOLS = ("T1562.001", "T1685")  # disable or modify tools
DESTRUCTION, BY_LIFECYCLE = ("T1485",), ("T1485.001",)  # data destruction

# Judges a request: a verdict, or what it does to the recording, nothing where it does no harm. `known` is what the same
# fields were before, or for what trails write to the trails that do; None where that is not known.
Judge = Callable[[Request, Known | None], Verdict | list[Finding]]


class Compared(NamedTuple):
    """How Enrich compares a call with what was before and with what is now.

    `asked` is the compared part of a request, out of a record of the call. `before` is the same part out of a record of
    this call, or of the one that `calls` names, or of CreateTrail, that came earlier; `now` out of the trail as
    DescribeTrails shows it and its selectors. `wanted` is it out of the fields of a baseline, where `now` cannot tell.
    `always`: also where the request alone looks harmless; `unsaid`: and where it has one of these parameters, which
    alone do not say what they take away.
    """

    asked: Callable[[Mapping[str, Any]], dict[str, Any] | None]
    before: Callable[[Mapping[str, Any]], dict[str, Any] | None] | None = None
    now: Callable[[dict[str, Any], dict[str, Any] | None], dict[str, Any] | None] | None = None
    wanted: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    always: bool = False
    unsaid: tuple[str, ...] = ()
    calls: str | None = None


class Call(NamedTuple):
    """One API call that counts.

    `parameter` is the request parameter that names what the call is on, empty if it is on all of the kind. `effect` is
    what a successful call means: a verdict, the one finding by which it narrows, or the judge of its request.
    `undo` is the call that reverses it, `technique` its numbers in ATT&CK.
    `command` is what a person runs next: the step (look, compare, put_back), and a command a line, in which NAME stands
    for the resource.
    `sets_up`: whether a request by somebody may set a trail up right after CreateTrail. `pending`: it takes effect
    after days, and can be cancelled until then. `deployment`: an ordinary deployment of Trailkeeper makes it. `blinds`:
    after it, Trailkeeper may not notice or mail what comes next.
    """

    family: Family
    kind: Kind
    action: str
    parameter: str
    effect: Verdict | Finding | Judge
    undo: str | None = None
    command: tuple[str, str] | None = None
    compared: Compared | None = None
    sets_up: Callable[[Request, Actor], bool] | None = None
    pending: bool = False
    deployment: bool = False
    blinds: bool = False
    technique: tuple[str, ...] = CLOUD_LOGS


LEAST_DAYS = 90  # what event history keeps, whatever happens to trails


def kept_for(code: str, days: int | None) -> Finding:
    """The finding of a retention, which harms only where it ends before an investigation would."""
    return Finding(code, None if days is None else str(days), minor=(days or 0) >= LEAST_DAYS)


def others(request: Request, known: Set[str]) -> dict[str, str]:
    """The parameters of a request that no judge knows, such as those that are newer than this: they are told."""
    return {clean(name, 64): clean(str(request[name]), 200) for name in request.keys() - known}


def set_to_others(request: Request, known: Set[str]) -> list[Finding]:
    """Them as findings."""
    return [Finding("setting_set", f"{name} = {value}") for name, value in others(request, known).items()]


# Which files hold the rows of a service's calls. They are read when one of the service's events comes: Lambda compiles
# them anew at each cold start, and StopLogging needs none but the trail's.
FILES = {
    "cloudtrail": ("trail", "organization", "event_data_store", "channel"),
    **dict.fromkeys(("organizations", "observabilityadmin"), ("organization", "telemetry")),
    "s3": ("bucket",),
    "kms": ("key",),
    "logs": ("log_group", "own_parts"),
    "sns": ("topic", "own_parts"),
    "iam": ("organization", "log_group", "own_parts"),
    **dict.fromkeys(("events", "states", "lambda", "sqs", "monitoring", "dynamodb", "cloudformation"), ("own_parts",)),
}


@cache
def rows(source: str, action: str) -> list[Call]:
    """The rows of a call; `source` is the service, without .amazonaws.com."""
    found: list[Call] = []
    for file in FILES.get(source, ()):
        calls = import_module(f"trailkeeper.calls.{file}").CALLS
        found += [call for call in calls if call.action == action and call.kind.source == source]
    return found


def row_of(incident: Incident) -> Call | None:
    """The row by which an incident was judged."""
    if incident["resource"] is None:
        return None
    found = rows(KINDS[incident["resource"]["kind"]].source, incident["action"])
    return next((call for call in found if call.family == incident["family"]), None)


@cache
def catalogue() -> tuple[Call, ...]:
    """All rows."""
    files = dict.fromkeys(file for some in FILES.values() for file in some)
    return tuple(call for file in files for call in import_module(f"trailkeeper.calls.{file}").CALLS)
