"""Alarms on the local cloud: when they ring, what they publish, and to whom they cannot."""

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from localcloud.cloudwatch import alarms
from localcloud.cloudwatch.notice import region_name
from tests.account import ACCOUNT, allow, queue, reader, received
from tests.conftest import lost

REGION = "eu-north-1"  # of these tests alone
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def alarm(cloud: LocalCloud, name: str, **settings: Any) -> str:
    """An alarm on the length of the queue of the same name, with a topic of that name; the topic's ARN."""
    topic: str = cloud.client("sns", REGION).create_topic(Name=name)["TopicArn"]
    fixed = {
        "AlarmName": name,
        "AlarmDescription": "Something waits.",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": name}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic],
    }
    cloud.client("cloudwatch", REGION).put_metric_alarm(**fixed | settings)
    return topic


def let_in(cloud: LocalCloud, topic: str) -> None:
    """Let CloudWatch publish, as our topic does."""
    own = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*"}}
    policy = json.dumps(allow("sns:Publish", topic, Principal=CLOUDWATCH, Condition=own))
    cloud.client("sns", REGION).set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def wait_for(cloud: LocalCloud, name: str, state: str) -> dict[str, Any]:
    """The alarm, in that state."""

    def described() -> Any:
        (found,) = cloud.client("cloudwatch", REGION).describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return found["StateValue"] == state and found

    return dict(cloud.wait(described, f"{state} of {name}"))


def test_an_alarm_rings_each_time_that_its_queue_fills(cloud: LocalCloud) -> None:
    url, _ = queue(cloud, "filling", REGION)
    topic = alarm(cloud, "filling")
    let_in(cloud, topic)
    reader(cloud, topic, "on-call@example.com")
    programs, program = queue(cloud, "on-call", REGION, service="sns.amazonaws.com")
    cloud.client("sns", REGION).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=program)
    for _ in range(2):
        cloud.client("sqs", REGION).send_message(QueueUrl=url, MessageBody="x")
        rang = wait_for(cloud, "filling", "ALARM")
        notification = json.loads(received(cloud, programs, REGION)["Body"])
        assert received(cloud, url, REGION)["Body"] == "x"
        assert "was not greater than the threshold" in wait_for(cloud, "filling", "OK")["StateReason"]

    at = datetime.strptime(
        rang["StateReason"],
        "Threshold Crossed: 1 datapoint [1.0 (%d/%m/%y %H:%M:%S)] was greater than the threshold (0.0).",
    )
    assert abs((at - rang["StateUpdatedTimestamp"].replace(tzinfo=None)).total_seconds()) < 2
    first, second = [mail for mail in cloud.mails() if mail["To"] == "on-call@example.com"]
    assert first["Subject"] == second["Subject"] == 'ALARM: "filling" in Europe (Stockholm)'
    assert second.get_content().startswith(
        'You are receiving this email because your Amazon CloudWatch Alarm "filling" in the Europe (Stockholm) region '
        f'has entered the ALARM state, because "{rang["StateReason"]}" at "'
    )
    assert "- Description:                Something waits.\n" in second.get_content()
    told = json.loads(notification["Message"])
    assert (told["AlarmName"], told["OldStateValue"], told["NewStateValue"]) == ("filling", "OK", "ALARM")
    assert (told["NewStateReason"], told["AWSAccountId"]) == (rang["StateReason"], ACCOUNT)
    assert told["Trigger"]["Dimensions"] == [{"value": "filling", "name": "QueueName"}]


def test_an_alarm_whose_actions_are_disabled_tells_nobody(cloud: LocalCloud) -> None:
    url, _ = queue(cloud, "muted", REGION)
    topic = alarm(cloud, "muted")  # which would be LOST, as CloudWatch may not publish
    cloud.client("cloudwatch", REGION).disable_alarm_actions(AlarmNames=["muted"])
    cloud.client("sqs", REGION).send_message(QueueUrl=url, MessageBody="x")
    wait_for(cloud, "muted", "ALARM")
    assert not [line for line in cloud.errors if topic in line]


@pytest.mark.parametrize("metric", ["NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"])
def test_an_alarm_rings_for_what_a_topic_delivers_and_for_what_it_cannot(cloud: LocalCloud, metric: str) -> None:
    sns = cloud.client("sns", REGION)
    source = sns.create_topic(Name=f"source-{metric}")["TopicArn"]
    to = queue(cloud, metric, REGION, "sns.amazonaws.com" if metric.endswith("Delivered") else None)[1]
    sns.subscribe(TopicArn=source, Protocol="sqs", Endpoint=to)
    read = {"Namespace": "AWS/SNS", "MetricName": metric, "Statistic": "Sum"}
    alarm(cloud, metric, **read, Dimensions=[{"Name": "TopicName", "Value": f"source-{metric}"}], AlarmActions=[])
    sns.publish(TopicArn=source, Message="x")
    wait_for(cloud, metric, "ALARM")
    if metric.endswith("Failed"):
        lost(cloud, to)


def test_an_operator_can_ring_an_alarm_to_try_it(cloud: LocalCloud) -> None:
    topic = alarm(cloud, "tried")
    let_in(cloud, topic)
    reader(cloud, topic, "tried@example.com")
    request = {"AlarmName": "tried", "StateValue": "ALARM", "StateReason": "only a test"}
    cloud.client("cloudwatch", REGION).set_alarm_state(**request)
    (mail,) = [mail for mail in cloud.mails() if mail["To"] == "tried@example.com"]
    assert 'because "only a test"' in mail.get_content()
    assert "treated as [NonBreaching]" in wait_for(cloud, "tried", "OK")["StateReason"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("closed", "is not authorized to perform: SNS:Publish on resource"),
        ("managed", "does not have authorization to access the SNS topic encryption key."),
        ("deleted", "Topic does not exist"),
    ],
)
def test_an_alarm_that_can_tell_nobody_is_reported(cloud: LocalCloud, name: str, fault: str) -> None:
    sns, topic = cloud.client("sns", REGION), alarm(cloud, name)
    if name == "managed":
        let_in(cloud, topic)
        sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    if name == "deleted":
        sns.delete_topic(TopicArn=topic)
    request = {"AlarmName": name, "StateValue": "ALARM", "StateReason": "only a test"}
    cloud.client("cloudwatch", REGION).set_alarm_state(**request)
    assert f"Failed to execute action {topic}. Received error:" in (line := lost(cloud, f"alarm {name}"))
    assert fault in line


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"MetricName": "NumberOfMessagesSent"}, "there are no metrics but AWS/Events InvocationsFailedToBeSentToDlq"),
        ({"Statistic": "Average"}, "cannot have statistic other than Maximum"),
        ({"EvaluationPeriods": 3}, "cannot have evaluation_periods other than 1"),
        (
            {"ComparisonOperator": "LessThanThreshold"},
            "cannot have comparison_operator other than GreaterThanThreshold",
        ),
        ({"TreatMissingData": "missing"}, "cannot have treat_missing_data other than notBreaching"),
        ({"Dimensions": []}, r"cannot have dimensions other than \['QueueName'\]"),
        ({"DatapointsToAlarm": 1}, "cannot have datapoints_to_alarm"),
        ({"OKActions": ["arn:aws:sns:x"]}, "cannot have ok_actions"),
        ({"AlarmActions": ["arn:aws:lambda:x"]}, "cannot have an action by arn:aws:lambda:x"),
    ],
)
def test_an_alarm_that_could_not_ring_here_is_refused(cloud: LocalCloud, settings: Any, reason: str) -> None:
    with pytest.raises(ClientError, match=reason) as error:
        alarm(cloud, "refused", **settings)
    assert error.value.response["Error"]["Code"] == "NotImplemented"


def test_what_happened_counts_for_one_period(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: Any = SimpleNamespace(
        alarm_arn=f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:failed",
        namespace="AWS/States",
        metric_name="ExecutionsFailed",
        dimensions=[SimpleNamespace(value="machine")],
        period=60,
    )
    for at in (1000.0, 1030.0):
        monkeypatch.setattr("time.time", lambda at=at: at)
        alarms.count("ExecutionsFailed", REGION, "machine")
    seconds = (1031.0, 1059.0, 1061.0, 1091.0)
    assert [alarms.datapoint(failed, now) for now in seconds] == [2.0, 2.0, 1.0, None]


def test_a_region_is_called_as_cloudwatch_calls_it() -> None:
    assert region_name("us-east-1") == "US East (N. Virginia)"
