"""Rules with a schedule, and functions as targets."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from localcloud.eventbridge import schedule
from tests.account import queue, received
from tests.conftest import Assemble, function, role

REGION = "us-east-1"
# Says what it was started with, and fails where that is not a scheduled event.
CODE = """
def handler(event, context):
    print("started by", event["detail-type"])
    raise RuntimeError("broken")
"""


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(1 hour)", 3600), ("rate(2 days)", 172800)],
)
def test_a_rate_is_so_many_seconds(expression: str, seconds: int) -> None:
    assert schedule.seconds(expression) == seconds


@pytest.mark.parametrize("expression", ["rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)", "rate(5)", "every day"])
def test_a_rate_that_aws_would_not_take_is_refused(expression: str, cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*Parameter ScheduleExpression is not valid"):
        cloud.client("events").put_rule(Name="wrong", ScheduleExpression=expression)


def test_a_schedule_that_the_local_cloud_cannot_run_is_refused_in_one_sentence(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match=r"runs schedules by rate\(...\) alone"):
        cloud.client("events").put_rule(Name="cron", ScheduleExpression="cron(0 10 * * ? *)")
    said = cloud.wait(lambda: [line for line in cloud.errors if "schedules by rate" in line], "the line that says so")
    cloud.errors.remove(said[0])


@pytest.fixture(scope="module")
def scheduled(cloud: LocalCloud, assemble: Assemble) -> dict[str, str]:
    """A function with a dead-letter queue, and a rule that starts it each day."""
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Dead", "Arn"]}}
    arn = {"Fn::GetAtt": ["Watch", "Arn"]}
    granted = {"Action": "lambda:InvokeFunction", "FunctionName": arn, "Principal": "events.amazonaws.com"}
    resources = {
        "FunctionRole": role("lambda", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}, send),
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Watch": function("Scheduled", "code.handler", DeadLetterConfig={"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}),
        "Daily": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "ScheduleExpression": "rate(1 day)",
                "State": "ENABLED",
                "Targets": [{"Id": "Target0", "Arn": arn}],
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": granted | {"SourceArn": {"Fn::GetAtt": ["Daily", "Arn"]}},
        },
    }
    outputs = {"Queue": {"Ref": "Dead"}, "Function": arn, "Rule": {"Ref": "Daily"}}
    return cloud.deploy(assemble("Scheduled", resources, code={"code.py": CODE}, outputs=outputs))


def test_a_scheduled_rule_invokes_its_function_and_what_fails_three_times_is_kept(
    cloud: LocalCloud, scheduled: dict[str, str]
) -> None:
    cloud.run_schedules()
    message = received(cloud, scheduled["Queue"], REGION)
    assert json.loads(message["Body"])["detail-type"] == "Scheduled Event"
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (attributes["ErrorCode"], attributes["ErrorMessage"]) == ("200", "broken")
    name = scheduled["Function"].rpartition(":")[2]
    logs: Any = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert sum("started by Scheduled Event" in line["message"] for line in logs) == 3


def test_a_function_whose_policy_does_not_name_the_rule_is_not_invoked(
    cloud: LocalCloud, scheduled: dict[str, str]
) -> None:
    events = cloud.client("events")
    url, arn = queue(cloud, "not-invoked", REGION)
    events.put_rule(Name="another", ScheduleExpression="rate(1 day)")
    target: Any = {"Id": "Target0", "Arn": scheduled["Function"], "DeadLetterConfig": {"Arn": arn}}
    events.put_targets(Rule="another", Targets=[target])
    events.disable_rule(Name=scheduled["Rule"])
    cloud.run_schedules()
    message = received(cloud, url, REGION)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    events.enable_rule(Name=scheduled["Rule"])
    events.remove_targets(Rule="another", Ids=["Target0"])
    events.delete_rule(Name="another")
