"""Restore: start the trail again if it is off, and read its status once more to prove it.

Every failure leaves under a name that the flow knows: AWS's own error code, or NotRecordingError.
"""

import time
from datetime import datetime
from typing import Any, TypedDict

import aws
from incident import Incident, UndoResult

PROOFS, PAUSE = 3, 0.5  # a status may lag behind its change: so many readings, so many seconds apart

aws.client("cloudtrail", aws.own_region())


class NotRecordingError(Exception):
    """StartLogging succeeded, but the trail still says that it is off."""


class Order(TypedDict):
    """What to restore, and which try of the state machine's this is, from 0."""

    incident: Incident
    retries: int


def handler(order: Order, context: Any) -> UndoResult:
    """What was done, and the status read before and after it."""
    named = order["incident"]["trail"]
    trail = aws.identifier(named)
    cloudtrail = aws.client("cloudtrail", named["home_region"] or "")
    with aws.errors_by_code():
        before = after = cloudtrail.get_trail_status(Name=trail)
        if not before["IsLogging"]:
            cloudtrail.start_logging(Name=trail)
            after = proof(cloudtrail, trail)
    return {
        "call": "StartLogging",
        "called": not before["IsLogging"],
        "retries": order["retries"],
        "was_logging": before["IsLogging"],
        "now_logging": after["IsLogging"],
        "stopped_at": aws.iso(after.get("StopLoggingTime")),
        "started_at": aws.iso(after.get("StartLoggingTime")),
        "off_seconds": off_seconds(after.get("StopLoggingTime"), after.get("StartLoggingTime")),
    }


def proof(cloudtrail: Any, trail: str) -> dict[str, Any]:
    """The status that shows the trail logging, or NotRecordingError."""
    for reading in range(PROOFS):
        if reading:
            time.sleep(PAUSE)
        status: dict[str, Any] = cloudtrail.get_trail_status(Name=trail)
        if status["IsLogging"]:
            return status
    raise NotRecordingError(f"StartLogging succeeded, but {trail} still reports IsLogging false")


def off_seconds(stopped: datetime | None, started: datetime | None) -> float | None:
    """How long recording was off, by CloudTrail's own clock; None if the status does not tell."""
    if stopped is None or started is None or started < stopped:
        return None
    return round((started - stopped).total_seconds(), 3)
