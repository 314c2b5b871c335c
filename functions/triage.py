"""Triage: judge one CloudTrail event, from the event and the settings alone.

It makes no AWS call and imports no SDK, so nothing in the attacked account can throttle, deny or break it, and
nothing in an event makes it raise.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict

from incident import (
    CATALOGUE,
    REGION,
    TRAIL_ARN,
    TRAIL_NAME,
    Actor,
    Call,
    CallError,
    Incident,
    Mode,
    Severity,
    TrailName,
    Undo,
    Verdict,
    clean,
)


class Settings(TypedDict):
    """What the owners set, as workflow/settings.py writes it: `undo` maps an action to its mode."""

    language: str
    undo: dict[str, Mode]
    trails: list[str]


SEVERITIES: dict[Verdict, Severity] = {
    "stopped": "critical",
    "deleted": "critical",
    "narrowed": "high",
    "attempted": "medium",
    "harmless": "info",
    "unrelated": "info",
}
CALLS = {(call.source, call.action): call for call in CATALOGUE}
# Seen on records of calls that succeeded.
NO_ERROR = ("", "200")


def handler(event: Any, context: Any) -> Incident:
    """The incident in `event`; `context` tells the account that Trailkeeper guards."""
    return judge(event, json.loads(os.environ["SETTINGS"]), own_account=context.invoked_function_arn.split(":")[4])


def judge(event: Any, settings: Settings, *, own_account: str | None = None) -> Incident:
    """The incident in `event`, a bare CloudTrail record or the EventBridge envelope around one.

    Undo is allowed only for trails of `own_account`, by default the account that the event comes from.
    """
    envelope = mapping(event)
    record = mapping(envelope.get("detail")) or envelope
    region = text(record.get("awsRegion")) or text(envelope.get("region"))
    account = (
        text(record.get("recipientAccountId"))
        or text(envelope.get("account"))
        or text(mapping(record.get("userIdentity")).get("accountId"))
    )
    call = CALLS.get((str(record.get("eventSource")), str(record.get("eventName"))))
    error = call_error(record)
    trail = trail_name(record, call, region, account)
    verdict, reasons = verdict_of(record, call, error, trail, settings["trails"])
    return {
        "id": text(record.get("eventID"), 64) or made_id(event),
        "detected_by": "event",
        "action": text(record.get("eventName")) or "unknown",
        "verdict": verdict,
        "severity": SEVERITIES[verdict],
        "reasons": reasons,
        "time": utc(record.get("eventTime")) or utc(envelope.get("time")),
        "account": account,
        "region": region,
        "partition": partition(region),
        "actor": actor(record),
        "error": error,
        "trail": trail,
        "undo": undo(call, verdict, trail, settings["undo"], own_account or account),
    }


def verdict_of(
    record: Mapping[str, Any], call: Call | None, error: CallError | None, trail: TrailName, guarded: list[str]
) -> tuple[Verdict, list[str]]:
    """What the call did to the recording, and the facts that say so."""
    if call is None:
        return "unrelated", ["not a call that can blind CloudTrail"]
    if record.get("eventType") == "AwsVpceEvent":
        return "unrelated", ["a VPC endpoint's copy of a management event"]
    if not is_guarded(trail, guarded):
        return "unrelated", ["not one of the guarded trails"]
    if call.judge != "request":
        facts = []
        verdict: Verdict = call.judge
    else:
        facts = narrowing(call.action, parameters(record)) if parameters(record) or not error else []
        verdict = "narrowed" if facts else "harmless"
    if error is None:
        return verdict, facts or ["narrows nothing" if verdict == "harmless" else "the call succeeded"]
    if verdict == "harmless" and parameters(record):
        return "harmless", ["the call failed, and would have narrowed nothing"]
    return "attempted", [f"the call failed: {error['code']}", *facts]


def narrowing(action: str, request: Mapping[str, Any]) -> list[str]:
    """The facts by which a request narrows what the trail records, or where it lands; none if it does not."""
    if action == "PutInsightSelectors":
        return []
    if not request or "omitted" in request:
        return ["the event does not hold the request, so what changed cannot be told"]
    if action == "PutEventSelectors":
        basic, advanced = items(request.get("eventSelectors")), items(request.get("advancedEventSelectors"))
        if records_all_management_events(basic, advanced):
            return []
        return ["the event selectors do not record all management events"]
    return narrowed_fields(request)


def records_all_management_events(basic: list[Any], advanced: list[Any]) -> bool:
    """Whether some event selector records every management event, reads and writes.

    Takes selectors as records spell them (`readWriteType`) and as the API does (`ReadWriteType`). Defaults:
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
    """
    for selector in map(lower_camel, basic):
        if (
            selector.get("readWriteType", "All") == "All"
            and is_true(selector.get("includeManagementEvents", True))
            and not selector.get("excludeManagementEventSources")
        ):
            return True
    for selector in map(lower_camel, advanced):
        fields = [
            {key: value for key, value in lower_camel(field).items() if value}
            for field in items(selector.get("fieldSelectors"))
        ]
        if fields == [{"field": "eventCategory", "equals": ["Management"]}]:
            return True
    return False


def narrowed_fields(request: Mapping[str, Any]) -> list[str]:
    """The facts by which an UpdateTrail request narrows the trail.

    The CLI and SDKs send only what changes. The console sends every field, so that a bucket there may be the one it
    was; but who calls chooses what is sent, so a request that looks like the console's is no excuse.
    `kmsKeyId: ""` comes from ordinary updates.
    """
    facts = [
        fact
        for field, fact in {
            "isMultiRegionTrail": "it covers one Region only",
            "includeGlobalServiceEvents": "global service events such as IAM's are left out",
            "enableLogFileValidation": "log file validation is off",
            "isOrganizationTrail": "it no longer covers the organization",
        }.items()
        if is_false(request.get(field))
    ]
    if request.get("cloudWatchLogsLogGroupArn") == "":
        facts.append("it no longer sends to CloudWatch Logs")
    if request.get("s3BucketName"):
        facts.append(f"the request sets the bucket: {text(request['s3BucketName']) or 'unknown'}")
    if "s3KeyPrefix" in request:
        facts.append(f"the request sets the prefix: {text(request['s3KeyPrefix']) or '/'}")
    if request.get("kmsKeyId"):
        facts.append(f"the request sets the encryption key: {text(request['kmsKeyId']) or 'unknown'}")
    return facts


def undo(
    call: Call | None, verdict: Verdict, trail: TrailName, modes: Mapping[str, Mode], own_account: str | None
) -> Undo:
    """What may be undone, and why (not)."""
    if call is None or verdict not in ("stopped", "deleted", "narrowed"):
        return {"call": None, "mode": "off", "why": "nothing was changed"}
    if call.undo is None:
        return {"call": None, "mode": "off", "why": f"Trailkeeper cannot undo: {call.action}"}
    if trail["account"] != own_account:
        return {"call": None, "mode": "off", "why": "the trail belongs to another account"}
    named = TRAIL_ARN.fullmatch(trail["arn"] or "") or TRAIL_NAME.fullmatch(trail["name"] or "")
    if not named or not REGION.fullmatch(trail["home_region"] or ""):
        return {"call": None, "mode": "off", "why": "the event does not name a trail and its Region"}
    mode = modes.get(call.action, "off")
    return {"call": call.undo, "mode": mode, "why": f"the setting undo is {mode}"}


def is_guarded(trail: TrailName, guarded: list[str]) -> bool:
    """Whether the settings name this trail; one that the event does not name counts as guarded."""
    if not guarded or trail["name"] is None:
        return True
    for entry in guarded:
        arn = TRAIL_ARN.fullmatch(entry)
        if arn is None:
            if entry == trail["name"]:
                return True
        elif (arn["name"], arn["region"], arn["account"]) == (trail["name"], trail["home_region"], trail["account"]):
            return True
    return False


def trail_name(record: Mapping[str, Any], call: Call | None, region: str | None, account: str | None) -> TrailName:
    """The trail as far as the event tells: a denied call names it in errorMessage alone."""
    request, response = parameters(record), mapping(record.get("responseElements"))
    # "User: ARN is not authorized to perform: ... on resource: ARN": the first could be made to look like a trail's.
    resource = (text(record.get("errorMessage"), 2000) or "").rpartition("on resource: ")[2]
    named = text(request.get(call.trail_in), 300) if call else None
    for arn in (
        TRAIL_ARN.fullmatch(named or ""),
        TRAIL_ARN.fullmatch(text(response.get("trailARN"), 300) or ""),
        TRAIL_ARN.search(resource),
    ):
        if arn:
            return {"name": arn["name"], "arn": arn[0], "home_region": arn["region"], "account": arn["account"]}
    return {"name": named, "arn": None, "home_region": region if named else None, "account": account}


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
        text(identity.get("userName"))
        or ("root" if kind == "Root" else None)
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
        "invoked_by": invoked_by,
    }


def call_error(record: Mapping[str, Any]) -> CallError | None:
    """Why the call failed; None if it succeeded."""
    code = text(record.get("errorCode"))
    if code is None or code in NO_ERROR:
        return None
    return {"code": code, "message": text(record.get("errorMessage"), 1000)}


def parameters(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request's parameters; empty for a denied call, which carries null."""
    return mapping(record.get("requestParameters"))


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


def utc(value: Any) -> str | None:
    """An ISO 8601 time as `YYYY-MM-DDTHH:MM:SSZ`; None if it is not one."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError, OverflowError):
        return None


def made_id(event: Any) -> str:
    """An id for an event without one: the same event always gets the same."""
    import hashlib  # most events carry an id, and a cold start need not pay for this

    return "made-" + hashlib.sha256(json.dumps(event, sort_keys=True, default=str).encode()).hexdigest()[:32]


def text(value: Any, limit: int = 256) -> str | None:
    """A field as clean text; None if it holds none. Numbers count: anonymised account ids arrive as such."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**20 else None
    return clean(value, limit).strip() or None if isinstance(value, str) else None


def mapping(value: Any) -> Mapping[str, Any]:
    """A field as a mapping; empty if it is anything else, such as null or the text "null"."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A field as a list; empty if it is anything else."""
    return value if isinstance(value, list) else []


def lower_camel(value: Any) -> dict[str, Any]:
    """The mapping with its keys as CloudTrail records spell them."""
    return {key[:1].lower() + key[1:]: field for key, field in mapping(value).items()}


def is_true(value: Any) -> bool:
    """Records carry flags as booleans and as text."""
    return value is True or value == "true"


def is_false(value: Any) -> bool:
    """Records carry flags as booleans and as text; an absent flag is neither."""
    return value is False or value == "false"
