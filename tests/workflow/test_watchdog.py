"""The watchdog, whole: what still works when the only trail is stopped and no event starts anything."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import synthesize
from localcloud import LocalCloud
from tests.account import recording_trail

ARN = "arn:aws:cloudtrail:us-east-1:123456789012:trail/OnlyTrail"
LATER = {"undo_hours": 0, "report_minutes": 0, "flood_minutes": 0.01}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[LocalCloud]:
    """A cloud with Trailkeeper deployed and one trail, once the watchdog has seen both."""
    context = {"emails": ["security@example.com"], "undo": {"StopLogging": "auto"}, **LATER}
    with LocalCloud() as cloud:
        cloud.deploy(synthesize(context, str(tmp_path)))
        cloud.confirm_all()
        recording_trail(cloud, "OnlyTrail", "us-east-1")
        cloud.run_schedules()
        cloud.wait(lambda: baselines(cloud) > 5, "the baselines")
        yield cloud


def baselines(cloud: LocalCloud) -> int:
    """How many things have a baseline."""
    dynamodb = cloud.client("dynamodb")
    (table,) = dynamodb.list_tables()["TableNames"]
    found = dynamodb.get_item(TableName=table, Key={"id": {"S": "baselines"}}).get("Item", {})
    return len(found.get("arns", {"SS": []})["SS"])


def logging(cloud: LocalCloud) -> Any:
    """Whether the trail records."""
    return cloud.client("cloudtrail").get_trail_status(Name=ARN)["IsLogging"]


def mails(cloud: LocalCloud) -> list[str]:
    """The subjects of all mails."""
    return [mail["Subject"] for mail in cloud.mails()]


def test_the_only_trail_is_started_again_though_no_rule_starts_anything(fresh: LocalCloud) -> None:
    events = fresh.client("events")
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if "EventPattern" in rule]
    # One rule watches another: those that watch the rest go first.
    for rule in sorted(rules, key=lambda name: "OwnParts" not in name):
        events.disable_rule(Name=rule)
    fresh.client("cloudtrail").stop_logging(Name="OnlyTrail")
    fresh.wait(lambda: all(one["status"] != "RUNNING" for one in fresh.executions()), "what was under way")
    assert not logging(fresh)

    fresh.run_schedules()
    fresh.wait(lambda: logging(fresh), "the restart")
    (started,) = fresh.wait(lambda: [one for one in mails(fresh) if "OnlyTrail" in one], "the mail of the trail")
    assert started.startswith("[CRITICAL] CloudTrail trail stopped, recording again: OnlyTrail")
    text = next(mail.get_content() for mail in fresh.mails() if mail["Subject"] == started)
    assert re.search(r"^administrator stopped the trail OnlyTrail\.", text, re.M), "who did it"
    fresh.wait(lambda: sum("rule disabled" in one for one in mails(fresh)) == len(rules), "a mail for each rule")

    fresh.run_schedules()
    fresh.wait(lambda: all(one["status"] != "RUNNING" for one in fresh.executions()), "what was under way")
    assert sum("OnlyTrail" in one for one in mails(fresh)) == 1
    assert sum("rule disabled" in one for one in mails(fresh)) == len(rules), "one incident of one finding"
