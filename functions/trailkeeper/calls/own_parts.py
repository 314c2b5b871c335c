"""Calls on the parts of Trailkeeper itself, by which it would see or mail no more, or do something else."""

from typing import Any

from trailkeeper import kinds
from trailkeeper.calls import TOOLS, Call, Finding, Known, Request
from trailkeeper.calls.log_group import STREAM_DELETED, put_retention_policy
from trailkeeper.incident import Verdict
from trailkeeper.record import is_false, is_true, mapping, number

CHANGED, PERMISSIONS = Finding("part_changed"), Finding("permissions_changed")
# Log groups of state machines: https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
VENDED_LOGS = "/aws/vendedlogs/states/"
ENABLE = ("put_back", "aws events enable-rule --name NAME")
TARGETS = ("look", "aws events list-targets-by-rule --rule NAME")


def put_rule(request: Request, known: Known | None) -> Verdict | list[Finding]:
    """The rule's pattern, or its state, as DisableRule sets it."""
    return "stopped" if request.get("state") == "DISABLED" else [CHANGED]


def put_metric_alarm(request: Request, known: Known | None) -> Verdict | list[Finding]:
    """Whether the alarm still notifies anybody."""
    return "stopped" if is_false(request.get("actionsEnabled")) or not request.get("alarmActions") else [CHANGED]


def put_role_policy(request: Request, known: Known | None) -> list[Finding]:
    """What the role may do, or no longer may."""
    return [Finding("permissions_denied") if "Deny" in str(request.get("policyDocument", "Deny")) else PERMISSIONS]


def put_own_retention(request: Request, known: Known | None) -> list[Finding]:
    """How long the logs are kept: a deployment keeps them for a year."""
    return [CHANGED] if (number(request.get("retentionInDays")) or 0) >= 365 else put_retention_policy(request, known)


def set_subscription_attributes(request: Request, known: Known | None) -> list[Finding]:
    """Whether a filter could keep mails from the reader."""
    filtered = "Filter" in str(request.get("attributeName", "Filter"))
    return [Finding("subscription_filtered") if filtered else CHANGED]


def set_topic_attributes(request: Request, known: Known | None) -> list[Finding]:
    """Whether another key could keep mails from being published."""
    return [Finding("topic_key_changed") if request.get("attributeName") == "KmsMasterKeyId" else CHANGED]


def update_termination_protection(request: Request, known: Known | None) -> list[Finding]:
    """Whether the stack can be deleted."""
    return [] if is_true(request.get("enableTerminationProtection")) else [Finding("no_termination_protection")]


def update_table(request: Request, known: Known | None) -> list[Finding]:
    """Whether the table can be deleted."""
    return [Finding("no_deletion_protection") if is_false(request.get("deletionProtectionEnabled")) else CHANGED]


def update_backups(request: Request, known: Known | None) -> list[Finding]:
    """Whether what is deleted from the table can still be brought back."""
    recovery = mapping(request.get("pointInTimeRecoverySpecification"))
    return [] if is_true(recovery.get("pointInTimeRecoveryEnabled")) else [Finding("no_recovery")]


def own(kind: kinds.Kind, parameter: str, action: str, effect: Any, **more: Any) -> Call:
    """A row. Without queue, alarms, logs and table, Trailkeeper still notices and mails what comes next."""
    blinds = kind not in (kinds.QUEUE, kinds.ALARM, kinds.LOG_GROUP, kinds.TABLE)
    return Call("trailkeeper", kind, action, parameter, effect, **{"blinds": blinds, "technique": TOOLS, **more})


CALLS = (
    own(kinds.RULE, "name", "DisableRule", "stopped", undo="EnableRule", command=ENABLE),
    own(kinds.RULE, "name", "DeleteRule", "deleted"),
    own(kinds.RULE, "name", "PutRule", put_rule, deployment=True),
    own(kinds.RULE, "rule", "RemoveTargets", Finding("rule_starts_nothing"), undo="PutTargets", command=TARGETS),
    own(kinds.RULE, "rule", "PutTargets", CHANGED, command=TARGETS, deployment=True),
    own(kinds.STATE_MACHINE, "stateMachineArn", "DeleteStateMachine", "deleted"),
    own(kinds.STATE_MACHINE, "stateMachineArn", "UpdateStateMachine", CHANGED, deployment=True),
    own(kinds.STATE_MACHINE, "executionArn", "StopExecution", Finding("execution_stopped"), blinds=False),
    own(kinds.FUNCTION, "functionName", "CreateFunction20150331", Finding("function_made"), deployment=True),
    own(kinds.FUNCTION, "functionName", "DeleteFunction20150331", "deleted"),
    own(kinds.FUNCTION, "functionName", "UpdateFunctionCode20150331v2", CHANGED, deployment=True),
    own(kinds.FUNCTION, "functionName", "UpdateFunctionConfiguration20150331v2", CHANGED, deployment=True),
    own(kinds.FUNCTION, "functionName", "PutFunctionConcurrency20171031", Finding("concurrency_limited")),
    own(kinds.FUNCTION, "functionName", "AddPermission20150331v2", Finding("function_open_to_others")),
    own(kinds.FUNCTION, "functionName", "RemovePermission20150331v2", PERMISSIONS),
    own(kinds.TOPIC, "topicArn", "DeleteTopic", "deleted"),
    own(kinds.TOPIC, "topicArn", "SetTopicAttributes", set_topic_attributes, deployment=True),
    own(kinds.TOPIC, "topicArn", "RemovePermission", PERMISSIONS),
    own(kinds.SUBSCRIPTION, "subscriptionArn", "Unsubscribe", "deleted"),
    own(
        kinds.SUBSCRIPTION, "subscriptionArn", "SetSubscriptionAttributes", set_subscription_attributes, deployment=True
    ),
    own(kinds.QUEUE, "queueUrl", "DeleteQueue", "deleted"),
    own(kinds.QUEUE, "queueUrl", "PurgeQueue", Finding("queue_emptied")),
    own(kinds.QUEUE, "queueUrl", "SetQueueAttributes", CHANGED, deployment=True),
    own(kinds.ROLE, "roleName", "DeleteRole", "deleted"),
    own(kinds.ROLE, "roleName", "DeleteRolePolicy", PERMISSIONS),
    own(kinds.ROLE, "roleName", "PutRolePolicy", put_role_policy, deployment=True),
    own(kinds.ROLE, "roleName", "AttachRolePolicy", PERMISSIONS),
    own(kinds.ROLE, "roleName", "DetachRolePolicy", PERMISSIONS),
    own(kinds.ROLE, "roleName", "PutRolePermissionsBoundary", PERMISSIONS),
    own(kinds.ROLE, "roleName", "UpdateAssumeRolePolicy", Finding("trust_changed"), deployment=True),
    own(kinds.ALARM, "alarmNames", "DeleteAlarms", "deleted"),
    own(kinds.ALARM, "alarmNames", "DisableAlarmActions", "stopped"),
    own(kinds.ALARM, "alarmName", "PutMetricAlarm", put_metric_alarm, deployment=True),
    own(kinds.LOG_GROUP, "logGroupName", "DeleteLogGroup", "deleted"),
    own(kinds.LOG_GROUP, "logGroupName", "DeleteLogStream", STREAM_DELETED),
    own(kinds.LOG_GROUP, "logGroupName", "PutRetentionPolicy", put_own_retention, deployment=True),
    own(kinds.TABLE, "tableName", "DeleteTable", "deleted"),
    own(kinds.TABLE, "tableName", "UpdateTable", update_table, deployment=True),
    own(kinds.TABLE, "tableName", "UpdateContinuousBackups", update_backups, deployment=True),
    own(kinds.TABLE, "tableName", "UpdateTimeToLive", CHANGED, deployment=True),
    own(kinds.STACK, "stackName", "DeleteStack", "deleted"),
    own(kinds.STACK, "stackName", "UpdateStack", CHANGED, deployment=True),
    own(kinds.STACK, "stackName", "ExecuteChangeSet", CHANGED, deployment=True),
    own(kinds.STACK, "stackName", "UpdateTerminationProtection", update_termination_protection, blinds=False),
)
