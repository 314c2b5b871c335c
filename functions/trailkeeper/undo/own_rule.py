"""Trailkeeper's own rules: that they are enabled, when they start something, and what."""

from typing import Any

from trailkeeper import aws
from trailkeeper.undo import Fields, Row


def events(arn: str) -> Any:
    """The client of the rule's Region."""
    return aws.client("events", arn.split(":")[3])


def name(arn: str) -> str:
    """The name of a rule of the default bus."""
    return arn.partition(":rule/")[2]


def state(arn: str) -> Fields:
    """Whether it is enabled, and by what it starts something."""
    return described(events(arn).describe_rule(Name=name(arn)))


def described(rule: Fields) -> Fields:
    """The same, of a rule as DescribeRule and ListRules have it."""
    when = {field: rule.get(field) or "" for field in ("EventPattern", "ScheduleExpression")}
    return {"State": rule["State"], **when}


def targets(arn: str) -> Fields:
    """What it starts."""
    found = events(arn).list_targets_by_rule(Rule=name(arn))["Targets"]
    return {"Targets": sorted(found, key=lambda target: str(target["Id"]))}


def whole(arn: str) -> Fields:
    """All that is read of it."""
    return {**state(arn), **targets(arn)}


def enable(arn: str, wanted: Fields, names: list[str]) -> None:
    """Enable it, unless its owners had it disabled."""
    if wanted["State"] == "ENABLED":
        events(arn).enable_rule(Name=name(arn))


def put_targets(arn: str, wanted: Fields, names: list[str]) -> None:
    """Give it the targets that it had; PutTargets answers with those that it did not take."""
    answer = events(arn).put_targets(Rule=name(arn), Targets=wanted["Targets"])
    if answer.get("FailedEntryCount"):
        raise ValueError(f"PutTargets did not take all: {answer['FailedEntries'][0].get('ErrorCode')}")


ROWS = {
    "EnableRule": Row(("State",), state, enable, ("events:DescribeRule",), ("events:EnableRule",)),
    "PutTargets": Row(("Targets",), targets, put_targets, ("events:ListTargetsByRule",), ("events:PutTargets",)),
}
