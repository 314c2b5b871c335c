"""The document that flows through the states.

Times are ISO 8601 in UTC with a `Z`; a field that the event does not tell is None, never missing. Every text in it
came from an attacker and went through `clean`.
"""

import re
from typing import Any, Literal, NamedTuple, TypedDict

Verdict = Literal["stopped", "deleted", "narrowed", "attempted", "harmless", "unrelated"]
Severity = Literal["critical", "high", "medium", "low", "info"]
Mode = Literal["off", "auto"]
Family = Literal["trail", "organization", "event data store", "channel", "destination", "guard"]
Kind = Literal[
    "trail", "account", "event data store", "channel", "resource policy",
    "bucket", "key", "log group", "topic",
    "rule", "state machine", "function", "subscription", "queue", "role", "alarm", "stack",
]  # fmt: skip

TRAIL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")
TRAIL_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):cloudtrail:(?P<region>[a-z0-9-]+):(?P<account>[0-9]+):trail/(?P<name>[A-Za-z0-9._-]+)"
)
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")


class Fact(NamedTuple):
    """What a request does: `told` is `fact` or `fact: detail`; a `low` one costs no management event."""

    told: str
    low: bool = False


CANNOT_TELL = Fact("cannot tell what it was before", low=True)
ONE_REGION = Fact("it covers one Region only")
NOT_RECEIVED = Fact("nobody outside AWS can send events through it any more", low=True)
NOT_IN_EVENT = Fact("the event does not hold the request, so what changed cannot be told")


class Actor(TypedDict):
    """Who called, from userIdentity; `mfa` is None where the event does not say.

    `console` is AWS's own word for it that the call came from its console: no user agent can claim it.
    """

    type: str
    arn: str | None
    name: str
    issuer: str | None
    access_key_id: str | None
    source_ip: str | None
    user_agent: str | None
    mfa: bool | None
    console: bool
    invoked_by: str | None


class CallError(TypedDict):
    """Why the call failed."""

    code: str
    message: str | None


class TrailName(TypedDict):
    """The trail as far as the event tells."""

    name: str | None
    arn: str | None
    home_region: str | None
    account: str | None


class Resource(TypedDict):
    """What the call acted on: a trail, a bucket that trails write to, a rule of Trailkeeper itself, ..."""

    kind: Kind
    name: str | None


class Expected(TypedDict):
    """The entry of the settings that announced this change; one that `expired` changes nothing.

    `until` is None for the default entry, which the account's own CDK roles deploy Trailkeeper by.
    """

    principal: str
    reason: str
    until: str | None
    expired: bool


class Undo(TypedDict):
    """What may be done about it: decided by Triage alone."""

    call: str | None
    mode: Mode
    why: str


class Incident(TypedDict):
    """What happened, who did it and what may be undone: the output of Triage.

    `request` is the part of the request that Enrich compares with what was before, None where there is none.
    """

    id: str
    detected_by: Literal["event"]
    action: str
    verdict: Verdict
    severity: Severity
    reasons: list[str]
    time: str | None
    account: str | None
    region: str | None
    partition: str
    actor: Actor
    error: CallError | None
    family: Family | None
    resource: Resource | None
    trail: TrailName
    request: dict[str, Any] | None
    expected: Expected | None
    undo: Undo


class Judgement(TypedDict, total=False):
    """How Enrich judges, knowing more than the event: it replaces these fields of the incident."""

    verdict: Verdict
    severity: Severity
    reasons: list[str]


class TrailState(TypedDict, total=False):
    """What CloudTrail says now, or `error` and `cause` when Enrich failed.

    The trail is the one that the incident names, or the first of `affected`: the ARNs of those that write to the
    incident's destination. `other_trails` are the ARNs of those that still record the Region's management events,
    and `others_record_all_regions` says whether one of them does so everywhere; `unread_trails` are those that could
    not be asked. What could not be read is None, and `unknown` says why.
    """

    exists: bool | None
    arn: str
    home_region: str
    multi_region: bool
    organization: bool
    bucket: str
    kms_key: str | None
    log_group: str | None
    logging: bool | None
    started_at: str | None
    stopped_at: str | None
    delivery_errors: list[str]
    all_management_events: bool | None
    affected: list[str]
    other_trails: list[str]
    others_record_all_regions: bool
    unread_trails: list[str]
    account_alias: str | None
    unknown: list[str]
    error: str
    cause: str


class Enriched(TypedDict):
    """The output of Enrich."""

    incident: Judgement
    trail: TrailState


class UndoResult(TypedDict, total=False):
    """What Restore did and proved, or `error` and `cause` when it failed; empty when nothing was to be done.

    `retries` counts the tries before: one of them may have called, though this one found the trail logging.
    """

    call: str
    called: bool
    retries: int
    was_logging: bool
    now_logging: bool
    stopped_at: str | None
    started_at: str | None
    off_seconds: float | None
    error: str
    cause: str


class Notice(TypedDict):
    """The mail that went out."""

    subject: str
    message_id: str


class Report(TypedDict):
    """The input of Notify: all that is known."""

    incident: Incident
    trail: TrailState
    undo: UndoResult
    execution: str


# Letters that show nothing and yet count as printable: joiners, fillers and variation selectors.
# https://www.unicode.org/reports/tr36/#Recommendations_General
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code)
    for start, end in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(start, end + 1)
}


def clean(text: str, limit: int) -> str:
    """`text` on one line without control, bidi and zero-width characters, at most `limit` characters long."""
    text = text[: limit * 4]
    if not text.isascii() or not text.isprintable():
        text = "".join(
            character if character.isprintable() and character not in INVISIBLE else " " if character.isspace() else ""
            for character in text
        )
    return text if len(text) <= limit else text[: limit - 1] + "…"
