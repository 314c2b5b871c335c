"""How an incident is judged once it is known what the trail was before the call, and what is true now: pure."""

from datetime import datetime, timedelta
from typing import Any

import judges
from catalogue import By
from incident import ONE_REGION, Fact, Incident, Judgement, Severity, TrailState, Verdict
from triage import CALLS, sets_up

# A console's own calls follow its CreateTrail within seconds.
FRESH = timedelta(minutes=5)


def refined(
    incident: Incident, trail: TrailState, before: dict[str, Any] | None, now: dict[str, Any] | None
) -> Judgement:
    """Verdict, severity and reasons; `before` and `now` are the fields that the request set, None where not known."""
    verdict, severity = incident["verdict"], incident["severity"]
    reasons = [*incident["reasons"]]
    request = incident["request"]
    if request is not None:
        fresh = is_fresh(incident, trail) if before is None else just_before(before.get("created"), incident)
        if sets_up(incident["action"], incident["actor"]) and fresh:
            verdict, severity = "harmless", "info"
            reasons = with_facts(incident, [Fact("the trail was created just before, and this sets it up")])
        elif before is not None:
            facts = compared(incident, request, before)
            verdict, severity = weighed(incident, facts)
            reasons = with_facts(incident, facts or [Fact("records no less than before")])
        if now is not None and (changed := [field for field in request if differs(field, request, now)]):
            reasons.append(f"changed again since then: {', '.join(changed)}")
    if verdict not in ("stopped", "deleted", "narrowed"):
        return {"verdict": verdict, "severity": severity, "reasons": reasons}
    reasons += [f"delivery fails: {error}" for error in trail.get("delivery_errors", [])]
    if trail["other_trails"]:
        names = ", ".join(arn.rsplit("/", 1)[-1] for arn in trail["other_trails"])
        reasons.append(f"other trails still record the Region: {names}")
    elif not trail["unread_trails"]:
        reasons.append("no other trail records the Region")
    covered_all = ONE_REGION.told in reasons or (verdict == "stopped" and trail.get("multi_region"))
    if covered_all and trail["other_trails"] and not trail["others_record_all_regions"]:
        reasons.append("no other trail that was seen records all Regions")
    return {"verdict": verdict, "severity": by_coverage(severity, trail, reasons), "reasons": reasons}


def is_fresh(incident: Incident, trail: TrailState) -> bool:
    """Whether the trail has never been stopped, and was first started just before the call, or not at all."""
    if not trail.get("exists") or trail.get("logging") is None or trail.get("stopped_at") or not incident["time"]:
        return False
    started = trail.get("started_at")
    return not started or just_before(started, incident)


def just_before(time: str | None, incident: Incident) -> bool:
    """Whether the incident came soon after that time."""
    if not time or not incident["time"]:
        return False
    return datetime.fromisoformat(time) > datetime.fromisoformat(incident["time"]) - FRESH


def differs(field: str, request: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether a field is no longer as the request set it; keys and topics have several names each, and tell nothing."""
    return field not in ("kmsKeyId", "snsTopicName") and request[field] != now.get(field)


def compared(incident: Incident, request: dict[str, Any], before: dict[str, Any]) -> list[Fact]:
    """The facts by which a request narrows what the trail was before."""
    judge = next(call.judge for calls in CALLS.values() for call in calls if call.action == incident["action"])
    return getattr(judges, judge.function)(request, before) if isinstance(judge, By) else []


def weighed(incident: Incident, facts: list[Fact]) -> tuple[Verdict, Severity]:
    """What the facts make of a change; what was announced stays info."""
    if not facts:
        return "harmless", "info"
    if incident["expected"] and not incident["expected"]["expired"]:
        return "narrowed", "info"
    return "narrowed", "low" if all(fact.low for fact in facts) else "high"


def with_facts(incident: Incident, facts: list[Fact]) -> list[str]:
    """The facts, and behind them that the change was announced, if it was."""
    return [fact.told for fact in facts] + [one for one in incident["reasons"] if one.startswith("announced")]


def by_coverage(severity: Severity, trail: TrailState, reasons: list[str]) -> Severity:
    """Critical where nothing else records the Region's management events, high where another trail does.

    What no longer covers the other Regions is made up for by a trail that covers them. Where some trail could not be
    asked, it stays as Triage judged.
    """
    if severity in ("low", "info"):
        return severity
    if trail["other_trails"] and (ONE_REGION.told not in reasons or trail["others_record_all_regions"]):
        return "high"
    return severity if trail["unread_trails"] else "critical"
