"""The document that flows through the states: types only.

Times are ISO 8601 in UTC with a `Z`; what the event does not say is None, never missing. Every text came from an
attacker and went through `record.clean`. Codes decide; sentences are made of them in mail/ and never compared.
"""

from typing import Any, Literal, TypedDict

Verdict = Literal["stopped", "deleted", "narrowed", "attempted", "harmless", "unrelated"]
Severity = Literal["critical", "high", "medium", "low", "info"]
Mode = Literal["off", "auto"]
Family = Literal["trail", "organization", "event data store", "channel", "telemetry", "destination", "trailkeeper"]
UndoWhy = Literal["nothing_changed", "announced", "not_undone_by_us", "another_account", "not_identified", "setting"]
End = Literal["Handled", "TriageFailed", "RestoreFailed", "RestoreNotReadBack", "NobodyTold"]


class Fact(TypedDict):
    """What led to the verdict: a code, and the name, number or change that goes with it."""

    code: str
    detail: str | None


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


class Trail(TypedDict):
    """The trail as far as the event identifies it: the same name in another account or home Region is another trail."""

    name: str | None
    arn: str | None
    home_region: str | None
    account: str | None


class Resource(TypedDict):
    """What the call acted on: the name of a kind of kinds.py, and the resource's own name."""

    kind: str
    name: str | None


class Expected(TypedDict):
    """The entry of the settings that announced this change; one that `expired` changes nothing.

    `reason` and `until` are None for the default entry, by which the account's own CDK roles deploy Trailkeeper.
    """

    principal: str
    reason: str | None
    until: str | None
    expired: bool


class Undo(TypedDict):
    """What may be done about it: decided by Triage alone."""

    call: str | None
    mode: Mode
    why: UndoWhy


class Incident(TypedDict):
    """What happened, who did it and what may be undone: the output of Triage.

    `request` is the part of the request that Enrich compares with what was before, None where there is none, and
    `technique` the numbers of ATT&CK for what was done.
    """

    id: str
    detected_by: Literal["event"]
    action: str
    verdict: Verdict
    severity: Severity
    facts: list[Fact]
    time: str | None
    account: str | None
    region: str | None
    partition: str
    actor: Actor
    error: CallError | None
    family: Family | None
    resource: Resource | None
    trail: Trail
    request: dict[str, Any] | None
    technique: list[str]
    expected: Expected | None
    undo: Undo


class Judgement(TypedDict, total=False):
    """How Enrich judges, knowing more than the event: it replaces these fields of the incident."""

    verdict: Verdict
    severity: Severity
    facts: list[Fact]


class Gap(TypedDict):
    """Management events that are not recorded: all of them, the reads or the writes; of one service or of every one."""

    events: Literal["all", "reads", "writes"]
    source: str | None


class UnreadTrail(TypedDict):
    """Another trail that could not be asked whether it records everything; `logging` may still be known."""

    arn: str
    logging: bool | None
    organization: bool | None


class Coverage(TypedDict):
    """Which of the Region's management events other trails still record.

    `answer` is None where the other trails could not be listed, or belong to another account than the incident.
    `trails` are those that record any, `gaps` what they leave out together, `all_regions` whether those that record
    all Regions leave nothing out.
    """

    answer: Literal["all", "part", "none"] | None
    trails: list[str]
    gaps: list[Gap]
    all_regions: bool
    unread: list[UnreadTrail]


class DeliveryError(TypedDict):
    """Why CloudTrail cannot deliver, in its own words; `trail` is the ARN if it is not the first of `affected`."""

    trail: str | None
    to: Literal["bucket", "digest", "log group"]
    error: str


class Unread(TypedDict):
    """A question that got no answer, and AWS's name of the reason."""

    call: str
    on: str | None
    error: str


class TrailState(TypedDict, total=False):
    """What CloudTrail says now, or `error` and `cause` when Enrich failed.

    The trail is the one that the incident names, or the first of `affected`: the ARNs of those that write to the
    incident's destination. `gaps` are what its own selectors leave out. What could not be read is None, and `unread`
    says why; `read_at` is the time of the status.
    """

    exists: bool | None
    arn: str
    home_region: str
    multi_region: bool | None
    organization: bool | None
    bucket: str | None
    kms_key: str | None
    log_group: str | None
    logging: bool | None
    read_at: str | None
    started_at: str | None
    stopped_at: str | None
    delivery_errors: list[DeliveryError]
    gaps: list[Gap] | None
    affected: list[str]
    coverage: Coverage
    account_alias: str | None
    unread: list[Unread]
    error: str
    cause: str


class Enriched(TypedDict):
    """The output of Enrich."""

    incident: Judgement
    trail: TrailState


class UndoResult(TypedDict, total=False):
    """What Restore did and what it read afterwards; empty when nothing was to be done.

    `called_at` is when AWS accepted the call; without it, `error` and `cause` say why it did not, or gave no answer.
    `logging` is the latest reading, None where it could not be read: `unread` is then AWS's name of the reason.
    """

    call: str
    called_at: str
    retries: int
    error: str
    cause: str
    logging: bool | None
    unread: str | None
    read_at: str
    started_at: str | None
    stopped_at: str | None


class Notice(TypedDict):
    """The mail that went out, how many confirmed readers the topic has (None: not read), and how the execution ends."""

    subject: str
    message_id: str
    readers: int | None
    end: End


class Report(TypedDict):
    """The input of Notify: all that is known."""

    incident: Incident
    trail: TrailState
    undo: UndoResult
    execution: str
