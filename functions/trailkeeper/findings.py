"""What the watchdog finds: how a thing differs from what its owners want. Pure.

A thing is judged by the rows of the catalogue, as an event would be: by what the call would have done that makes such a
difference.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from trailkeeper import history, kinds, selectors
from trailkeeper.calls import Call, Finding, rows
from trailkeeper.calls.bucket import asked_of_policy
from trailkeeper.incident import Verdict
from trailkeeper.kinds import BUCKET, EVENT_DATA_STORE, KEY, RULE, TRAIL, Kind
from trailkeeper.record import items, lower_camel, mapping
from trailkeeper.undo import Fields, differing
from trailkeeper.undo import event_data_store as store
from trailkeeper.undo import trail as trail_rows

# CloudTrail delivers about every five minutes, and what the watchdog itself reads of a trail is recorded by it: a trail
# that records all management events has something to deliver on each run.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
SILENT = timedelta(hours=1)
DELIVERIES = ("LatestDeliveryError", "LatestDigestDeliveryError", "LatestCloudWatchLogsDeliveryError")
# The fields by which a thing is off, and what they are when it is on.
ON: Fields = {"Logging": True, "Status": store.INGESTING, "KeyState": "Enabled", "State": "ENABLED"}
MAY_INGEST = (store.INGESTING, "CREATED", "STARTING_INGESTION")


class Part(NamedTuple):
    """Fields of a thing that are looked at together, and the calls that change them: the first, if none is known."""

    fields: tuple[str, ...]
    actions: tuple[str, ...]


PARTS: dict[Kind, tuple[Part, ...]] = {
    TRAIL: (
        Part(("Logging",), ("StopLogging",)),
        Part(tuple(trail_rows.SETTINGS), ("UpdateTrail", "CreateTrail")),
        Part(trail_rows.SELECTORS, ("PutEventSelectors", "CreateTrail")),
        Part(("InsightSelectors",), ("PutInsightSelectors",)),
        Part(trail_rows.CONFIGURATION, ("PutEventConfiguration",)),
    ),
    EVENT_DATA_STORE: (
        Part(("Status",), ("StopEventDataStoreIngestion", "DeleteEventDataStore")),
        Part(store.SETTINGS, ("UpdateEventDataStore",)),
    ),
    BUCKET: (Part(("Policy",), ("PutBucketPolicy", "DeleteBucketPolicy")),),
    KEY: (Part(("KeyState",), ("DisableKey", "ScheduleKeyDeletion")),),
    RULE: (
        Part(("State",), ("DisableRule", "PutRule")),
        Part(("Targets",), ("RemoveTargets", "PutTargets")),
        Part(("EventPattern", "ScheduleExpression"), ("PutRule",)),
    ),
}
GONE = {
    TRAIL: "DeleteTrail",
    EVENT_DATA_STORE: "DeleteEventDataStore",
    BUCKET: "DeleteBucket",
    KEY: "DeleteKey",
    RULE: "DeleteRule",
}


class Found(NamedTuple):
    """What was found of the thing with an ARN.

    `action` is the call that does this, `actions` all that may have, none where no call does it. `fields` are those
    that differ, `exactly` tells this finding from another of the kind, and `since` is when it came to be, where known.
    """

    arn: str
    verdict: Verdict
    action: str
    actions: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    fields: tuple[str, ...] = ()
    exactly: Any = None
    since: str | None = None


class Difference(NamedTuple):
    """A part of a thing that is not as its owners want it; `found` is None where that takes nothing away."""

    part: Part
    fields: tuple[str, ...]
    found: Found | None


def kind_of(arn: str) -> Kind:
    """The kind of what is guarded, by its ARN."""
    return next(kind for kind in PARTS if kind.source == arn.split(":")[2] and f":{kind.rest.partition('{')[0]}" in arn)


def gone(arn: str) -> Found:
    """What is no more."""
    action = GONE[kind_of(arn)]
    return Found(arn, "deleted", action, (action,), exactly="gone")


def differences(arn: str, wanted: Fields, now: Fields, writers: list[dict[str, Any]]) -> Iterator[Difference]:
    """What differs from the baseline, part by part; `writers` are the trails that write to a bucket."""
    kind = kind_of(arn)
    for part in PARTS[kind]:
        if names := tuple(differing(part.fields, wanted, now)):
            verdict, action, findings = judged(kind, part, names, arn, wanted, now, writers)
            exactly = {name: now.get(name) for name in names}
            found = Found(arn, verdict, action, part.actions, findings, names, exactly)
            yield Difference(part, names, found if verdict != "harmless" else None)
    if kind is TRAIL and (tags := differing(("Tags",), wanted, now)):
        yield Difference(Part(("Tags",), ()), tuple(tags), None)


def judged(
    kind: Kind, part: Part, names: tuple[str, ...], arn: str, wanted: Fields, now: Fields, writers: list[dict[str, Any]]
) -> tuple[Verdict, str, tuple[Finding, ...]]:
    """What the difference does, the call that does this, and the findings by which it narrows."""
    action = part.actions[0]
    if names == ("Logging",):
        return ("harmless" if now["Logging"] else "stopped"), action, ()
    if part.fields == ("Status",):
        if now["Status"] == store.DELETED:
            return "deleted", part.actions[1], ()
        return ("harmless" if now["Status"] in MAY_INGEST else "stopped"), action, ()
    if kind is KEY:
        if now["KeyState"] == "PendingDeletion":
            return "deleted", part.actions[1], ()
        return narrowed(action, () if now["KeyState"] == "Enabled" else (Finding("cannot_encrypt"),))
    if kind is RULE:
        if part.fields == ("State",):
            if now["State"] == "ENABLED" and wanted["State"] == "DISABLED":
                return "harmless", action, ()
            verdict: Verdict = "stopped" if now["State"] == "DISABLED" else "narrowed"
            return verdict, action, (Finding("part_changed", "State"),)
        lacks = not now.get("Targets") and part.fields == ("Targets",)
        changed = Finding("rule_starts_nothing") if lacks else Finding("part_changed", ", ".join(names))
        return narrowed(action if lacks else part.actions[-1], (changed,))
    if kind is BUCKET:
        if not now["Policy"]:
            return narrowed(part.actions[1], (Finding("bucket_closed"),))
        before = on_policy(arn, wanted["Policy"], writers) if wanted["Policy"] else []
        found = [one for one in on_policy(arn, now["Policy"], writers) if one not in before]
        if any(one not in denies(now["Policy"]) for one in denies(wanted["Policy"])):
            found.append(Finding("deny_removed"))
        return narrowed(action, tuple(found))
    return narrowed(action, tuple(by_row(action, arn, names, wanted, now)))


def narrowed(action: str, findings: tuple[Finding, ...]) -> tuple[Verdict, str, tuple[Finding, ...]]:
    """Narrowed by these findings, or harmless without any."""
    return ("narrowed" if findings else "harmless"), action, findings


def by_row(action: str, arn: str, names: tuple[str, ...], wanted: Fields, now: Fields) -> list[Finding]:
    """What the judge of the call's row says of the state that was found, compared with the wanted one."""
    call = row(kind_of(arn), action)
    if action in ("UpdateTrail", "PutEventSelectors", "PutInsightSelectors"):
        known, asked = (
            history.wanted({"arn": arn, "fields": fields, "by": "", "at": ""}, call) for fields in (wanted, now)
        )
    else:
        known, asked = None, lower_camel({name: now[name] for name in names if now.get(name) is not None})
    found = call.effect(asked or {}, known) if callable(call.effect) else []
    found = found if isinstance(found, list) else []
    if call.kind is EVENT_DATA_STORE and "AdvancedEventSelectors" in names:
        were, are = (selectors.data([], fields.get("AdvancedEventSelectors")) for fields in (wanted, now))
        found += [] if selectors.covers(are, were) else [Finding("fewer_data_events", minor=True)]
    return found


def denies(policy: str) -> list[Any]:
    """The statements that deny something to somebody; of what is no policy, none."""
    try:
        statements = items(mapping(json.loads(policy)).get("Statement"))
    except (ValueError, RecursionError):
        return []
    return [one for one in statements if mapping(one).get("Effect") == "Deny"]


def on_policy(arn: str, policy: str, writers: list[dict[str, Any]]) -> list[Finding]:
    """What a bucket's policy refuses to the trails that write there, and whom it lets in."""
    call = row(BUCKET, "PutBucketPolicy")
    account, region = (writers[0]["arn"].split(":")[place] for place in (4, 3)) if writers else ("", "")
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        return [Finding("policy_unclear")]
    parameters = {"bucketPolicy": document, "bucketName": kinds.name_in(BUCKET, arn)}
    asked = asked_of_policy({"awsRegion": region, "recipientAccountId": account, "requestParameters": parameters})
    found = call.effect(asked, {"trails": writers} if writers else None) if callable(call.effect) else []
    return found if isinstance(found, list) else []


def row(kind: Kind, action: str) -> Call:
    """The row of a call on a kind of thing."""
    return next(call for call in rows(kind.source, action) if call.kind is kind)


# ---- Deliveries


def deliveries(arn: str, status: Mapping[str, Any], now: Fields, at: datetime) -> Iterator[Found]:
    """That a trail which records does not deliver, as its status says; or says nothing of it."""
    if not status["IsLogging"]:
        return
    errors = [str(status[name]) for name in DELIVERIES if status.get(name)]
    if errors:
        findings = tuple(Finding("delivery_fails", error) for error in errors)
        yield Found(arn, "narrowed", "LatestDeliveryError", (), findings, exactly=errors)
        return
    started, delivered = status.get("StartLoggingTime"), status.get("LatestDeliveryTime")
    chosen = selectors.chosen(now["EventSelectors"], now["AdvancedEventSelectors"])
    last = max(filter(None, (started, delivered)), default=None)
    if last and last < at - SILENT and not selectors.gaps(chosen["management"]):
        shown = f"{delivered.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if delivered else None
        yield Found(arn, "narrowed", "LatestDeliveryTime", (), (Finding("silent", shown),), exactly="silent")


def is_narrow(fields: Fields) -> bool:
    """Whether a trail is off, or leaves something out, as its baseline has it."""
    chosen = selectors.chosen(fields["EventSelectors"], fields["AdvancedEventSelectors"])
    return not fields["Logging"] or not fields["IsMultiRegionTrail"] or bool(selectors.gaps(chosen["management"]))


def records_again(one: Difference, now: Fields) -> bool:
    """Whether a thing that was to be off is on."""
    return not one.found and any(one.fields == (field,) and now.get(field) == on for field, on in ON.items())


def name_of(found: Found, today: str, event: str = "") -> str:
    """The name of the execution: one for one finding and day, or for one event that did the same again."""
    what = [found.verdict, found.action, found.arn, found.exactly, today, *([event] if event else [])]
    whole = json.dumps(what, sort_keys=True, default=str)
    return f"watchdog-{today}-{hashlib.sha256(whole.encode()).hexdigest()[:40]}"
