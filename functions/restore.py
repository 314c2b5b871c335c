"""Restore: start the trail again if it is off, and read its status once more to prove it.

Every failure leaves under a name that the flow knows: AWS's own error code, or NotRecordingError.
"""

from datetime import datetime
from typing import Any

import aws
from incident import Incident, UndoResult

aws.client("cloudtrail", aws.own_region())


class NotRecordingError(Exception):
    """StartLogging succeeded, but the trail still says that it is off."""


def handler(incident: Incident, context: Any) -> UndoResult:
    """What was done, and the status read before and after it."""
    trail = aws.identifier(incident["trail"])
    cloudtrail = aws.client("cloudtrail", incident["trail"]["home_region"] or "")
    with aws.errors_by_code():
        before = after = cloudtrail.get_trail_status(Name=trail)
        if not before["IsLogging"]:
            cloudtrail.start_logging(Name=trail)
            after = cloudtrail.get_trail_status(Name=trail)
    if not after["IsLogging"]:
        raise NotRecordingError(f"StartLogging succeeded, but {trail} still reports IsLogging false")
    return {
        "call": "StartLogging",
        "called": not before["IsLogging"],
        "was_logging": before["IsLogging"],
        "now_logging": after["IsLogging"],
        "stopped_at": aws.iso(after.get("StopLoggingTime")),
        "started_at": aws.iso(after.get("StartLoggingTime")),
        "off_seconds": off_seconds(after.get("StopLoggingTime"), after.get("StartLoggingTime")),
    }


def off_seconds(stopped: datetime | None, started: datetime | None) -> float | None:
    """How long recording was off, by CloudTrail's own clock; None if the status does not tell."""
    if stopped is None or started is None or started < stopped:
        return None
    return round((started - stopped).total_seconds(), 3)
