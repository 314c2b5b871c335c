"""The stack: the state machine that answers, its functions, the two topics, and the rules around them."""

import json
import shutil
from importlib.resources import files
from math import ceil
from pathlib import Path
from typing import Any, get_args

from aws_cdk import Aws, CfnMapping, CfnOutput, Duration, Fn, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from trailkeeper.mail.links import CONSOLES
from trailkeeper.settings import Language, own_prefix
from trailkeeper.standing import LASTING
from workflow.eventbridge import patterns
from workflow.operators import approvers, owners
from workflow.rules import alarms, changed_code_rule, failure_rule, starting_rule
from workflow.settings import Settings
from workflow.step import KEEP, LOG_RETENTION, NO_KEY, Step, acknowledge
from workflow.undo import by_own_functions, statements, watched_trails
from workflow.watchdog import watchdog

HERE = Path(__file__).parent
FUNCTIONS = HERE.parent / "functions"


# What the flow calls without a function: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
SERVICE_CALLS = {
    "PutItem": "dynamodb:putItem",
    "UpdateItem": "dynamodb:updateItem",
    "GetItem": "dynamodb:getItem",
    "PutEvents": "events:putEvents",
    "PutMetricData": "aws-sdk:cloudwatch:putMetricData",
    "InvokeAndWait": "lambda:invoke.waitForTaskToken",
}


def seconds(length: float) -> str:
    """A length of time as the state machine takes it: in whole seconds, and none only where none was set."""
    return str(ceil(length))


def write_code(folder: Path, settings: Settings, stack: str) -> Path:
    """Write what is deployed as the code of the functions: functions/ with one language, and the settings beside it."""
    others = (f"{language}.json" for language in get_args(Language) if language != settings.language)
    left_out = shutil.ignore_patterns("__pycache__", "*.pyc", *others)
    shutil.copytree(FUNCTIONS, folder, ignore=left_out, dirs_exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(settings.functions_read(stack), ensure_ascii=False), "utf-8")
    if settings.timezone:
        rules = files("tzdata").joinpath("zoneinfo", *settings.timezone.split("/"))
        (folder / "timezone.tzif").write_bytes(rules.read_bytes())
    return folder


class Trailkeeper(Stack):
    """Watches the trails of one account whose home is one Region."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, code: Path) -> None:
        """Build everything without knowing the account or the Region; `code` is an empty folder for the functions."""
        super().__init__(
            scope,
            construct_id,
            description="Trailkeeper: notices when a CloudTrail trail is stopped, deleted or narrowed, and answers.",
            termination_protection=True,
        )
        console = CfnMapping(self, "Console", mapping={name: {"Domain": CONSOLES[name]} for name in CONSOLES})
        self.console = f"https://{self.region}.{console.find_in_map(Aws.PARTITION, 'Domain')}"

        self.dead_letters = self._dead_letters()
        # What Notify publishes is encrypted with AWS's own key, which nobody can disable. EventBridge and CloudWatch
        # cannot publish to such a topic; their messages hold no secret. Each topic reports the loss of the other.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
        aws_key = kms.Alias.from_alias_name(self, "AwsSnsKey", "alias/aws/sns")
        self.incidents = self._topic("Incidents", settings.emails, key=aws_key)
        self.alarms = self._topic("Alarms", settings.emails)
        self._let_cloudwatch_publish(self.alarms)
        self.ledger = self._ledger()
        code = write_code(code, settings, self.stack_name)
        self.steps = self._steps(settings, code)
        self.state_machine = self._state_machine(settings)
        place = {"partition": self.partition, "region": self.region, "account": self.account}
        # By its ARN alone, so that CDK adds nothing to its policy.
        undelivered = sqs.Queue.from_queue_arn(self, "Undelivered", self.dead_letters.queue_arn)
        approvers(self, self.state_machine)
        owners(self, settings, self.ledger)
        self.rules = [
            starting_rule(self, name, pattern, self.state_machine, undelivered)
            for name, pattern in patterns(settings.destinations, self.stack_name, place).items()  # type: ignore[arg-type]
        ]
        failure_rule(self, undelivered)
        changed_code_rule(self, undelivered)
        alarms(self)
        if settings.watch_minutes:
            watchdog(self, settings, code, undelivered)

        CfnOutput(self, "IncidentsTopicArn", value=self.incidents.topic_arn)
        CfnOutput(self, "AlarmsTopicArn", value=self.alarms.topic_arn)
        CfnOutput(self, "StateMachineArn", value=self.state_machine.state_machine_arn)
        page = f"states/home?region={self.region}#/statemachines/view/{self.state_machine.state_machine_arn}"
        CfnOutput(self, "Executions", value=f"{self.console}/{page}")
        # By these two `trailkeeper adopt` knows what was deployed.
        CfnOutput(self, "LedgerName", value=self.ledger.table_name)
        CfnOutput(self, "WatchedTrails", value=",".join(settings.trails) or "*")

    def _dead_letters(self) -> sqs.Queue:
        """Events that could not be delivered to their target, and mails that could not be delivered to their reader."""
        queue = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=KEEP,
        )
        acknowledge(
            queue,
            "It is the dead-letter queue: what is in it raises an alarm, and a person takes it out.",
            "AwsSolutions-SQS3",
            "Serverless-SQSRedrivePolicy",
        )
        # One statement for all rules: CDK would add one for each, and SQS takes 20.
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
        own_rules = f"arn:{self.partition}:events:{self.region}:{self.account}:rule/{own_prefix(self.stack_name)}*"
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnLike": {"aws:SourceArn": own_rules}},
            )
        )
        return queue

    def _ledger(self) -> dynamodb.Table:
        """What is remembered from one execution to the next: which event was mailed, how often, what was restored."""
        table = dynamodb.Table(
            self,
            "Ledger",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            time_to_live_attribute="expires",
            removal_policy=KEEP,
        )
        acknowledge(
            table,
            "Point-in-time recovery brings back any second of the last 35 days.",
            "NIST.800.53.R5-DynamoDBInBackupPlan",
        )
        return table

    def _topic(self, construct_id: str, emails: tuple[str, ...], key: kms.IKey | None = None) -> sns.Topic:
        """A topic with all readers."""
        topic = sns.Topic(
            self, construct_id, display_name=f"Trailkeeper {construct_id}", master_key=key, enforce_ssl=True
        )
        topic.apply_removal_policy(KEEP)
        for email in emails:
            topic.add_subscription(subscriptions.EmailSubscription(email, dead_letter_queue=self.dead_letters))
        if key is None:
            acknowledge(
                topic,
                "EventBridge and CloudWatch publish here, which AWS's own key does not allow; no message is secret.",
                "AwsSolutions-SNS2",
                "NIST.800.53.R5-SNSEncryptedKMS",
            )
        return topic

    def _let_cloudwatch_publish(self, topic: sns.Topic) -> None:
        """Only this account's alarms. EventBridge is let in by the rule's target, without a condition: it sends none.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
        """
        own_alarms = f"arn:{self.partition}:cloudwatch:{self.region}:{self.account}:alarm:*"
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"ArnLike": {"aws:SourceArn": own_alarms}},
            )
        )

    def _steps(self, settings: Settings, code: Path) -> list[Step]:
        watched = watched_trails(self, settings)
        # The trails of an organization, which record this account too, belong to its management account.
        any_trail = f"arn:{self.partition}:cloudtrail:*:*:trail/*"
        ledger = {"LEDGER": self.ledger.table_name}

        def on_ledger(*calls: str, **more: Any) -> iam.PolicyStatement:
            actions = [f"dynamodb:{call}" for call in calls]
            return iam.PolicyStatement(actions=actions, resources=[self.ledger.table_arn], **more)

        def step(construct_id: str, seconds: int, *allowed: iam.PolicyStatement, **environment: str) -> Step:
            timeout = Duration.seconds(seconds)
            return Step(self, construct_id, code=code, timeout=timeout, environment=environment, allowed=list(allowed))

        # Each ends before its state times out, so that its own error is known: see state_machine.asl.json.
        enrich = step(
            "Enrich",
            11,
            iam.PolicyStatement(
                actions=[
                    *("cloudtrail:DescribeTrails", "cloudtrail:LookupEvents"),
                    *("iam:ListAccountAliases", "organizations:DescribeOrganization"),
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                actions=["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"], resources=[any_trail]
            ),
            on_ledger("GetItem"),
            **ledger,
        )
        restore = step(
            "Restore",
            5,
            *statements(self, settings),
            on_ledger("GetItem", "PutItem", conditions=by_own_functions(self)),
            **ledger,
        )
        # The calls of this role are no tampering.
        triage = step("Triage", 4, RESTORE_ROLE_ARN=restore.role.role_arn)
        look_back = step(
            "LookBack",
            120,
            iam.PolicyStatement(actions=["cloudtrail:LookupEvents"], resources=["*"]),
            iam.PolicyStatement(actions=["cloudtrail:GetTrailStatus"], resources=watched),
        )
        topic = self.incidents.topic_arn
        publish = iam.PolicyStatement(actions=["sns:Publish", "sns:GetTopicAttributes"], resources=[topic])
        notify = step("Notify", 8, publish, TOPIC_ARN=topic)
        acknowledge(
            enrich.role,
            "DescribeTrails, LookupEvents, ListAccountAliases, DescribeOrganization and X-Ray take no resource.",
            "AwsSolutions-IAM5[Resource::*]",
        )
        acknowledge(
            enrich.role,
            "Reads only. Trails that record this account may have their home in any Region, and an organization's "
            "belong to another account.",
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudtrail:*:*:trail/*]",
        )
        acknowledge(
            restore.role,
            "What is undone on a store or on a rule of this stack: ids of stores are not known beforehand.",
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudtrail:<AWS::Region>:<AWS::AccountId>:eventdatastore/*]",
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/{own_prefix(self.stack_name)}*]",
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:role/{own_prefix(self.stack_name)}*]",
        )
        acknowledge(look_back.role, "LookupEvents and X-Ray take no resource.", "AwsSolutions-IAM5[Resource::*]")
        for one in (restore, look_back):
            acknowledge(
                one.role,
                "A trail can only be started in its home Region, and that may be any; the account is pinned.",
                *(
                    f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudtrail:*:<AWS::AccountId>:trail/{trail}]"
                    for trail in settings.trails or ["*"]
                ),
            )
        return [triage, enrich, restore, notify, look_back]

    def _state_machine(self, settings: Settings) -> sfn.StateMachine:
        # Under /aws/vendedlogs/ the account's log delivery policy does not grow with every state machine; the id of
        # the stack lets a later stack of this name start a group of its own beside the one that was kept.
        # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        stack_uuid = Fn.select(2, Fn.split("/", self.stack_id))
        log_group = logs.LogGroup(
            self,
            "ExecutionLogs",
            log_group_name=f"/aws/vendedlogs/states/{self.stack_name}-{stack_uuid}",
            retention=LOG_RETENTION,
            removal_policy=KEEP,
        )
        acknowledge(log_group, NO_KEY, "NIST.800.53.R5-CloudWatchLogGroupEncrypted")
        state_machine = sfn.StateMachine(
            self,
            "Trailkeeper",
            # CloudFormation would not begin it with the name of the stack, by which Triage knows Trailkeeper's parts.
            state_machine_name=f"{self.stack_name[:70]}-Incidents",
            definition_body=sfn.DefinitionBody.from_string((HERE / "state_machine.asl.json").read_text()),
            definition_substitutions={
                **{f"{step.node.id}FunctionArn": step.function.function_arn for step in self.steps},
                **{name: f"arn:{self.partition}:states:::{call}" for name, call in SERVICE_CALLS.items()},
                "LedgerName": self.ledger.table_name,
                "NotifyInfo": "true" if settings.notify_info else "false",
                "RestoresPerHour": str(settings.restores_per_hour),
                "FloodSeconds": seconds(settings.flood_minutes * 60),
                "UndoSeconds": seconds(settings.undo_hours * 3600),
                "ApprovalSeconds": seconds(settings.approval_hours * 3600),
                "ApprovalTimeout": settings.approval_timeout,
                "ReportSeconds": seconds(settings.report_minutes * 60),
                "LastingErrors": "[" + ", ".join(f"'{error}'" for error in LASTING) + "]",
            },
            logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
            tracing_enabled=True,
        )
        state_machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[step.function.function_arn for step in self.steps]
            )
        )
        state_machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem"],
                resources=[self.ledger.table_arn],
            )
        )
        state_machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": "Trailkeeper"}},
            )
        )
        default_bus = f"arn:{self.partition}:events:{self.region}:{self.account}:event-bus/default"
        state_machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["events:PutEvents"],
                resources=[default_bus],
                conditions={"StringEquals": {"events:source": "trailkeeper"}},
            )
        )
        acknowledge(
            state_machine,
            "X-Ray, metrics and the delivery of execution logs take no resource: "
            "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy",
            "AwsSolutions-IAM5[Resource::*]",
        )
        acknowledge(
            state_machine,
            "A policy for one role alone: as a managed one it could be attached elsewhere.",
            "NIST.800.53.R5-IAMNoInlinePolicy",
        )
        return state_machine
