"""The project's own CloudTrail events, and the reports that come of them."""

import copy
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from trailkeeper.incident import Coverage, Report, TrailState, UndoResult
from trailkeeper.settings import Place, Settings
from trailkeeper.verdict import judge

ARN = "arn:aws:cloudtrail:us-east-1:123456789012:trail/TestTrail"
SETTINGS: Settings = {
    "language": "en",
    "timezone": None,
    "undo": {"StopLogging": "auto"},
    "trails": [],
    "destinations": [],
    "expected": [],
    "stack": "Trailkeeper",
    "qualifier": "hnb659fds",
}
CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:Step",
    get_remaining_time_in_millis=lambda: 5000,
)
OWN: Place = {"partition": "aws", "region": "us-east-1", "account": "123456789012"}
DESTINATIONS = (
    "arn:aws:s3:::trail-logs",
    "arn:aws:kms:us-east-1:123456789012:key/aaaaaaaa-2222-3333-4444-55555555aaaa",
    "arn:aws:logs:us-east-1:123456789012:log-group:trail-log",
    "arn:aws:sns:us-east-1:123456789012:trail-notices",
    "arn:aws:iam::123456789012:role/service-role/CloudTrail_Logs",
)
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:Trailkeeper:aaaaaaaa-bbbb-cccc-dddd-000000000001"

NONE: Coverage = {"answer": "none", "trails": [], "gaps": [], "all_regions": False, "unread": []}
RECORDING: TrailState = {
    "exists": True,
    "arn": ARN,
    "home_region": "us-east-1",
    "multi_region": True,
    "organization": False,
    "bucket": "trail-logs",
    "kms_key": None,
    "log_group": None,
    "logging": True,
    "read_at": "2026-11-23T02:01:04.000Z",
    "started_at": "2026-11-23T02:01:04.200Z",
    "stopped_at": "2026-11-23T02:01:00.000Z",
    "delivery_errors": [],
    "gaps": [],
    "coverage": NONE,
    "account_alias": "production",
    "unread": [],
}
STOPPED: TrailState = {**RECORDING, "logging": False, "started_at": "2026-11-01T00:00:00.000Z"}
GONE: TrailState = {"exists": False, "coverage": NONE, "account_alias": None, "unread": []}
RESTORED: UndoResult = {
    "call": "StartLogging",
    "called_at": "2026-11-23T02:01:04.300Z",
    "retries": 0,
    "logging": True,
    "unread": None,
    "read_at": "2026-11-23T02:01:04.400Z",
    "stopped_at": "2026-11-23T02:01:00.000Z",
    "started_at": "2026-11-23T02:01:04.200Z",
}
DENIED: UndoResult = {
    "call": "StartLogging",
    "error": "AccessDeniedException",
    "cause": '{"errorMessage": "User is not authorized", "errorType": "AccessDeniedException"}',
}


def event(name: str, **changes: Any) -> dict[str, Any]:
    """An EventBridge envelope of tests/events, with `changes` to the record in it."""
    envelope: dict[str, Any] = json.loads((Path(__file__).parent / "events" / f"{name}.json").read_text())
    envelope["detail"].update(copy.deepcopy(changes))
    return envelope


def report(name: str, trail: TrailState, undo: UndoResult, **changes: Any) -> Report:
    """What Notify gets for an event of tests/events."""
    return {
        "incident": judge(event(name, **changes), SETTINGS, OWN),
        "trail": trail,
        "undo": undo,
        "execution": EXECUTION,
    }


def on_destination(action: str, request: dict[str, Any], trail: TrailState) -> Report:
    """What Notify gets for a call on what trails use, which the request names."""
    source = {"keyId": "kms", "bucketName": "s3"}[next(iter(request))]
    call = event("stop-logging", eventSource=f"{source}.amazonaws.com", eventName=action, requestParameters=request)
    incident = judge(call, {**SETTINGS, "destinations": list(DESTINATIONS)}, OWN)
    return {"incident": incident, "trail": trail, "undo": {}, "execution": EXECUTION}
