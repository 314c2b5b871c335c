"""What AWS refuses, the local cloud refuses by the same name; what botocore's models tell is tested elsewhere."""

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.account import ACCOUNT, queue, role, trail_bucket

REGION = "eu-north-1"  # used by these tests only

BUCKET, TRAIL, MUTE = "refusals", "Refused", "Mute"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:refusals:*"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:refusals"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/aaaaaaaa-bbbb-cccc-dddd-000000000001"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Refusals"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:refusals"
DEFINITION = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}})
EVENT = {"id": "1", "detail-type": "t", "source": "s", "account": ACCOUNT, "time": "2026-11-25T00:00:00Z"}
EVENT["region"] = REGION


@pytest.fixture(scope="module")
def account(cloud: LocalCloud) -> LocalCloud:
    """What the rows below name and AWS would not refuse."""
    trail_bucket(cloud, BUCKET)
    cloud.client("s3").create_bucket(Bucket="refusals-closed")
    cloudtrail = cloud.client("cloudtrail", REGION)
    for name in (TRAIL, MUTE):
        cloudtrail.create_trail(Name=name, S3BucketName=BUCKET)
    objects = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::refusals/"]}
    data = {"ReadWriteType": "All", "IncludeManagementEvents": False, "DataResources": [objects]}
    cloudtrail.put_event_selectors(TrailName=MUTE, EventSelectors=[data])
    cloud.client("logs", REGION).create_log_group(logGroupName="refusals")
    cloud.client("sns", REGION).create_topic(Name="refusals")
    queue(cloud, "refusals", REGION)
    events = cloud.client("events", REGION)
    events.put_rule(Name="full", EventPattern='{"source":["x"]}')
    events.put_targets(Rule="full", Targets=[{"Id": str(number), "Arn": QUEUE} for number in range(5)])
    deploy_function(cloud)
    states = cloud.client("stepfunctions", REGION)
    arn = role(cloud, "refusals", "states.amazonaws.com")
    states.create_state_machine(name="Refusals", definition=DEFINITION, roleArn=arn)
    states.start_execution(stateMachineArn=MACHINE, name="taken", input='{"first":true}')
    return cloud


def deploy_function(cloud: LocalCloud) -> None:
    """A function that is switched off: the rows below are refused before it would run, or because it is off."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("code.py", "def handler(event, context): return event")
    functions = cloud.client("lambda", REGION)
    arn = role(cloud, "refusals-function", "lambda.amazonaws.com")
    running = {"Runtime": "python3.13", "Handler": "code.handler", "Role": arn, "Code": {"ZipFile": code.getvalue()}}
    functions.create_function(FunctionName="off", **running)
    functions.put_function_concurrency(FunctionName="off", ReservedConcurrentExecutions=0)


def selectors(*given: dict[str, Any]) -> dict[str, Any]:
    return {"TrailName": TRAIL, "EventSelectors": list(given)}


def data(kind: str, *values: str) -> dict[str, Any]:
    return selectors({"DataResources": [{"Type": kind, "Values": list(values)}]})


def advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"TrailName": TRAIL, "AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


def field(name: str, *values: str, operator: str = "Equals") -> dict[str, Any]:
    return {"Field": name, operator: list(values)}


def trail(**options: Any) -> dict[str, Any]:
    return {"Name": "Never", "S3BucketName": BUCKET} | options


def update(**options: Any) -> dict[str, Any]:
    return {"Name": TRAIL} | options


def target(**options: Any) -> dict[str, Any]:
    return {"Rule": "full", "Targets": [{"Id": "0", "Arn": QUEUE} | options]}


def start(**options: Any) -> dict[str, Any]:
    return {"stateMachineArn": MACHINE, "input": "{}"} | options


MANAGEMENT, DATA = field("eventCategory", "Management"), field("eventCategory", "Data")
OBJECTS = field("resources.type", "AWS::S3::Object")
WRITER = f"arn:aws:iam::{ACCOUNT}:role/none"
BAD_SELECTORS = "InvalidEventSelectorsException"

CLOUDTRAIL: list[tuple[str, dict[str, Any], str]] = [
    ("create_trail", trail(Name="a--b"), "InvalidTrailNameException"),
    ("create_trail", trail(Name="192.168.5.4"), "InvalidTrailNameException"),
    ("create_trail", trail(TagsList=[{"Key": "aws:x", "Value": "y"}]), "InvalidTagParameterException"),
    ("create_trail", trail(S3BucketName="Upper_Case"), "InvalidS3BucketNameException"),
    ("create_trail", trail(S3BucketName="no-such-bucket-here"), "S3BucketDoesNotExistException"),
    ("create_trail", trail(S3BucketName="refusals-closed"), "InsufficientS3BucketPolicyException"),
    ("create_trail", trail(S3KeyPrefix="p"), "InsufficientS3BucketPolicyException"),
    ("create_trail", trail(S3KeyPrefix="p" * 201), "InvalidS3PrefixException"),
    ("create_trail", trail(SnsTopicName="no-such-topic"), "InsufficientSnsTopicPolicyException"),
    ("create_trail", trail(SnsTopicName="refusals"), "InsufficientSnsTopicPolicyException"),
    ("create_trail", trail(SnsTopicName=TOPIC), "InsufficientSnsTopicPolicyException"),
    ("create_trail", trail(KmsKeyId=KEY), "KmsKeyNotFoundException"),
    ("create_trail", trail(CloudWatchLogsLogGroupArn=GROUP), "InvalidCloudWatchLogsRoleArnException"),
    (
        "create_trail",
        trail(CloudWatchLogsLogGroupArn=GROUP, CloudWatchLogsRoleArn=WRITER),
        "InvalidCloudWatchLogsRoleArnException",
    ),
    ("create_trail", trail(IsOrganizationTrail=True), "OrganizationsNotInUseException"),
    (
        "create_trail",
        trail(IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False),
        "InvalidParameterCombinationException",
    ),
    ("create_trail", trail(Name=TRAIL), "TrailAlreadyExistsException"),
    ("update_trail", update(S3BucketName="refusals-closed"), "InsufficientS3BucketPolicyException"),
    ("update_trail", update(S3KeyPrefix="p" * 201), "InvalidS3PrefixException"),
    ("update_trail", update(SnsTopicName="refusals"), "InsufficientSnsTopicPolicyException"),
    ("update_trail", update(KmsKeyId=KEY), "KmsKeyNotFoundException"),
    ("update_trail", update(IsOrganizationTrail=True), "OrganizationsNotInUseException"),
    ("put_event_selectors", selectors(), BAD_SELECTORS),
    ("put_event_selectors", selectors(*[{"ReadWriteType": "All"}] * 6), BAD_SELECTORS),
    ("put_event_selectors", selectors({"IncludeManagementEvents": False}), BAD_SELECTORS),
    ("put_event_selectors", selectors({"ExcludeManagementEventSources": ["s3.amazonaws.com"]}), BAD_SELECTORS),
    ("put_event_selectors", data("AWS::S3::Bucket", "arn:aws:s3"), BAD_SELECTORS),
    ("put_event_selectors", data("AWS::S3::Object", "arn:aws:s3:::bucket"), BAD_SELECTORS),
    ("put_event_selectors", data("AWS::S3::Object", "arn:aws:s3:::*/*"), BAD_SELECTORS),
    ("put_event_selectors", data("AWS::Lambda::Function", "arn:aws:lambda:*"), BAD_SELECTORS),
    ("put_event_selectors", data("AWS::DynamoDB::Table", "table"), BAD_SELECTORS),
    ("put_event_selectors", data("AWS::S3::Object", *(f"arn:aws:s3:::b/{n}" for n in range(251))), BAD_SELECTORS),
    ("put_event_selectors", selectors({}) | advanced(MANAGEMENT), BAD_SELECTORS),
    ("put_event_selectors", advanced(field("readOnly", "true")), BAD_SELECTORS),
    ("put_event_selectors", advanced(field("eventCategory", "Insight")), BAD_SELECTORS),
    ("put_event_selectors", advanced(field("eventCategory", "Management", operator="StartsWith")), BAD_SELECTORS),
    ("put_event_selectors", advanced(MANAGEMENT, field("eventTime", "x")), BAD_SELECTORS),
    ("put_event_selectors", advanced(MANAGEMENT, field("eventName", "StopLogging")), BAD_SELECTORS),
    ("put_event_selectors", advanced(MANAGEMENT, field("eventSource", "kms.amazonaws.com")), BAD_SELECTORS),
    (
        "put_event_selectors",
        advanced(MANAGEMENT, field("eventSource", "s3.amazonaws.com", operator="NotEquals")),
        BAD_SELECTORS,
    ),
    ("put_event_selectors", advanced(MANAGEMENT, {"Field": "readOnly"}), BAD_SELECTORS),
    ("put_event_selectors", advanced(MANAGEMENT, field("readOnly", "yes")), BAD_SELECTORS),
    ("put_event_selectors", advanced(MANAGEMENT, field("readOnly", "true", operator="NotEquals")), BAD_SELECTORS),
    ("put_event_selectors", advanced(DATA), BAD_SELECTORS),
    ("put_event_selectors", advanced(DATA, OBJECTS, field("vpcEndpointId", "vpce-1")), BAD_SELECTORS),
    (
        "put_event_selectors",
        advanced(DATA, OBJECTS, field("eventName", *(f"Get{n}" for n in range(500)))),
        BAD_SELECTORS,
    ),
    ("put_event_selectors", advanced(field("eventCategory", "NetworkActivity")), BAD_SELECTORS),
    (
        "put_insight_selectors",
        {"TrailName": MUTE, "InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]},
        "InvalidInsightSelectorsException",
    ),
]

EVENTS: list[tuple[str, dict[str, Any], str]] = [
    ("put_targets", target(Id="sixth"), "LimitExceededException"),
    ("put_targets", target() | {"Rule": "none"}, "ResourceNotFoundException"),
    ("put_targets", target(Arn="queue"), "ValidationException"),
    ("put_targets", target(Arn="arn:aws:s3:::bucket"), "ValidationException"),
    ("put_targets", target(Arn=QUEUE.replace(REGION, "eu-west-1")), "ValidationException"),
    ("put_targets", target(Arn=MACHINE), "ValidationException"),
    ("put_targets", target(Input="{}", InputPath="$.detail"), "ValidationException"),
    ("put_targets", target(InputTransformer={"InputTemplate": '"<name>"'}), "ValidationException"),
    ("put_rule", {"Name": "r", "EventPattern": "{"}, "InvalidEventPatternException"),
    ("put_rule", {"Name": "r", "EventPattern": '{"source":[]}'}, "InvalidEventPatternException"),
    ("put_rule", {"Name": "r", "EventPattern": json.dumps({"a": ["x" * 2048]})}, "InvalidEventPatternException"),
    (
        "put_rule",
        {"Name": "r", "EventPattern": json.dumps({"a": [{"wildcard": "*a*a*a*a*a*a*a*a*"}]})},
        "InvalidEventPatternException",
    ),
    ("describe_rule", {"Name": "none"}, "ResourceNotFoundException"),
    ("enable_rule", {"Name": "none"}, "ResourceNotFoundException"),
    ("disable_rule", {"Name": "none"}, "ResourceNotFoundException"),
    ("list_targets_by_rule", {"Rule": "none"}, "ResourceNotFoundException"),
    ("delete_rule", {"Name": "full"}, "ValidationException"),
    (
        "test_event_pattern",
        {"EventPattern": '{"source":[{"regex":"x"}]}', "Event": json.dumps(EVENT)},
        "InvalidEventPatternException",
    ),
    ("test_event_pattern", {"EventPattern": "[", "Event": json.dumps(EVENT)}, "InvalidEventPatternException"),
    ("test_event_pattern", {"EventPattern": '{"source":["s"]}', "Event": "{"}, "ValidationException"),
    ("test_event_pattern", {"EventPattern": '{"source":["s"]}', "Event": '{"source":"s"}'}, "ValidationException"),
]

STATES: list[tuple[str, dict[str, Any], str]] = [
    ("start_execution", start(input="{"), "InvalidExecutionInput"),
    ("start_execution", start(name="a b"), "InvalidName"),
    ("start_execution", start(name="a/b"), "InvalidName"),
    ("start_execution", start(name="taken"), "ExecutionAlreadyExists"),
    ("start_execution", start(stateMachineArn="machine"), "InvalidArn"),
    ("start_execution", start(stateMachineArn=f"{MACHINE}2"), "StateMachineDoesNotExist"),
    ("start_execution", start(stateMachineArn=f"{MACHINE}:7"), "StateMachineDoesNotExist"),
    ("start_execution", start(stateMachineArn=f"{MACHINE}:live"), "StateMachineDoesNotExist"),
    ("describe_state_machine", {"stateMachineArn": f"{MACHINE}:7"}, "StateMachineDoesNotExist"),
    ("describe_execution", {"executionArn": f"{MACHINE}:x".replace("Machine:", "Machine2:")}, "InvalidArn"),
    (
        "describe_execution",
        {"executionArn": f"{MACHINE}:none".replace("stateMachine", "execution")},
        "ExecutionDoesNotExist",
    ),
    (
        "create_state_machine",
        {"name": "Bad", "definition": "{}", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/refusals"},
        "InvalidDefinition",
    ),
    (
        "create_state_machine",
        {"name": "a b", "definition": DEFINITION, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/refusals"},
        "InvalidName",
    ),
    ("update_state_machine", {"stateMachineArn": MACHINE}, "MissingRequiredParameter"),
]

SNS: list[tuple[str, dict[str, Any], str]] = [
    ("subscribe", {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "nobody"}, "InvalidParameter"),
    ("subscribe", {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "a@b.c;d@e.f"}, "InvalidParameter"),
]

LAMBDA: list[tuple[str, dict[str, Any], str]] = [
    ("invoke", {"FunctionName": "none"}, "ResourceNotFoundException"),
    ("invoke", {"FunctionName": "off", "Qualifier": "7"}, "ResourceNotFoundException"),
    ("invoke", {"FunctionName": "off", "Qualifier": "live"}, "ResourceNotFoundException"),
    ("invoke", {"FunctionName": "off:live"}, "ResourceNotFoundException"),
    ("get_function", {"FunctionName": "off", "Qualifier": "live"}, "ResourceNotFoundException"),
    ("get_function_configuration", {"FunctionName": "off", "Qualifier": "live"}, "ResourceNotFoundException"),
    ("invoke", {"FunctionName": "off"}, "TooManyRequestsException"),
    ("invoke", {"FunctionName": "off", "Payload": b"{"}, "InvalidRequestContentException"),
    (
        "put_function_concurrency",
        {"FunctionName": "off", "ReservedConcurrentExecutions": 901},
        "InvalidParameterValueException",
    ),
    (
        "put_function_concurrency",
        {"FunctionName": "none", "ReservedConcurrentExecutions": 1},
        "ResourceNotFoundException",
    ),
]

SERVICES = {"cloudtrail": CLOUDTRAIL, "events": EVENTS, "stepfunctions": STATES, "lambda": LAMBDA, "sns": SNS}
ROWS = [(service, *row) for service, rows in SERVICES.items() for row in rows]


@pytest.mark.parametrize(("service", "call", "parameters", "code"), ROWS, ids=[f"{row[1]}-{row[3]}" for row in ROWS])
def test_the_local_cloud_refuses_by_awss_name(
    account: LocalCloud, service: str, call: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(account.client(service, REGION), call)(**parameters)
    error = refused.value.response["Error"]
    assert (error["Code"], bool(error["Message"])) == (code, True)
