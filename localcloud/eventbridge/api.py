"""EventBridge's calls where moto differs from AWS: what may be put, and where it goes."""

from datetime import UTC, datetime
from typing import Any

from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPattern, EventPatternParser, EventsBackend, Rule

from localcloud.eventbridge import delivery, patterns

moto_put_rule = EventsBackend.put_rule
moto_put_targets = Rule.put_targets
moto_put_events = EventsBackend.put_events


def put_rule(self: EventsBackend, name: str, **settings: Any) -> Rule:
    """Refuse schedules: nothing would start them here."""
    if settings.get("scheduled_expression"):
        raise NotImplementedError(f"the rule {name} has a schedule, and the local cloud runs none")
    return moto_put_rule(self, name, **settings)


def put_targets(self: Rule, targets: list[dict[str, Any]]) -> None:
    """Refuse targets that the local cloud cannot deliver to."""
    for target in targets:
        if target["Arn"].split(":")[2] not in delivery.SENDERS:
            raise NotImplementedError(f"the local cloud delivers to {', '.join(delivery.SENDERS)}, not {target['Arn']}")
    moto_put_targets(self, targets)


def put_events(self: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Only AWS sends as aws.*: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html."""
    refused = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    allowed = [event for event in events if not str(event.get("Source", "")).startswith("aws.")]
    answers = iter(moto_put_events(self, allowed))
    return [next(answers) if event in allowed else refused for event in events]


def send_to_targets(self: Rule, original_event: dict[str, Any], transform_input: bool = True) -> None:
    """Deliver like every other event."""
    event = {name: value for name, value in original_event.items() if name != "ingestion-time"}
    if not isinstance(event["time"], str):
        event["time"] = f"{datetime.fromtimestamp(float(event['time']), UTC):%Y-%m-%dT%H:%M:%SZ}"
    delivery.offer(self, event)


def matches_event(self: EventPattern, event: Any) -> bool:
    """Match as AWS does."""
    return patterns.matches(self.get_pattern(), event)


def validate_event_pattern(self: EventPatternParser, pattern: dict[str, Any]) -> None:
    """Refuse what AWS refuses."""
    if fault := patterns.fault(pattern):
        raise InvalidEventPatternException(reason=fault)
