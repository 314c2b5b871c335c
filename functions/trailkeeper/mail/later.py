"""What was done while nothing was recorded, as event history tells it afterwards."""

from trailkeeper.incident import LaterCall, Report
from trailkeeper.mail.wording import Words, error_words, moment, shown
from trailkeeper.standing import standing

MOST_CALLS = 40  # lines of a mail


def looked_back(report: Report, words: Words) -> list[str]:
    """The paragraphs of the report; none in another mail."""
    found = report.get("look_back", {})
    if report.get("part", "first") != "report":
        return []
    if "error" in found:
        return [words.NOT_LOOKED_BACK.format(why=error_words(found["error"], words))]
    times = {"since": moment(found["since"], words), "until": moment(found["until"], words)}
    lines = [f"  {line(call, words)}" for call in found["calls"][:MOST_CALLS]]
    left_out = len(found["calls"]) - len(lines) + found["left_out"]
    if left_out or found["more"]:
        lines.append("  " + (words.AT_LEAST_MORE if found["more"] else words.MORE).format(number=left_out))
    title = (words.DONE_MEANWHILE if lines else words.NOTHING_DONE_MEANWHILE).format(**times)
    reads = [words.READS_MEANWHILE.format(number=found["reads"])] if found["reads"] else []
    unread = sorted({one["on"] or "" for one in found["unread"]})
    limits = [words.REGIONS_UNREAD.format(regions=", ".join(shown(one, words) for one in unread))] if unread else []
    limits = [" ".join([*reads, *limits, words.LOOK_BACK_LIMITS])]
    delivered = [delivery(report, words)] if standing(report).state == "recording" else []
    return [*delivered, "\n".join([title, *lines]), *limits]


def line(call: LaterCall, words: Words) -> str:
    """One call: when, where, what, on what, and whether it failed."""
    on = f" {shown(call['on'], words, 120)}" if call["on"] else ""
    failed = " " + words.CALL_FAILED.format(code=shown(call["error"], words, 80)) if call["error"] else ""
    where, what = shown(call["region"], words), f"{shown(call['service'], words)} {shown(call['action'], words)}"
    return f"{moment(call['time'], words)}  {where}  {what}{on}{failed}"


def delivery(report: Report, words: Words) -> str:
    """Whether log files have arrived since."""
    found, trail = report.get("look_back", {}), shown(report["incident"]["trail"]["name"], words)
    if found.get("delivery_error"):
        return str(words.NOT_DELIVERING.format(trail=trail, error=shown(found["delivery_error"], words)))
    if found.get("delivered_at"):
        return str(words.DELIVERS_AGAIN.format(trail=trail, time=moment(found["delivered_at"], words)))
    return str(words.NO_DELIVERY_YET.format(trail=trail))
