"""Rules with a schedule: each fires in its own time, as long as it is enabled.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import re
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import Rule, events_backends

from localcloud.eventbridge.delivery import deliver

SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


def seconds(expression: str) -> int:
    """How long it is from one firing to the next."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", expression)
    if not found and expression.startswith("cron("):
        raise NotImplementedError("the local cloud runs schedules by rate(...) alone")
    if not found or found[1].startswith("0") or (found[1] == "1") == bool(found[3]):
        raise ValidationException("Parameter ScheduleExpression is not valid.")
    return int(found[1]) * SECONDS[found[2]]


def start(rule: Rule) -> None:
    """Fire after each interval, until the rule is deleted or put again."""
    if rule.scheduled_expression:
        timer = threading.Timer(seconds(rule.scheduled_expression), _again, (rule,))
        timer.daemon = True
        timer.start()


def _again(rule: Rule) -> None:
    if rule in _rules():
        start(rule)
        fire(rule)


def fire_all() -> None:
    """Let every schedule fire now, as if its time had come."""
    for rule in _rules():
        if rule.scheduled_expression:
            fire(rule)


def _rules() -> list[Rule]:
    backends = [backend for regions in events_backends.values() for backend in regions.values()]
    return [rule for backend in backends for rule in list(backend.event_buses["default"].rules.values())]


def fire(rule: Rule) -> None:
    """The event of a schedule, to the rule's targets."""
    if rule.state == "DISABLED":
        return
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    event: dict[str, Any] = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": rule.account_id,
        "time": now,
        "region": rule.region_name,
        "resources": [rule.arn],
        "detail": {},
    }
    for target in list(rule.targets):
        deliver(rule, target, event, now)
