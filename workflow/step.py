"""One step of the flow as it is deployed: the function, with a role and a log group of its own."""

import re
from pathlib import Path

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IConstruct

# What holds evidence outlives the stack; only a first deployment that fails takes its own away again.
KEEP = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
# Step Functions forgets an execution after 90 days; an investigation may start later.
LOG_RETENTION = logs.RetentionDays.ONE_YEAR
NO_KEY = "Encrypted at rest by AWS. A key of our own would be one more thing that an intruder could disable."


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Accept findings of cdk-nag on a construct, for a reason that a reviewer can check."""
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=reason) for rule in rules))


def snake_case(name: str) -> str:
    """LookBack as look_back."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


class Step(Construct):
    """The step that functions/<id in snake case>.py does."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: Path,
        timeout: Duration,
        environment: dict[str, str],
        allowed: list[iam.PolicyStatement],
        scheduled: sqs.Queue | None = None,
    ) -> None:
        """Let the function do what `allowed` says, write its own log and traces, and nothing else.

        `code` is the folder of all functions, with their settings. `scheduled` is the queue of what failed, for a
        function that no state machine calls: nobody waits for it, so it is smaller, and it leaves no traces.
        """
        super().__init__(scope, construct_id)
        self.logs = logs.LogGroup(self, "Logs", retention=LOG_RETENTION, removal_policy=KEEP)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        for statement in allowed:
            self.role.add_to_policy(statement)
        self.logs.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"Trailkeeper: {construct_id}",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(code)),
            handler=f"{snake_case(construct_id)}.handler",
            # One full vCPU: cold starts are CPU-bound, Triage's and Restore's are time without recording, and the
            # four together cost an incident a hundredth of a cent. SnapStart would cost 7 USD a month a function.
            # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
            memory_size=512 if scheduled else 1769,
            timeout=timeout,
            environment=environment,
            role=self.role,
            log_group=self.logs,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.DISABLED if scheduled else lambda_.Tracing.ACTIVE,
            dead_letter_queue=scheduled,
        )
        acknowledge(self.logs, NO_KEY, "NIST.800.53.R5-CloudWatchLogGroupEncrypted")
        acknowledge(
            self.role,
            "A policy for one role alone: as a managed one it could be attached elsewhere.",
            "NIST.800.53.R5-IAMNoInlinePolicy",
        )
        if scheduled:
            acknowledge(
                self.function,
                "Traces cost more than the function itself, and its log tells the same.",
                "Serverless-LambdaTracing",
            )
        else:
            acknowledge(self.role, "X-Ray takes no resource.", "AwsSolutions-IAM5[Resource::*]")
            acknowledge(
                self.function,
                "Only the state machine calls it, and waits: a failure is retried, caught and reported there.",
                "NIST.800.53.R5-LambdaDLQ",
                "Serverless-LambdaDLQ",
            )
        acknowledge(
            self.function,
            "It calls public endpoints of AWS and nothing else; in a VPC it would depend on a way out that can be cut.",
            "NIST.800.53.R5-LambdaInsideVPC",
        )
        acknowledge(
            self.function,
            "A reservation fails in accounts with the default quota of 10, and would cap the answer to a flood. "
            "Throttled calls are tried again; if that does not help, the execution fails, and its failure is mailed "
            "without any function.",
            "NIST.800.53.R5-LambdaConcurrency",
        )
