"""What AWS refuses before a service sees it, with AWS's names for the errors."""

import json
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from localcloud import ADMINISTRATOR, REGION, LocalCloud, validation

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Machine"
PUT_ALARM = {"AlarmName": "a", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
FUNCTION = {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {}, "Handler": "h.h"}


@pytest.mark.parametrize(
    ("service", "call", "asked", "code", "says"),
    [
        ("cloudtrail", "LookupEvents", {"EventCategory": "data"}, "InvalidEventCategoryException", "'data' at 'event"),
        (
            *("cloudtrail", "LookupEvents", {"LookupAttributes": [{"AttributeKey": "Color", "AttributeValue": "x"}]}),
            *("InvalidLookupAttributesException", "'Color' at 'lookupAttributes.1.member.attributeKey' failed"),
        ),
        ("cloudtrail", "LookupEvents", {"MaxResults": 51}, "InvalidMaxResultsException", "less than or equal to 50"),
        ("cloudtrail", "StopLogging", {}, "InvalidTrailNameException", "Value null at 'name'"),
        (
            *("cloudtrail", "PutEventSelectors"),
            {"TrailName": "Trail", "EventSelectors": [{"ReadWriteType": "Some"}]},
            *("InvalidEventSelectorsException", "enum value set: [ReadOnly, WriteOnly, All]"),
        ),
        (
            *("cloudtrail", "PutInsightSelectors"),
            {"TrailName": "Trail", "InsightSelectors": [{"InsightType": "Guess"}]},
            *("InvalidInsightSelectorsException", "'insightSelectors.1.member.insightType'"),
        ),
        (
            *("cloudtrail", "ListTrails", {"NextToken": 7}),
            *("SerializationException", "NUMBER_VALUE can not be converted to a String"),
        ),
        (
            *("states", "ListExecutions", {"stateMachineArn": MACHINE, "statusFilter": "DONE"}),
            *("ValidationException", "'statusFilter'"),
        ),
        ("states", "ListExecutions", {}, "ValidationException", "Must provide a StateMachine ARN"),
        ("states", "StartExecution", {"stateMachineArn": MACHINE, "name": "n" * 81}, "ValidationException", "to 80"),
        ("events", "PutRule", {"Name": "no spaces"}, "ValidationException", r"pattern: [\.\-_A-Za-z0-9]+"),
        (
            *("events", "PutRule", {"Name": "r", "State": "ON"}),
            *("ValidationException", "enum value set: [ENABLED, DISABLED, ENABLED_"),
        ),
        ("events", "PutTargets", {"Rule": "r", "Targets": []}, "ValidationException", "'targets' failed"),
        ("events", "PutRule", {"Name": {}}, "SerializationException", "Start of structure or map found"),
        ("logs", "CreateLogGroup", {"logGroupName": "a b"}, "InvalidParameterException", "'a b' at 'logGroupName'"),
        ("logs", "CreateLogGroup", {}, "InvalidParameterException", "Value null at 'logGroupName'"),
        ("kms", "CreateKey", {"KeySpec": "RSA_1"}, "ValidationException", "'RSA_1' at 'keySpec'"),
        ("kms", "DescribeKey", {"KeyId": "k" * 2049}, "ValidationException", "less than or equal to 2048"),
        ("lambda", "CreateFunction", {**FUNCTION, "FunctionName": "a b"}, "ValidationException", "'functionName'"),
        (
            *("lambda", "CreateFunction", {**FUNCTION, "MemorySize": 64}),
            *("ValidationException", "greater than or equal to 128"),
        ),
        ("lambda", "CreateFunction", {**FUNCTION, "Runtime": "python2"}, "InvalidParameterValueException", "'runtime'"),
        (
            *("lambda", "CreateFunction", {**FUNCTION, "Timeout": "x"}),
            *("InvalidRequestContentException", "STRING_VALUE can not"),
        ),
        (
            *("lambda", "CreateFunction", {**FUNCTION, "Architectures": ["x86"]}, "ValidationException"),
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
        ),
        ("iam", "GetUser", {"UserName": "a b"}, "ValidationError", r"pattern: [\w+=,.@-]+"),
        (
            *("iam", "UpdateAccessKey", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Off"}),
            *("ValidationError", "Member must satisfy enum value set: [Active, Inactive"),
        ),
        (
            *("sts", "AssumeRole", {"RoleArn": "a", "RoleSessionName": "b"}),
            *("ValidationError", "2 validation errors detected"),
        ),
        ("sts", "AssumeRole", {"RoleSessionName": "ab"}, "ValidationError", "Value null at 'roleArn'"),
        (
            *("sns", "Publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t"}),
            *("ValidationError", "null at 'message'"),
        ),
        ("sqs", "CreateQueue", {}, "MissingParameter", "must contain the parameter QueueName"),
        (
            *("cloudwatch", "PutMetricAlarm", {**PUT_ALARM, "ComparisonOperator": ">"}),
            *("ValidationError", "comparisonOperator"),
        ),
        ("cloudwatch", "PutMetricAlarm", {**PUT_ALARM, "Period": "soon"}, "SerializationException", "STRING_VALUE"),
        (
            *("cloudformation", "CreateStack", {"StackName": "a", "OnFailure": "STOP"}),
            *("ValidationError", "'STOP' at 'onFailure'"),
        ),
        ("iam", "ListUsers", {"MaxItems": "many"}, "MalformedInput", "not of its member's type: 'many'"),
        ("s3", "ListObjectsV2", {"Bucket": "bucket", "EncodingType": "none"}, "InvalidArgument", "'encodingType'"),
        (
            *("s3", "PutBucketVersioning", {"Bucket": "bucket", "VersioningConfiguration": {"Status": "Off"}}),
            *("MalformedXML", "did not validate against our published schema"),
        ),
        (
            *("s3", "PutBucketPolicy", {"Bucket": "bucket", "Policy": "{"}),
            *("MalformedPolicy", "Policies must be valid JSON"),
        ),
    ],
)  # fmt: skip
def test_what_breaks_a_calls_model_is_refused_with_the_services_code(
    cloud: LocalCloud, service: str, call: str, asked: dict[str, Any], code: str, says: str
) -> None:
    client = unchecked(cloud.endpoint, service)
    with pytest.raises(ClientError) as refused:
        client._make_api_call(call, asked)
    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert says in error["Message"]


@cache
def unchecked(endpoint: str, service: str) -> Any:
    """A client that sends whatever it is given, as others do."""
    session: Any = boto3.Session(ADMINISTRATOR["AccessKeyId"], ADMINISTRATOR["SecretAccessKey"], region_name=REGION)
    path_style: Any = {"addressing_style": "path"}
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, s3=path_style)
    name = {"states": "stepfunctions"}.get(service, service)
    return session.client(name, endpoint_url=endpoint, config=config)


def test_a_refused_call_is_recorded(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError):
        unchecked(cloud.endpoint, "events").put_rule(Name="no spaces", State="RECORDED")
    attribute = {"AttributeKey": "EventName", "AttributeValue": "PutRule"}
    events = cloud.client("cloudtrail").lookup_events(LookupAttributes=[attribute])["Events"]
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    assert "ValidationException" in {one.get("errorCode") for one in records if "RECORDED" in str(one)}


def refusal(service: str, call: str, **asked: Any) -> tuple[str, str] | None:
    model = get_service_model({"states": "stepfunctions"}.get(service, service))
    return validation.refusal(service, model.operation_model(call), asked)


def test_a_value_that_is_a_secret_is_not_repeated() -> None:
    refused = refusal("states", "StartExecution", stateMachineArn=MACHINE, input="x" * 300_000)
    assert refused and "Value at 'input' failed" in refused[1]
    assert "xxx" not in refused[1]


def test_a_pattern_that_python_does_not_know_is_not_checked() -> None:
    assert refusal("iam", "TagUser", UserName="eve", Tags=[{"Key": "팀", "Value": "보안"}]) is None


def test_keys_of_maps_are_checked_too() -> None:
    refused = refusal("lambda", "CreateFunction", **FUNCTION, Environment={"Variables": {"1": "x"}})
    assert refused and "Map keys must satisfy constraint: [Member must satisfy regular expression" in refused[1]
