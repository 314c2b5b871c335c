"""Triage: the handler, which takes its settings from the file beside it and its place from Lambda."""

from collections.abc import Callable
from types import SimpleNamespace

import triage
from tests.samples import event


def test_only_trails_of_the_account_it_runs_in_are_undone(deployed: Callable[..., None]) -> None:
    elsewhere = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:111122223333:function:Triage")
    assert triage.handler(event("stop-logging"), elsewhere)["undo"]["why"] == "another_account"
    here = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:Triage")
    assert triage.handler(event("stop-logging"), here)["undo"]["mode"] == "auto"
    deployed(undo={"StopLogging": "off"})
    assert triage.handler(event("stop-logging"), here)["undo"]["mode"] == "off"
