"""The two topics: what happens to one is reported through the other, and a mail that nobody gets is not handled."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.account import policy, queue, recording_trail
from tests.conftest import lost


@pytest.fixture
def fresh(assembly: Path) -> Iterator[LocalCloud]:
    """A cloud with Trailkeeper deployed, to break its topics, and a trail that records."""
    with LocalCloud() as cloud:
        cloud.deploy(assembly)
        cloud.confirm_all()
        recording_trail(cloud, "Recording", "us-east-1")  # or EventBridge gets no events
        yield cloud


def topic(cloud: LocalCloud, name: str) -> str:
    """The ARN of a topic of ours."""
    arns = [one["TopicArn"] for one in cloud.client("sns").list_topics()["Topics"]]
    (found,) = [arn for arn in arns if f":Trailkeeper-{name}" in arn]
    return str(found)


def ended(cloud: LocalCloud, number: int) -> Any:
    """The execution of that number, when it and all before it have ended."""

    def all_ended() -> Any:
        executions = cloud.executions()
        return len(executions) >= number and all(one["status"] != "RUNNING" for one in executions) and executions

    execution = cloud.wait(all_ended, "the execution and its end")[number - 1]
    return cloud.client("stepfunctions").describe_execution(executionArn=execution["executionArn"])


def notice(cloud: LocalCloud, execution: Any) -> str:
    """What EventBridge published about an execution."""

    def arrived() -> str | None:
        texts = [mail.get_content() for mail in cloud.mails() if mail["Subject"] == "AWS Notification Message"]
        return next((text for text in texts if execution["executionArn"] in text), None)

    return cloud.wait(arrived, "the notice")


def alarm(cloud: LocalCloud, name: str) -> str:
    """What CloudWatch published when the alarm of that name rang."""

    def rang() -> str | None:
        found = [mail for mail in cloud.mails() if mail["Subject"].startswith(f'ALARM: "Trailkeeper-{name}')]
        return found[0].get_content() if found else None

    text = cloud.wait(rang, f"the alarm {name}")
    (one,) = cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"Trailkeeper-{name}")["MetricAlarms"]
    assert one["StateReason"] in text
    return text


def test_what_breaks_the_topic_of_incidents_is_reported_through_the_other_one(fresh: LocalCloud) -> None:
    sns, incidents = fresh.client("sns"), topic(fresh, "Incidents")
    (reader,) = sns.list_subscriptions_by_topic(TopicArn=incidents)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=reader["SubscriptionArn"])
    unread = ended(fresh, 1)
    assert unread["error"] == "NobodyTold"
    assert "Error: NobodyTold" in notice(fresh, unread)
    assert "an execution ended badly" in alarm(fresh, "ExecutionsAlarm")
    assert len(fresh.mails()) == 2  # the notice and the alarm

    sns.delete_topic(TopicArn=incidents)
    unpublished = ended(fresh, 2)
    assert unpublished["error"] == "NotMailed"
    text = notice(fresh, unpublished)
    assert "DeleteTopic was judged deleted, and publishing the mail failed or was not confirmed: NotFound" in text


def test_a_topic_that_takes_no_message_from_our_role_is_reported_through_the_other_one(fresh: LocalCloud) -> None:
    closed = {"Effect": "Deny", "Principal": "*", "Action": "SNS:Publish", "Resource": topic(fresh, "Incidents")}
    fresh.client("sns").set_topic_attributes(
        TopicArn=topic(fresh, "Incidents"), AttributeName="Policy", AttributeValue=json.dumps(policy(closed))
    )
    unpublished = ended(fresh, 1)
    assert unpublished["error"] == "NotMailed"
    assert "Error: NotMailed" in notice(fresh, unpublished)
    assert "an execution ended badly" in alarm(fresh, "ExecutionsAlarm")


def test_who_rewrites_the_state_machine_is_told_of_without_it(fresh: LocalCloud) -> None:
    states = fresh.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    silent = json.dumps({"StartAt": "Silent", "States": {"Silent": {"Type": "Succeed"}}})
    states.update_state_machine(stateMachineArn=machine["stateMachineArn"], definition=silent)
    text = fresh.wait(lambda: [mail.get_content() for mail in fresh.mails()], "the notice")[0]
    assert "UpdateStateMachine by arn:aws:iam::123456789012:user/administrator" in text
    assert f"What: {machine['stateMachineArn']}" in text


def test_what_waits_in_the_dead_letter_queue_and_what_is_lost_raise_alarms(fresh: LocalCloud) -> None:
    """What waits is a message to a reader of Incidents, a program, whose queue takes nothing."""
    sns, incidents = fresh.client("sns"), topic(fresh, "Incidents")
    (reader,) = sns.list_subscriptions_by_topic(TopicArn=incidents)["Subscriptions"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=reader["SubscriptionArn"])["Attributes"]
    _, full = queue(fresh, "refusing", "us-east-1", service=None)
    redrive = {"RedrivePolicy": attributes["RedrivePolicy"]}
    sns.subscribe(TopicArn=incidents, Protocol="sqs", Endpoint=full, Attributes=redrive)
    sns.publish(TopicArn=incidents, Message="x")
    assert "waits in the queue" in alarm(fresh, "DeadLettersAlarm")
    assert "a mail could not be delivered" in alarm(fresh, "IncidentsMailAlarm")

    states, sqs = fresh.client("stepfunctions"), fresh.client("sqs")
    (machine,) = states.list_state_machines()["stateMachines"]
    (url,) = sqs.list_queues(QueueNamePrefix="Trailkeeper")["QueueUrls"]
    states.delete_state_machine(stateMachineArn=machine["stateMachineArn"])
    sqs.delete_queue(QueueUrl=url)
    fresh.client("cloudtrail").stop_logging(Name="Recording")
    assert "it is lost" in alarm(fresh, "TamperingLostAlarm")
    for rule in ("Tampering", "OwnParts1"):
        lost(fresh, f"rule/Trailkeeper-{rule}")
