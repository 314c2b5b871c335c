"""Restore: do what undoes the call, then read whether it worked.

Reading comes last, and nothing depends on it: that a trail was started is not the same as having seen it record. A call
that AWS refuses, or that gets no answer, leaves under AWS's own error code, or botocore's, for the flow to try again.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

from trailkeeper import aws
from trailkeeper.incident import Trail, UndoResult

READINGS, PAUSE = 3, 0.5  # a status may lag behind its change: so many readings, so many seconds apart

aws.client("cloudtrail", aws.OWN_REGION)


class Order(TypedDict):
    """What to do, on what; whether to `act` or only to read; and which try of the state machine's this is, from 0."""

    do: str
    on: Trail
    act: bool
    retries: int


class Undo(NamedTuple):
    """How one call undoes another: what it calls, what is read afterwards, and whether that proves it.

    The functions take a client of the trail's home Region and the trail's name or ARN.
    """

    act: Callable[[Any, str], Any]
    read: Callable[[Any, str], UndoResult]
    proves: Callable[[UndoResult], bool]


def handler(order: Order, context: Any) -> UndoResult:
    """What was done, and what was read after it."""
    undo, trail, until = UNDO[order["do"]], aws.identifier(order["on"]), aws.deadline(context)
    cloudtrail = aws.client("cloudtrail", order["on"]["home_region"] or "")
    done: UndoResult = {}
    if order["act"]:
        with aws.errors_by_code():
            undo.act(cloudtrail, trail)
        done = {"call": order["do"], "called_at": aws.now(), "retries": order["retries"]}
    return {**done, **read_back(undo, cloudtrail, trail, until)}


def read_back(undo: Undo, cloudtrail: Any, trail: str, until: float) -> UndoResult:
    """The reading that proves it, or else the last one; `unread` says why there is none."""
    found: UndoResult = {"logging": None, "unread": "NotRead"}
    for number in range(READINGS):
        if number:
            time.sleep(PAUSE)
        try:
            found = aws.Question(lambda: undo.read(cloudtrail, trail)).answer(until)
        except aws.Unanswered as unanswered:
            found = {**found, "unread": unanswered.code} if found["logging"] is None else found
        if undo.proves(found) or time.monotonic() > until - PAUSE:
            break
    return found


def status(cloudtrail: Any, trail: str) -> UndoResult:
    """The trail's status; an answer without IsLogging is none."""
    at, answer = aws.now(), cloudtrail.get_trail_status(Name=trail)
    if "IsLogging" not in answer:
        raise aws.Unanswered("IncompleteAnswer")
    return {
        "logging": answer["IsLogging"],
        "unread": None,
        "read_at": at,
        "started_at": aws.iso(answer.get("StartLoggingTime")),
        "stopped_at": aws.iso(answer.get("StopLoggingTime")),
    }


UNDO = {
    "StartLogging": Undo(
        act=lambda cloudtrail, trail: cloudtrail.start_logging(Name=trail),
        read=status,
        proves=lambda reading: reading["logging"] is True,
    ),
}
