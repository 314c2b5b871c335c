"""The watchdog: the function that looks every few minutes, and the rule that calls it."""

from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from trailkeeper import kinds, undo
from trailkeeper.settings import own_prefix
from workflow.rules import MAX_EVENT_AGE
from workflow.settings import Settings
from workflow.step import Step, acknowledge
from workflow.undo import watched_trails

if TYPE_CHECKING:
    from workflow.stack import Trailkeeper


def watchdog(stack: "Trailkeeper", settings: Settings, code: Path, undelivered: sqs.IQueue) -> None:
    """Build both; `undelivered` takes what the rule could not deliver, and each run that failed three times."""
    step = Step(
        stack,
        "Watch",
        code=code,
        timeout=Duration.seconds(120),
        environment={
            "LEDGER": stack.ledger.table_name,
            "RESTORE_ROLE_ARN": next(one.role.role_arn for one in stack.steps if one.node.id == "Restore"),
            "STATE_MACHINE": stack.state_machine.state_machine_arn,
            "TOPIC_ARN": stack.incidents.topic_arn,
            "ALARMS_ARN": stack.alarms.topic_arn,
            "QUEUE_URL": stack.dead_letters.queue_url,
            "FUNCTIONS": ",".join(one.function.function_name for one in stack.steps),
            "WATCH_MINUTES": str(settings.watch_minutes),
            "TRIES": "4",  # no flow tries again
        },
        allowed=[*allowed(stack, settings)],
        scheduled=stack.dead_letters,
    )
    own_rules = f"events:<AWS::Region>:<AWS::AccountId>:rule/{own_prefix(stack.stack_name)}*"
    acknowledge(
        step.role,
        "DescribeTrails, LookupEvents, ListEventDataStores, ListRules and PutMetricData take no resource.",
        "AwsSolutions-IAM5[Resource::*]",
    )
    acknowledge(
        step.role,
        "Reads only: the home of a trail may be any Region, ids of stores are not known beforehand, and CloudFormation "
        "ends the names of this stack's rules with letters of its own.",
        *(
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:{rest}]"
            for rest in (
                *(f"cloudtrail:*:<AWS::AccountId>:trail/{trail}" for trail in settings.trails or ["*"]),
                "cloudtrail:<AWS::Region>:<AWS::AccountId>:eventdatastore/*",
                own_rules,
            )
        ),
    )
    rule = events.Rule(
        stack,
        "WatchSchedule",
        description="Trailkeeper: looks whether all is as its owners want it",
        schedule=events.Schedule.rate(Duration.minutes(settings.watch_minutes)),
    )
    rule.add_target(
        targets.LambdaFunction(
            step.function, dead_letter_queue=undelivered, max_event_age=MAX_EVENT_AGE, retry_attempts=10
        )
    )


def allowed(stack: "Trailkeeper", settings: Settings) -> list[iam.PolicyStatement]:
    """What Watch may do: read what is guarded, keep the ledger, start the flow, and say what it found."""
    here = f"{stack.region}:{stack.account}"
    stores = f"arn:{stack.partition}:cloudtrail:{here}:eventdatastore/*"
    rules = f"arn:{stack.partition}:events:{here}:rule/{own_prefix(stack.stack_name)}*"
    buckets, keys = (
        [arn for arn in settings.destinations if kinds.destination(arn) is kind] for kind in (kinds.BUCKET, kinds.KEY)
    )
    machine = stack.state_machine.state_machine_arn
    lists = ("cloudtrail:DescribeTrails", "cloudtrail:LookupEvents", "cloudtrail:ListEventDataStores")
    purposes: list[tuple[str, tuple[str, ...], list[str]]] = [
        ("List", (*lists, "events:ListRules"), ["*"]),
        ("ReadTrails", undo.row("CreateTrail").reads, watched_trails(stack, settings)),
        ("ReadStores", undo.row("UpdateEventDataStore").reads, [stores]),
        ("ReadBuckets", undo.row("PutBucketPolicy").reads, buckets),
        ("ReadKeys", undo.row("EnableKey").reads, keys),
        ("ReadOwnRules", (*undo.row("EnableRule").reads, *undo.row("PutTargets").reads), [rules]),
        (
            "Remember",
            tuple(f"dynamodb:{call}Item" for call in ("Get", "Put", "Update", "Delete")),
            [stack.ledger.table_arn],
        ),
        ("Start", ("states:StartExecution", "states:DescribeStateMachine"), [machine]),
        ("Mail", ("sns:Publish", "sns:GetTopicAttributes"), [stack.incidents.topic_arn, stack.alarms.topic_arn]),
        ("CountDeadLetters", ("sqs:GetQueueAttributes",), [stack.dead_letters.queue_arn]),
        ("ReadFunctions", ("lambda:GetFunction",), [one.function.function_arn for one in stack.steps]),
    ]
    return [
        *(
            iam.PolicyStatement(sid=sid, actions=[*actions], resources=resources)
            for sid, actions, resources in purposes
            if resources
        ),
        iam.PolicyStatement(
            sid="Measure",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": "Trailkeeper"}},
        ),
    ]
