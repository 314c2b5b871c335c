"""Who did what the watchdog found: the calls that event history knows, what was announced, and the incident. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from trailkeeper import kinds
from trailkeeper.calls import Finding
from trailkeeper.coverage import fact
from trailkeeper.expected import deadline
from trailkeeper.findings import Difference, Found, Part, kind_of, row
from trailkeeper.incident import Actor, Fact, Incident, Resource, Trail
from trailkeeper.kinds import TRAIL_ARN
from trailkeeper.record import call_error, clean, mapping, request_of, text, utc
from trailkeeper.resource import acted_on, dedup_key, keys_of
from trailkeeper.settings import Place, Settings
from trailkeeper.verdict import announcement, announcement_facts, judge, severity_of, undo

FOUND, LONGEST_DETAIL = fact("found_by_watchdog"), 400
NOBODY: Actor = {
    "type": "Unknown",
    "arn": None,
    "name": "unknown",
    "issuer": None,
    "access_key_id": None,
    "source_ip": None,
    "user_agent": None,
    "mfa": None,
    "console": False,
    "invoked_by": None,
}


def attributed(
    records: Iterable[Mapping[str, Any]], one: Difference, arn: str, wanted: Settings, own: Place, restorer: str
) -> tuple[list[str], Incident | None]:
    """The fields that announced calls have set, and the incident of the latest call that has set another.

    Of each field, the latest call that sets it counts, the first of the records. Where that is Trailkeeper's own, the
    one that undid it is not known yet.
    """
    announced, by, judged = list[str](), None, [*on(records, arn, wanted, own, restorer)]
    for field in one.fields:
        record, incident = next(((one_, it) for one_, it in judged if sets(one_, one.part, field)), (None, None))
        if record is None or incident is None or fact("own_restore") in incident["facts"]:
            continue
        if is_announced(incident, arn, wanted, own):
            announced.append(field)
        elif by is None or (incident["time"] or "") > (by["time"] or ""):
            by = incident
    return announced, by


def on(
    records: Iterable[Mapping[str, Any]], arn: str, wanted: Settings, own: Place, restorer: str
) -> Iterable[tuple[Mapping[str, Any], Incident]]:
    """Those of the records that are about the thing and succeeded, each with the incident that it makes by itself."""
    about = keys(arn, own)
    for record in records:
        region, account = text(record.get("awsRegion")), text(record.get("recipientAccountId")) or own["account"]
        call, resource, trail = acted_on(record, wanted, own, region, account)
        if call and not call_error(record) and dedup_key(call, resource, trail, account, region) in about:
            yield record, judge(record, wanted, own, restorer=restorer)


def sets(record: Mapping[str, Any], part: Part, field: str) -> bool:
    """Whether the call of a record sets the field: those that set settings send what they change, all others all.

    Of a request that was too large for its record, nothing is known.
    """
    if record.get("eventName") in ("UpdateTrail", "UpdateEventDataStore"):
        omitted = "omitted" in mapping(record.get("requestParameters"))
        return omitted or field[:1].lower() + field[1:] in request_of(record)
    return record.get("eventName") in part.actions


def may_be_announced(one: Difference, arn: str, wanted: Settings, own: Place, at: datetime) -> bool:
    """Whether the settings announce such a change now, or until a day ago: event history is worth a look."""
    kind, since = kind_of(arn), utc((at - timedelta(days=1)).isoformat()) or ""
    if one.found and one.found.actions and row(kind, one.found.action).deployment:
        return True
    _, trail = named(arn, own)
    return any(
        {*entry["actions"]} & {*one.part.actions}
        and deadline(entry["until"]) >= since
        and (not entry["trails"] or kinds.is_one_of(trail, entry["trails"], own["account"]))
        for entry in wanted["expected"]
    )


def keys(arn: str, own: Place) -> list[str]:
    """The dedup keys of all that happens to the thing."""
    return keys_of(kind_of(arn), arn, {**own, "region": arn.split(":")[3] or own["region"]})


def named(arn: str, own: Place) -> tuple[Resource, Trail]:
    """The thing, and the trail that it is."""
    kind, name = kind_of(arn), kinds.name_in(kind_of(arn), arn)
    if found := TRAIL_ARN.fullmatch(arn):
        trail: Trail = {"name": name, "arn": arn, "home_region": found["region"], "account": found["account"]}
    else:
        trail = {"name": None, "arn": None, "home_region": None, "account": own["account"]}
    return {"kind": kind.name, "name": name}, trail


def by_nobody(found: Found, settings: Settings, own: Place, at: str, identity: str) -> Incident:
    """The incident of a finding when it is not known who did it."""
    (about, trail), kind = named(found.arn, own), kind_of(found.arn)
    region = trail["home_region"] or own["region"]
    call = row(kind, found.action) if found.actions else None
    minor = bool(found.findings) and all(finding.minor for finding in found.findings)
    return {
        "id": identity,
        "dedup_key": keys(found.arn, own)[0],
        "detected_by": "watchdog",
        "action": found.action,
        "verdict": found.verdict,
        "severity": severity_of(found.verdict, minor, NOBODY, None),
        "facts": [*([FOUND] if found.actions else []), *map(as_fact, found.findings)],
        "time": utc(found.since) or at,
        "account": own["account"],
        "region": region,
        "partition": own["partition"],
        "actor": NOBODY,
        "error": None,
        "family": call.family if call else "trail",
        "resource": about,
        "trail": trail,
        "request": None,
        "technique": list(call.technique) if call else [],
        "expected": None,
        "undo": undo(call, about, trail, settings["undo"], own, (region, own["account"]), None),
    }


def by_somebody(found: Found, incident: Incident, settings: Settings, own: Place) -> Incident:
    """The incident of a finding whose call event history knows: it was judged by itself, and is by its outcome now."""
    call, minor = (
        row(kind_of(found.arn), incident["action"]),
        bool(found.findings) and all(one.minor for one in found.findings),
    )
    facts = [as_fact(one) for one in found.findings] or incident["facts"]
    where = incident["region"], incident["account"]
    return {
        **incident,
        "detected_by": "watchdog",
        "verdict": found.verdict,
        "severity": severity_of(found.verdict, minor, incident["actor"], incident["expected"]),
        "facts": [*facts, *(announcement_facts(incident["expected"]) if found.findings else [])],
        "request": None,  # what was found has been compared with what is wanted: what this call asked is less
        "undo": undo(call, incident["resource"], incident["trail"], settings["undo"], own, where, incident["expected"]),
    }


def as_fact(finding: Finding) -> Fact:
    """A finding, cut."""
    return fact(finding.code, finding.detail and clean(finding.detail, LONGEST_DETAIL))


def is_announced(incident: Incident, arn: str, settings: Settings, own: Place) -> bool:
    """Whether the settings announce the change, whatever it does."""
    call = row(kind_of(arn), incident["action"])
    entry = announcement(settings, incident["actor"], call, incident["facts"], incident["trail"], incident["time"], own)
    return entry is not None and not entry["expired"]
