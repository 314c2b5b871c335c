"""The mail: subject and text of one report, in the language of the settings.

Whatever comes out of an event or an answer of AWS passes `shown` on its way into the text, except in links and
commands: those take nothing but identifiers of the shape that AWS gives them.
"""

import json
import re
import shlex
from contextlib import suppress
from datetime import datetime
from types import ModuleType
from typing import Any, Literal
from unicodedata import east_asian_width

from incident import REGION, Incident, Report, TrailState, UndoResult, clean
from links import console_links, execution_link, trail_arn
from messages import en, ko

WORDING: dict[str, ModuleType] = {"en": en, "ko": ko}
SUBJECT_LIMIT = 99  # "under 100 characters": https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

Outcome = Literal["restored", "recording", "failed", "failed_unread", "not_recording", "gone", "unknown"]


def compose(report: Report, language: str) -> tuple[str, str]:
    """Subject and text."""
    words = WORDING[language]
    if "untriaged" in report["incident"]:
        return compose_untriaged(report, words)
    return subject(report, words), "\n\n".join(
        [
            sentence(report, words),
            aligned(lines(report, words), words),
            words.NEXT_TITLE + "\n" + "\n".join(next_steps(report, words)),
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


def subject(report: Report, words: ModuleType) -> str:
    """Severity, verdict and outcome, trail, account: one line of fewer than 100 characters."""
    incident = report["incident"]
    headline = words.HEADLINES[incident["verdict"], outcome(report)].format(action=shown(incident["action"], words))
    return fitted(f"[{words.SEVERITY[incident['severity']]}] {headline}", incident, words)


def fitted(start: str, incident: Incident, words: ModuleType) -> str:
    """The subject from its start: the trail's name gives way to the account and Region."""
    end = f" ({shown(incident['account'], words, 20)} {shown(incident['region'], words, 30)})"
    trail = shown(incident["trail"]["name"], words, max(8, SUBJECT_LIMIT - len(start) - len(end) - 2))
    return clean(f"{start}: {trail}{end}", SUBJECT_LIMIT)


def sentence(report: Report, words: ModuleType) -> str:
    """One sentence with verdict and outcome."""
    incident, undo, error = report["incident"], report["undo"], report["incident"]["error"]
    name = incident["trail"]["name"]
    told: str = words.SENTENCES[incident["verdict"], outcome(report)].format(
        actor=actor(incident, words),
        action=shown(incident["action"], words),
        trail=shown(name, words) if name else words.UNNAMED_TRAIL,
        code=shown(error["code"] if error else None, words),
        why=restore_error(undo, words) if "error" in undo else "",
    )
    return told


def actor(incident: Incident, words: ModuleType) -> str:
    """Who, with the role behind a session."""
    who = incident["actor"]
    if who["issuer"]:
        role = shown(who["issuer"].rsplit("/", 1)[-1], words, 128)
        return str(words.ACTOR_OF_ROLE.format(name=shown(who["name"], words, 128), role=role))
    return str(words.ACTOR.format(name=shown(who["name"], words, 128)))


def restore_error(undo: UndoResult, words: ModuleType) -> str:
    """Why the trail could not be started, in words where the error is a known one."""
    name = undo["error"]
    return str(words.RESTORE_ERRORS.get(name) or words.OTHER_RESTORE_ERROR.format(error=error_text(undo, words)))


def error_text(failed: UndoResult | TrailState, words: ModuleType) -> str:
    """A caught error as `Name: message`; Lambda puts the message into a JSON cause."""
    cause = failed.get("cause", "")
    with suppress(ValueError, KeyError, TypeError):  # not every cause is JSON: a timeout has none
        cause = json.loads(cause)["errorMessage"]
    return shown(f"{failed['error']}: {cause}" if cause else failed["error"], words, 400)


def coverage(report: Report, words: ModuleType) -> str:
    """Which other trails still record the Region, or that none does."""
    region, trail = shown(report["incident"]["region"], words), report["trail"]
    if "other_trails" not in trail:
        why = error_text(trail, words) if "error" in trail else words.UNKNOWN
        return str(words.COVERAGE_UNKNOWN.format(region=region, why=why))
    if trail["other_trails"]:
        names = ", ".join(shown(arn.rsplit("/", 1)[-1], words) for arn in trail["other_trails"])
        return str(words.COVERED.format(region=region, trails=names))
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
        *(("why", fact(reason, words)) for reason in incident["reasons"] if not reason.startswith("the call ")),
        ("when", utc(incident["time"], words)),
        ("trail", told(incident["trail"]["name"])),
        ("trail", optional(incident["trail"]["arn"] or trail.get("arn"))),
        *(("trail", part) for part in described(trail, words)),
        *(("state", part) for part in state(report, words)),
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


def next_steps(report: Report, words: ModuleType) -> list[str]:
    """What to do now, numbered, each with the command that does it where one can be told safely."""
    incident, now = report["incident"], outcome(report)
    arn, region = trail_arn(report), incident["region"] or ""
    steps = []
    if arn:
        name, at = arn[0], f"--region {arn['region']}"
        if now in ("failed", "failed_unread", "not_recording") or (incident["verdict"], now) == ("stopped", "unknown"):
            steps.append(("start", f"aws cloudtrail start-logging --name {name} {at}"))
        elif now == "gone" and incident["verdict"] != "attempted":
            resource = f"AttributeKey=ResourceName,AttributeValue={name}"
            steps.append(("create", f"aws cloudtrail lookup-events --lookup-attributes {resource} {at}"))
        elif now != "gone":
            steps.append(("check", f"aws cloudtrail get-trail-status --name {name} {at}"))
        if incident["verdict"] == "narrowed" and now != "gone":
            selectors = f"get-event-selectors --trail-name {name}"
            asked = selectors if incident["action"] == "PutEventSelectors" else f"get-trail --name {name}"
            steps.append(("compare", f"aws cloudtrail {asked} {at}"))
    who = incident["actor"]
    key = who["access_key_id"] if re.fullmatch(r"[A-Z0-9]{16,128}", who["access_key_id"] or "") else None
    # Only the keys that start so are a user's own: the others are a session's, and end with it.
    if key and key.startswith("AKIA") and re.fullmatch(r"[\w+=,.@-]{1,64}", who["name"], re.ASCII):
        user = shlex.quote(who["name"])
        steps.append(("ask", f"aws iam update-access-key --status Inactive --access-key-id {key} --user-name {user}"))
    else:
        steps.append(("ask_only", ""))
    if key and REGION.fullmatch(region):
        attribute = f"AttributeKey=AccessKeyId,AttributeValue={key}"
        steps.append(("history", f"aws cloudtrail lookup-events --lookup-attributes {attribute} --region {region}"))
    told = []
    for number, (step, command) in enumerate(steps, 1):
        told.append(f"{number}. {words.NEXT[step].format(actor=actor(incident, words))}")
        if command:
            told.append(f"   {command}")
    return told


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


def fact(reason: str, words: ModuleType) -> str:
    """A fact of Triage, `fact` or `fact: detail`, in the language of the mail."""
    known, colon, detail = reason.partition(": ")
    return shown(words.FACTS.get(known, known) + colon + detail, words, 400)


def aligned(rows: list[tuple[str, str | None]], words: ModuleType) -> str:
    """The rows with their values in one column; a label is told once. Hangul is two columns wide."""
    widths = {
        key: sum(2 if east_asian_width(letter) in "WF" else 1 for letter in label)
        for key, label in words.LABELS.items()
    }
    column = max(widths.values()) + 2
    text, last = [], None
    for label, value in rows:
        if value is None:
            continue
        start = " " * column if label == last else words.LABELS[label] + " " * (column - widths[label])
        text.append(start + value)
        last = label
    return "\n".join(text)


def utc(time: str | None, words: ModuleType) -> str:
    """An ISO time as people read it."""
    return f"{time[:10]} {time[11:19]} UTC" if time else str(words.UNKNOWN)


def duration(seconds: float, words: ModuleType) -> str:
    """A length of time, as precise as it matters."""
    whole = round(seconds)
    if seconds < 60:
        return str(words.SECONDS.format(seconds=f"{seconds:.1f}"))
    if seconds < 3600:
        return str(words.MINUTES.format(minutes=whole // 60, seconds=whole % 60))
    return str(words.HOURS.format(hours=whole // 3600, minutes=whole % 3600 // 60))


def shown(value: str | None, words: ModuleType, limit: int = 300) -> str:
    """Text of an actor, fit for a mail: one clean line, not too long, with nothing that a mail program makes a link."""
    return defanged(clean(value, limit)) if value else str(words.UNKNOWN)


def defanged(text: str) -> str:
    """`text` with its addresses broken: `https[:]//evil[.]example`. AWS's own service names stay as they are."""
    if re.fullmatch(r"[a-z0-9-]+\.amazonaws\.com(\.cn)?", text):
        return text
    text = re.sub(r":(?=//)", "[:]", text)
    # The other dots are those that browsers take for one: https://www.unicode.org/reports/tr46/#Notation
    return re.sub(r"(?<=[^\W_])[.\u3002\uff0e\uff61](?=xn--|[^\W\d_]{2,}(?![\w-]))", "[.]", text)
