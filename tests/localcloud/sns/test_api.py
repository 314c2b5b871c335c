"""Publishing on the local cloud: which subscriber receives what."""

import json
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.account import ACCOUNT, allow, queue, received
from tests.conftest import lost

REGION = "eu-south-1"  # of these tests alone


def topic(cloud: LocalCloud, name: str, **attributes: str) -> tuple[Any, str]:
    sns = cloud.client("sns", REGION)
    return sns, sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]


def mails_to(cloud: LocalCloud, address: str) -> list[EmailMessage]:
    return [mail for mail in cloud.mails() if mail["To"] == address]


def test_a_mail_subscription_is_confirmed_at_once_and_its_mails_are_kept(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "mailed", DisplayName="Trailkeeper")
    subscription = sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="first@example.com")["SubscriptionArn"]
    assert subscription.startswith(f"{arn}:")
    texts = {"default": "for all", "email": "for people", "sqs": "for machines"}
    sns.publish(TopicArn=arn, Message=json.dumps(texts), MessageStructure="json", Subject="Hello")
    sns.publish(TopicArn=arn, Message="plain")
    first, second = mails_to(cloud, "first@example.com")
    assert (first["Subject"], first["From"]) == ("Hello", "Trailkeeper <no-reply@sns.amazonaws.com>")
    assert first.get_content().startswith("for people\n\n--\n")
    assert subscription.rpartition(":")[2] in first.get_content()
    assert (second["Subject"], second.get_content()[:7]) == ("AWS Notification Message", "plain\n\n")


def test_a_filter_policy_lets_through_what_it_matches(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "filtered")
    for address, policy in (
        ("critical@example.com", {"severity": ["critical"]}),
        ("quiet@example.com", {"severity": [{"anything-but": ["critical", "high"]}]}),
        ("all@example.com", {}),
    ):
        attributes = {"FilterPolicy": json.dumps(policy)} if policy else {}
        sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=address, Attributes=attributes)
    for severity in ("critical", "low"):
        sns.publish(
            TopicArn=arn,
            Message=severity,
            MessageAttributes={"severity": {"DataType": "String", "StringValue": severity}},
        )
    sns.publish(TopicArn=arn, Message="none")

    def texts(address: str) -> list[str]:
        return [mail.get_content().split("\n")[0] for mail in mails_to(cloud, address)]

    assert texts("critical@example.com") == ["critical"]
    assert texts("quiet@example.com") == ["low"]
    assert texts("all@example.com") == ["critical", "low", "none"]


def test_a_queue_gets_the_notification_as_json_if_its_policy_lets_sns_send(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "queued")
    url, queue_arn = queue(cloud, "subscribed", REGION, service=None)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)
    assert queue_arn in lost(cloud, sns.publish(TopicArn=arn, Message="never arrives")["MessageId"])

    only = {"ArnEquals": {"aws:SourceArn": arn}}
    policy = allow("sqs:SendMessage", queue_arn, Principal={"Service": "sns.amazonaws.com"}, Condition=only)
    cloud.client("sqs", REGION).set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    attributes = {"verdict": {"DataType": "String", "StringValue": "stopped"}}
    published = sns.publish(TopicArn=arn, Message="arrives", Subject="S", MessageAttributes=attributes)["MessageId"]

    body = json.loads(received(cloud, url, REGION)["Body"])
    assert (body["Type"], body["MessageId"], body["TopicArn"]) == ("Notification", published, arn)
    assert (body["Message"], body["Subject"]) == ("arrives", "S")
    assert body["MessageAttributes"] == {"verdict": {"Type": "String", "Value": "stopped"}}


def test_a_subject_that_sns_refuses_stops_the_publish(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "strict")
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="strict@example.com")
    with pytest.raises(ClientError) as error:
        sns.publish(TopicArn=arn, Message="x", Subject="two\nlines")
    assert error.value.response["Error"]["Code"] == "InvalidParameter"
    assert error.value.response["Error"]["Message"] == "Invalid parameter: Subject"
    entry = {"Id": "1", "Message": "x", "Subject": "x" * 101}
    failed = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=[entry])["Failed"]
    assert failed[0]["Message"] == "Invalid parameter: Subject"
    assert mails_to(cloud, "strict@example.com") == []
    assert arn == f"arn:aws:sns:{REGION}:{ACCOUNT}:strict"


@pytest.mark.parametrize("protocol", ["https", "http", "sms", "firehose", "application"])
def test_a_subscriber_that_the_local_cloud_cannot_reach_is_refused(cloud: LocalCloud, protocol: str) -> None:
    sns, arn = topic(cloud, "choosy")
    with pytest.raises(ClientError, match=f"the local cloud delivers by .*, not {protocol}") as error:
        sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint="+15555550100")
    assert error.value.response["Error"]["Code"] == "NotImplemented"


def test_a_subscriber_that_fails_is_reported_and_does_not_fail_the_publisher(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "failing")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:missing"
    sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function)
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="behind@example.com")
    message = sns.publish(TopicArn=arn, Message="x")["MessageId"]
    assert lost(cloud, message).startswith(f"LOST, no dead-letter queue: message {message} for {function}")
    assert len(mails_to(cloud, "behind@example.com")) == 1


def test_what_a_subscriber_refuses_goes_to_the_subscriptions_dead_letter_queue(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "redriven")
    _, closed = queue(cloud, "refusing", REGION, service=None)
    dead_url, dead = queue(cloud, "dead-letters", REGION, service="sns.amazonaws.com")
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=closed, Attributes=redrive)
    published = sns.publish(TopicArn=arn, Message="refused", Subject="S")["MessageId"]
    body = json.loads(received(cloud, dead_url, REGION)["Body"])
    assert (body["MessageId"], body["Message"], body["Subject"]) == (published, "refused", "S")

    only = {"ArnEquals": {"aws:SourceArn": f"{arn}-other"}}
    policy = allow("sqs:SendMessage", dead, Principal={"Service": "sns.amazonaws.com"}, Condition=only)
    cloud.client("sqs", REGION).set_queue_attributes(QueueUrl=dead_url, Attributes={"Policy": json.dumps(policy)})
    message = sns.publish(TopicArn=arn, Message="refused by both")["MessageId"]
    line = f"LOST, the policy of {dead} does not let sns.amazonaws.com send for {arn}: message {message}"
    assert lost(cloud, message).startswith(line)
