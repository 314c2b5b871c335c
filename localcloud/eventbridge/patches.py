"""Patches of moto's EventBridge."""

from moto.events.models import EventPattern, EventPatternParser, EventsBackend, Rule
from moto.events.responses import EventsHandler

from localcloud.eventbridge import api
from localcloud.patches import replace


def apply() -> None:
    """Apply them."""
    events_reach_targets()
    patterns_match_as_on_aws()
    rules_that_cannot_work_are_refused()


def events_reach_targets() -> None:
    """moto delivers to a few kinds of targets, whatever their policies say, once, and lets anyone send as AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html."""
    replace(Rule, "send_to_targets", api.send_to_targets)
    replace(EventsBackend, "put_events", api.put_events)


def patterns_match_as_on_aws() -> None:
    """moto lets unknown filters match anything, limits no length, and has no TestEventPattern: https://github.com/getmoto/moto/blob/5.2.5/moto/events/models.py#L1005.

    For upstream: refuse unknown filters when the pattern is put, and answer TestEventPattern: https://github.com/getmoto/moto/blob/5.2.5/moto/events/models.py#L1142
    """
    replace(EventPattern, "matches_event", api.matches_event)
    replace(EventPatternParser, "_validate_event_pattern", api.validate_event_pattern)
    replace(EventsHandler, "test_event_pattern", api.test_event_pattern)


def rules_that_cannot_work_are_refused() -> None:
    """moto starts no schedules, keeps targets that it never uses, and any number of them: https://github.com/getmoto/moto/blob/5.2.5/moto/events/models.py#L125."""
    replace(EventsBackend, "put_rule", api.put_rule)
    replace(Rule, "put_targets", api.put_targets)
