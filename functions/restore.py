"""Restore: do what undoes the call, then read whether it worked.

Reading comes last, and success does not depend on it: that a trail was started is not the same as having seen it
record. A call that AWS refuses, or that gets no answer, leaves under AWS's own error code, or botocore's, for the flow
to try again. What is put back is what its owners want, as the baseline has it; without one, nothing is guessed.
"""

import time
from collections.abc import Callable
from typing import Any, TypedDict

from trailkeeper import aws
from trailkeeper.incident import Change, UndoResult

READINGS, PAUSE = 3, 0.5  # a status may lag behind its change: so many readings, so many seconds apart
LOOK = 1.5  # seconds for a look at what is, before it is put back
LONGEST_VALUE, MOST_CHANGES = 200, 20  # characters and changes that the flow carries; the ledger has all

aws.client("cloudtrail", aws.OWN_REGION)


class Order(TypedDict):
    """What to do for which incident, on the thing of which ARN.

    Whether to `act` or only to read, and which try of the state machine's this is, from 0.
    """

    do: str
    on: str
    incident: str
    act: bool
    retries: int


def handler(order: Order, context: Any) -> UndoResult:
    """What was done, and what was read after it."""
    until = aws.deadline(context)
    return start_logging(order, until) if order["do"] == "StartLogging" else put_back(order, until)


# ---- StartLogging


def start_logging(order: Order, until: float) -> UndoResult:
    """Start the trail at once: StartLogging may be called twice, and destroys nothing that would be evidence."""
    cloudtrail = aws.client("cloudtrail", order["on"].split(":")[3])
    done: UndoResult = {}
    if order["act"]:
        with aws.errors_by_code():
            cloudtrail.start_logging(Name=order["on"])
        done = {"call": order["do"], "called_at": aws.now(), "retries": order["retries"]}
    return {**done, **read_back(lambda: status(order["on"]), until)}


def status(trail: str) -> UndoResult:
    """The trail's status; an answer without IsLogging is none."""
    at, answer = aws.now(), aws.client("cloudtrail", trail.split(":")[3]).get_trail_status(Name=trail)
    if "IsLogging" not in answer:
        raise aws.Unanswered("IncompleteAnswer")
    return {
        "proven": answer["IsLogging"],
        "logging": answer["IsLogging"],
        "unread": None,
        "read_at": at,
        "started_at": aws.iso(answer.get("StartLoggingTime")),
        "stopped_at": aws.iso(answer.get("StopLoggingTime")),
    }


# ---- What the baseline has


def put_back(order: Order, until: float) -> UndoResult:
    """Make what differs from the baseline as its owners want it, once the state found is kept as evidence."""
    from trailkeeper import ledger, undo  # StartLogging need not pay for them

    row, arn = undo.row(order["do"]), order["on"]
    with aws.errors_by_code():
        baseline = ledger.baseline(arn)
    if baseline is None:
        return {"held": "no_baseline"}
    wanted, found, unread = baseline["fields"], dict[str, Any](), None
    if not order["act"]:
        return proof(order, wanted, until)
    names = [name for name in row.fields if name in wanted]
    try:
        found = aws.Question(lambda: undo.read(order["do"], arn)).answer(min(until, time.monotonic() + LOOK))
        names = undo.differing(row.fields, wanted, found)
    except aws.Unanswered as unanswered:  # it is put back whatever a reading would say
        unread = unanswered.code
    if not unread and not names:
        return {**as_wanted(order, wanted), **proof(order, wanted, until)}
    kept = keep_evidence(order, None if unread else found, until)
    with aws.errors_by_code():
        row.put(arn, wanted, names)
    done: UndoResult = {"call": order["do"], "called_at": aws.now(), "retries": order["retries"]}
    done["changes"] = as_changes(names, wanted, found)
    return {**done, **kept, **proof(order, wanted, until)}


def as_wanted(order: Order, wanted: dict[str, Any]) -> UndoResult:
    """That nothing is to be done, or that an earlier try for this incident did it, whose answer got lost."""
    from trailkeeper import ledger, undo

    with aws.errors_by_code():
        before = ledger.evidence(order["incident"], order["do"])
    if not before:
        return {"held": "as_wanted"}
    done: UndoResult = {"call": order["do"], "called_at": before["at"], "retries": order["retries"]}
    if (found := before["found"]) is None:
        return done
    return {**done, "changes": as_changes(undo.differing(undo.row(order["do"]).fields, wanted, found), wanted, found)}


def keep_evidence(order: Order, found: dict[str, Any] | None, until: float) -> UndoResult:
    """Write the state found to the ledger; that this failed is told, and stops nothing."""
    from trailkeeper import ledger

    try:
        question = aws.Question(lambda: ledger.keep_evidence(order["incident"], order["do"], order["on"], found))
        question.answer(min(until, time.monotonic() + 1))
    except aws.Unanswered as unanswered:
        return {"evidence": unanswered.code}
    return {}


def proof(order: Order, wanted: dict[str, Any], until: float) -> UndoResult:
    """Read again whether every wanted field holds, and of a trail whether it records."""
    from trailkeeper import undo

    row, arn = undo.row(order["do"]), order["on"]

    def read() -> UndoResult:
        left = undo.differing(row.fields, wanted, found := undo.read(order["do"], arn))
        result: UndoResult = {"proven": not left, "unread": None, "read_at": aws.now()}
        if ":trail/" in arn:
            now = status(arn)
            result = {**result, **now, "proven": not left and (now["logging"] is True or not wanted.get("Logging"))}
        return {**result, "left": as_changes(left, wanted, found)}

    return read_back(read, until)


def as_changes(names: list[str], wanted: dict[str, Any], found: dict[str, Any]) -> list[Change]:
    """The fields that differ, for people: cut, as a field may be long. Of what was gone, only those that are set."""
    told = [name for name in names if name in found or wanted[name] not in ("", [], False)]
    return [
        {"field": name, "wanted": as_text(wanted[name]), "found": as_text(found.get(name, ""))}
        for name in told[:MOST_CHANGES]
    ]


def as_text(value: Any) -> str:
    """One field's value as clean text."""
    import json

    from trailkeeper.record import clean

    return clean(value if isinstance(value, str) else json.dumps(value, default=str), LONGEST_VALUE)


# ---- Reading


def read_back(read: Callable[[], UndoResult], until: float) -> UndoResult:
    """The reading that proves it, or else the last one; `unread` says why there is none."""
    found: UndoResult = {"proven": None, "logging": None, "unread": "NotRead"}
    for number in range(READINGS):
        if number:
            time.sleep(PAUSE)
        try:
            found = aws.Question(read).answer(until)
        except aws.Unanswered as unanswered:
            found = {**found, "unread": unanswered.code} if found["proven"] is None else found
        if found["proven"] or time.monotonic() > until - PAUSE:
            break
    return found
