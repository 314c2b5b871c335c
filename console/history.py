"""Reads an execution's history: the states in the order they were entered, how long each took, and where it failed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple


class State(NamedTuple):
    """One visit of a state; `seconds` is None for one that the execution never left, `error` says why it failed."""

    name: str
    entered: datetime
    seconds: float | None
    error: str | None


def states_walked(events: Sequence[Any]) -> list[State]:
    """The states of an execution from the events of GetExecutionHistory, in the order they were entered.

    A failed task's error stands on an event between the two of its state, linked by previousEventId.
    """
    by_id = {event["id"]: event for event in events}
    walked: list[State] = []
    for event in events:
        if event["type"].endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            walked.append(State(name, event["timestamp"], None, None))
        elif event["type"].endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            index = last_open(walked, name)
            seconds = (event["timestamp"] - walked[index].entered).total_seconds()
            walked[index] = walked[index]._replace(seconds=seconds)
        elif error := event_error(event):
            index = last_open(walked, entered_name(event, by_id))
            walked[index] = walked[index]._replace(error=error)
    return walked


def last_open(walked: list[State], name: str) -> int:
    """The index of the latest visit of a state that has not ended."""
    return max(index for index, state in enumerate(walked) if state.name == name and state.seconds is None)


def entered_name(event: Any, by_id: dict[int, Any]) -> str:
    """The state in which an event happened: the one entered last on its way back."""
    while not event["type"].endswith("StateEntered"):
        event = by_id[event["previousEventId"]]
    name: str = event["stateEnteredEventDetails"]["name"]
    return name


def event_error(event: Any) -> str | None:
    """The error in a task's event, if there is one."""
    for kind in ("lambdaFunctionFailed", "lambdaFunctionTimedOut", "lambdaFunctionScheduleFailed", "evaluationFailed"):
        details = event.get(f"{kind}EventDetails")
        if details:
            return str(details.get("error", kind))
    return None
