"""Watch: looks every few minutes at what is guarded, whatever reached EventBridge, and at the guard itself.

What it finds starts the state machine, as an event would. What cannot be read or done is kept, the rest goes on, and at
the end the function fails with all of it: Lambda tries again, and then the dead-letter queue raises its alarm.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailkeeper import authors, aws, findings, guarded, history, ledger, undo, word
from trailkeeper.findings import Difference, Found
from trailkeeper.incident import Incident
from trailkeeper.kinds import TRAIL, destinations
from trailkeeper.record import utc
from trailkeeper.run import NotAllDone, Run
from trailkeeper.undo import Baseline, Fields, trail
from trailkeeper.undo import event_data_store as store

# Event history shows a call after about five minutes, and may take longer.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
LAG, DAY = timedelta(minutes=15), timedelta(days=1)
SLACK = timedelta(seconds=2)  # a record has the time of the request, in seconds
OF_OTHERS = {"AccessDenied", "MethodNotAllowed"}  # what S3 says of another account's bucket

for service in ("cloudtrail", "events", "stepfunctions", "sns", "sqs", "lambda", "dynamodb"):
    aws.client(service, aws.OWN_REGION)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """One look at everything."""
    run = Run(context)
    trails = run.do("DescribeTrails", lambda: guarded.trails(run.own)) or []
    stores = run.do("ListEventDataStores", lambda: guarded.stores(run.own)) or []
    rules = run.do("ListRules", lambda: guarded.own_rules(run.own, run.wanted))
    known = run.do("ledger", ledger.baselines)
    run.no_ledger, run.known = known is None, {*(known or [])}
    things = [
        *(trail["TrailARN"] for trail in trails),
        *(arn for arn in run.wanted["trails"] if arn.startswith("arn:") and arn.split(":")[4] == run.own["account"]),
        *stores,
        *guarded.destinations(run.own, run.wanted),
        *(rule["Arn"] for rule in rules or []),
        *(known or []),
    ]
    for arn in dict.fromkeys(things):
        if guarded.is_guarded(arn, run.own, run.wanted):
            whole = partial(guarded.whole, arn, rules)
            run.do(arn, partial(look, run, arn, whole, writers(arn, trails)))
    word.say(run, rules)
    done = {"recorded": run.recorded, "adopted": run.adopted, "found": sorted(run.found), "told": run.told}
    logging.getLogger().info(json.dumps({**done, "differs": run.differs, "first_seen_narrowed": run.narrowed}))
    if run.failed:
        raise NotAllDone("; ".join(run.failed))
    return done


def writers(bucket: str, trails: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The trails that write to a bucket, as the judge of its policy takes them."""
    return [
        {
            "arn": trail["TrailARN"],
            "prefix": trail.get("S3KeyPrefix") or "",
            "organization": "" if trail.get("IsOrganizationTrail") else None,
        }
        for trail in trails
        if bucket in destinations(trail)
    ]


# ---- One thing


def look(run: Run, arn: str, whole: Callable[[], Fields], of_bucket: list[dict[str, Any]]) -> None:
    """Compare a thing with its baseline, tell what takes something away, and adopt what was announced."""
    is_trail = findings.kind_of(arn) is TRAIL
    baseline, unknown = None, run.no_ledger
    if not unknown:
        try:
            baseline = ledger.baseline(arn)
        except (ClientError, BotoCoreError, aws.Unanswered) as error:  # what could not be read is not missing
            run.failed.append(f"baseline of {arn}: {aws.code(error) if isinstance(error, ClientError) else error}")
            unknown = True
    status = reading(arn, lambda: trail_status(arn)) if is_trail else {}
    if status and is_trail and not status["IsLogging"]:
        # Told before anything else is read. Without the ledger, what stopped within the day is told, too.
        stopped_at = status.get("StopLoggingTime")
        lately = bool(stopped_at and stopped_at > run.now - DAY)
        if baseline["fields"].get("Logging") if baseline else unknown and lately:
            stopped = Found(arn, "stopped", "StopLogging", ("StopLogging",), fields=("Logging",))
            since = aws.iso(stopped_at)
            stopped = stopped._replace(exactly=since, since=since)
            baseline = consider(
                run, arn, baseline, Difference(findings.PARTS[TRAIL][0], ("Logging",), stopped), {"Logging": False}
            )
    if is_trail and status and baseline:
        now: Fields | None = {**baseline["fields"], **in_parts(run, arn)}
    else:
        now = None if status is None else reading(arn, whole, baseline is None)
    if status and is_trail:
        for found in findings.deliveries(arn, status, now or {}, run.now):
            tell(run, found, None)
    if unknown:
        return
    if baseline is None and arn in run.known:  # whoever deleted it wants what is found to take its place
        run.lost.add(arn)
    elif now is None:
        if baseline:
            gone = findings.gone(arn)
            consider(run, arn, baseline, Difference(findings.Part(("exists",), gone.actions), ("exists",), gone), {})
    elif baseline is None:
        first_sight(run, arn, now, status or {})
    else:
        for one in findings.differences(arn, baseline["fields"], now, of_bucket):
            if one.fields != ("Logging",) or not one.found:
                baseline = consider(run, arn, baseline, one, now) or baseline
        if baseline["by"] == "first sight" and is_trail and findings.is_narrow(baseline["fields"]):
            run.narrowed += 1


def trail_status(arn: str) -> dict[str, Any]:
    """The trail's status, with its home Region's client."""
    status: dict[str, Any] = aws.client("cloudtrail", arn.split(":")[3]).get_trail_status(Name=arn)
    if "IsLogging" not in status:
        raise aws.Unanswered("IncompleteAnswer")
    return status


def reading(arn: str, read: Callable[[], Fields], unknown: bool = False) -> Fields | None:
    """What is read of a thing; None where it is gone, or where an `unknown` one is another account's."""
    try:
        return read()
    except ClientError as error:
        if undo.is_gone(arn, aws.code(error)) or (unknown and aws.code(error) in OF_OTHERS):
            return None
        raise


def in_parts(run: Run, arn: str) -> Fields:
    """What can be read of a trail: a part that cannot be is kept as failed, and hides nothing of the others."""
    fields: Fields = {}
    for read in trail.READINGS:
        fields |= run.do(f"{read.__name__} of {arn}", partial(undo.complete, read, arn)) or {}
    return fields


def first_sight(run: Run, arn: str, now: Fields, status: Mapping[str, Any]) -> None:
    """Record a thing as it is; a trail that has never recorded is still being made, and a store may be on its way."""
    if "Logging" in now and not now["Logging"] and not status.get("StartLoggingTime"):
        return
    if now.get("Status", store.INGESTING) not in store.LASTING:
        return
    ledger.save({"arn": arn, "fields": now, "by": "first sight", "at": aws.now()})
    run.recorded.append(arn)


def consider(run: Run, arn: str, baseline: Baseline | None, one: Difference, now: Fields) -> Baseline | None:
    """Adopt of a difference what was announced, and tell the rest of it, if that takes something away.

    What records again after an announced stop is to record, whoever started it.
    """
    if baseline and findings.records_again(one, now):
        run.adopted.append(arn)
        ledger.save({**baseline, "fields": {**baseline["fields"], **{name: now[name] for name in one.fields}}})
        return None
    maybe = authors.may_be_announced(one, arn, run.wanted, run.own, run.now)
    records: list[Any] = []
    if one.found or maybe:
        records = run.do(f"LookupEvents of {arn}", lambda: calls(run, arn, baseline, one)) or []
    announced, by = authors.attributed(records, one, arn, run.wanted, run.own, os.environ["RESTORE_ROLE_ARN"])
    if baseline and announced:
        fields = {**baseline["fields"], **{name: now.get(name) for name in announced}}
        if settled(run, arn, {name: now.get(name) for name in announced}):
            run.adopted.append(arn)
            if one.fields == ("exists",):
                ledger.forget(arn)
                return baseline
            baseline = {"arn": arn, "fields": fields, "by": "announced", "at": aws.now()}
            ledger.save(baseline)
        if {*announced} >= {*one.fields}:
            return baseline
        one = next(left for left in findings.differences(arn, fields, now, []) if left.part == one.part)
    run.differs += 1
    if one.found and (by or not maybe or not_announced(run, one.found)):
        tell(run, one.found, by)
    return baseline


def calls(run: Run, arn: str, baseline: Baseline | None, one: Difference) -> list[Any]:
    """The calls that may have made the difference, the latest first: since the baseline, or since it came to be.

    Event history that does not answer is asked once a run: others may use up its two calls a second.
    """
    since = datetime.fromisoformat(baseline["at"]).replace(microsecond=0) if baseline else run.now - DAY
    if one.found and one.found.since:
        since = max(since, datetime.fromisoformat(one.found.since) - SLACK)
    region = arn.split(":")[3] if findings.kind_of(arn) is TRAIL else run.own["region"]
    if region in run.no_history:
        return []
    cloudtrail = aws.client("cloudtrail", region)
    try:
        found = [record for action in one.part.actions for record in history.newest(cloudtrail, action, since)]
    except (ClientError, BotoCoreError, aws.Unanswered):
        run.no_history.add(region)
        raise
    return sorted(found, key=lambda record: utc(record.get("eventTime")) or "", reverse=True)


def settled(run: Run, arn: str, now: Fields) -> bool:
    """Whether these values were first seen so long ago that event history shows every call that set them."""
    values = hashlib.sha256(json.dumps([arn, now], sort_keys=True, default=str).encode()).hexdigest()
    first = run.do("ledger", lambda: ledger.claim(f"seen#{values}", 2) or aws.now())
    return bool(first) and datetime.fromisoformat(str(first)) < run.now - LAG


def not_announced(run: Run, found: Found) -> bool:
    """Whether event history has had the time to show a call that may have been announced."""
    first = run.do("ledger", lambda: ledger.claim(f"found#{findings.name_of(found, '')}", 2))
    return bool(first) and datetime.fromisoformat(str(first)) < run.now - LAG


# ---- Telling


def tell(run: Run, found: Found, by: Incident | None) -> None:
    """Start the flow with what was found, once a day, unless the event path has it in hand."""
    run.found.add(found.arn)
    today = f"{run.now:%Y-%m-%d}"
    name = findings.name_of(found, today)
    seen = run.do("ledger", lambda: in_hand(run, found, by)) if not run.no_ledger else None
    if seen == "lately":
        return
    if by:
        incident = authors.by_somebody(found, by, run.wanted, run.own)
        # The flow handles one event once: what still stands a day later is told anew.
        incident = {**incident, "id": f"{by['id']}/{today}"} if seen else incident
    else:
        incident = authors.by_nobody(found, run.wanted, run.own, aws.now(), name)
    what = f"StartExecution for {found.action} on {found.arn}"
    begun = run.do(what, lambda: start(name, incident))
    if begun is False and by and run.do("ledger", lambda: is_another(by, name)):
        name = findings.name_of(found, today, by["id"])
        begun = run.do(what, lambda: start(name, incident))
    if begun:
        run.told.append(name)
        run.do("ledger", lambda: ledger.note(f"told#{name}", 2, event={"S": by["id"] if by else ""}))


def is_another(by: Incident, name: str) -> bool:
    """Whether what was told under that name today was another call, which did the same before this one."""
    told = ledger.get(f"told#{name}")
    if told is None or not by["time"]:
        return False
    if event := told["event"]["S"]:
        return bool(event != by["id"])
    return datetime.fromisoformat(by["time"]) > datetime.fromisoformat(told["at"]["S"]) + SLACK


def in_hand(run: Run, found: Found, by: Incident | None) -> str | None:
    """Whether the flow was told of it "lately", within a day, or "before"; None if it does not know of it."""
    if by:
        item = ledger.get(f"event#{by['id']}")
        made = datetime.fromtimestamp(int(item["expires"]["N"]) - ledger.KEPT, UTC) if item else None
    else:
        key = authors.keys(found.arn, run.own)[0]
        item = ledger.get(f"latest#{key}")
        made = datetime.fromisoformat(item["made_at"]["S"]) if item else None
        if item and (item["call_made"]["S"] not in (found.action, *found.actions)):
            made = None
        if made and found.since and made < datetime.fromisoformat(found.since):
            made = None
    return None if made is None else "lately" if made > run.now - DAY else "before"


def start(name: str, incident: Incident) -> bool:
    """Start it; whether it had not been started today, which is as good."""
    states = aws.client("stepfunctions", aws.OWN_REGION)
    try:
        states.start_execution(
            stateMachineArn=os.environ["STATE_MACHINE"], name=name, input=json.dumps({"finding": incident})
        )
    except ClientError as error:
        if aws.code(error) != "ExecutionAlreadyExists":
            raise
        return False
    return True
