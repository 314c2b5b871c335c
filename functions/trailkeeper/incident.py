"""The document that flows through the states: types only.

Times are ISO 8601 in UTC with a `Z`; what the event does not say is None, never missing. Every text came from an
attacker and went through `record.clean`. Codes decide; sentences are made of them in mail/ and never compared.
"""

from typing import Any, Literal, NotRequired, TypedDict

Verdict = Literal["stopped", "deleted", "narrowed", "attempted", "harmless", "unrelated"]
Severity = Literal["critical", "high", "medium", "low", "info"]
Mode = Literal["off", "shadow", "approve", "auto"]
Family = Literal["trail", "organization", "event data store", "channel", "telemetry", "destination", "trailkeeper"]
UndoWhy = Literal["nothing_changed", "announced", "not_undone_by_us", "another_account", "not_identified", "setting"]
Held = Literal["breaker", "no_baseline", "as_wanted", "shadow"]
Part = Literal["first", "ask", "again", "report"]
Next = Literal["keep_trying", "look_back"]
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
    """What may be done about it, on the thing of which ARN: decided by Triage alone."""

    call: str | None
    on: str | None
    mode: Mode
    why: UndoWhy


class Incident(TypedDict):
    """What happened, who did it and what may be undone: the output of Triage.

    `request` is the part of the request that Enrich compares with what was before, None where there is none, and
    `technique` the numbers of ATT&CK for what was done. `dedup_key` is the same for all that happens to one thing.
    """

    id: str
    dedup_key: str
    detected_by: Literal["event", "watchdog"]
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
    says why; `read_at` is the time of the status. `was` is what an UpdateTrail may have changed, as it was before.
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
    was: dict[str, Any] | None
    unread: list[Unread]
    error: str
    cause: str


class Enriched(TypedDict):
    """The output of Enrich."""

    incident: Judgement
    trail: TrailState


class Change(TypedDict):
    """A field of what was changed: as its owners want it, and as it was found."""

    field: str
    wanted: str
    found: str


class UndoResult(TypedDict, total=False):
    """What Restore did and what it read afterwards; empty when nothing was to be done.

    `called_at` is when AWS accepted the call; without it, `error` and `cause` say why it did not, or gave no answer.
    `proven` says whether all is as its owners want it, and `logging` whether the trail records, by the latest reading.
    Each is None where it could not be read: `unread` is then AWS's name of the reason. `changes` are the fields that
    differed before, `left` those that still do. `evidence` is why the state found could not be kept in the ledger.
    `held` says why Trailkeeper did nothing though it might: it restored the trail too often within the hour, no
    baseline was recorded, nothing differs from it, or the setting only wants to know what would have been done.
    """

    call: str
    called_at: str
    retries: int
    error: str
    cause: str
    proven: bool | None
    logging: bool | None
    unread: str | None
    read_at: str
    started_at: str | None
    stopped_at: str | None
    changes: list[Change]
    left: list[Change]
    evidence: str
    held: Held


class Ledger(TypedDict, total=False):
    """Why the ledger could not be reached; empty where it could."""

    error: str


class Flood(TypedDict, total=False):
    """What the same actor did to the same thing, with the same verdict, beside what was mailed at once.

    `counted` calls since the time `since`, of the names in `calls`; without these, this incident is mailed by itself.
    """

    id: str
    counted: int
    calls: list[str]
    since: str


class Before(TypedDict, total=False):
    """The incident on the same thing within the last hour; empty where there was none."""

    action: str
    at: str
    execution: str


class Answer(TypedDict, total=False):
    """Whether what would be undone was approved, by whom (None: nobody), and why not; empty where nobody was asked."""

    approved: bool
    by: str | None
    reason: str | None


class Ask(TypedDict):
    """Until when an approval counts. The token stands in the execution's history and its logs alone."""

    until: str


class LaterCall(TypedDict):
    """A call that was made while nothing was recorded; `error` is AWS's code if it failed."""

    time: str | None
    region: str
    service: str
    action: str
    on: str | None
    error: str | None


class LookBack(TypedDict, total=False):
    """What event history tells of the time without recording, and whether log files arrive again; or an `error`.

    `calls` are those that change something, the worst first, `left_out` how many more there are at least, and `reads`
    how many only read. `since` and `until` are the time looked at, `unread` the Regions that could not be asked.
    `delivered_at` is the latest delivery after the restart.
    """

    calls: list[LaterCall]
    left_out: int
    reads: int
    more: bool
    since: str
    until: str
    regions: list[str]
    unread: list[Unread]
    delivered_at: str | None
    delivery_error: str | None
    error: str


class Notice(TypedDict):
    """The mail that went out, how many confirmed readers the topic has (None: not read), and what comes next.

    `end` is how the execution ends, when nothing comes next. `resolved`: the trail
    is known to be recording.
    """

    subject: str
    message_id: str
    readers: int | None
    next: Next | None
    end: End
    resolved: bool


class Report(TypedDict):
    """The input of Notify: all that is known. `part` says which mail it is: the first, where nothing else is said."""

    incident: Incident
    trail: TrailState
    undo: UndoResult
    execution: str
    part: NotRequired[Part]
    before: NotRequired[Before]
    ledger: NotRequired[Ledger]
    flood: NotRequired[Flood]
    answer: NotRequired[Answer]
    look_back: NotRequired[LookBack]
    ask: NotRequired[Ask]
