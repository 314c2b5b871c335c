"""Calls on the parts of Trailkeeper itself, by which it would see or mail no more, or do something else."""

from trailkeeper.calls import Call, Finding, Known, Request
from trailkeeper.calls.log_group import STREAM_DELETED, put_retention_policy
from trailkeeper.incident import Verdict
from trailkeeper.kinds import (
    ALARM,
    FUNCTION,
    LOG_GROUP,
    QUEUE,
    ROLE,
    RULE,
    STACK,
    STATE_MACHINE,
    SUBSCRIPTION,
    TOPIC,
    Kind,
)
from trailkeeper.record import is_true

PERMISSIONS = Finding("permissions_changed")
# Log groups of state machines: https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
VENDED_LOGS = "/aws/vendedlogs/states/"


def put_rule(request: Request, known: Known | None) -> Verdict | list[Finding]:
    """The rule's pattern, or its state, as DisableRule sets it."""
    return "stopped" if request.get("state") == "DISABLED" else [Finding("rule_changed")]


def update_termination_protection(request: Request, known: Known | None) -> list[Finding]:
    """Whether the stack can be deleted."""
    return [] if is_true(request.get("enableTerminationProtection")) else [Finding("no_termination_protection")]


def on(kind: Kind, parameter: str, *calls: Call) -> tuple[Call, ...]:
    """The rows of one kind of part."""
    return tuple(call._replace(kind=kind, parameter=parameter) for call in calls)


def row(
    action: str,
    effect: Verdict | Finding | object,
    *,
    command: tuple[str, str] | None = None,
    deployment: bool = False,
    blinds: bool = True,
) -> Call:
    """A row whose kind and parameter are given around it."""
    return Call("trailkeeper", RULE, action, "", effect, command=command, deployment=deployment, blinds=blinds)  # type: ignore[arg-type]


TARGETS = ("look", "aws events list-targets-by-rule --rule NAME")
ENABLE = ("put_back", "aws events enable-rule --name NAME")

CALLS = (
    *on(
        RULE,
        "name",
        row("DisableRule", "stopped", command=ENABLE),
        row("DeleteRule", "deleted"),
        row("PutRule", put_rule, deployment=True),
    ),
    *on(
        RULE,
        "rule",
        row("RemoveTargets", Finding("rule_starts_nothing"), command=TARGETS),
        row("PutTargets", Finding("rule_targets_changed"), command=TARGETS, deployment=True),
    ),
    *on(
        STATE_MACHINE,
        "stateMachineArn",
        row("DeleteStateMachine", "deleted"),
        row("UpdateStateMachine", Finding("flow_changed"), deployment=True),
    ),
    *on(STATE_MACHINE, "executionArn", row("StopExecution", Finding("execution_stopped"), blinds=False)),
    *on(
        FUNCTION,
        "functionName",
        row("DeleteFunction20150331", "deleted"),
        row("UpdateFunctionCode20150331v2", Finding("code_changed"), deployment=True),
        row("UpdateFunctionConfiguration20150331v2", Finding("configuration_changed"), deployment=True),
        row("PutFunctionConcurrency20171031", Finding("concurrency_limited")),
        row("AddPermission20150331v2", Finding("function_open_to_others")),
        row("RemovePermission20150331v2", PERMISSIONS),
    ),
    *on(
        TOPIC,
        "topicArn",
        row("DeleteTopic", "deleted"),
        row("SetTopicAttributes", Finding("topic_attributes_changed"), deployment=True),
        row("RemovePermission", PERMISSIONS),
    ),
    *on(
        SUBSCRIPTION,
        "subscriptionArn",
        row("Unsubscribe", "deleted"),
        row("SetSubscriptionAttributes", Finding("subscription_changed"), deployment=True),
    ),
    *on(
        QUEUE,
        "queueUrl",
        row("DeleteQueue", "deleted", blinds=False),
        row("PurgeQueue", Finding("queue_emptied"), blinds=False),
        row("SetQueueAttributes", Finding("queue_changed"), deployment=True, blinds=False),
    ),
    *on(
        ROLE,
        "roleName",
        row("DeleteRole", "deleted"),
        row("DeleteRolePolicy", PERMISSIONS),
        row("PutRolePolicy", PERMISSIONS, deployment=True),
        row("AttachRolePolicy", PERMISSIONS, deployment=True),
        row("DetachRolePolicy", PERMISSIONS),
        row("PutRolePermissionsBoundary", PERMISSIONS),
        row("UpdateAssumeRolePolicy", Finding("trust_changed"), deployment=True),
    ),
    *on(
        ALARM,
        "alarmNames",
        row("DeleteAlarms", "deleted", blinds=False),
        row("DisableAlarmActions", "stopped", blinds=False),
    ),
    *on(ALARM, "alarmName", row("PutMetricAlarm", Finding("alarm_changed"), deployment=True, blinds=False)),
    *on(
        LOG_GROUP,
        "logGroupName",
        row("DeleteLogGroup", "deleted", blinds=False),
        row("DeleteLogStream", STREAM_DELETED, blinds=False),
        row("PutRetentionPolicy", put_retention_policy, deployment=True, blinds=False),
    ),
    *on(
        STACK,
        "stackName",
        row("DeleteStack", "deleted"),
        row("UpdateStack", Finding("stack_changed"), deployment=True),
        row("ExecuteChangeSet", Finding("stack_changed"), deployment=True),
        row("UpdateTerminationProtection", update_termination_protection, blinds=False),
    ),
)
