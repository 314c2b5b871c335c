"""How the trail stands, by the latest reading of its status; and how the execution ends."""

from typing import Literal, NamedTuple

from trailkeeper.incident import End, Report

Done = Literal["nothing", "restarted", "started", "no_answer", "failed"]
State = Literal["recording", "not_recording", "gone", "unread"]

NOT_FOUND = "TrailNotFoundException"
# Why it is not known whether a call took effect: it got no answer, or what made it ended before it could say.
NO_ANSWER = {
    "ReadTimeoutError",
    "ConnectionClosedError",
    "ConnectionError",
    "ResponseStreamingError",
    "IncompleteReadError",
    "States.Timeout",
    "States.DataLimitExceeded",
    "NoAnswer",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
}


class Standing(NamedTuple):
    """What Trailkeeper did about the trail, and how the trail stands.

    `since` is when it got into that state, `why` the name of the reason for which it is unread or was not restarted.
    """

    done: Done
    state: State
    since: str | None = None
    why: str | None = None


def standing(report: Report) -> Standing:
    """What was done and how the trail stands, by whatever was read last.

    StartLogging is called before anything is read. A reading from before the call says nothing of what came of it, and
    neither does "no such trail" from a reading, once the call has succeeded.
    """
    undo, trail = report["undo"], report["trail"]
    called_at = undo.get("called_at")
    readings = sorted(
        (one["read_at"], one["logging"], one.get("started_at"), one.get("stopped_at"))
        for one in (undo, trail)
        if one.get("read_at") and one.get("logging") is not None
    )
    at, logging, started_at, stopped_at = readings[-1] if readings else (None, None, None, None)
    if called_at and at and at < called_at and not logging:
        logging = None
    state: State = "unread" if logging is None else "recording" if logging else "not_recording"
    since = started_at if logging else stopped_at if logging is False else None
    why = undo.get("unread") or undo.get("error") or unread_because(report)
    if called_at:
        return Standing("restarted" if logging else "started", state, since or called_at, why)
    if logging is None and (trail.get("exists") is False or NOT_FOUND in (undo.get("error"), undo.get("unread"))):
        state = "gone"
    if "error" in undo:
        return Standing("no_answer" if undo["error"] in NO_ANSWER else "failed", state, since, undo["error"])
    return Standing("nothing", state, since, why)


def unread_because(report: Report) -> str | None:
    """The name of the reason for which the trail's status could not be read."""
    trail = report["trail"]
    return trail.get("error") or next(
        (one["error"] for one in trail.get("unread", []) if one["call"] == "GetTrailStatus"), None
    )


def end(report: Report, readers: int | None) -> End:
    """How the execution ends: only those that a person must look at fail."""
    if readers == 0:
        return "NobodyTold"
    if "untriaged" in report["incident"]:
        return "TriageFailed"
    now = standing(report)
    if now.done == "nothing" or now.state == "recording":
        return "Handled"
    return "RestoreNotReadBack" if now.done == "started" and now.state == "unread" else "RestoreFailed"
