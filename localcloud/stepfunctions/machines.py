"""What AWS checks before it creates or changes a state machine: its role, and where its log goes."""

from typing import Any

from moto.core.exceptions import AWSError
from moto.logs.models import logs_backends
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from localcloud.iam.permissions import role_allows, service_may_assume

STATES = "states.amazonaws.com"
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
LOGGING_NEEDS = (
    *("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"),
    *("PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"),
)

moto_create = StepFunctionsParserBackend.create_state_machine
moto_update = StepFunctionsParserBackend.update_state_machine


def create_state_machine(
    self: StepFunctionsParserBackend, name: str, definition: str, roleArn: str, **options: Any
) -> StateMachine:
    """Create it, if its role and its log group are as AWS requires."""
    arn = f"arn:aws:states:{self.region_name}:{self.account_id}:stateMachine:{name}"
    _check(arn, roleArn, options.get("loggingConfiguration"))
    return moto_create(self, name, definition, roleArn, **options)


def update_state_machine(
    self: StepFunctionsParserBackend,
    arn: str,
    definition: Any = None,
    role_arn: Any = None,
    logging_configuration: Any = None,
    **options: Any,
) -> StateMachine:
    """Change it, if its role and its log group are then as AWS requires."""
    known = self.describe_state_machine(arn)
    _check(arn, role_arn or known.roleArn, logging_configuration or known.loggingConfiguration)
    return moto_update(self, arn, definition, role_arn, logging_configuration, **options)


def _check(arn: str, role: str, logging: Any) -> None:
    context = {"aws:SourceArn": arn, "aws:SourceAccount": arn.split(":")[4]}
    if not service_may_assume(role, STATES, context):
        message = f"Neither the global service principal {STATES}, nor the regional one is authorized to assume the "
        raise AWSError(f"{message}provided role.", "AccessDeniedException")
    for destination in (logging or {}).get("destinations", []):
        group = destination["cloudWatchLogsLogGroup"]["logGroupArn"]
        _, _, _, region, account, _, name, *_ = group.split(":")
        if name not in logs_backends[account][region].groups:
            raise AWSError(f"The log group {group} does not exist.", "InvalidLoggingConfiguration")
        if not all(role_allows(role, f"logs:{action}", "*") for action in LOGGING_NEEDS):
            # https://github.com/aws/aws-cdk/issues/26432
            message = "The state machine IAM Role is not authorized to access the Log Destination"
            raise AWSError(message, "AccessDeniedException")
