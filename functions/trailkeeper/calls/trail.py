"""Calls on trails."""

from typing import Any

from trailkeeper import selectors
from trailkeeper.calls import Call, Compared, Finding, Known, Request, others, set_to_others
from trailkeeper.incident import Actor
from trailkeeper.kinds import TRAIL, TRAIL_ARN
from trailkeeper.record import (
    Record,
    is_false,
    is_true,
    items,
    lower_camel,
    mapping,
    one_or_more,
    request_of,
    text,
)

# The flags of UpdateTrail's request: the finding where one is false, and the name of the same in what CreateTrail and
# UpdateTrail answer and DescribeTrails shows.
FLAGS = {
    "isMultiRegionTrail": ("one_region", "isMultiRegionTrail"),
    "includeGlobalServiceEvents": ("no_global_events", "includeGlobalServiceEvents"),
    "enableLogFileValidation": ("no_validation", "logFileValidationEnabled"),
    "isOrganizationTrail": ("no_organization", "isOrganizationTrail"),
    "recursiveLogging": ("no_delivery_events", "recursiveLogging"),
}
ON_BY_DEFAULT = ("recursiveLogging",)
TEXTS = (
    *("s3BucketName", "s3KeyPrefix", "kmsKeyId"),
    *("cloudWatchLogsLogGroupArn", "cloudWatchLogsRoleArn", "snsTopicName"),
)
BUCKET = ("s3BucketName", "s3KeyPrefix")
MINOR = ("cloudWatchLogsRoleArn", "snsTopicName", "recursiveLogging")
KNOWN = {"name", "account", *FLAGS, *TEXTS}
INSIGHTS = {"ApiCallRateInsight of Management", "ApiErrorRateInsight of Management"}


def update_trail(request: Request, known: Known | None) -> list[Finding]:
    """The CLI and SDKs send only what changes, the console every field.

    Who calls chooses what is sent, so a request that looks like the console's is no excuse: only what the trail was
    before is. `kmsKeyId: ""` comes from ordinary updates. A parameter that is new since this was written is told.
    """
    findings = []
    for flag, (code, _) in FLAGS.items():
        if is_false(request.get(flag)) and not (known and is_false(known.get(flag))):
            findings.append(Finding(code, minor=flag in MINOR))
    findings += set_to_others(request, KNOWN)
    for name in TEXTS:
        unsaid = name == "s3BucketName" or (name == "kmsKeyId" and not (known and known.get(name)))
        if name in request and (request[name] or not unsaid):
            findings += set_to(name, text(request[name]) or "", known)
    return findings


def set_to(name: str, now: str, known: Known | None) -> list[Finding]:
    """What setting one of the texts does, if anything."""
    group = name == "cloudWatchLogsLogGroupArn"
    if known is None:
        if group and not now:
            return [Finding("log_group_removed")]
        # Log files go on as before, whatever log group the events are sent to beside them.
        code = "destination_set" if name in BUCKET else "setting_set"
        return [Finding(code, f"{name} = {now or '-'}", minor=group or name in MINOR)]
    was = text(known.get(name)) or ""
    # Where nothing was, logs now go to one place more, or are encrypted: that takes none away.
    if was == now or (not was and name not in BUCKET):
        foreign = name == "kmsKeyId" and now.startswith("arn:") and now.split(":")[4:5] != [known.get("account")]
        return [Finding("foreign_key", now)] if foreign and not was else []
    code = "destination_changed" if name in BUCKET else "setting_changed"
    minor = name in MINOR or (name == "kmsKeyId" and not now)
    return [Finding(code, f"{name}: {was or '-'} → {now or '-'}", minor=minor)]


def asked_of_trail(record: Record) -> dict[str, Any] | None:
    """The fields that an UpdateTrail sets; what it answered instead of what was asked: a key's ARN, not its alias.

    A CreateTrail sets them all.
    """
    request = request_of(record)
    answered = as_described(mapping(record.get("responseElements"))) or {}
    if record.get("eventName") == "CreateTrail":
        return answered
    flags = {
        name: is_true(request[name]) for name in FLAGS if is_true(request.get(name)) or is_false(request.get(name))
    }
    given = {name: text(request[name], 512) or "" for name in TEXTS if name in request}
    set_too = others(request, KNOWN)
    return {**flags, **set_too, **{name: value and (answered.get(name) or value) for name, value in given.items()}}


def as_described(answer: Request) -> dict[str, Any] | None:
    """What CreateTrail, UpdateTrail or DescribeTrails answered, under the names of UpdateTrail's request."""
    if not answer:
        return None
    arn = TRAIL_ARN.fullmatch(text(answer.get("trailARN"), 512) or "")
    return {
        **{
            name: not is_false(answer.get(answered)) if name in ON_BY_DEFAULT else is_true(answer.get(answered))
            for name, (_, answered) in FLAGS.items()
        },
        **{name: text(answer.get(name), 512) or "" for name in TEXTS},
        "account": arn["account"] if arn else None,
    }


def create_trail(request: Request, known: Known | None) -> list[Finding]:
    """A new trail takes nothing away, unless there was one of that name that recorded more."""
    return update_trail(request, known) if known else []


def adds_only(request: Request, who: Actor) -> bool:
    """Whether an UpdateTrail only adds a log group or a key."""
    return request.keys() <= {"cloudWatchLogsLogGroupArn", "cloudWatchLogsRoleArn", "kmsKeyId"}


def put_event_selectors(request: Request, known: Known | None) -> list[Finding]:
    """The request shows the result, never the change; basic and advanced selectors replace each other."""
    management, data = request["management"], request["data"]
    findings = []
    if selectors.gaps(management):
        if known is None:
            findings.append(Finding("management_events_left_out"))
        elif not selectors.covers(management, known["management"]):
            findings.append(Finding("fewer_management_events"))
    if known is not None and not selectors.covers(data, known["data"]):
        findings.append(Finding("fewer_data_events", minor=True))
    return findings


def asked_of_selectors(record: Record) -> dict[str, Any]:
    """The selectors that a PutEventSelectors sets; CreateTrail makes a trail that records all management events."""
    if record.get("eventName") == "CreateTrail":
        return {"management": [[]], "data": []}
    basic, advanced = (request_of(record).get(name) for name in ("eventSelectors", "advancedEventSelectors"))
    return selectors.chosen(basic, advanced)


def put_insight_selectors(request: Request, known: Known | None) -> list[Finding]:
    """Which insights are made of the events; the events themselves are recorded as before."""
    asked = {*request["insights"]} if "insights" in request else insights(request)
    if known is None:
        return [] if asked >= INSIGHTS else [Finding("insights_off", minor=True)]
    return [] if asked >= {*known["insights"]} else [Finding("insights_fewer", minor=True)]


def insights(request: Request) -> set[str]:
    """The insights that a request asks for, each by its type and the category of events that it is made of.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_InsightSelector.html
    """
    return {
        f"{text(one.get('insightType'), 64) or 'unknown'} of {text(category, 64)}"
        for one in map(mapping, items(request.get("insightSelectors")))
        for category in one_or_more(one.get("eventCategories")) or ["Management"]
    }


def asked_of_insights(record: Record) -> dict[str, Any]:
    """The insights that a PutInsightSelectors asks for; a new trail makes none."""
    return {"insights": sorted(insights(request_of(record)))}


def wanted_insights(fields: Request) -> dict[str, Any]:
    """The insights of a baseline, as a request asks for them."""
    return {
        "insights": sorted(insights({"insightSelectors": [lower_camel(one) for one in fields["InsightSelectors"]]}))
    }


def put_event_configuration(request: Request, known: Known | None) -> list[Finding]:
    """How much of each event is kept, and what is added to it."""
    size = text(request.get("maxEventSize"))
    if size == "Large":
        return []
    return [Finding("event_size_set", size, minor=True) if size else Finding("event_content_changed", minor=True)]


TRAILS = Compared(
    asked_of_trail,
    before=lambda record: as_described(mapping(record.get("responseElements"))),
    now=lambda trail, _: as_described(lower_camel(trail)),
    unsaid=("kmsKeyId",),  # "" takes a key away, or comes from an ordinary update
)
CREATED = TRAILS._replace(always=True, now=None, calls="UpdateTrail")
# Selectors that record all management events may still record fewer data events than before.
SELECTORS = Compared(asked_of_selectors, before=asked_of_selectors, now=lambda _, selected: selected, always=True)
INSIGHTS_MADE = Compared(asked_of_insights, before=asked_of_insights, wanted=wanted_insights)
SHOW_TRAIL = ("compare", "aws cloudtrail get-trail --name NAME")
SHOW_SELECTORS, SHOW_INSIGHTS, SHOW_CONFIGURATION = (
    ("compare", f"aws cloudtrail get-{what} --trail-name NAME")
    for what in ("event-selectors", "insight-selectors", "event-configuration")
)

CALLS = (
    Call("trail", TRAIL, "StopLogging", "name", "stopped", undo="StartLogging"),
    Call("trail", TRAIL, "DeleteTrail", "name", "deleted", undo="CreateTrail"),
    Call("trail", TRAIL, "CreateTrail", "name", create_trail, command=SHOW_TRAIL, compared=CREATED),
    Call("trail", TRAIL, "UpdateTrail", "name", update_trail, "UpdateTrail", SHOW_TRAIL, TRAILS, adds_only),
    # Whoever narrows the selectors of a new trail otherwise than a console does means it.
    Call("trail", TRAIL, "PutEventSelectors", "trailName", put_event_selectors)._replace(
        undo="PutEventSelectors",
        command=SHOW_SELECTORS,
        compared=SELECTORS,
        sets_up=lambda request, who: who["console"],
    ),
    Call("trail", TRAIL, "PutInsightSelectors", "trailName", put_insight_selectors)._replace(
        undo="PutInsightSelectors",
        command=SHOW_INSIGHTS,
        compared=INSIGHTS_MADE,
        sets_up=lambda request, who: True,
    ),
    Call("trail", TRAIL, "PutEventConfiguration", "trailName", put_event_configuration)._replace(
        undo="PutEventConfiguration", command=SHOW_CONFIGURATION
    ),
)
