"""Announced changes: whose, which, until when; and that a deployment is one, but not whatever calls itself so."""

from typing import Any, cast

import pytest

from tests.samples import OWN, SETTINGS, event
from trailkeeper.calls import catalogue
from trailkeeper.incident import Incident
from trailkeeper.settings import Entry, Settings
from trailkeeper.verdict import judge

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
        ({"until": "2026-11-23T02:00:59Z"}, "critical"),
        ({"until": "2026-11-23T02:01:00Z"}, "info"),
        ({"until": "2026-11-23T11:01:00+09:00"}, "info"),
    ],
)
def test_an_announcement_counts_for_who_and_what_and_until_when_it_says(entry: dict[str, Any], severity: str) -> None:
    assert stopped(**entry)["severity"] == severity


def test_an_event_without_a_time_was_announced_by_none() -> None:
    undated = event("stop-logging", userIdentity=SESSION, eventTime=None)
    del undated["time"]
    assert judge(undated, {**SETTINGS, "expected": [ENTRY]})["severity"] == "critical"


def test_an_expired_one_is_reported_and_counts_no_longer() -> None:
    incident = stopped(until="2026-11-22")
    assert incident["facts"][-1] == {"code": "announcement_expired", "detail": "2026-11-22, migration"}
    assert incident["undo"]["mode"] == "auto"


def on_own_part(
    action: str, role: str, by: str | None, source: str = "cloudformation", qualifier: str = "hnb659fds", **request: Any
) -> Incident:
    """A call on Trailkeeper itself by a role's session."""
    issuer = {"type": "Role", "arn": f"arn:aws:iam::123456789012:role/{role}"}
    identity = {"type": "AssumedRole", "invokedBy": by, "sessionContext": {"sessionIssuer": issuer}}
    record = {"eventName": action, "eventSource": f"{source}.amazonaws.com", "requestParameters": request}
    settings: Settings = {**SETTINGS, "qualifier": qualifier}
    return judge(event("stop-logging", userIdentity=identity, **record), settings, OWN)


DEPLOY, CARRY_OUT = (f"cdk-hnb659fds-{role}-role-123456789012-us-east-1" for role in ("deploy", "cfn-exec"))
CLOUDFORMATION = "cloudformation.amazonaws.com"
ELSEWHERE = CARRY_OUT.replace("us-east-1", "eu-west-1")
OWN_NAME = ROLE = "Trailkeeper-Part1A2B-abc"
STACK, RULE = {"stackName": "Trailkeeper"}, {"name": "Trailkeeper-Tampering1A2B-abc"}
TARGETS = {"rule": RULE["name"]}


TOPIC = "arn:aws:sns:us-east-1:123456789012:Trailkeeper-Incidents1A2B-abc"
SUBSCRIPTION = f"{TOPIC}:1"


def own(action: str, source: str, role: str = CARRY_OUT, **request: Any) -> Incident:
    """A call that CloudFormation makes for a deployment."""
    return on_own_part(action, role, CLOUDFORMATION, source=source, **request)


def test_a_deployment_by_the_accounts_own_cdk_roles_is_expected() -> None:
    for incident in (
        on_own_part("ExecuteChangeSet", DEPLOY, None, **STACK),
        on_own_part("UpdateStack", DEPLOY, None, **STACK),
        on_own_part("PutRule", CARRY_OUT, CLOUDFORMATION, source="events", **RULE),
        on_own_part(
            "PutRule", CARRY_OUT.replace("hnb659fds", "mine"), CLOUDFORMATION, source="events", qualifier="mine", **RULE
        ),
        own("PutMetricAlarm", "monitoring", alarmName=OWN_NAME, alarmActions=["arn:aws:sns:x"], actionsEnabled=True),
        own(
            "PutRolePolicy",
            "iam",
            roleName=ROLE,
            policyDocument='{"Statement": {"Effect": "Allow"}}',
        ),
        own("PutRetentionPolicy", "logs", logGroupName="Trailkeeper-NotifyLog", retentionInDays=365),
        own("SetTopicAttributes", "sns", topicArn=TOPIC, attributeName="Policy"),
        # the stack of another Region has roles of the same beginning
        own("PutRolePolicy", "iam", ELSEWHERE, roleName="Trailkeeper-X", policyDocument='{"Statement": []}'),
    ):
        assert (incident["verdict"], incident["severity"]) == ("narrowed", "info"), incident
        assert incident["expected"] and incident["expected"]["until"] is None
        assert incident["facts"][-1] == {"code": "own_deployment", "detail": None}


@pytest.mark.parametrize(
    "incident",
    [
        on_own_part("DeleteStack", DEPLOY, None, **STACK),
        on_own_part("UpdateTerminationProtection", DEPLOY, None, **STACK, enableTerminationProtection=False),
        on_own_part("DisableRule", DEPLOY, None, source="events", **RULE),
        on_own_part("DisableRule", CARRY_OUT, None, source="events", **RULE),
        # whatever deletes or switches off a part, a deployment or not
        on_own_part("DeleteRule", CARRY_OUT, CLOUDFORMATION, source="events", **RULE),
        on_own_part("DisableRule", CARRY_OUT, CLOUDFORMATION, source="events", **RULE),
        on_own_part("PutRule", CARRY_OUT, CLOUDFORMATION, source="events", **RULE, state="DISABLED"),
        on_own_part("RemoveTargets", CARRY_OUT, CLOUDFORMATION, source="events", **TARGETS),
        own("PutMetricAlarm", "monitoring", alarmName=OWN_NAME, alarmActions=[], actionsEnabled=True),
        own("PutMetricAlarm", "monitoring", alarmName=OWN_NAME, alarmActions=["x"], actionsEnabled=False),
        own("AttachRolePolicy", "iam", roleName=ROLE, policyArn="arn:aws:iam::aws:policy/AWSDenyAll"),
        own(
            "PutRolePolicy",
            "iam",
            roleName=ROLE,
            policyDocument='{"Statement": {"Effect": "Deny"}}',
        ),
        own("PutRolePolicy", "iam", roleName=ROLE),
        own("UpdateTable", "dynamodb", tableName="Trailkeeper-Ledger1A2B", deletionProtectionEnabled=False),
        own("UpdateContinuousBackups", "dynamodb", tableName="Trailkeeper-Ledger1A2B"),
        own("PutRetentionPolicy", "logs", logGroupName="Trailkeeper-NotifyLog", retentionInDays=1),
        own("SetSubscriptionAttributes", "sns", subscriptionArn=SUBSCRIPTION, attributeName="FilterPolicy"),
        own("SetTopicAttributes", "sns", topicArn=TOPIC, attributeName="KmsMasterKeyId"),
        # roles that are only called like them
        on_own_part("PutRule", "cdk-evil-role-123456789012-x", CLOUDFORMATION, source="events", **RULE),
        on_own_part("PutRule", f"{CARRY_OUT}x", CLOUDFORMATION, source="events", **RULE),
        on_own_part("PutRule", CARRY_OUT.replace("us-east-1", "eu-west-1"), CLOUDFORMATION, source="events", **RULE),
        on_own_part("PutRule", CARRY_OUT.replace("hnb659fds", "other"), CLOUDFORMATION, source="events", **RULE),
        on_own_part("PutRule", f"path/{CARRY_OUT}", CLOUDFORMATION, source="events", **RULE),
        on_own_part("ExecuteChangeSet", "cdk-hnb659fds-lookup-role-123456789012-us-east-1", None, **STACK),
    ],
    ids=lambda incident: incident["action"],
)
def test_what_is_no_deployment_is_not_expected_whatever_the_role_is_called(incident: Incident) -> None:
    assert incident["expected"] is None
    assert incident["severity"] in ("critical", "high")


def test_a_deployment_is_made_of_these_calls_and_no_others() -> None:
    assert {call.action for call in catalogue() if call.deployment} == {
        *("PutRule", "PutTargets", "UpdateStateMachine", "SetTopicAttributes", "SetSubscriptionAttributes"),
        "CreateFunction20150331",
        *("UpdateFunctionCode20150331v2", "UpdateFunctionConfiguration20150331v2", "SetQueueAttributes"),
        *("PutRolePolicy", "UpdateAssumeRolePolicy", "PutMetricAlarm", "PutRetentionPolicy"),
        *("UpdateTable", "UpdateContinuousBackups", "UpdateTimeToLive"),
        *("UpdateStack", "ExecuteChangeSet"),
    }
    assert {call.family for call in catalogue() if call.deployment} == {"trailkeeper"}


def test_of_several_announcements_one_that_counts_is_reported() -> None:
    gone: Entry = {**ENTRY, "until": "2026-11-01", "reason": "over"}
    found = judge(event("stop-logging", userIdentity=SESSION), {**SETTINGS, "expected": [gone, ENTRY, gone]})
    assert found["expected"] and found["expected"]["reason"] == "migration"
    older: Entry = {**gone, "reason": "older"}
    found = judge(event("stop-logging", userIdentity=SESSION), {**SETTINGS, "expected": [gone, older]})
    assert found["expected"] == {
        "principal": ENTRY["principal"],
        "reason": "over",
        "until": "2026-11-01",
        "expired": True,
    }


def test_a_bare_name_in_an_entry_is_not_another_accounts_trail_of_that_name() -> None:
    entry: Entry = {
        "principal": "arn:aws:iam::*:user/alice",
        "actions": ["StopLogging"],
        "trails": ["TestTrail"],
        "reason": "x",
        "until": "2999-12-31",
    }
    settings: Settings = {**SETTINGS, "expected": [entry]}
    assert judge(event("stop-logging"), settings, OWN)["severity"] == "info"
    assert judge(event("stop-logging", recipientAccountId="111122223333"), settings, OWN)["severity"] == "critical"
