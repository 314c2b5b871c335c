"""History: the states of an execution as a person follows them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from console.history import states_walked

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def events(*given: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """History events a second apart, each following the one before."""
    return [
        {"id": number, "previousEventId": number - 1, "timestamp": START + timedelta(seconds=number), "type": kind}
        | details
        for number, (kind, details) in enumerate(given, 1)
    ]


def entered(name: str) -> tuple[str, dict[str, Any]]:
    """A state was entered."""
    return "TaskStateEntered", {"stateEnteredEventDetails": {"name": name}}


def exited(name: str) -> tuple[str, dict[str, Any]]:
    """A state was left."""
    return "TaskStateExited", {"stateExitedEventDetails": {"name": name}}


def failed(error: str) -> tuple[str, dict[str, Any]]:
    """The task of the state entered last failed."""
    return "LambdaFunctionFailed", {"lambdaFunctionFailedEventDetails": {"error": error}}


def test_states_come_in_the_order_they_were_entered_with_the_time_they_took() -> None:
    walked = states_walked(events(entered("Triage"), exited("Triage"), entered("Notify"), exited("Notify")))
    assert [(state.name, state.seconds) for state in walked] == [("Triage", 1.0), ("Notify", 1.0)]


def test_a_state_that_never_ended_has_no_time_and_shows_its_error() -> None:
    (state,) = states_walked(events(entered("Notify"), failed("AuthorizationError")))
    assert (state.seconds, state.error) == (None, "AuthorizationError")


def test_an_error_that_a_retry_overcame_still_shows() -> None:
    (state,) = states_walked(events(entered("Enrich"), failed("ThrottlingException"), exited("Enrich")))
    assert (state.seconds, state.error) == (2.0, "ThrottlingException")


def test_parallel_branches_keep_their_times_apart() -> None:
    given = events(entered("Enrich"), entered("Restore"), exited("Enrich"), exited("Restore"))
    assert [(state.name, state.seconds) for state in states_walked(given)] == [("Enrich", 2.0), ("Restore", 2.0)]
