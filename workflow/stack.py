"""The stack: the state machine that answers, its functions, the topic that tells, and the rules around them."""

from pathlib import Path

from aws_cdk import Aws, CfnMapping, CfnOutput, Duration, Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from links import CONSOLES
from workflow.patterns import patterns
from workflow.rules import alarms, failure_rule, starting_rule
from workflow.settings import Settings
from workflow.step import KEEP, LOG_RETENTION, Step, acknowledge

HERE = Path(__file__).parent


class Trailkeeper(Stack):
    """Watches the trails of one account whose home is one Region."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        """Build everything without knowing the account or the Region."""
        super().__init__(
            scope,
            construct_id,
            description="Trailkeeper: notices when a CloudTrail trail is stopped, deleted or narrowed, and answers.",
            termination_protection=True,
        )
        console = CfnMapping(self, "Console", mapping={name: {"Domain": CONSOLES[name]} for name in CONSOLES})
        self.console = f"https://{self.region}.{console.find_in_map(Aws.PARTITION, 'Domain')}"

        self.key = self._key()
        self.dead_letters = self._dead_letters()
        self.topic = self._topic(settings.emails)
        self.triage, self.enrich, self.restore, self.notify = self._steps(settings)
        self.state_machine = self._state_machine(settings.notify_info)
        found = patterns(settings, stack=self.stack_name, key_id=self.key.key_id, key_arn=self.key.key_arn)
        self.rules = [
            starting_rule(self, name, pattern, self.state_machine, self.dead_letters) for name, pattern in found.items()
        ]
        self.failure_rule = failure_rule(self, self.state_machine, self.topic, self.dead_letters, self.console)
        alarms(self, self.rules, self.failure_rule, self.topic, self.dead_letters)

        CfnOutput(self, "TopicArn", value=self.topic.topic_arn)
        CfnOutput(self, "StateMachineArn", value=self.state_machine.state_machine_arn)
        page = f"states/home?region={self.region}#/statemachines/view/{self.state_machine.state_machine_arn}"
        CfnOutput(self, "Executions", value=f"{self.console}/{page}")

    def _key(self) -> kms.Key:
        """One key for the topic and the logs; the queue does without, so that a disabled key loses no event."""
        key = kms.Key(
            self,
            "Key",
            description="Trailkeeper: mail and logs",
            enable_key_rotation=True,
            # The longest there is: the key's first two rotations add a dollar a month each, for good.
            # https://aws.amazon.com/kms/pricing/
            rotation_period=Duration.days(2560),
            removal_policy=KEEP,
        )
        use = ["kms:Decrypt", "kms:GenerateDataKey*"]
        # No condition: EventBridge sends no source here, and with one its notices would vanish.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
        key.add_to_resource_policy(
            iam.PolicyStatement(principals=[iam.ServicePrincipal("events.amazonaws.com")], actions=use, resources=["*"])
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=use,
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        groups = f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:"
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{self.region}.{self.url_suffix}")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": [
                            f"{groups}{self.stack_name}-*",
                            f"{groups}/aws/vendedlogs/states/{self.stack_name}-*",
                        ]
                    }
                },
            )
        )
        return key

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
        return queue

    def _topic(self, emails: tuple[str, ...]) -> sns.Topic:
        topic = sns.Topic(self, "Topic", display_name="Trailkeeper", master_key=self.key, enforce_ssl=True)
        topic.apply_removal_policy(KEEP)
        # The failure rule lets EventBridge in, without a condition, as EventBridge supports none:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={
                    "ArnLike": {
                        "aws:SourceArn": f"arn:{self.partition}:cloudwatch:{self.region}:{self.account}:alarm:*"
                    }
                },
            )
        )
        for email in emails:
            topic.add_subscription(subscriptions.EmailSubscription(email, dead_letter_queue=self.dead_letters))
        return topic

    def _steps(self, settings: Settings) -> tuple[Step, Step, Step, Step]:
        own_trails = f"arn:{self.partition}:cloudtrail:*:{self.account}:trail/"
        guarded = [trail if ":" in trail else own_trails + trail for trail in settings.trails or ["*"]]
        # The trails of an organization, which record this account too, belong to its management account.
        any_trail = f"arn:{self.partition}:cloudtrail:*:*:trail/*"
        start_logging = ["cloudtrail:StartLogging"] if settings.undo["StopLogging"] == "auto" else []
        environment = {"SETTINGS": settings.environment_json()}

        triage = Step(
            self,
            "Triage",
            key=self.key,
            timeout=Duration.seconds(5),
            environment=environment | {"STACK": self.stack_name, "KEY_ARN": self.key.key_arn},
            allowed=[],
        )
        enrich = Step(
            self,
            "Enrich",
            key=self.key,
            timeout=Duration.seconds(20),
            environment={},
            allowed=[
                iam.PolicyStatement(
                    actions=["cloudtrail:DescribeTrails", "cloudtrail:LookupEvents", "iam:ListAccountAliases"],
                    resources=["*"],
                ),
                iam.PolicyStatement(
                    actions=["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"], resources=[any_trail]
                ),
            ],
        )
        restore = Step(
            self,
            "Restore",
            key=self.key,
            timeout=Duration.seconds(20),
            environment={},
            allowed=[iam.PolicyStatement(actions=["cloudtrail:GetTrailStatus", *start_logging], resources=guarded)],
        )
        notify = Step(
            self,
            "Notify",
            key=self.key,
            timeout=Duration.seconds(20),
            environment=environment | {"TOPIC_ARN": self.topic.topic_arn},
            allowed=[
                iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]),
                iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[self.key.key_arn]),
            ],
        )
        acknowledge(
            enrich.role,
            "DescribeTrails, LookupEvents, ListAccountAliases and X-Ray take no resource.",
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
            "A trail can only be started in its home Region, and that may be any; the account is pinned.",
            *(
                f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudtrail:*:<AWS::AccountId>:trail/{trail}]"
                for trail in settings.trails or ["*"]
            ),
        )
        return triage, enrich, restore, notify

    def _state_machine(self, notify_info: bool) -> sfn.StateMachine:
        # Under /aws/vendedlogs/ the account's log delivery policy does not grow with every state machine; the id of
        # the stack lets a later stack of this name start a group of its own beside the one that was kept.
        # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        stack_uuid = Fn.select(2, Fn.split("/", self.stack_id))
        log_group = logs.LogGroup(
            self,
            "ExecutionLogs",
            log_group_name=f"/aws/vendedlogs/states/{self.stack_name}-{stack_uuid}",
            retention=LOG_RETENTION,
            encryption_key=self.key,
            removal_policy=KEEP,
        )
        steps = {"Triage": self.triage, "Enrich": self.enrich, "Restore": self.restore, "Notify": self.notify}
        state_machine = sfn.StateMachine(
            self,
            "Trailkeeper",
            # CloudFormation would not begin it with the name of the stack, by which the guard knows its own.
            state_machine_name=f"{self.stack_name}-Incidents",
            definition_body=sfn.DefinitionBody.from_string((HERE / "state_machine.asl.json").read_text()),
            definition_substitutions={
                **{f"{name}FunctionArn": step.function.function_arn for name, step in steps.items()},
                "NotifyInfo": "true" if notify_info else "false",
            },
            logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
            tracing_enabled=True,
        )
        state_machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[step.function.function_arn for step in steps.values()]
            )
        )
        acknowledge(
            state_machine,
            "X-Ray and the delivery of execution logs take no resource: "
            "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy",
            "AwsSolutions-IAM5[Resource::*]",
        )
        acknowledge(
            state_machine,
            "A policy for one role alone: as a managed one it could be attached elsewhere.",
            "NIST.800.53.R5-IAMNoInlinePolicy",
        )
        return state_machine
