"""Publishing on the local cloud: which subscriber receives what."""

import json
import uuid
from email.message import EmailMessage
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.account import ACCOUNT, allow, queue, reader, received, role, rule, session, user
from tests.conftest import lost

REGION = "eu-south-1"  # of these tests alone


def topic(cloud: LocalCloud, name: str, **attributes: str) -> tuple[Any, str]:
    sns = cloud.client("sns", REGION)
    return sns, sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]


def mails_to(cloud: LocalCloud, address: str) -> list[EmailMessage]:
    return [mail for mail in cloud.mails() if mail["To"] == address]


def test_a_mail_subscription_gets_the_text_for_mail(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "mailed", DisplayName="Trailkeeper")
    subscription = reader(cloud, arn, "first@example.com")
    assert subscription.startswith(f"{arn}:")
    texts = {"default": "for all", "email": "for people", "sqs": "for machines"}
    sns.publish(TopicArn=arn, Message=json.dumps(texts), MessageStructure="json", Subject="Hello")
    sns.publish(TopicArn=arn, Message="plain")
    first, second = mails_to(cloud, "first@example.com")
    assert (first["Subject"], first["From"]) == ("Hello", "Trailkeeper <no-reply@sns.amazonaws.com>")
    assert first.get_content().startswith("for people\n\n--\n")
    assert subscription.rpartition(":")[2] in first.get_content()
    assert (second["Subject"], second.get_content()[:7]) == ("AWS Notification Message", "plain\n\n")


def test_a_subscription_by_mail_is_pending_until_its_reader_confirms_it(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "pending")
    address = {"TopicArn": arn, "Protocol": "email", "Endpoint": "pending@example.com"}

    def asked() -> list[EmailMessage]:
        return [mail for mail in cloud.confirmations() if mail["To"] == address["Endpoint"]]

    assert sns.subscribe(**address)["SubscriptionArn"] == "pending confirmation"
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    sns.publish(TopicArn=arn, Message="too early")
    again = sns.subscribe(**address, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert len(asked()) == 2  # the reader is asked again
    assert counts(cloud, arn) == ("0", "1", "0")
    assert_refused("pending confirmation", sns.unsubscribe, SubscriptionArn=again)
    assert_refused("at least 6 elements, not 1", sns.unsubscribe, SubscriptionArn="PendingConfirmation")
    assert_refused("Invalid parameter: Token", sns.confirm_subscription, TopicArn=arn, Token="2336412f37")

    for mail in asked():  # whichever link is taken, and once more
        assert mail["Subject"] == "AWS Notification - Subscription Confirmation"
        assert cloud.confirm(mail) == again
    attributes = sns.get_subscription_attributes(SubscriptionArn=again)["Attributes"]
    assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == ("false", "true")
    assert counts(cloud, arn) == ("1", "0", "0")
    assert sns.subscribe(**address)["SubscriptionArn"] == again
    assert len(asked()) == 2
    sns.publish(TopicArn=arn, Message="in time")
    (mail,) = mails_to(cloud, address["Endpoint"])
    assert "in time" in mail.get_content()


def test_nobody_unsubscribes_without_credentials(cloud: LocalCloud) -> None:
    _, arn = topic(cloud, "kept")
    subscription = reader(cloud, arn, "kept@example.com")
    with pytest.raises(HTTPError, match="403"):
        urlopen(f"{cloud.endpoint}/?Action=Unsubscribe&SubscriptionArn={subscription}")
    assert counts(cloud, arn) == ("1", "0", "0")


def assert_refused(message: str, call: Any, **request: str) -> None:
    with pytest.raises(ClientError, match=message) as error:
        call(**request)
    assert error.value.response["Error"]["Code"] == "InvalidParameter"


def test_a_filter_policy_lets_through_what_it_matches(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "filtered")
    for address, policy in (
        ("critical@example.com", {"severity": ["critical"]}),
        ("quiet@example.com", {"severity": [{"anything-but": ["critical", "high"]}]}),
        ("all@example.com", {}),
    ):
        reader(cloud, arn, address, **({"FilterPolicy": json.dumps(policy)} if policy else {}))
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
    reader(cloud, arn, "strict@example.com")
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
    reader(cloud, arn, "behind@example.com")
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


def counts(cloud: LocalCloud, arn: str) -> tuple[str, str, str]:
    """How many subscriptions are confirmed, pending and deleted."""
    attributes = cloud.client("sns", REGION).get_topic_attributes(TopicArn=arn)["Attributes"]
    return tuple(attributes[f"Subscriptions{state}"] for state in ("Confirmed", "Pending", "Deleted"))


def test_a_topic_counts_its_subscriptions(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "counted")
    assert counts(cloud, arn) == ("0", "0", "0")
    first = reader(cloud, arn, "one@example.com")
    for _ in range(2):  # the second time it is there already
        sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="two@example.com")
    assert counts(cloud, arn) == ("1", "1", "0")
    for _ in range(2):
        sns.unsubscribe(SubscriptionArn=first)
    assert counts(cloud, arn) == ("0", "1", "1")
    sns.delete_topic(TopicArn=arn)
    assert counts(cloud, topic(cloud, "counted")[1]) == ("0", "0", "0")


def test_a_deleted_topic_is_not_found(cloud: LocalCloud) -> None:
    sns, arn = topic(cloud, "deleted")
    reader(cloud, arn, "deleted@example.com")
    sns.delete_topic(TopicArn=arn)
    publisher = cloud.client("sns", REGION, user(cloud, "late-publisher", allow("sns:Publish", arn)))
    for client in (sns, publisher):
        with pytest.raises(ClientError) as error:
            client.publish(TopicArn=arn, Message="x")
        assert error.value.response["Error"]["Code"] == "NotFound"
        assert error.value.response["Error"]["Message"] == "Topic does not exist"
    assert mails_to(cloud, "deleted@example.com") == []


# ---- the AWS-managed key: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html


@pytest.fixture(params=["by SNS", "by CloudFormation"])
def creator(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["alias/aws/sns", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/sns"], ids=["alias", "ARN"])
def managed(cloud: LocalCloud, creator: str, request: pytest.FixtureRequest) -> str:
    """The ARN of a topic that is encrypted with the AWS-managed key."""
    name = f"managed-{uuid.uuid4()}"
    if creator == "by SNS":
        return topic(cloud, name, KmsMasterKeyId=request.param)[1]
    properties = {"TopicName": name, "KmsMasterKeyId": request.param}
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}}
    cloudformation = cloud.client("cloudformation", REGION)
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    found = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Topic")
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def test_with_the_aws_managed_key_publishing_needs_no_permission_but_sns_publish(
    cloud: LocalCloud, managed: str
) -> None:
    name = managed.rpartition(":")[2]
    allowed = allow("sns:Publish", managed)
    for credentials in (
        user(cloud, f"user-{name}", allowed),
        session(cloud, role(cloud, f"role-{name}", "*", allowed), "run"),
    ):
        cloud.client("sns", REGION, credentials).publish(TopicArn=managed, Message="x")
    key_alone = user(cloud, f"other-{name}", allow("kms:*", "*"))
    with pytest.raises(ClientError, match="not authorized to perform: SNS:Publish"):
        cloud.client("sns", REGION, key_alone).publish(TopicArn=managed, Message="x")


def test_with_the_aws_managed_key_eventbridge_cannot_publish(cloud: LocalCloud, managed: str) -> None:
    name = managed.rpartition(":")[2]
    open_topic = json.dumps(allow("sns:Publish", managed, Principal={"Service": "events.amazonaws.com"}))
    cloud.client("sns", REGION).set_topic_attributes(
        TopicArn=managed, AttributeName="Policy", AttributeValue=open_topic
    )
    dead_url, dead = queue(cloud, name, REGION)
    rule(cloud, name, REGION, {"source": [name]}, managed, DeadLetterConfig={"Arn": dead})
    entry = {"Source": name, "DetailType": "Test", "Detail": "{}"}
    cloud.client("events", REGION).put_events(Entries=[entry])
    attributes = received(cloud, dead_url, REGION)["MessageAttributes"]
    assert attributes["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert "key" in attributes["ERROR_MESSAGE"]["StringValue"]
