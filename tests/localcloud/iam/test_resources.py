"""The ARN that IAM compares with a policy's Resource, for the calls that matter here."""

from typing import Any

import pytest

from localcloud.iam.resources import resource_of

ACCOUNT = "123456789012"
HERE = f"eu-west-1:{ACCOUNT}"
TRAIL = f"arn:aws:cloudtrail:{HERE}:trail/TestTrail"


@pytest.mark.parametrize(
    ("service", "call", "parameters", "expected"),
    [
        ("cloudtrail", "StopLogging", {"Name": "TestTrail"}, TRAIL),
        ("cloudtrail", "StopLogging", {"Name": TRAIL}, TRAIL),
        ("cloudtrail", "PutEventSelectors", {"TrailName": "TestTrail"}, TRAIL),
        ("cloudtrail", "AddTags", {"ResourceId": TRAIL, "TagsList": []}, TRAIL),
        ("cloudtrail", "ListTags", {"ResourceIdList": [TRAIL]}, TRAIL),
        ("cloudtrail", "DescribeTrails", {"trailNameList": [TRAIL]}, "*"),
        ("cloudtrail", "LookupEvents", {}, "*"),
        ("cloudformation", "DescribeStacks", {"StackName": "s"}, f"arn:aws:cloudformation:{HERE}:stack/s/*"),
        ("sns", "Publish", {"TopicArn": f"arn:aws:sns:{HERE}:t", "Message": "x"}, f"arn:aws:sns:{HERE}:t"),
        ("sns", "CreateTopic", {"Name": "t"}, f"arn:aws:sns:{HERE}:t"),
        ("sns", "Unsubscribe", {"SubscriptionArn": f"arn:aws:sns:{HERE}:t:1-2"}, f"arn:aws:sns:{HERE}:t"),
        ("sqs", "SendMessage", {"QueueUrl": f"http://127.0.0.1:5000/{ACCOUNT}/q"}, f"arn:aws:sqs:{HERE}:q"),
        ("lambda", "Invoke", {"FunctionName": "f"}, f"arn:aws:lambda:{HERE}:function:f"),
        ("states", "CreateStateMachine", {"name": "m"}, f"arn:aws:states:{HERE}:stateMachine:m"),
        ("states", "StartExecution", {"stateMachineArn": "arn:aws:states:x"}, "arn:aws:states:x"),
        ("events", "PutRule", {"Name": "r"}, f"arn:aws:events:{HERE}:rule/r"),
        ("events", "PutTargets", {"Rule": "r", "EventBusName": "b"}, f"arn:aws:events:{HERE}:rule/b/r"),
        ("events", "PutEvents", {"Entries": [{"Source": "x"}]}, f"arn:aws:events:{HERE}:event-bus/default"),
        ("logs", "CreateLogStream", {"logGroupName": "/g", "logStreamName": "s"},
         f"arn:aws:logs:{HERE}:log-group:/g:log-stream:s"),
        ("logs", "DescribeLogGroups", {}, f"arn:aws:logs:{HERE}:log-group::log-stream:"),
        ("monitoring", "DeleteAlarms", {"AlarmNames": ["a"]}, f"arn:aws:cloudwatch:{HERE}:alarm:a"),
        ("kms", "Decrypt", {"KeyId": "1234"}, f"arn:aws:kms:{HERE}:key/1234"),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k/x"}, "arn:aws:s3:::b/k/x"),
        ("s3", "ListBuckets", {}, "*"),
        ("iam", "PutRolePolicy", {"RoleName": "r"}, f"arn:aws:iam::{ACCOUNT}:role/r"),
        ("iam", "CreateUser", {"UserName": "u", "Path": "/team/"}, f"arn:aws:iam::{ACCOUNT}:user/team/u"),
        ("sts", "AssumeRole", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}, f"arn:aws:iam::{ACCOUNT}:role/r"),
        ("ec2", "StopInstances", {"InstanceIds": ["i-1"]}, "*"),
    ],
)  # fmt: skip
def test_a_call_names_its_resource(service: str, call: str, parameters: dict[str, Any], expected: str) -> None:
    assert resource_of(service, call, parameters, "eu-west-1", ACCOUNT) == expected


def test_a_region_of_another_partition_has_arns_of_that_partition() -> None:
    assert (
        resource_of("sns", "CreateTopic", {"Name": "t"}, "cn-north-1", ACCOUNT)
        == f"arn:aws-cn:sns:cn-north-1:{ACCOUNT}:t"
    )
