"""What Restore may do: for each kind of undo that is switched on, what its row calls, on what is watched."""

from collections.abc import Iterator

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from trailkeeper import kinds, undo
from trailkeeper.calls import Call, catalogue
from trailkeeper.settings import own_prefix
from workflow.settings import Settings


def statements(stack: Stack, settings: Settings) -> Iterator[iam.PolicyStatement]:
    """One statement for each call that undoes; "shadow" only reads."""
    for call in catalogue():
        mode = settings.undo.get(call.action, "off") if call.undo else "off"
        if mode == "off" or not call.undo or not (on := things(stack, settings, call)):
            continue
        row = undo.row(call.undo)
        status = ["cloudtrail:GetTrailStatus"] if call.kind is kinds.TRAIL else []
        actions = [*dict.fromkeys([*row.reads, *status, *(() if mode == "shadow" else row.writes)])]
        yield iam.PolicyStatement(
            sid=f"Undo{call.action}", actions=actions, resources=on, conditions=by_own_functions(stack)
        )
    roles = [arn for arn in settings.destinations if kinds.destination(arn) is kinds.ROLE]
    if roles and {settings.undo["UpdateTrail"], settings.undo["DeleteTrail"]} & {"approve", "auto"}:
        # Whoever gives a trail a log group passes CloudTrail the role that writes there.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
        yield iam.PolicyStatement(
            sid="PassLogGroupRole",
            actions=["iam:PassRole"],
            resources=roles,
            conditions={"StringEquals": {"iam:PassedToService": "cloudtrail.amazonaws.com"}},
        )
    if passed := passing(stack, settings):
        yield passed


def by_own_functions(stack: Stack) -> dict[str, dict[str, str]]:
    """That a call comes from a function of this stack: whoever passes the role to another function gets nothing by it.

    What this role does is no tampering. Making a function of such a name is.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    functions = f"arn:{stack.partition}:lambda:{stack.region}:{stack.account}:function:{own_prefix(stack.stack_name)}*"
    return {"ArnLike": {"lambda:SourceFunctionArn": functions}}


def passing(stack: Stack, settings: Settings) -> iam.PolicyStatement | None:
    """Who gives a rule its target passes EventBridge the role by which it starts the state machine."""
    if settings.undo["RemoveTargets"] not in ("approve", "auto"):
        return None
    return iam.PolicyStatement(
        sid="PassEventsRole",
        actions=["iam:PassRole"],
        resources=[f"arn:{stack.partition}:iam::{stack.account}:role/{own_prefix(stack.stack_name)}*"],
        conditions={"StringEquals": {"iam:PassedToService": "events.amazonaws.com"}},
    )


def things(stack: Stack, settings: Settings, call: Call) -> list[str]:
    """The ARNs of what a call may be undone on."""
    if call.kind is kinds.TRAIL:
        return watched_trails(stack, settings)
    if call.family == "destination":
        return [arn for arn in settings.destinations if kinds.destination(arn) is call.kind]
    here = f"{stack.region}:{stack.account}"
    if call.kind is kinds.EVENT_DATA_STORE:
        return [f"arn:{stack.partition}:cloudtrail:{here}:eventdatastore/*"]
    return [f"arn:{stack.partition}:events:{here}:rule/{own_prefix(stack.stack_name)}*"]


def watched_trails(stack: Stack, settings: Settings) -> list[str]:
    """The ARNs of the trails that the settings name: a bare name is of this account, in whichever Region."""
    own = f"arn:{stack.partition}:cloudtrail:*:{stack.account}:trail/"
    return [trail if ":" in trail else own + trail for trail in settings.trails or ("*",)]
