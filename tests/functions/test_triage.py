"""Triage: the handler, which takes its settings from the file beside it and its place from Lambda."""

import os
from collections.abc import Callable
from types import SimpleNamespace

import pytest

import triage
from tests.samples import CONTEXT, event


def test_only_trails_of_the_account_it_runs_in_are_undone(deployed: Callable[..., None]) -> None:
    elsewhere = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:111122223333:function:Triage")
    assert triage.handler(event("stop-logging"), elsewhere)["undo"]["why"] == "another_account"
    here = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:Triage")
    assert triage.handler(event("stop-logging"), here)["undo"]["mode"] == "auto"
    deployed(undo={"StopLogging": "off"})
    assert triage.handler(event("stop-logging"), here)["undo"]["mode"] == "off"


@pytest.mark.parametrize("action", ["StartLogging", "UpdateTrail", "PutEventSelectors", "CreateTrail"])
def test_what_restore_itself_calls_starts_no_incident(action: str, deployed: Callable[..., None]) -> None:
    ours = os.environ["RESTORE_ROLE_ARN"]
    for issuer, verdicts in ((ours, {"unrelated"}), (ours + "2", {"harmless", "narrowed", "unrelated"})):
        who = {"type": "AssumedRole", "arn": "x", "sessionContext": {"sessionIssuer": {"type": "Role", "arn": issuer}}}
        request = {"name": "TestTrail", "trailName": "TestTrail", "isMultiRegionTrail": False}
        record = event("stop-logging", eventName=action, userIdentity=who, requestParameters=request)
        incident = triage.handler(record, CONTEXT)
        assert incident["verdict"] in verdicts
        assert (issuer == ours) == ([fact["code"] for fact in incident["facts"]] == ["own_restore"])


def test_a_stop_under_the_name_of_restore_is_an_incident_all_the_same(deployed: Callable[..., None]) -> None:
    issuer = {"type": "Role", "arn": os.environ["RESTORE_ROLE_ARN"]}
    who = {"type": "AssumedRole", "arn": "x", "sessionContext": {"sessionIssuer": issuer}}
    assert triage.handler(event("stop-logging", userIdentity=who), CONTEXT)["verdict"] == "stopped"
