"""The two topics: what happens to one is reported through the other, and a mail that nobody gets is not handled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.account import recording_trail


@pytest.fixture
def fresh(assembly: Path) -> Iterator[LocalCloud]:
    """A cloud with Trailkeeper deployed, to break its topics, and a trail that records."""
    with LocalCloud() as cloud:
        cloud.deploy(assembly)
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


def test_what_breaks_the_topic_of_incidents_is_reported_through_the_other_one(fresh: LocalCloud) -> None:
    sns, incidents = fresh.client("sns"), topic(fresh, "Incidents")
    (reader,) = sns.list_subscriptions_by_topic(TopicArn=incidents)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=reader["SubscriptionArn"])
    unread = ended(fresh, 1)
    assert unread["error"] == "NobodyTold"
    assert "Error: NobodyTold" in notice(fresh, unread)
    assert not [mail for mail in fresh.mails() if mail["Subject"] != "AWS Notification Message"]

    sns.delete_topic(TopicArn=incidents)
    unpublished = ended(fresh, 2)
    assert unpublished["error"] == "NotMailed"
    text = notice(fresh, unpublished)
    assert "DeleteTopic was judged deleted, and publishing the mail failed or was not confirmed: NotFound" in text


def test_what_happens_to_the_topic_of_alarms_is_reported_in_a_mail(fresh: LocalCloud) -> None:
    fresh.client("sns").delete_topic(TopicArn=topic(fresh, "Alarms"))
    assert ended(fresh, 1)["status"] == "SUCCEEDED"
    (mail,) = fresh.mails()
    assert mail["Subject"].startswith("[HIGH] Trailkeeper's topic deleted: Trailkeeper-Alarms")
    assert "administrator deleted Trailkeeper's own topic Trailkeeper-Alarms" in mail.get_content()
