"""Triage: judge one CloudTrail event, from the event and the settings alone.

It makes no AWS call and imports no SDK, so nothing in the attacked account can throttle, deny or break it, and
nothing in an event makes it raise.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, TypedDict

import watched
from catalogue import CATALOGUE, By, Call
from expected import Entry, expected
from fields import is_false, is_true, mapping, text, utc
from incident import (
    CANNOT_TELL,
    NOT_IN_EVENT,
    REGION,
    TRAIL_ARN,
    TRAIL_NAME,
    Actor,
    CallError,
    Expected,
    Fact,
    Incident,
    Mode,
    Resource,
    Severity,
    TrailName,
    Undo,
    Verdict,
)


class Settings(TypedDict):
    """What the owners set, as workflow/settings.py writes it, and the stack's name and key.

    `undo` maps an action to its mode, `destinations` are ARNs; see expected.py for the entries of `expected`.
    """

    language: str
    undo: dict[str, Mode]
    trails: list[str]
    destinations: list[str]
    expected: list[Entry]
    stack: str
    key: str | None


SEVERITIES: dict[Verdict, Severity] = {
    "stopped": "critical",
    "deleted": "critical",
    "narrowed": "high",
    "attempted": "medium",
    "harmless": "info",
    "unrelated": "info",
}
CALLS: dict[tuple[str, str], list[Call]] = {}
for row in CATALOGUE:
    CALLS.setdefault((row.source, row.action), []).append(row)
# Seen on records of calls that succeeded.
NO_ERROR = ("", "200")


def handler(event: Any, context: Any) -> Incident:
    """The incident in `event`; `context` tells the account that Trailkeeper guards."""
    settings = json.loads(os.environ["SETTINGS"]) | {"stack": os.environ["STACK"], "key": os.environ["KEY_ARN"]}
    return judge(event, settings, own_account=context.invoked_function_arn.split(":")[4])


def judge(event: Any, settings: Settings, *, own_account: str | None = None, fresh: bool = False) -> Incident:
    """The incident in `event`, a bare CloudTrail record or the EventBridge envelope around one.

    Undo is allowed only for trails of `own_account`, by default the account that the event comes from. `fresh` says
    that the event's trail was created just before, which no event tells by itself.
    """
    envelope = mapping(event)
    record = mapping(envelope.get("detail")) or envelope
    action = text(record.get("eventName")) or "unknown"
    region = text(record.get("awsRegion")) or text(envelope.get("region"))
    account = (
        text(record.get("recipientAccountId"))
        or text(envelope.get("account"))
        or text(mapping(record.get("userIdentity")).get("accountId"))
    )
    own_account = own_account or account
    time = utc(record.get("eventTime")) or utc(envelope.get("time"))
    who, error = actor(record), call_error(record)
    call, resource = acted_on(record, settings, region, account)
    trail = watched.trail_name(record, call, region, account)
    verdict, reasons, low = verdict_of(record, call, resource, error, fresh)
    compared = compared_later(record, call, verdict)
    announced = (
        expected(settings["expected"], who, action, call.family, trail, time, own_account)
        if call and resource and (verdict not in ("harmless", "unrelated") or compared is not None)
        else None
    )
    return {
        "id": text(record.get("eventID"), 64) or made_id(event),
        "detected_by": "event",
        "action": action,
        "verdict": verdict,
        "severity": severity(verdict, low, who, announced),
        "reasons": reasons + announcement(announced),
        "time": time,
        "account": account,
        "region": region,
        "partition": partition(region),
        "actor": who,
        "error": error,
        "family": call.family if call and resource else None,
        "resource": resource,
        "trail": trail,
        "request": compared,
        "expected": announced,
        "undo": undo(call, verdict, trail, settings["undo"], own_account, announced),
    }


def acted_on(
    record: Mapping[str, Any], settings: Settings, region: str | None, account: str | None
) -> tuple[Call | None, Resource | None]:
    """The row of the catalogue, and what is watched by it; None for a resource that is not."""
    rows = CALLS.get((str(record.get("eventSource")), str(record.get("eventName"))), [])
    request = mapping(record.get("requestParameters"))
    rows = [call for call in rows if call.named_in in request] or rows
    for call in rows:
        name: str | None
        if call.family == "destination":
            name = watched.destination(record, call, settings["destinations"], region, account)
        elif call.family == "guard":
            name = watched.guard(record, call, settings["stack"], settings["key"])
        elif call.kind == "trail":
            trail = watched.trail_name(record, call, region, account)
            if trail["name"] is None and ":eventdatastore/" in (watched.denied_resource(record) or ""):
                continue
            # A trail that the event does not name may be a guarded one.
            if settings["trails"] and trail["name"] and not watched.is_one_of(trail, settings["trails"]):
                return call, None
            return call, {"kind": "trail", "name": trail["name"]}
        else:
            return call, {"kind": call.kind, "name": next(iter(watched.named(record, call)), None)}
        if name:
            return call, {"kind": call.kind, "name": text(name)}
    return (rows[0] if rows else None), None


def verdict_of(
    record: Mapping[str, Any], call: Call | None, resource: Resource | None, error: CallError | None, fresh: bool
) -> tuple[Verdict, list[str], bool]:
    """What the call did to the recording, the facts that say so, and whether they cost no management event."""
    if call is None:
        return "unrelated", ["not a call that can blind CloudTrail"], False
    if record.get("eventType") == "AwsVpceEvent":
        return "unrelated", ["a VPC endpoint's copy of a management event"], False
    if resource is None and call.kind == "trail":
        return "unrelated", ["not one of the guarded trails"], False
    if resource is None:
        return "unrelated", ["neither what guarded trails write to nor a part of Trailkeeper"], False
    request = mapping(record.get("requestParameters"))
    verdict, facts = judged(record, call)
    told = [fact.told for fact in facts]
    low = bool(facts) and all(fact.low for fact in facts)
    if error is not None:
        if request and (verdict == "harmless" or low):
            return "harmless", ["the call failed, and would have cost no management event"], False
        return "attempted", [f"the call failed: {error['code']}", *(told if request else [])], False
    if fresh and sets_up(call.action, actor(record)):
        return "harmless", ["the trail was created just before, and this sets it up"], False
    return verdict, told or ["narrows nothing" if verdict == "harmless" else "the call succeeded"], low


def sets_up(action: str, who: Actor) -> bool:
    """Whether this may be what a console calls itself, right after it created the trail.

    Whoever narrows the selectors of a new trail in another way means it.
    """
    return action == "PutInsightSelectors" or (action == "PutEventSelectors" and who["console"])


def judged(record: Mapping[str, Any], call: Call) -> tuple[Verdict, list[Fact]]:
    """What the call does if it succeeds, and the facts by which it narrows."""
    if isinstance(call.judge, Fact):
        return "narrowed", [call.judge]
    if not isinstance(call.judge, By):
        return call.judge, []
    request = mapping(record.get("requestParameters"))
    if not request or "omitted" in request:
        return "narrowed", [NOT_IN_EVENT]
    import comparison  # see By
    import judges

    facts = getattr(judges, call.judge.function)(comparison.asked(record) or request, None)
    return ("narrowed", [*facts, CANNOT_TELL]) if facts else ("harmless", [])


def compared_later(record: Mapping[str, Any], call: Call | None, verdict: Verdict) -> dict[str, Any] | None:
    """What Enrich compares with what was before; None where that can change nothing.

    Selectors that record all management events may still record fewer data events than before.
    """
    if call is None or not isinstance(call.judge, By) or call_error(record) or call.family == "event data store":
        return None
    if verdict == "narrowed" or (verdict == "harmless" and call.action == "PutEventSelectors"):
        import comparison  # see By

        return comparison.kept(comparison.asked(record))
    return None


def severity(verdict: Verdict, low: bool, who: Actor, announced: Expected | None) -> Severity:
    """How bad it is, before it is known what else records."""
    if announced and not announced["expired"]:
        return "info"
    if verdict == "attempted" and who["type"] == "Root":
        return "high"
    return "low" if low and verdict == "narrowed" else SEVERITIES[verdict]


def announcement(announced: Expected | None) -> list[str]:
    """The fact that the change was announced, or was until some time."""
    if announced is None:
        return []
    if announced["expired"]:
        return [f"announced, but that has expired: {announced['until']}, {announced['reason']}"]
    return [f"announced: {announced['reason']}"]


def undo(
    call: Call | None,
    verdict: Verdict,
    trail: TrailName,
    modes: Mapping[str, Mode],
    own_account: str | None,
    announced: Expected | None,
) -> Undo:
    """What may be undone, and why (not)."""
    if call is None or verdict not in ("stopped", "deleted", "narrowed"):
        return {"call": None, "mode": "off", "why": "nothing was changed"}
    if announced and not announced["expired"]:
        return {"call": None, "mode": "off", "why": "the change was announced"}
    if call.undo is None:
        return {"call": None, "mode": "off", "why": f"Trailkeeper cannot undo: {call.action}"}
    if trail["account"] != own_account:
        return {"call": None, "mode": "off", "why": "the trail belongs to another account"}
    named = TRAIL_ARN.fullmatch(trail["arn"] or "") or TRAIL_NAME.fullmatch(trail["name"] or "")
    if not named or not REGION.fullmatch(trail["home_region"] or ""):
        return {"call": None, "mode": "off", "why": "the event does not name a trail and its Region"}
    mode = modes.get(call.action, "off")
    return {"call": call.undo, "mode": mode, "why": f"the setting undo is {mode}"}


def actor(record: Mapping[str, Any]) -> Actor:
    """Who called, from where and with what."""
    identity = mapping(record.get("userIdentity"))
    session = mapping(identity.get("sessionContext"))
    issuer = mapping(session.get("sessionIssuer"))
    kind = text(identity.get("type")) or "Unknown"
    arn = text(identity.get("arn"), 512)
    invoked_by = text(identity.get("invokedBy"))
    mfa = mapping(session.get("attributes")).get("mfaAuthenticated")
    name = (
        ("root" if kind == "Root" else None)  # whose userName is the account's alias
        or text(identity.get("userName"))
        or (arn.rsplit("/", 1)[-1] if arn else None)
        or text(mapping(identity.get("onBehalfOf")).get("userId"))
        or text(identity.get("principalId"))
        or invoked_by
        or "unknown"
    )
    return {
        "type": kind,
        "arn": arn,
        "name": name,
        "issuer": text(issuer.get("arn"), 512) or text(issuer.get("userName")),
        "access_key_id": text(identity.get("accessKeyId"), 64),
        "source_ip": text(record.get("sourceIPAddress")),
        "user_agent": text(record.get("userAgent"), 512),
        "mfa": True if is_true(mfa) else False if is_false(mfa) else None,
        "console": is_true(record.get("sessionCredentialFromConsole")),
        "invoked_by": invoked_by,
    }


def call_error(record: Mapping[str, Any]) -> CallError | None:
    """Why the call failed; None if it succeeded."""
    code = text(record.get("errorCode"))
    if code is None or code in NO_ERROR:
        return None
    return {"code": code, "message": text(record.get("errorMessage"), 1000)}


def partition(region: str | None) -> str:
    """The partition of a Region: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    prefixes = {
        "cn-": "aws-cn",
        "us-gov-": "aws-us-gov",
        "us-iso-": "aws-iso",
        "us-isob-": "aws-iso-b",
        "eusc-": "aws-eusc",
    }
    return next((name for prefix, name in prefixes.items() if (region or "").startswith(prefix)), "aws")


def made_id(event: Any) -> str:
    """An id for an event without one: the same event always gets the same."""
    import hashlib  # most events carry an id, and a cold start need not pay for this

    try:
        told = json.dumps(event, sort_keys=True, default=str)
    except (RecursionError, TypeError):  # nested as no record of AWS is, or with keys that no JSON has
        record = mapping(mapping(event).get("detail")) or mapping(event)
        told = repr([text(record.get(name)) for name in ("eventTime", "eventName", "eventSource", "requestID")])
    return "made-" + hashlib.sha256(told.encode()).hexdigest()[:32]
