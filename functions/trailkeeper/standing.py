"""How the trail stands, by the latest reading of its status; and how the execution ends."""

import builtins
from typing import Literal, NamedTuple

from trailkeeper.incident import End, Next, Report, UndoResult

Done = Literal["nothing", "restarted", "started", "no_answer", "not_called", "failed"]
State = Literal["recording", "not_recording", "gone", "unread"]

NOT_FOUND = "TrailNotFoundException"
# Why it is not known whether a call took effect: it got no answer, or what made it ended before it could say.
NO_ANSWER = {
    *("ReadTimeoutError", "ConnectionClosedError", "ResponseStreamingError", "IncompleteReadError"),
    *("States.Timeout", "States.DataLimitExceeded", "NoAnswer", "Sandbox.Timedout"),
    *("Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown", "Lambda.ServiceException"),
    *("Lambda.AWSLambdaException", "Lambda.SdkClientException"),
}

# What waiting cannot mend: who can is named in the mail.
LASTING = (
    *("AccessDenied", "AccessDeniedException", "TrailNotFoundException", "InvalidTrailNameException"),
    *("CloudTrailARNInvalidException", "OperationNotPermittedException", "UnsupportedOperationException"),
    *("ParamValidationError", "InvalidHomeRegionException", "NotOrganizationMasterAccountException"),
    *("NotOrganizationManagementAccountException", "InsufficientDependencyServiceAccessPermissionException"),
    *("NoManagementAccountSLRExistsException", "ValueError"),
)


TAMPERING = ("stopped", "deleted", "narrowed")


class Standing(NamedTuple):
    """What Trailkeeper did about the trail, and how the trail stands.

    `since` is when it got into that state, `stopped_at` the last stop by the reading that counts. `failed` names the
    reason for which the trail was not restarted, `unread` that for which its status is not known.
    """

    done: Done
    state: State
    since: str | None = None
    stopped_at: str | None = None
    failed: str | None = None
    unread: str | None = None


def standing(report: Report) -> Standing:
    """What was done and how the trail stands, by whatever was read last.

    StartLogging is called before anything is read. A reading from before the call says nothing of what came of it, and
    neither does "no such trail" from a reading, once the call has succeeded.
    """
    undo, trail, called_at = report["undo"], report["trail"], report["undo"].get("called_at")
    unread = undo.get("unread") or unread_because(report)
    readings = [one for one in (undo, trail) if one.get("read_at") and one.get("logging") is not None]
    latest = max(readings, key=lambda one: one.get("read_at") or "", default=UndoResult())
    logging, started_at, stopped_at = latest.get("logging"), latest.get("started_at"), latest.get("stopped_at")
    if latest and is_stale(report, logging, started_at, latest.get("read_at") or ""):
        logging, unread = None, unread or "StaleReading"
    state: State = "unread" if logging is None else "recording" if logging else "not_recording"
    since = started_at if logging else stopped_at if logging is False else None
    if logging and called_at and is_start(report) and (since is None or since < (report["incident"]["time"] or "")):
        since = called_at
    if called_at:
        proven = logging if is_start(report) else undo.get("proven")
        return Standing("restarted" if proven else "started", state, since, stopped_at, None, unread)
    if logging is None and (trail.get("exists") is False or NOT_FOUND in (undo.get("error"), undo.get("unread"))):
        state = "gone"
    error = undo.get("error")
    done: Done = "nothing" if error is None else how_it_failed(error)
    return Standing(done, state, since, stopped_at, error, unread)


def is_start(report: Report) -> bool:
    """Whether what Trailkeeper called lets a trail record: then its status is the proof."""
    return report["undo"].get("call") in ("StartLogging", "CreateTrail")


def is_stale(report: Report, logging: bool | None, started_at: str | None, read_at: str) -> bool:
    """Whether a reading is from before what it should show: off before the restart, or on since before the stop."""
    called_at, time = report["undo"].get("called_at"), report["incident"]["time"] or ""
    if called_at and read_at >= called_at:
        return False
    if not logging:
        return bool(called_at) and is_start(report)
    return report["incident"]["verdict"] == "stopped" and (started_at or "") < time


def how_it_failed(error: str) -> Done:
    """What an error says of the call: that AWS refused it, that it may have been made, or that it was not."""
    if error in NO_ANSWER or hasattr(builtins, error):
        return "no_answer"
    return "not_called" if error.startswith(("Lambda.", "Runtime.")) else "failed"


def unread_because(report: Report) -> str | None:
    """The name of the reason for which the trail's status could not be read."""
    trail = report["trail"]
    return trail.get("error") or next(
        (one["error"] for one in trail.get("unread", []) if one["call"] == "GetTrailStatus"), None
    )


def is_foreign(report: Report) -> bool:
    """Whether the call was on something of another account than Trailkeeper's own, which the execution names."""
    incident = report["incident"]
    account = incident["trail"]["account"] if incident["family"] == "trail" else incident["account"]
    return account is not None and account != report["execution"].split(":")[4]


def end(report: Report, readers: int | None) -> End:
    """How the execution ends: only those that a person must look at fail."""
    if readers == 0:
        return "NobodyTold"
    if "untriaged" in report["incident"]:
        return "TriageFailed"
    now = standing(report)
    if now.done in ("nothing", "restarted") or (is_about_logging(report) and now.state == "recording"):
        return "Handled"
    unread = now.state == "unread" if is_about_logging(report) else report["undo"].get("proven") is None
    return "RestoreNotReadBack" if now.done == "started" and unread else "RestoreFailed"


def is_about_logging(report: Report) -> bool:
    """Whether it is enough that the trail records: what was changed otherwise must be as its owners want it.

    So must what looked harmless, or was, and yet was to be put back.
    """
    if report["incident"]["family"] != "trail" or report["incident"]["verdict"] == "narrowed":
        return False
    return "call" not in report["undo"] or is_start(report)


def is_resolved(report: Report) -> bool:
    """Whether a trail that was to record is known to be recording, or whatever was changed is known to be put back."""
    incident = report["incident"]
    if "untriaged" in incident:
        return False
    if is_about_logging(report):
        return standing(report).state == "recording"
    return report["undo"].get("proven") is True


def what_is_next(report: Report) -> Next | None:
    """What is still to be done after this mail: try again what waiting may mend, or look back at what was missed."""
    incident, undo = report["incident"], report["undo"]
    if "untriaged" in incident or report.get("part", "first") == "report" or is_foreign(report):
        return None
    if report.get("part", "first") == "first":
        now = standing(report)
        if end(report, None) != "Handled":
            return None if now.failed in LASTING else "keep_trying"
        # Only the comparison with what was before showed that it narrows.
        untouched = "call" not in undo and "held" not in undo
        if untouched and incident["undo"]["mode"] == "auto" and incident["verdict"] in TAMPERING:
            return "keep_trying"
    if incident["family"] != "trail" or report.get("flood", {}).get("calls"):
        return None
    return "look_back" if incident["verdict"] in ("stopped", "deleted") or "called_at" in undo else None
