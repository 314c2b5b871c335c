"""What operators may do, each a managed policy that the stack attaches to nobody."""

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from trailkeeper import kinds, undo
from trailkeeper.settings import own_prefix
from workflow.settings import Settings
from workflow.step import acknowledge

if TYPE_CHECKING:
    from workflow.stack import Trailkeeper


def approvers(stack: "Trailkeeper", state_machine: sfn.StateMachine) -> None:
    """What `trailkeeper pending`, `approve` and `decline` call."""
    machine = state_machine.state_machine_arn
    executions = stack.format_arn(
        service="states",
        resource="execution",
        resource_name=f"{stack.stack_name[:70]}-Incidents:*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    policy = iam.ManagedPolicy(
        stack,
        "Approvers",
        managed_policy_name=f"{stack.stack_name[:70]}-Approvers-{stack.region}",
        description="Trailkeeper: see what waits for approval, and answer it",
        statements=[
            iam.PolicyStatement(actions=["states:ListExecutions", "states:SendTaskSuccess"], resources=[machine]),
            iam.PolicyStatement(actions=["states:GetExecutionHistory"], resources=[executions]),
        ],
    )
    acknowledge(
        policy,
        "Each incident is an execution of its own, of this one state machine.",
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:Trailkeeper-Incidents:*]",
    )


def owners(stack: "Trailkeeper", settings: Settings, ledger: dynamodb.Table) -> None:
    """What `trailkeeper adopt` calls: it reads what is watched, and writes the ledger alone."""
    here = f"{stack.region}:{stack.account}"
    trails, stores, rules = (
        f"arn:{stack.partition}:cloudtrail:{here}:trail/*",
        f"arn:{stack.partition}:cloudtrail:{here}:eventdatastore/*",
        f"arn:{stack.partition}:events:{here}:rule/{own_prefix(stack.stack_name)}*",
    )
    own_stack = f"arn:{stack.partition}:cloudformation:{here}:stack/{stack.stack_name}/*"
    buckets, keys = (
        [arn for arn in settings.destinations if kinds.destination(arn) is kind] for kind in (kinds.BUCKET, kinds.KEY)
    )
    purposes: list[tuple[str, tuple[str, ...], list[str]]] = [
        ("FindLedger", ("cloudformation:DescribeStacks",), [own_stack]),
        ("FindTrails", ("cloudtrail:DescribeTrails",), ["*"]),
        ("ReadTrails", undo.row("CreateTrail").reads, [trails]),
        ("ReadStores", undo.row("UpdateEventDataStore").reads, [stores]),
        ("ReadBuckets", undo.row("PutBucketPolicy").reads, buckets),
        ("ReadKeys", undo.row("EnableKey").reads, keys),
        ("ReadOwnRules", (*undo.row("EnableRule").reads, *undo.row("PutTargets").reads), [rules]),
        ("Adopt", tuple(f"dynamodb:{call}Item" for call in ("Get", "Put", "Update", "Delete")), [ledger.table_arn]),
    ]
    policy = iam.ManagedPolicy(
        stack,
        "Owners",
        managed_policy_name=f"{stack.stack_name[:70]}-Owners-{stack.region}",
        description="Trailkeeper: take what trails are now for what their owners want",
        statements=[
            iam.PolicyStatement(sid=sid, actions=[*actions], resources=resources)
            for sid, actions, resources in purposes
            if resources
        ],
    )
    acknowledge(policy, "DescribeTrails takes no resource.", "AwsSolutions-IAM5[Resource::*]")
    acknowledge(
        policy,
        "Reads only, in this Region: any trail or store may be adopted, and CloudFormation ends the names of its "
        "stacks and rules with letters of its own.",
        *(
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:{rest}]"
            for rest in (
                "cloudtrail:<AWS::Region>:<AWS::AccountId>:trail/*",
                "cloudtrail:<AWS::Region>:<AWS::AccountId>:eventdatastore/*",
                f"events:<AWS::Region>:<AWS::AccountId>:rule/{own_prefix(stack.stack_name)}*",
                f"cloudformation:<AWS::Region>:<AWS::AccountId>:stack/{stack.stack_name}/*",
            )
        ),
    )
