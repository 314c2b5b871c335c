"""The first paragraph and the subject: what was done, what Trailkeeper did, how it stands, what it means."""

from typing import Literal

from trailkeeper.calls import row_of
from trailkeeper.incident import Change, Incident, Report
from trailkeeper.mail.wording import Words, actor, error_words, moment, names, particles, resource, shown
from trailkeeper.record import clean
from trailkeeper.standing import Standing, end, is_foreign, standing

SUBJECT_LIMIT = 99  # "under 100 characters": https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

# The findings on a trail by which it records less, or elsewhere.
RECORDS_LESS = {
    *("one_region", "no_global_events", "no_organization", "destination_set", "destination_changed"),
    *("management_events_left_out", "fewer_management_events"),
}

Deed = Literal[
    "stopped",
    "disabled",
    "deleted",
    "scheduled",
    "narrowed",
    "changed",
    "minor",
    "harmless",
    "attempted",
    "failed",
    "undelivered",
]


def first_paragraph(report: Report, words: Words) -> str:
    """Everything that matters most, in a few sentences."""
    incident = report["incident"]
    clauses = [what_was_done(report, words)]
    if incident["family"] == "trail":
        now = standing(report)
        clauses += [*what_became_of_it(report, now, words), how_it_stands(report, now, words)]
    elif incident["undo"]["call"]:
        clauses += what_became_of_it(report, standing(report), words)
    clauses += [*what_it_means(report, words), *announcement(incident, words)]
    return " ".join(filter(None, [*clauses, how_often(report, words), to_be_approved(report, words)]))


def deed(incident: Incident) -> Deed:
    """What was done, as a sentence says it."""
    verdict, on_trail = incident["verdict"], incident["family"] in ("trail", None)
    call = row_of(incident)
    if verdict == "attempted":
        return "attempted"
    if verdict in ("harmless", "unrelated"):
        return "failed" if incident["error"] else "harmless"
    if verdict == "deleted":
        return "scheduled" if call and call.pending else "deleted"
    if verdict == "stopped":
        return "disabled" if incident["family"] in ("trailkeeper", "destination") else "stopped"
    if incident["detected_by"] == "watchdog" and call is None:  # nobody need have called anything
        return "undelivered"
    if incident["severity"] == "low":
        return "minor"
    return "narrowed" if on_trail and any(fact["code"] in RECORDS_LESS for fact in incident["facts"]) else "changed"


def what_was_done(report: Report, words: Words) -> str:
    """Who did what, on what."""
    incident = report["incident"]
    codes = [fact["code"] for fact in incident["facts"]]
    return particles(
        words.DONE[deed(incident)].format(
            actor=actor(incident, words),
            what=resource(report, words),
            action=shown(incident["action"], words),
            code=shown(incident["error"]["code"] if incident["error"] else None, words),
            sure=next((text for code, text in words.SURE.get(deed(incident), {}).items() if code in codes), ""),
        )
    )


def what_became_of_it(report: Report, now: Standing, words: Words) -> list[str]:
    """Who approved it, what Trailkeeper did, and whether it has given up."""
    answer, undo = report.get("answer", {}), report["undo"]
    given_up = report.get("part", "first") == "again" and end(report, None) != "Handled"
    found = [what_was_answered(report, words)] if answer else []
    if "held" in undo:
        call, left = report["incident"]["undo"]["call"], fields(undo.get("left", []), words)
        text = words.HELD["would_change" if undo["held"] == "shadow" and left else undo["held"]]
        return [*found, text.format(call=shown(call, words), left=left)]
    if answer and not answer["approved"]:
        return found
    return [*found, what_we_did(report, now, words), words.GIVEN_UP if given_up else ""]


def what_was_answered(report: Report, words: Words) -> str:
    """Who approved or declined, and why."""
    answer, call = report.get("answer", {}), shown(report["incident"]["undo"]["call"], words)
    who, why = shown(answer["by"], words), shown(answer["reason"], words)
    if answer["by"]:
        return str(words.APPROVED if answer["approved"] else words.DECLINED).format(by=who, call=call, why=why)
    return str(words.UNANSWERED["undo" if answer["approved"] else "leave"].format(call=call))


def to_be_approved(report: Report, words: Words) -> str:
    """What would be done, and until when it can be approved."""
    if report.get("part", "first") != "ask":
        return ""
    call, until = shown(report["incident"]["undo"]["call"], words), moment(report["ask"]["until"], words)
    return str(words.TO_BE_APPROVED.format(call=call, until=until))


def how_often(report: Report, words: Words) -> str:
    """That the same was done more often than there were mails."""
    flood = report.get("flood", {})
    if "calls" not in flood:
        return ""
    calls = ", ".join(shown(call, words, 60) for call in flood["calls"][:10])
    return str(words.HOW_OFTEN.format(number=flood["counted"], calls=calls, since=moment(flood["since"], words)))


def what_we_did(report: Report, now: Standing, words: Words) -> str:
    """What Trailkeeper did about it, and whether all is as its owners want it."""
    undo, call = report["undo"], shown(report["undo"].get("call"), words)
    did = words.DID[now.done].format(call=call, why=error_words(now.failed, words, on_start=True))
    if "called_at" not in undo or undo["call"] == "StartLogging":
        return str(did)
    why, left = error_words(undo.get("unread"), words), fields(undo.get("left", []), words)
    proof = words.PROOF[proof_of(report, left)].format(left=left, why=why)
    return f"{did} {proof}"


def proof_of(report: Report, left: str) -> str:
    """Whether what was called is known to have put everything back."""
    proven = report["undo"].get("proven")
    if proven is None:
        return "unread"
    return "put_back" if proven else "left" if left else "not_recording"


def fields(changes: list[Change], words: Words) -> str:
    """The names of fields."""
    return ", ".join(shown(change["field"], words) for change in changes)


def how_it_stands(report: Report, now: Standing, words: Words) -> str:
    """Whether the trail records now."""
    verdict = report["incident"]["verdict"]
    if is_foreign(report) and now.state == "unread" and not now.unread:
        return str(words.NOW["another_account"])
    if verdict == "deleted":
        exists = now.state == "unread" and report["trail"].get("exists")
        return str(words.NOW_AFTER_DELETION["exists" if exists else now.state])
    if now.state == "recording" and verdict == "stopped":
        return str(words.NOW["recording_again"])
    if now.state == "unread" and now.done == "started":
        return str(words.NOW["restart_unread"].format(why=error_words(now.unread, words)))
    if now.state == "gone" and verdict == "attempted":
        return str(words.NOW["no_such_trail"])
    return str(words.NOW[now.state])


def what_it_means(report: Report, words: Words) -> list[str]:
    """What a call on something else than a trail means for the recording."""
    incident, trail, call = report["incident"], report["trail"], row_of(report["incident"])
    harmed = deed(incident) in ("stopped", "disabled", "deleted", "scheduled", "changed")
    if incident["family"] == "trailkeeper":
        announced = incident["expected"] and not incident["expected"]["expired"]
        return [words.UNGUARDED] if harmed and not announced and call and call.blinds else []
    if incident["family"] == "event data store":
        return [words.NOT_INGESTING] if harmed and deed(incident) != "changed" else []
    if incident["family"] != "destination" or incident["verdict"] in ("harmless", "attempted"):
        return []
    if not trail.get("affected"):
        unlisted = trail.get("coverage", {"answer": None})["answer"] is None
        return [words.DELIVERY_UNREAD if unlisted else words.NOBODY_WRITES]
    first, others = names(trail["affected"][:1], words), names(trail["affected"][1:], words)
    rest = [words.OTHERS_WRITE_TOO.format(trails=others)] if others else []
    if trail.get("logging") is None:
        return [words.DELIVERY_UNREAD, *rest]
    if errors := trail.get("delivery_errors"):
        failing = names([errors[0]["trail"] or trail["affected"][0]], words)
        return [words.DELIVERY_FAILS.format(trail=failing, error=shown(errors[0]["error"], words)), *rest]
    return [(words.DELIVERY_AS_YET if trail["logging"] else words.WRITER_OFF).format(trail=first), *rest]


def announcement(incident: Incident, words: Words) -> list[str]:
    """That the change was announced, or had been until some time."""
    entry = incident["expected"]
    if entry is None:
        return []
    if entry["reason"] is None:
        return [words.OWN_DEPLOYMENT]
    template = words.ANNOUNCEMENT_EXPIRED if entry["expired"] else words.ANNOUNCED
    return [template.format(reason=shown(entry["reason"], words), until=until(entry["until"], words))]


def until(time: str | None, words: Words) -> str:
    """When an announcement ends: a date stays one."""
    return moment(time, words) if time and "T" in time else shown(time, words)


def subject(report: Report, words: Words) -> str:
    """Severity, what was done and how it stands, what it is about, account: one line of fewer than 100 characters."""
    incident = report["incident"]
    kind = words.KINDS[incident["resource"]["kind"] if incident["resource"] else "trail"]
    what = words.WHOSE[incident["family"] or "trail"].format(kind=kind)
    text = words.HEADLINES[deed(incident)].format(what=what, action=shown(incident["action"], words))
    if tail := headline_tail(report):
        text = f"{text}, {words.TAILS[tail]}"
    part = (
        "flood"
        if report.get("flood", {}).get("calls") and report.get("part", "first") == "first"
        else report.get("part", "first")
    )
    text = words.SUBJECTS[part].format(headline=text, number=report.get("flood", {}).get("counted"))
    start = headline(incident["severity"], text, words)
    end = f" ({shown(incident['account'], words, 20)} {shown(incident['region'], words, 30)})"
    name = incident["resource"]["name"] if incident["resource"] else incident["trail"]["name"]
    if name and name.startswith("arn:"):
        name = name.rpartition("/")[2]
    room = SUBJECT_LIMIT - len(start) - len(end) - 2
    return (
        f"{start}: {clean(shown(name, words), room)}{end}" if room > 2 else clean(start, SUBJECT_LIMIT - len(end)) + end
    )


def headline(severity: str, text: str, words: Words) -> str:
    """The start of a subject."""
    return f"[{words.SEVERITY[severity]}] {text}"


def headline_tail(report: Report) -> str | None:
    """How it stands, in the subject; nothing where that goes without saying."""
    incident = report["incident"]
    if incident["expected"] and not incident["expected"]["expired"]:
        return "announced"
    if report["undo"].get("call") and (incident["family"] != "trail" or incident["verdict"] == "narrowed"):
        if "called_at" not in report["undo"]:
            return "undo_failed"
        return {True: "put_back", False: "undo_failed", None: "undo_unread"}[report["undo"].get("proven")]
    if incident["family"] != "trail":
        return None
    now, verdict = standing(report), incident["verdict"]
    if now.state == "recording":
        tails = {"stopped": "recording_again", "deleted": "exists_again", "attempted": "still_recording"}
        return tails.get(verdict)
    if now.state == "gone":
        return {"deleted": None, "attempted": "no_such_trail"}.get(verdict, "gone")
    if now.done in ("failed", "no_answer", "not_called"):
        return "restart_failed"
    if now.done == "started" and now.state == "unread":
        return "restart_unread"
    return now.state
