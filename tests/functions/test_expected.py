"""Announced changes: whose, which, until when; and that a deployment is one, but not whatever calls itself so."""

from typing import Any, cast

import pytest

from expected import Entry
from incident import Incident
from tests.samples import SETTINGS, event
from triage import judge

ROLE = "arn:aws:iam::123456789012:role/DeployNetwork"
SESSION = {
    "type": "AssumedRole",
    "arn": "arn:aws:sts::123456789012:assumed-role/DeployNetwork/alice",
    "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}},
}
ENTRY: Entry = {
    "principal": "arn:aws:iam::123456789012:role/Deploy*",
    "actions": ["StopLogging"],
    "trails": [],
    "reason": "migration",
    "until": "2026-11-23",
}


def stopped(**entry: Any) -> Incident:
    """A StopLogging on 2026-11-23 by a role's session, with one announcement."""
    return judge(
        event("stop-logging", userIdentity=SESSION), {**SETTINGS, "expected": [cast(Entry, {**ENTRY, **entry})]}
    )


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        ({}, "info"),
        ({"principal": ROLE}, "info"),
        ({"principal": "arn:aws:sts::123456789012:assumed-role/DeployNetwork/alic?"}, "info"),
        ({"principal": "arn:aws:sts::123456789012:assumed-role/DeployNetwork/[a]lice"}, "critical"),
        ({"principal": "arn:aws:iam::123456789012:role/Other*"}, "critical"),
        ({"actions": ["DeleteTrail"]}, "critical"),
        ({"trails": ["TestTrail"]}, "info"),
        ({"trails": ["other"]}, "critical"),
        ({"until": "2026-11-22"}, "critical"),
        ({"until": "2026-11-23T00:00:00Z"}, "critical"),
    ],
)
def test_an_announcement_counts_for_who_and_what_and_until_when_it_says(entry: dict[str, Any], severity: str) -> None:
    assert stopped(**entry)["severity"] == severity


def test_an_event_without_a_time_was_announced_by_none() -> None:
    undated = event("stop-logging", userIdentity=SESSION, eventTime=None)
    del undated["time"]
    assert judge(undated, {**SETTINGS, "expected": [ENTRY]})["severity"] == "critical"


def test_an_expired_one_is_told_and_counts_no_longer() -> None:
    incident = stopped(until="2026-11-22")
    assert incident["reasons"][-1] == "announced, but that has expired: 2026-11-22, migration"
    assert incident["undo"]["mode"] == "auto"


def guarded(action: str, role: str, by: str | None, source: str = "cloudformation", **request: Any) -> Incident:
    """A call on Trailkeeper itself by a role's session."""
    issuer = {"type": "Role", "arn": f"arn:aws:iam::123456789012:role/{role}"}
    identity = {"type": "AssumedRole", "invokedBy": by, "sessionContext": {"sessionIssuer": issuer}}
    record = {"eventName": action, "eventSource": f"{source}.amazonaws.com", "requestParameters": request}
    return judge(event("stop-logging", userIdentity=identity, **record), SETTINGS)


DEPLOY, CARRY_OUT = (f"cdk-hnb659fds-{role}-role-123456789012-us-east-1" for role in ("deploy", "cfn-exec"))
CLOUDFORMATION = "cloudformation.amazonaws.com"
STACK, RULE = {"stackName": "Trailkeeper"}, {"name": "Trailkeeper-Tampering1A2B-abc"}


def test_a_deployment_by_the_accounts_own_cdk_roles_is_expected() -> None:
    for incident in (
        guarded("ExecuteChangeSet", DEPLOY, None, **STACK),
        guarded("PutRule", CARRY_OUT, CLOUDFORMATION, source="events", **RULE),
    ):
        assert (incident["verdict"], incident["severity"]) == ("narrowed", "info")
        assert incident["expected"] and incident["expected"]["until"] is None


@pytest.mark.parametrize(
    "incident",
    [
        guarded("DeleteStack", DEPLOY, None, **STACK),
        guarded("UpdateTerminationProtection", DEPLOY, None, **STACK, enableTerminationProtection=False),
        guarded("DisableRule", DEPLOY, None, source="events", **RULE),
        guarded("DisableRule", CARRY_OUT, None, source="events", **RULE),
        guarded("DisableRule", "cdk-evil-role-123456789012-x", CLOUDFORMATION, source="events", **RULE),
        guarded("ExecuteChangeSet", "cdk-hnb659fds-lookup-role-123456789012-us-east-1", None, **STACK),
    ],
    ids=lambda incident: incident["action"],
)
def test_what_is_no_deployment_is_not_expected_whatever_the_role_is_called(incident: Incident) -> None:
    assert incident["expected"] is None
    assert incident["severity"] in ("critical", "high")
