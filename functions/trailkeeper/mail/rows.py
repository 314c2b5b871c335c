"""The aligned rows of a mail: what, when, who, from where, what was done about it, and what else records."""

from datetime import datetime

from trailkeeper.calls import row_of
from trailkeeper.incident import Change, Report, TrailState, UnreadTrail
from trailkeeper.mail.wording import Words, duration, error_words, fact_words, gap_words, moment, names, shown
from trailkeeper.standing import is_foreign, is_start, standing

Row = tuple[str, str | None]

MOST_FACTS = 10
# Facts that stand in a row or a sentence of their own.
ELSEWHERE = {
    *("call_failed", "call_succeeded", "announced", "announcement_expired", "own_deployment"),
    *("covered", "covered_in_part", "not_covered", "delivery_fails"),
}


def rows(report: Report, words: Words) -> list[Row]:
    """(label, value) of each row; a value of None is left out."""
    incident, trail = report["incident"], report["trail"]
    who, error = incident["actor"], incident["error"]

    def optional(value: str | None) -> str | None:
        return shown(value, words) if value else None

    action, alias = shown(incident["action"], words), trail.get("account_alias")
    failed = words.FAILED.format(action=action, code=shown(error["code"], words)) if error else None
    return [
        ("what", failed or (words.SUCCEEDED.format(action=action) if row_of(incident) else action)),
        ("error", optional(error["message"]) if error else None),
        *why(report, words),
        ("when", moment(incident["time"], words)),
        ("before", before(report, words)),
        *about(report, words),
        ("account", shown(incident["account"], words) + (f" ({shown(alias, words)})" if alias else "")),
        ("region", shown(incident["region"], words)),
        ("who", f"{shown(who['name'], words)} ({shown(who['type'], words)})"),
        ("who", optional(who["arn"])),
        ("who", words.ROLE.format(role=shown(who["issuer"], words)) if who["issuer"] else None),
        ("key", shown(who["access_key_id"], words)),
        ("mfa", {True: words.YES, False: words.NO, None: words.UNKNOWN}[who["mfa"]]),
        ("via", optional(who["invoked_by"])),
        ("source", shown(who["source_ip"], words)),
        ("agent", shown(who["user_agent"], words)),
        ("undo", undo(report, words)),
        *(("undo", line) for line in put_back(report, words)),
        ("blind", blind_window(report, words)),
        ("ledger", ledger(report, words)),
        *(("coverage", line) for line in coverage(report, words)),
    ]


def why(report: Report, words: Words) -> list[Row]:
    """The facts, as many as a reader takes in."""
    facts = [fact for fact in report["incident"]["facts"] if fact["code"] not in ELSEWHERE]
    found: list[Row] = [("why", fact_words(fact, report["incident"], words)) for fact in facts[:MOST_FACTS]]
    more = len(facts) - MOST_FACTS
    return [*found, ("why", words.MORE.format(number=more))] if more > 0 else found


def about(report: Report, words: Words) -> list[Row]:
    """What the call was on, and the trail that is or writes there."""
    incident, trail = report["incident"], report["trail"]
    on, found = incident["resource"], list[Row]()
    if incident["family"] != "trail" and on:
        found.append(("on", words.KIND_AND_NAME.format(kind=words.KINDS[on["kind"]], name=shown(on["name"], words))))
        found += [("trail", shown(arn, words)) for arn in trail.get("affected", [])]
        if not trail.get("affected"):
            return found
    else:
        arn = incident["trail"]["arn"] or trail.get("arn")
        found += [("trail", shown(incident["trail"]["name"], words)), ("trail", shown(arn, words) if arn else None)]
    return [*found, *(("trail", line) for line in described(trail, words)), *state(report, words)]


def described(trail: TrailState, words: Words) -> list[str]:
    """What the trail is: where it is at home, what it covers, where it writes."""
    if "arn" not in trail:
        return []
    regions = {True: words.ALL_REGIONS, False: words.ONE_REGION}.get(trail.get("multi_region"))  # type: ignore[arg-type]
    home = words.HOME_REGION.format(region=shown(trail["home_region"], words))
    parts = [home, regions, words.ORGANIZATION_TRAIL if trail.get("organization") else None]
    to = {"bucket": trail.get("bucket"), "key": trail.get("kms_key"), "log group": trail.get("log_group")}
    form = words.KIND_AND_NAME.format
    return [
        ", ".join(part for part in parts if part),
        *(form(kind=words.KINDS[kind], name=shown(name, words)) for kind, name in to.items() if name),
    ]


def state(report: Report, words: Words) -> list[Row]:
    """Whether the trail records, by the latest reading, and what is wrong with what it records."""
    trail, now = report["trail"], standing(report)
    text = words.STATES[now.state]
    if now.state == "unread":
        text = words.NOT_READ.format(why=error_words(now.unread, words)) if now.unread else words.UNKNOWN
    elif now.since and now.state != "gone":
        text = words.SINCE.format(state=text, time=moment(now.since, words))
    found: list[Row] = [("state", text)]
    if gaps := trail.get("gaps"):
        found.append(("state", words.NOT_SELECTED.format(gaps=", ".join(gap_words(gap, words) for gap in gaps))))
    for error in trail.get("delivery_errors", []):
        to = words.DELIVERS_TO[error["to"]]
        text = words.DELIVERY_ERROR.format(to=to, error=shown(error["error"], words))
        found.append(("state", f"{names([error['trail']], words)}: {text}" if error["trail"] else text))
    return found


def undo(report: Report, words: Words) -> str:
    """What was done about it, when, and what was read afterwards; or why nothing was."""
    incident, result, now = report["incident"], report["undo"], standing(report)
    if "call" not in result:
        mode = incident["undo"]["mode"]
        why: str = result.get("held") or incident["undo"]["why"]
        if incident["verdict"] == "harmless" and why == "setting":
            why = "nothing_changed"
        elif mode != "off" and why == "setting":
            why = mode
        reason = words.UNDO_WHY[why].format(action=shown(incident["action"], words))
        return str(words.NOT_UNDONE.format(why=reason))
    why, unread = error_words(now.failed, words, on_start=True), error_words(now.unread, words)
    read = words.NOT_READ.format(why=unread) if now.state == "unread" else words.STATES[now.state]
    if not is_start(report):
        why_unread = result.get("unread")
        unread = words.NOT_READ.format(why=error_words(why_unread, words)) if why_unread else words.UNKNOWN
        read = {True: words.AS_WANTED, False: words.NOT_AS_WANTED, None: unread}[result.get("proven")]
    time = moment(result.get("called_at"), words)
    return str(words.UNDO[now.done].format(call=shown(result["call"], words), time=time, state=read, why=why))


def put_back(report: Report, words: Words) -> list[str]:
    """The fields that were put back, those that still differ, and that the state found could not be kept."""
    result = report["undo"]
    left = [change["field"] for change in result.get("left", [])]
    put = [change for change in result.get("changes", []) if change["field"] not in left]
    lines = [words.PUT_BACK.format(**cleaned(change, words)) for change in put]
    lines += [words.STILL_DIFFERS.format(**cleaned(change, words)) for change in result.get("left", [])]
    if "evidence" in result:
        lines.append(words.NO_EVIDENCE.format(why=error_words(result["evidence"], words)))
    return lines


def cleaned(change: Change, words: Words) -> dict[str, str]:
    """A change, fit for a mail; a field that holds nothing is shown as a dash."""
    texts = {"field": change["field"], "wanted": change["wanted"], "found": change["found"]}
    return {name: shown(text or "-", words) for name, text in texts.items()}


def before(report: Report, words: Words) -> str | None:
    """The incident on the same thing that came within the hour before."""
    found = report.get("before", {})
    if "action" not in found:
        return None
    name = shown(found["execution"].rpartition(":")[2], words)
    return str(words.BEFORE.format(action=shown(found["action"], words), time=moment(found["at"], words), name=name))


def ledger(report: Report, words: Words) -> str | None:
    """That Trailkeeper's table could not be reached, so that this mail may come twice."""
    error = report.get("ledger", {}).get("error")
    return str(words.LEDGER_DOWN.format(why=error_words(error, words))) if error else None


def blind_window(report: Report, words: Words) -> str | None:
    """From when to when the trail did not record; None where the call did not end recording."""
    incident, result, trail, now = report["incident"], report["undo"], report["trail"], standing(report)
    if incident["family"] != "trail":
        return None
    if incident["verdict"] == "attempted" and now.state == "recording":
        return str(words.BLIND_NONE)
    start = now.stopped_at or result.get("stopped_at") or trail.get("stopped_at")
    if now.state == "recording":
        end = now.since
        if incident["verdict"] == "deleted" and "called_at" in result:
            start = incident["time"]
        elif incident["verdict"] != "stopped":
            return None
        if not start or not end:
            return None
        seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
        if seconds < 0:
            return None
        times = {"start": moment(start, words), "end": moment(end, words)}
        return str(words.BLIND_CLOSED.format(duration=duration(seconds, words), **times))
    if incident["verdict"] not in ("stopped", "deleted"):
        return None
    template = words.BLIND_UNKNOWN if now.state == "unread" else words.BLIND_OPEN
    return str(template.format(start=moment(start or incident["time"], words)))


def coverage(report: Report, words: Words) -> list[str]:
    """Which other trails record the Region's management events, what they leave out, and what could not be read."""
    incident, trail = report["incident"], report["trail"]
    region, found = shown(incident["region"], words), trail.get("coverage")
    if not found or found["answer"] is None:
        foreign = is_foreign(report) and not trail.get("unread")
        why = words.ERRORS["another_account"] if foreign else error_words(unlisted_because(trail), words)
        lines = [words.COVERAGE_UNKNOWN.format(region=region, why=why)]
    else:
        others = incident["family"] in ("trail", "destination")
        as_far = found["answer"] != "all" and bool(found["unread"])
        template = words.COVERED["others" if others else "any"]["as_far_as_read" if as_far else "read"][found["answer"]]
        some = any(gap["events"] == "all" and gap["source"] is None for gap in found["gaps"])
        gaps = words.GAPS["some"] if some else ", ".join(gap_words(gap, words) for gap in found["gaps"])
        lines = [template.format(region=region, trails=names(found["trails"], words), gaps=gaps)]
        lines += [unread_trail(one, words) for one in found["unread"]]
    explained = {one["arn"] for one in found["unread"]} if found else set()
    for one in trail.get("unread", []):
        if one["on"] not in explained:
            why, call = error_words(one["error"], words), shown(one["call"], words)
            form = words.UNREAD_OF if one["on"] else words.UNREAD
            lines.append(form.format(call=call, on=shown(one["on"], words), why=why))
    return lines


def unread_trail(trail: UnreadTrail, words: Words) -> str:
    """A trail that could not be asked what it records."""
    name = names([trail["arn"]], words)
    if trail["logging"]:
        template = words.LOGGING_UNREAD_ORGANIZATION if trail["organization"] else words.LOGGING_UNREAD
        return str(template.format(trail=name))
    return str(words.TRAIL_UNREAD.format(trail=name))


def unlisted_because(trail: TrailState) -> str | None:
    """The name of the reason for which the trails could not be listed."""
    return trail.get("error") or next(
        (one["error"] for one in trail.get("unread", []) if one["call"] == "DescribeTrails"), None
    )
