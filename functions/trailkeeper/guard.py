"""The guard itself: whether Trailkeeper's own parts can still notice, answer and mail."""

import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from trailkeeper import aws

NOT_THERE = {
    *("NotFound", "NotFoundException", "ResourceNotFoundException", "StateMachineDoesNotExist"),
    *("AWSSimpleQueueServiceNonExistentQueue", "QueueDoesNotExist"),
}


class Broken(NamedTuple):
    """A part that does not work: why, by a code, and which it is."""

    code: str
    name: str


class Check(NamedTuple):
    """A part by its name, and the question whether it works: why not, or None."""

    name: str
    question: Callable[[], str | None]


def checks(rules: list[dict[str, Any]] | None) -> Iterator[Check]:
    """The questions about each part; `rules` are Trailkeeper's own with their targets, None if they were not listed."""
    if rules is not None and not rules:
        yield Check("rules", lambda: "gone")
    for rule in rules or []:
        yield Check(rule["Name"], lambda rule=rule: starts(rule))  # type: ignore[misc]
    for topic in ("TOPIC_ARN", "ALARMS_ARN"):
        yield Check(last(os.environ[topic]), lambda arn=os.environ[topic]: None if readers(arn) else "no_reader")  # type: ignore[misc]
    yield Check(os.environ["QUEUE_URL"].rpartition("/")[2], queue)
    for name in os.environ["FUNCTIONS"].split(","):
        yield Check(name, lambda name=name: function(name))  # type: ignore[misc]
    yield Check(last(os.environ["STATE_MACHINE"]), state_machine)


def ask(check: Check) -> Broken | None:
    """What is broken about a part; one that is not there is."""
    try:
        code = check.question()
    except ClientError as error:
        if aws.code(error) not in NOT_THERE:
            raise
        code = "gone"
    except (KeyError, ValueError) as error:
        raise aws.Unanswered("IncompleteAnswer") from error
    return Broken(code, check.name) if code else None


def starts(rule: dict[str, Any]) -> str | None:
    """Whether a rule is enabled and has a target, as far as those could be read."""
    if not rule["State"].startswith("ENABLED"):
        return "rule_off"
    return None if rule.get("Targets", ["unread"]) else "rule_without_target"


def readers(topic: str) -> int:
    """How many confirmed readers a topic has."""
    answer = aws.client("sns", aws.OWN_REGION).get_topic_attributes(TopicArn=topic)
    return int(answer["Attributes"]["SubscriptionsConfirmed"])


def queue() -> str | None:
    """Whether something could not be delivered."""
    name = "ApproximateNumberOfMessages"
    answer = aws.client("sqs", aws.OWN_REGION).get_queue_attributes(
        QueueUrl=os.environ["QUEUE_URL"], AttributeNames=[name]
    )
    return "dead_letters" if int(answer["Attributes"][name]) else None


def function(name: str) -> str | None:
    """Whether a function is able to run: one that was just changed is not active for a moment."""
    found = aws.client("lambda", aws.OWN_REGION).get_function(FunctionName=name)
    if found.get("Concurrency", {}).get("ReservedConcurrentExecutions") == 0:
        return "no_concurrency"
    return None if found["Configuration"].get("State", "Active") in ("Active", "Pending") else "not_active"


def state_machine() -> str | None:
    """Whether the state machine is there."""
    found = aws.client("stepfunctions", aws.OWN_REGION).describe_state_machine(
        stateMachineArn=os.environ["STATE_MACHINE"]
    )
    return None if found.get("status", "ACTIVE") == "ACTIVE" else "gone"


def last(arn: str) -> str:
    """The name in an ARN."""
    return arn.rpartition(":")[2]
