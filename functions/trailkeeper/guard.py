"""The guard itself: whether Trailkeeper's own parts can still notice, answer and mail."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from trailkeeper import aws

DEPLOYMENT = timedelta(minutes=10)  # at most, from the first function that it changes to the last
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
    known: dict[str, dict[str, Any]] = {}
    for name in os.environ["FUNCTIONS"].split(","):
        yield Check(name, lambda name=name: function(name, known))  # type: ignore[misc]
    for name in strangers(known):
        yield Check(name, lambda: "other_code")
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


def function(name: str, known: dict[str, dict[str, Any]]) -> str | None:
    """Whether a function is able to run: one that was just changed is not active for a moment. Its answer is kept."""
    found = aws.client("lambda", aws.OWN_REGION).get_function(FunctionName=name)
    known[name] = found["Configuration"]
    if found.get("Concurrency", {}).get("ReservedConcurrentExecutions") == 0:
        return "no_concurrency"
    return None if found["Configuration"].get("State", "Active") in ("Active", "Pending") else "not_active"


def strangers(known: dict[str, dict[str, Any]]) -> list[str]:
    """Which functions run other code than most: they are deployed with the same. While they are, nothing is said."""
    just_now = datetime.now(UTC) - DEPLOYMENT
    changed = [one["LastModified"] for one in known.values() if "LastModified" in one]
    if any(datetime.fromisoformat(time) > just_now for time in changed):
        return []
    codes = Counter(one.get("CodeSha256") for one in known.values())
    return [name for name, one in known.items() if one.get("CodeSha256") != codes.most_common(1)[0][0]]


def state_machine() -> str | None:
    """Whether the state machine is there."""
    found = aws.client("stepfunctions", aws.OWN_REGION).describe_state_machine(
        stateMachineArn=os.environ["STATE_MACHINE"]
    )
    return None if found["status"] == "ACTIVE" else "gone"


def last(arn: str) -> str:
    """The name in an ARN."""
    return arn.rpartition(":")[2]
