"""EventBridge's calls where moto differs from AWS: what may be put, and where it goes."""

import json
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventPattern, EventPatternParser, EventsBackend, Rule
from moto.events.responses import EventsHandler

from localcloud.eventbridge import delivery, patterns, schedule
from localcloud.eventbridge.input import template_fault

MAXIMUM_TARGETS = 5  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
TARGETS = (
    "apigateway appsync batch codebuild codepipeline ecs events execute-api firehose glue inspector kinesis lambda "
    "logs redshift redshift-serverless sagemaker sns sqs ssm ssm-incidents states"
)
# What TestEventPattern needs of an event; "resources", which AWS's documentation also names, may be left out.
ENVELOPE = {"id", "account", "source", "time", "region", "detail-type"}

moto_put_rule = EventsBackend.put_rule
moto_put_targets = Rule.put_targets
moto_put_events = EventsBackend.put_events


def put_rule(self: EventsBackend, name: str, **settings: Any) -> Rule:
    """A rule with a schedule fires from now on; moto keeps it and never does."""
    if expression := settings.get("scheduled_expression"):
        schedule.seconds(expression)
    rule = moto_put_rule(self, name, **settings)
    schedule.start(rule)
    return rule


def put_targets(self: Rule, targets: list[dict[str, Any]]) -> None:
    """Refuse what AWS refuses, and targets that the local cloud cannot deliver to."""
    if len({target["Id"] for target in [*self.targets, *targets]}) > MAXIMUM_TARGETS:
        message = "The requested resource exceeds the maximum number allowed."
        raise JsonRESTError("LimitExceededException", message)
    for target in targets:
        if fault := _fault(target, self.region_name):
            raise ValidationException(fault)
        if target["Arn"].split(":")[2] not in delivery.SENDERS:
            raise NotImplementedError(f"the local cloud delivers to {', '.join(delivery.SENDERS)}, not {target['Arn']}")
    moto_put_targets(self, targets)


def _fault(target: dict[str, Any], region: str) -> str | None:
    arn = target["Arn"]
    service, place = f"{arn}:::".split(":")[2:4]
    if service not in TARGETS.split() or (place != region and service != "events"):
        return f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
    if service == "states" and not target.get("RoleArn"):
        return f"RoleArn is required for target {arn}."
    if len(target.keys() & {"Input", "InputPath", "InputTransformer"}) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
    return template_fault(target)


def test_event_pattern(self: EventsHandler) -> str:
    """TestEventPattern: whether a pattern, which rules could have, matches an event with its envelope."""
    pattern = EventPattern.load(self._get_param("EventPattern")).get_pattern()
    try:
        event = json.loads(self._get_param("Event"))
    except ValueError:
        event = None
    if not isinstance(event, dict) or ENVELOPE - event.keys():
        raise ValidationException("Parameter Event is not valid.")
    return json.dumps({"Result": patterns.matches(pattern, event)})


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
