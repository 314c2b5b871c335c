"""How the trail stands: the latest reading counts, and what was done is never denied."""

from typing import Any, cast

import pytest

from tests.samples import DENIED, EXECUTION, GONE, RECORDING, RESTORED, STOPPED, report
from trailkeeper import aws
from trailkeeper.incident import TrailState, UndoResult
from trailkeeper.standing import LASTING, end, how_it_failed, is_foreign, standing, what_is_next

UNREAD: TrailState = {"error": "ThrottlingException", "cause": "{}"}
STARTED = cast(UndoResult, {key: value for key, value in RESTORED.items() if key in ("call", "called_at", "retries")})
NOT_READ_BACK: UndoResult = {**STARTED, "logging": None, "unread": "AccessDeniedException"}
MISSING: UndoResult = {**STARTED, "logging": None, "unread": "TrailNotFoundException"}
HANGING: UndoResult = {"call": "StartLogging", "error": "Sandbox.Timedout", "cause": "", "logging": None}
STALE: TrailState = {**RECORDING, "started_at": "2026-11-01T00:00:00.000Z"}
BEFORE, AFTER = "2026-11-23T02:01:04.200Z", "2026-11-23T02:01:09.000Z"


def at(trail: TrailState, time: str) -> TrailState:
    """The trail, read at that time."""
    return {**trail, "read_at": time}


@pytest.mark.parametrize(
    ("trail", "undo", "done", "state", "ends"),
    [
        (STOPPED, {}, "nothing", "not_recording", "Handled"),
        (RECORDING, {}, "nothing", "recording", "Handled"),
        (GONE, {}, "nothing", "gone", "Handled"),
        (UNREAD, {}, "nothing", "unread", "Handled"),
        (at(STOPPED, BEFORE), RESTORED, "restarted", "recording", "Handled"),
        (UNREAD, RESTORED, "restarted", "recording", "Handled"),
        # not read back: another reading after the call counts, one before it says nothing of what came of it
        (UNREAD, NOT_READ_BACK, "started", "unread", "RestoreNotReadBack"),
        (at(STOPPED, BEFORE), NOT_READ_BACK, "started", "unread", "RestoreNotReadBack"),
        (at(STOPPED, AFTER), NOT_READ_BACK, "started", "not_recording", "RestoreFailed"),
        (at(RECORDING, AFTER), NOT_READ_BACK, "restarted", "recording", "Handled"),
        (at(RECORDING, BEFORE), NOT_READ_BACK, "restarted", "recording", "Handled"),
        # "no such trail" from a reading, after the call succeeded
        (GONE, MISSING, "started", "unread", "RestoreNotReadBack"),
        # readings that disagree: the later one counts
        (at(STOPPED, AFTER), RESTORED, "started", "not_recording", "RestoreFailed"),
        (at(RECORDING, AFTER), {**RESTORED, "logging": False}, "restarted", "recording", "Handled"),
        # refused
        (STOPPED, DENIED, "failed", "not_recording", "RestoreFailed"),
        (UNREAD, DENIED, "failed", "unread", "RestoreFailed"),
        (RECORDING, DENIED, "failed", "recording", "Handled"),
        (UNREAD, {**DENIED, "error": "TrailNotFoundException"}, "failed", "gone", "RestoreFailed"),
        # no answer: it may have taken effect
        (UNREAD, HANGING, "no_answer", "unread", "RestoreFailed"),
        (STOPPED, HANGING, "no_answer", "not_recording", "RestoreFailed"),
        (RECORDING, HANGING, "no_answer", "recording", "Handled"),
        (UNREAD, {**DENIED, "error": "Lambda.Unknown"}, "no_answer", "unread", "RestoreFailed"),
        (UNREAD, {**DENIED, "error": "KeyError"}, "no_answer", "unread", "RestoreFailed"),
        # nothing was called
        (UNREAD, {**DENIED, "error": "Lambda.ResourceNotFoundException"}, "not_called", "unread", "RestoreFailed"),
        (UNREAD, {**DENIED, "error": "Runtime.ImportModuleError"}, "not_called", "unread", "RestoreFailed"),
        # on, but since before the stop: a status that lags
        (at(STALE, BEFORE), NOT_READ_BACK, "started", "unread", "RestoreNotReadBack"),
        (STALE, {}, "nothing", "unread", "Handled"),
        (at(STALE, AFTER), NOT_READ_BACK, "restarted", "recording", "Handled"),
        # two readings of one moment
        (
            {**at(RECORDING, AFTER), "started_at": None},
            {**RESTORED, "read_at": AFTER},
            "restarted",
            "recording",
            "Handled",
        ),
    ],
)
def test_what_was_done_and_how_it_stands(trail: TrailState, undo: Any, done: str, state: str, ends: str) -> None:
    whole = report("stop-logging", trail, undo)
    assert standing(whole)[:2] == (done, state)
    assert end(whole, readers=1) == ends
    assert end(whole, readers=0) == "NobodyTold"


# https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
@pytest.mark.parametrize(
    ("errors", "done"),
    [
        (
            "ReadTimeoutError ConnectionClosedError ConnectionError ResponseStreamingError IncompleteReadError "
            "States.Timeout States.DataLimitExceeded NoAnswer Sandbox.Timedout Runtime.ExitError Runtime.OutOfMemory "
            "Lambda.Unknown Lambda.ServiceException Lambda.AWSLambdaException Lambda.SdkClientException TypeError",
            "no_answer",
        ),
        ("Lambda.TooManyRequestsException Runtime.ImportModuleError Runtime.HandlerNotFound", "not_called"),
        ("AccessDeniedException EndpointConnectionError ThrottlingException", "failed"),
    ],
)
def test_an_error_says_whether_the_call_may_have_been_made(errors: str, done: str) -> None:
    assert {error: how_it_failed(error) for error in errors.split()} == dict.fromkeys(errors.split(), done)


def test_an_execution_that_could_not_judge_its_event_fails_as_that() -> None:
    whole: Any = {"incident": {"untriaged": {}}, "trail": {}, "undo": {}, "execution": EXECUTION}
    assert end(whole, readers=1) == "TriageFailed"
    assert end(whole, readers=0) == "NobodyTold"
    assert end(whole, readers=None) == "TriageFailed"


def test_the_account_of_the_trail_or_else_of_the_event_says_whether_it_is_ours() -> None:
    whole = report("stop-logging", STOPPED, {})
    assert not is_foreign(whole)
    whole["incident"]["trail"]["account"] = "111122223333"
    assert is_foreign(whole)
    whole["incident"]["family"] = "destination"
    assert not is_foreign(whole), "its account is the event's"
    whole["incident"]["account"] = "111122223333"
    assert is_foreign(whole)
    whole["incident"]["account"] = None
    assert not is_foreign(whole), "what the event does not say is not another account's"


def test_the_time_is_that_of_the_reading_that_counts() -> None:
    whole = report("stop-logging", at(STOPPED, BEFORE), RESTORED)
    assert standing(whole).since == RESTORED["started_at"]
    assert standing(report("stop-logging", STOPPED, {})).since == STOPPED["stopped_at"]


def test_why_it_is_not_known_is_said() -> None:
    assert standing(report("stop-logging", UNREAD, NOT_READ_BACK)).unread == "AccessDeniedException"
    assert standing(report("stop-logging", UNREAD, {})).unread == "ThrottlingException"
    both = standing(report("stop-logging", UNREAD, DENIED))
    assert (both.failed, both.unread) == (DENIED["error"], "ThrottlingException")
    refused: TrailState = {"unread": [{"call": "GetTrailStatus", "on": "TestTrail", "error": "AccessDenied"}]}
    assert standing(report("stop-logging", refused, {})).unread == "AccessDenied"


def test_a_status_that_has_not_seen_the_restart_gives_the_time_of_the_call() -> None:
    whole = report("stop-logging", at(STALE, AFTER), NOT_READ_BACK)
    assert standing(whole).since == RESTORED["called_at"]


@pytest.mark.parametrize(
    ("verdict", "undo", "next_"),
    [
        ("stopped", {}, "look_back"),
        ("deleted", {}, "look_back"),
        ("narrowed", {}, None),
        ("narrowed", RESTORED, "look_back"),
    ],
)
def test_who_looked_away_is_looked_back_at(verdict: Any, undo: UndoResult, next_: str | None) -> None:
    whole = report("stop-logging", RECORDING, undo)
    whole["incident"]["verdict"], whole["incident"]["undo"]["mode"] = verdict, "off"
    assert what_is_next(whole) == next_


def test_what_waiting_cannot_mend_are_errors_of_cloudtrail_or_of_the_sdk() -> None:
    cloudtrail = {shape.name for shape in aws.SESSION.get_service_model("cloudtrail").error_shapes}
    assert {*LASTING} - cloudtrail == {"AccessDenied", "ParamValidationError", "ValueError"}


def test_a_reading_from_before_the_call_does_not_say_why_nothing_is_known() -> None:
    whole = report("stop-logging", at(STALE, BEFORE), {**NOT_READ_BACK, "unread": None})
    assert (standing(whole).state, standing(whole).unread) == ("unread", "StaleReading")


def test_of_destinations_and_of_a_flood_no_report_is_written() -> None:
    assert what_is_next(report("stop-logging", RECORDING, RESTORED)) == "look_back"
    assert (
        what_is_next({**report("stop-logging", RECORDING, RESTORED), "flood": {"counted": 4, "calls": ["x"]}}) is None
    )
    destination = report("stop-logging", RECORDING, {**RESTORED, "proven": True})
    destination["incident"] |= {"family": "destination", "verdict": "deleted"}
    assert what_is_next(destination) is None


def test_a_trail_that_was_created_again_is_back_when_it_records() -> None:
    created: UndoResult = {**RESTORED, "call": "CreateTrail", "proven": False, "logging": True}
    assert standing(report("delete-trail", RECORDING, created)).done == "restarted"
