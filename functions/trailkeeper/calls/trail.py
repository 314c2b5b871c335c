"""Calls on trails."""

from typing import Any

from trailkeeper import selectors
from trailkeeper.calls import Call, Compared, Finding, Known, Request
from trailkeeper.kinds import TRAIL, TRAIL_ARN
from trailkeeper.record import Record, is_false, is_true, items, lower_camel, mapping, request_of, text

# The flags of UpdateTrail's request: the finding where one is false, and the name of the same in what CreateTrail and
# UpdateTrail answer and DescribeTrails shows.
FLAGS = {
    "isMultiRegionTrail": ("one_region", "isMultiRegionTrail"),
    "includeGlobalServiceEvents": ("no_global_events", "includeGlobalServiceEvents"),
    "enableLogFileValidation": ("no_validation", "logFileValidationEnabled"),
    "isOrganizationTrail": ("no_organization", "isOrganizationTrail"),
}
TEXTS = (
    "s3BucketName",
    "s3KeyPrefix",
    "kmsKeyId",
    "cloudWatchLogsLogGroupArn",
    "cloudWatchLogsRoleArn",
    "snsTopicName",
)
INSIGHTS = {"ApiCallRateInsight", "ApiErrorRateInsight"}


def update_trail(request: Request, known: Known | None) -> list[Finding]:
    """The CLI and SDKs send only what changes, the console every field.

    Who calls chooses what is sent, so a request that looks like the console's is no excuse: only what the trail was
    before is. `kmsKeyId: ""` comes from ordinary updates.
    """
    findings = []
    for flag, (code, _) in FLAGS.items():
        if is_false(request.get(flag)) and not (known and is_false(known.get(flag))):
            findings.append(Finding(code))
    for name in TEXTS:
        if name in request and (request[name] or name not in ("s3BucketName", "kmsKeyId")):
            findings += set_to(name, text(request[name]) or "", known)
    return findings


# The finding's code without what was before: it is set; with it: it has changed.
SETS = {
    "s3BucketName": ("bucket_set", "bucket_changed"),
    "s3KeyPrefix": ("prefix_set", "prefix_changed"),
    "kmsKeyId": ("key_set", "key_changed"),
    "cloudWatchLogsLogGroupArn": ("log_group_set", "log_group_changed"),
    "cloudWatchLogsRoleArn": ("log_group_role_set", "log_group_role_changed"),
    "snsTopicName": ("topic_set", "topic_changed"),
}


def set_to(name: str, now: str, known: Known | None) -> list[Finding]:
    """What setting one of the texts does, if anything."""
    is_set, changed = SETS[name]
    nothing = "/" if name == "s3KeyPrefix" else "-"
    minor = name in ("cloudWatchLogsRoleArn", "snsTopicName")
    if known is None:
        if name == "cloudWatchLogsLogGroupArn" and not now:
            return [Finding("log_group_removed")]
        # Log files go on as before, whatever log group the events are sent to beside them.
        return [Finding(is_set, now or nothing, minor or name == "cloudWatchLogsLogGroupArn")]
    was = text(known.get(name)) or ""
    if was == now:
        return []
    # Where nothing was, logs now go to one place more, or are encrypted: that takes none away.
    if not was and name not in ("s3BucketName", "s3KeyPrefix"):
        foreign = name == "kmsKeyId" and now.startswith("arn:") and now.split(":")[4:5] != [known.get("account")]
        return [Finding("foreign_key", now)] if foreign else []
    return [Finding(changed, f"{was or nothing} → {now or nothing}", minor)]


def asked_of_trail(record: Record) -> dict[str, Any] | None:
    """The fields that an UpdateTrail sets; what it answered instead of what was asked: a key's ARN, not its alias."""
    request = request_of(record)
    answered = as_described(mapping(record.get("responseElements"))) or {}
    flags = {
        name: is_true(request[name]) for name in FLAGS if is_true(request.get(name)) or is_false(request.get(name))
    }
    given = {name: text(request[name], 512) or "" for name in TEXTS if name in request}
    return {**flags, **{name: value and (answered.get(name) or value) for name, value in given.items()}}


def as_described(answer: Request) -> dict[str, Any] | None:
    """What CreateTrail, UpdateTrail or DescribeTrails answered, under the names of UpdateTrail's request."""
    if not answer:
        return None
    arn = TRAIL_ARN.fullmatch(text(answer.get("trailARN"), 512) or "")
    return {
        **{name: is_true(answer.get(answered)) for name, (_, answered) in FLAGS.items()},
        **{name: text(answer.get(name), 512) or "" for name in TEXTS},
        "account": arn["account"] if arn else None,
    }


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
    """The selectors that a PutEventSelectors sets."""
    request = request_of(record)
    basic, advanced = request.get("eventSelectors"), request.get("advancedEventSelectors")
    return {"management": selectors.management(basic, advanced), "data": selectors.data(basic, advanced)}


def selectors_before(record: Record) -> dict[str, Any]:
    """CreateTrail makes a trail that records all management events and nothing else."""
    return {"management": [[]], "data": []} if record.get("eventName") == "CreateTrail" else asked_of_selectors(record)


def put_insight_selectors(request: Request, known: Known | None) -> list[Finding]:
    """Which insights are made of the events; the events themselves are recorded as before."""
    if known is None:
        return [] if insights(request) >= INSIGHTS else [Finding("insights_off", minor=True)]
    return [] if insights(request) >= insights(known) else [Finding("insights_fewer", minor=True)]


def insights(request: Request) -> set[str]:
    """The types of insights that a request asks for."""
    return {text(mapping(one).get("insightType")) or "unknown" for one in items(request.get("insightSelectors"))}


def asked_of_insights(record: Record) -> dict[str, Any]:
    """The insights that a PutInsightSelectors asks for."""
    types = [text(mapping(one).get("insightType"), 64) for one in items(request_of(record).get("insightSelectors"))]
    return {"insightSelectors": [{"insightType": one} for one in types if one]}


def insights_before(record: Record) -> dict[str, Any]:
    """A new trail makes none."""
    return {"insightSelectors": []} if record.get("eventName") == "CreateTrail" else asked_of_insights(record)


def put_event_configuration(request: Request, known: Known | None) -> list[Finding]:
    """How much of each event is kept, and what is added to it."""
    size = text(request.get("maxEventSize"))
    if size == "Large":
        return []
    return [Finding("event_size_set", size, minor=True) if size else Finding("event_content_changed", minor=True)]


CALLS = (
    Call("trail", TRAIL, "StopLogging", "name", "stopped", undo="StartLogging"),
    Call("trail", TRAIL, "DeleteTrail", "name", "deleted"),
    Call(
        "trail",
        TRAIL,
        "UpdateTrail",
        "name",
        update_trail,
        command=("compare", "aws cloudtrail get-trail --name NAME"),
        compared=Compared(
            asked_of_trail,
            before=lambda record: as_described(mapping(record.get("responseElements"))),
            now=lambda trail, _: as_described(lower_camel(trail)),
        ),
    ),
    Call(
        "trail",
        TRAIL,
        "PutEventSelectors",
        "trailName",
        put_event_selectors,
        command=("compare", "aws cloudtrail get-event-selectors --trail-name NAME"),
        # Selectors that record all management events may still record fewer data events than before.
        compared=Compared(asked_of_selectors, before=selectors_before, now=lambda _, selected: selected, always=True),
        sets_up="console",
    ),
    Call(
        "trail",
        TRAIL,
        "PutInsightSelectors",
        "trailName",
        put_insight_selectors,
        command=("compare", "aws cloudtrail get-insight-selectors --trail-name NAME"),
        compared=Compared(asked_of_insights, before=insights_before),
        sets_up="anyone",
    ),
    Call(
        "trail",
        TRAIL,
        "PutEventConfiguration",
        "trailName",
        put_event_configuration,
        command=("compare", "aws cloudtrail get-event-configuration --trail-name NAME"),
    ),
)
