"""The verdict on a call: the first, by the event and the settings alone, and the second, by what was before and is now.

The first makes no AWS call and imports no SDK, so nothing in the attacked account can throttle, deny or break it, and
nothing in an event makes it raise. Both are pure.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from trailkeeper import incident as doc
from trailkeeper import kinds
from trailkeeper import undo as undo_rows
from trailkeeper.calls import Call, Finding, row_of
from trailkeeper.coverage import by_coverage, coverage_facts, fact
from trailkeeper.incident import Fact, Incident, Severity, Trail, Verdict
from trailkeeper.record import Record, actor, call_error, made_id, mapping, partition, request_of, text, utc
from trailkeeper.resource import acted_on, dedup_key
from trailkeeper.settings import Place, Settings

SEVERITIES: dict[Verdict, Severity] = {
    "stopped": "critical",
    "deleted": "critical",
    "narrowed": "high",
    "attempted": "medium",
    "harmless": "info",
    "unrelated": "info",
}
LONGEST_REQUEST = 48_000  # characters of what an incident carries of a request: the longest policy of a key is 32 KB
TOO_LONG: dict[str, Any] = {"too": "long"}
NOT_CHECKED = Finding("not_checked")  # what only the trails could say
HARMLESS = ("narrows_nothing", "records_no_less")
OWN_CALLS = {*undo_rows.FILES, "StartLogging", "DeleteBucketPolicy", "CreateTrail", "AddTags"}  # that Restore makes
FRESH = timedelta(minutes=5)  # a console's own calls follow its CreateTrail within seconds


# ---- The first judgement


def judge(
    event: Any, settings: Settings, own: Place | None = None, *, fresh: bool = False, restorer: str | None = None
) -> Incident:
    """The incident in `event`, a bare CloudTrail record or the EventBridge envelope around one.

    `own` is where Trailkeeper runs, by default where the event comes from: only what is of that account is undone.
    `fresh` says that the event's trail was created just before, which no event says by itself. `restorer` is the ARN of
    the role by which Trailkeeper itself restores.
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
    own = own or {"partition": partition(region), "region": region or "", "account": account or ""}
    time = utc(record.get("eventTime")) or utc(envelope.get("time"))
    who, error = actor(record), call_error(record)
    call, resource, trail = acted_on(record, settings, own, region, account)
    verdict, facts, minor = first_verdict(record, call, resource, error, who, fresh)
    if restorer and who["issuer"] == restorer and action in OWN_CALLS:
        call, resource, verdict, facts = None, None, "unrelated", [fact("own_restore")]
    compared = compared_later(record, call, verdict, failed=error is not None) if call and resource else None
    if compared is TOO_LONG:
        verdict, facts, compared = "narrowed", [fact("request_too_long")], None
    # What looks harmless by itself may turn out to narrow, compared with what was before.
    changed = verdict in ("stopped", "deleted", "narrowed") or (verdict == "harmless" and compared is not None)
    announced = (
        announcement(settings, who, call, facts, trail, time, own)
        if call and resource and (verdict not in ("harmless", "unrelated") or compared is not None)
        else None
    )
    return {
        "id": text(record.get("eventID"), 64) or made_id(event),
        "dedup_key": dedup_key(call, resource, trail, account, region),
        "detected_by": "event",
        "action": action,
        "verdict": verdict,
        "severity": severity_of(verdict, minor, who, announced),
        "facts": facts + announcement_facts(announced),
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
        "technique": list(call.technique) if call and resource else [],
        "expected": announced,
        "undo": undo(call if changed else None, resource, trail, settings["undo"], own, (region, account), announced),
    }


def first_verdict(
    record: Record,
    call: Call | None,
    resource: doc.Resource | None,
    error: doc.CallError | None,
    who: doc.Actor,
    fresh: bool,
) -> tuple[Verdict, list[Fact], bool]:
    """What the call did to the recording, the facts that say so, and whether they cost no management event."""
    if call is None:
        return "unrelated", [fact("call_not_watched")], False
    if record.get("eventType") == "AwsVpceEvent":
        return "unrelated", [fact("vpc_endpoint_copy")], False
    if resource is None:
        return "unrelated", [fact("trail_not_watched" if call.family == "trail" else "resource_not_watched")], False
    request = mapping(record.get("requestParameters"))
    verdict, findings = by_request(record, call)
    facts = [fact(finding.code, finding.detail) for finding in findings]
    minor = bool(findings) and all(finding.minor for finding in findings)
    if facts and callable(call.effect) and request_of(record) and call.family != "trailkeeper" and error is None:
        facts.append(fact("earlier_state_unknown"))
    if error is not None:
        if request and verdict in ("harmless", "unrelated"):
            return verdict, [fact("failed_harmless")], False
        return "attempted", [fact("call_failed", error["code"]), *(facts if request else [])], bool(request) and minor
    if fresh and sets_up(call, by_record(record, call), who):
        return "harmless", [fact("sets_up_new_trail")], False
    return verdict, facts or [fact(HARMLESS[0] if verdict == "harmless" else "call_succeeded")], minor


def by_request(record: Record, call: Call) -> tuple[Verdict, list[Finding]]:
    """What the call does if it succeeds, and the findings by which it narrows."""
    if isinstance(call.effect, Finding):
        return "narrowed", [call.effect]
    if not callable(call.effect):
        return call.effect, []
    request = request_of(record)
    if not request:
        return "narrowed", [Finding("request_not_in_event")]
    found = call.effect(by_record(record, call), None)
    if isinstance(found, str):
        return found, []
    return "narrowed" if found else "harmless", [*dict.fromkeys(found)]


def by_record(record: Record, call: Call) -> Mapping[str, Any]:
    """The request as the row's judge takes it."""
    return (call.compared.asked(record) if call.compared else None) or request_of(record)


def compared_later(record: Record, call: Call, verdict: Verdict, failed: bool) -> dict[str, Any] | None:
    """What Enrich compares with what was before and is now; None where that can change nothing.

    Whatever is done to what trails write to is looked at once, as deliveries may fail of it. What looks harmless by the
    request alone and is too long to be looked at is TOO_LONG.
    """
    if not request_of(record):
        return None
    always = call.family == "destination" and not failed
    if call.compared:
        always = always or call.compared.always or not request_of(record).keys().isdisjoint(call.compared.unsaid)
    if not (verdict == "harmless" and always) and not (verdict in ("narrowed", "attempted") and call.compared):
        return None
    import json

    asked = (call.compared.asked(record) or {}) if call.compared else {}
    if len(json.dumps(asked)) <= LONGEST_REQUEST:
        return asked
    return TOO_LONG if verdict == "harmless" else None


def sets_up(call: Call, request: Mapping[str, Any], who: doc.Actor) -> bool:
    """Whether this may be what sets a trail up right after CreateTrail."""
    return call.sets_up is not None and call.sets_up(request, who)


def severity_of(verdict: Verdict, minor: bool, who: doc.Actor, announced: doc.Expected | None) -> Severity:
    """How bad it is, before it is known what else records."""
    if announced and not announced["expired"]:
        return "info"
    if verdict == "attempted" and who["type"] == "Root":
        return "high"
    return "low" if minor and verdict in ("narrowed", "attempted") else SEVERITIES[verdict]


def announcement(
    settings: Settings, who: doc.Actor, call: Call, facts: list[Fact], trail: Trail, time: str | None, own: Place
) -> doc.Expected | None:
    """The entry of the settings that announced the change, if any."""
    if not settings["expected"] and not call.deployment:
        return None
    from trailkeeper.expected import expected  # a cold start on StopLogging need not pay for it

    return expected(settings, who, call, facts, trail, time, own)


def announcement_facts(announced: doc.Expected | None) -> list[Fact]:
    """The fact that the change was announced, or was until some time."""
    if announced is None:
        return []
    if announced["reason"] is None:
        return [fact("own_deployment")]
    if announced["expired"]:
        return [fact("announcement_expired", f"{announced['until']}, {announced['reason']}")]
    return [fact("announced", announced["reason"])]


def undo(
    call: Call | None,
    resource: doc.Resource | None,
    trail: Trail,
    modes: Mapping[str, doc.Mode],
    own: Place,
    at: tuple[str | None, str | None],
    announced: doc.Expected | None,
) -> doc.Undo:
    """What may be undone, and why (not), of a call that changed something `at` a Region and an account."""

    def not_undone(why: doc.UndoWhy) -> doc.Undo:
        return {"call": None, "on": None, "mode": "off", "why": why}

    if call is None or resource is None:
        return not_undone("nothing_changed")
    if announced and not announced["expired"]:
        return not_undone("announced")
    if call.undo is None:
        return not_undone("not_undone_by_us")
    region, account = (trail["home_region"], trail["account"]) if call.family == "trail" else at
    if account != own["account"]:
        return not_undone("another_account")
    on = kinds.arn_of(call.kind, resource["name"] or "", {**own, "region": region or ""})
    if on is None:
        return not_undone("not_identified")
    return {"call": call.undo, "on": on, "mode": modes.get(call.action, "off"), "why": "setting"}


# ---- The second judgement


def judge_again(
    incident: Incident, trail: doc.TrailState, known: dict[str, Any] | None, now: dict[str, Any] | None
) -> doc.Judgement:
    """Verdict, severity and facts; `known` and `now` are what the request changes, as it was and is, where known."""
    verdict, severity, facts = incident["verdict"], incident["severity"], [*incident["facts"]]
    call, request = row_of(incident), incident["request"]
    if request is not None and call:
        fresh = is_fresh(incident, trail) if known is None else just_before(known.get("created"), incident)
        if fresh and sets_up(call, request, incident["actor"]):
            verdict, severity = "harmless", "info"
            facts = [fact("sets_up_new_trail"), *announcement_facts(incident["expected"])]
        elif known is not None and call.compared and callable(call.effect):
            found = call.effect(request, known)
            findings = [*dict.fromkeys(found)] if isinstance(found, list) else []
            verdict, severity = weighed(incident, findings)
            facts = [fact(finding.code, finding.detail) for finding in findings] or [fact(HARMLESS[1])]
            if incident["error"]:
                failed = fact("call_failed", incident["error"]["code"])
                facts = [failed, *facts] if findings else [fact("failed_harmless")]
            facts += announcement_facts(incident["expected"])
        if verdict == "harmless" and call.family == "destination" and not incident["error"]:
            unchecked = not is_checked(call, trail)
            if unchecked or trail.get("delivery_errors"):
                verdict, severity = weighed(incident, [NOT_CHECKED])
                facts = [one for one in facts if one["code"] not in HARMLESS]
                facts += [fact(NOT_CHECKED.code)] if unchecked else []
        # Keys and topics have several names each, which say nothing.
        fields = [field for field in request if field not in ("kmsKeyId", "snsTopicName")]
        if now is not None and (changed := [field for field in fields if request[field] != now.get(field)]):
            facts.append(fact("changed_again", ", ".join(changed)))
    if verdict not in ("stopped", "deleted", "narrowed"):
        return {"verdict": verdict, "severity": severity, "facts": facts}
    facts += [fact("delivery_fails", error["error"]) for error in trail.get("delivery_errors", [])]
    if "coverage" in trail:
        facts += coverage_facts(verdict, facts, trail, trail["coverage"])
        severity = by_coverage(severity, facts, trail["coverage"])
    return {"verdict": verdict, "severity": severity, "facts": facts}


def is_checked(call: Call, trail: doc.TrailState) -> bool:
    """Whether every trail that uses it was asked how it delivers; a policy is judged by one trail at least."""
    affected = trail.get("affected", [])
    listed = trail["coverage"]["answer"] is not None
    silent = any(one["call"] == "GetTrailStatus" and one["on"] in affected for one in trail.get("unread", []))
    by_trails = bool(call.compared and call.compared.always)
    return listed and not silent and (bool(affected) or not by_trails)


def is_fresh(incident: Incident, trail: doc.TrailState) -> bool:
    """Whether the trail has never been stopped, and was first started just before the call, or not at all."""
    if not trail.get("exists") or trail.get("logging") is None or trail.get("stopped_at"):
        return False
    started = trail.get("started_at")
    return bool(incident["time"]) and (not started or just_before(started, incident))


def just_before(time: str | None, incident: Incident) -> bool:
    """Whether the incident came soon after that time."""
    if not time or not incident["time"]:
        return False
    return datetime.fromisoformat(time) > datetime.fromisoformat(incident["time"]) - FRESH


def weighed(incident: Incident, findings: list[Finding]) -> tuple[Verdict, Severity]:
    """What the findings make of a change; what was announced stays info."""
    if not findings:
        return "harmless", "info"
    minor = all(finding.minor for finding in findings)
    verdict: Verdict = "attempted" if incident["error"] else "narrowed"
    return verdict, severity_of(verdict, minor, incident["actor"], incident["expected"])
