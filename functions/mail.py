"""The mail: subject and text of one report, in the language of the settings.

Whatever comes out of an event or an answer of AWS passes `shown` on its way into the text, except in links and
commands: those take nothing but identifiers of the shape that AWS gives them.
"""

import json
from datetime import datetime
from types import ModuleType
from typing import Any, Literal

from incident import CANNOT_TELL, NOT_IN_EVENT, Incident, Report, TrailState, UndoResult, clean
from links import console_links, execution_link
from next_steps import next_steps
from wording import WORDING, actor, aligned, duration, error_text, fact, resource, shown, utc

SUBJECT_LIMIT = 99  # "under 100 characters": https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
# Facts that the mail tells in a line of their own.
# Calls on Trailkeeper after which it still sees and mails what comes next.
STILL_GUARDED = ("StopExecution", "UpdateTerminationProtection")
TOLD_ELSEWHERE = ("the call ", "announced", "other trails still record", "no other trail records", "delivery fails")

Outcome = Literal["restored", "recording", "failed", "failed_unread", "not_recording", "gone", "unknown"]


def compose(report: Report, language: str) -> tuple[str, str]:
    """Subject and text."""
    words = WORDING[language]
    if "untriaged" in report["incident"]:
        return compose_untriaged(report, words)
    return subject(report, words), "\n\n".join(
        [
            " ".join([sentence(report, words), *announcement(report["incident"], words)]),
            aligned(lines(report, words), words),
            words.NEXT_TITLE + "\n" + "\n".join(next_steps(report, outcome(report), words)),
            "\n".join([words.LINKS_TITLE, *(f"{words.LABELS[what]}: {url}" for what, url in console_links(report))]),
        ]
    )


def outcome(report: Report) -> Outcome:
    """Whether the trail records now, by the latest reading: Restore's, which comes after Enrich's."""
    undo, trail = report["undo"], report["trail"]
    if undo.get("now_logging"):
        return "restored" if undo.get("called") else "recording"
    if trail.get("exists") is False or undo.get("error") == "TrailNotFoundException":
        return "gone"
    if undo.get("error") and undo.get("call"):
        read_off = trail.get("logging") is False or undo["error"] == "NotRecordingError"
        return "failed" if read_off else "failed_unread"
    if trail.get("logging") is None:
        return "unknown"
    return "recording" if trail["logging"] else "not_recording"


def told_as(incident: Incident) -> str:
    """The verdict, or how a change is told that is no alarm: it costs no management event, or was announced.

    What AWS deletes after days only, and gives back until then, is told so.
    """
    if incident["verdict"] == "deleted" and incident["action"] in ("ScheduleKeyDeletion", "DeleteEventDataStore"):
        return "pending"
    if incident["verdict"] == "harmless" and incident["error"]:
        return "failed"
    if incident["verdict"] != "narrowed":
        return incident["verdict"]
    if incident["expected"] and not incident["expected"]["expired"]:
        return "announced"
    return "low" if incident["severity"] == "low" else "narrowed"


def subject(report: Report, words: ModuleType) -> str:
    """Severity, verdict and outcome, what it is about, account: one line of fewer than 100 characters."""
    incident, told = report["incident"], told_as(report["incident"])
    action = shown(incident["action"], words)
    if incident["family"] != "trail" and incident["resource"]:
        what = words.WHOSE[incident["family"]].format(kind=words.KINDS[incident["resource"]["kind"]])
        headline = words.HEADLINES_ON[told].format(action=action, what=what)
    elif told in words.MILD_HEADLINES:
        headline = words.MILD_HEADLINES[told]
    else:
        headline = words.HEADLINES[told, outcome(report)].format(action=action)
    return fitted(f"[{words.SEVERITY[incident['severity']]}] {headline}", incident, words)


def fitted(start: str, incident: Incident, words: ModuleType) -> str:
    """The subject from its start: the name of what it is about gives way to the account and Region."""
    end = f" ({shown(incident['account'], words, 20)} {shown(incident['region'], words, 30)})"
    name = incident["resource"]["name"] if incident["resource"] else incident["trail"]["name"]
    if name and name.startswith("arn:"):
        name = name.rpartition("/")[2]
    room = SUBJECT_LIMIT - len(start) - len(end) - 2
    return clean(f"{start}: {shown(name, words, room)}{end}" if room > 2 else start + end, SUBJECT_LIMIT)


def sentence(report: Report, words: ModuleType) -> str:
    """One sentence with verdict and outcome."""
    incident, undo, error = report["incident"], report["undo"], report["incident"]["error"]
    told, now, name = told_as(incident), outcome(report), incident["trail"]["name"]
    if incident["family"] != "trail" and incident["resource"]:
        template: str = words.SENTENCES_ON[told]
    elif told in words.MILD_SENTENCES:
        template = words.MILD_SENTENCES[told] + ("" if told == "failed" else words.AND_NOW[now])
    else:
        template = words.SENTENCES[told, now]
    first = template.format(
        actor=actor(incident, words),
        action=shown(incident["action"], words),
        trail=shown(name, words) if name else words.UNNAMED_TRAIL,
        resource=resource(incident, words),
        code=shown(error["code"] if error else None, words),
        why=restore_error(undo, words) if "error" in undo else "",
        tells=as_far_as_told(incident, words),
    )
    return " ".join([first, *effect(report, words)])


def as_far_as_told(incident: Incident, words: ModuleType) -> str:
    """How sure it is that a change takes something away."""
    if NOT_IN_EVENT.told in incident["reasons"]:
        return str(words.NOT_TOLD)
    return str(words.AS_FAR_AS_TOLD) if CANNOT_TELL.told in incident["reasons"] else ""


def effect(report: Report, words: ModuleType) -> list[str]:
    """What a call on something else than a trail means for the recording."""
    incident, trail = report["incident"], report["trail"]
    harmed = incident["verdict"] in ("stopped", "deleted") or told_as(incident) == "narrowed"
    if incident["family"] == "guard":
        on = incident["resource"]["kind"] if incident["resource"] else None
        guards_still = on in ("log group", "queue", "alarm") or incident["action"] in STILL_GUARDED
        return [words.UNGUARDED] if harmed and not guards_still else []
    if incident["family"] == "event data store":
        return [words.NOTHING_STORED] if incident["verdict"] in ("stopped", "deleted") else []
    if incident["family"] != "destination" or incident["verdict"] == "harmless":
        return []
    names = [shown(arn.rsplit("/", 1)[-1], words) for arn in trail.get("affected", [])]
    if "affected" not in trail or (names and trail.get("logging") is None):
        return [words.DELIVERY_UNREAD]
    if not names:
        return [words.NOBODY_WRITES]
    others = [words.NOT_READ_TOO.format(trails=", ".join(names[1:]))] if names[1:] else []
    if trail.get("delivery_errors"):
        error = shown(trail["delivery_errors"][0], words)
        return [words.DELIVERY_FAILS.format(trail=names[0], error=error), *others]
    return [(words.DELIVERY_AS_YET if trail["logging"] else words.WRITERS_OFF).format(trail=names[0]), *others]


def announcement(incident: Incident, words: ModuleType) -> list[str]:
    """That the change was announced, or had been until some time."""
    entry = incident["expected"]
    if entry is None:
        return []
    template = words.ANNOUNCEMENT_EXPIRED if entry["expired"] else words.ANNOUNCED
    if entry["until"] is None:
        template = words.ANNOUNCED_FOR_GOOD
    return [template.format(reason=fact(entry["reason"], words), until=shown(entry["until"], words))]


def restore_error(undo: UndoResult, words: ModuleType) -> str:
    """Why the trail could not be started, in words where the error is a known one."""
    name = undo["error"]
    return str(words.RESTORE_ERRORS.get(name) or words.OTHER_RESTORE_ERROR.format(error=error_text(undo, words)))


def coverage(report: Report, words: ModuleType) -> str:
    """Which other trails still record the Region, or that none does."""
    region, trail = shown(report["incident"]["region"], words), report["trail"]
    if "other_trails" not in trail:
        why = error_text(trail, words) if "error" in trail else words.UNKNOWN
        return str(words.COVERAGE_UNKNOWN.format(region=region, why=why))
    if trail["other_trails"]:
        names = ", ".join(shown(arn.rsplit("/", 1)[-1], words) for arn in trail["other_trails"])
        beside = report["incident"]["family"] in ("trail", "destination")
        return str((words.COVERED if beside else words.COVERED_AS_EVER).format(region=region, trails=names))
    template = words.NOT_COVERED_AS_FAR_AS_READ if trail["unread_trails"] else words.NOT_COVERED
    return str(template.format(region=region))


def lines(report: Report, words: ModuleType) -> list[tuple[str, str | None]]:
    """The aligned part: (label, value); a value of None is left out."""
    incident, trail = report["incident"], report["trail"]
    who, error = incident["actor"], incident["error"]

    def told(value: str | None) -> str:
        return shown(value, words)

    def optional(value: str | None) -> str | None:
        return told(value) if value else None

    what = words.FAILED.format(action=told(incident["action"]), code=told(error["code"])) if error else None
    alias = trail.get("account_alias")
    return [
        ("what", what or words.SUCCEEDED.format(action=told(incident["action"]))),
        ("error", optional(error["message"]) if error else None),
        *(("why", fact(told, words)) for told in incident["reasons"] if not told.startswith(TOLD_ELSEWHERE)),
        ("when", utc(incident["time"], words)),
        *about(report, words),
        ("account", told(incident["account"]) + (f" ({told(alias)})" if alias else "")),
        ("region", told(incident["region"])),
        ("who", words.IDENTITY_TYPE.format(name=told(who["name"]), type=told(who["type"]))),
        ("who", optional(who["arn"])),
        ("who", words.ROLE.format(role=told(who["issuer"])) if who["issuer"] else None),
        ("key", told(who["access_key_id"])),
        ("mfa", {True: words.YES, False: words.NO, None: words.UNKNOWN}[who["mfa"]]),
        ("via", optional(who["invoked_by"])),
        ("source", told(who["source_ip"])),
        ("agent", told(who["user_agent"])),
        ("undo", undo_line(report, words)),
        ("blind", blind_window(report, words)),
        ("coverage", coverage(report, words)),
        *(("coverage", words.UNREAD.format(what=told(what))) for what in trail.get("unknown", [])),
    ]


def about(report: Report, words: ModuleType) -> list[tuple[str, str | None]]:
    """The rows on what the call was on, and on the trail that is or writes there."""
    incident, trail = report["incident"], report["trail"]
    on = incident["resource"]
    rows: list[tuple[str, str | None]] = []
    if incident["family"] not in ("trail", "destination") and on:
        return [("on", words.KIND_AND_NAME.format(kind=words.KINDS[on["kind"]], name=shown(on["name"], words)))]
    if incident["family"] == "destination" and on:
        rows = [("on", words.KIND_AND_NAME.format(kind=words.KINDS[on["kind"]], name=shown(on["name"], words)))]
        if not trail.get("affected"):
            return rows
        rows += [("trail", shown(arn, words)) for arn in trail["affected"]]
    else:
        arn = incident["trail"]["arn"] or trail.get("arn")
        rows = [("trail", shown(incident["trail"]["name"], words)), ("trail", shown(arn, words) if arn else None)]
    rows += [("trail", part) for part in described(trail, words)]
    return [*rows, *(("state", part) for part in state(report, words))]


def described(trail: TrailState, words: ModuleType) -> list[str]:
    """What the trail is: where it is at home, what it covers, where it writes."""
    if not trail.get("exists"):
        return []
    parts = [
        words.HOME_REGION.format(region=shown(trail["home_region"], words)),
        words.ALL_REGIONS if trail["multi_region"] else words.ONE_REGION,
    ]
    if trail["organization"]:
        parts.append(words.ORGANIZATION_TRAIL)
    writes_to = [
        template.format(name=shown(name, words))
        for template, name in (
            (words.BUCKET, trail["bucket"]),
            (words.KEY, trail["kms_key"]),
            (words.LOG_GROUP, trail["log_group"]),
        )
        if name
    ]
    return [", ".join(parts), *writes_to]


def state(report: Report, words: ModuleType) -> list[str]:
    """Whether the trail records, by Restore's proof or else by Enrich, and what is wrong with what it records."""
    trail, undo = report["trail"], report["undo"]
    logging = trail.get("logging")
    since = trail.get("started_at") if logging else trail.get("stopped_at")
    if undo.get("now_logging"):
        logging, since = True, undo["started_at"]
    if logging is not None:
        told = words.RECORDING if logging else words.NOT_RECORDING
        if since:
            told = (words.RECORDING_SINCE if logging else words.NOT_RECORDING_SINCE).format(time=utc(since, words))
    elif "error" in trail:
        told = words.NOT_READ.format(why=error_text(trail, words))
    else:
        told = words.GONE if trail.get("exists") is False else words.UNKNOWN
    narrow = [words.SELECTORS_NARROW] if trail.get("all_management_events") is False else []
    broken = [words.DELIVERY_ERROR.format(error=shown(error, words)) for error in trail.get("delivery_errors", [])]
    return [told, *narrow, *broken]


def undo_line(report: Report, words: ModuleType) -> str:
    """What was done about it, when, and the proof; or why nothing was."""
    undo = report["undo"]
    if "error" in undo:
        call = shown(undo.get("call"), words)
        return str(words.UNDO_FAILED.format(call=call, error=error_text(undo, words)))
    if "call" not in undo:
        return str(words.NOT_UNDONE.format(why=fact(report["incident"]["undo"]["why"], words)))
    if not undo["called"]:
        return str(words.UNDONE_EARLIER if undo["retries"] else words.NOTHING_TO_UNDO)
    return str(words.UNDONE.format(call=shown(undo["call"], words), time=utc(undo["started_at"], words)))


def blind_window(report: Report, words: ModuleType) -> str | None:
    """From when to when the trail did not record; None where the verdict does not end recording."""
    incident, undo, trail = report["incident"], report["undo"], report["trail"]
    if incident["family"] != "trail":
        return None
    if incident["verdict"] == "attempted" and outcome(report) == "recording":
        return str(words.BLIND_NONE)
    start, end = undo.get("stopped_at") or trail.get("stopped_at"), undo.get("started_at") or trail.get("started_at")
    now = outcome(report)
    if now in ("restored", "recording"):
        if incident["verdict"] != "stopped" or not start or not end or end < start:
            return None
        seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
        return str(
            words.BLIND_CLOSED.format(duration=duration(seconds, words), start=utc(start, words), end=utc(end, words))
        )
    if incident["verdict"] not in ("stopped", "deleted"):
        return None
    template = words.BLIND_UNKNOWN if now in ("unknown", "failed_unread") else words.BLIND_OPEN
    return str(template.format(start=utc(start or incident["time"], words)))


def compose_untriaged(report: Report, words: ModuleType) -> tuple[str, str]:
    """The mail when Triage itself failed: the raw event, and the four facts that it most likely holds."""
    failed: Any = report["incident"]
    event = failed.get("event", "")
    try:
        record = json.loads(event)["detail"]
        identity = record["userIdentity"]
        told = [
            ("what", record["eventName"]),
            ("when", record["eventTime"]),
            ("who", identity.get("arn") or identity.get("type")),
            ("region", record["awsRegion"]),
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        told = []  # the raw event below is all there is
    rows = [(label, shown(str(value), words)) for label, value in told]
    text = "\n\n".join(
        [
            str(words.UNTRIAGED_SENTENCE),
            aligned([*rows, ("error", error_text(failed["untriaged"], words))], words),
            f"{words.LINKS_TITLE}\n{words.LABELS['execution']}: {execution_link(report['execution'])}",
            words.RAW_TITLE + "\n" + shown(event, words, 8000),
        ]
    )
    return f"[{words.SEVERITY['critical']}] {words.UNTRIAGED_HEADLINE}", text
