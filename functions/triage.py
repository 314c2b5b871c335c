"""Triage: the first judgement of one CloudTrail event, from the event and the settings alone."""

from typing import Any

from trailkeeper import settings
from trailkeeper.incident import Incident
from trailkeeper.verdict import judge


def handler(event: Any, context: Any) -> Incident:
    """The incident in `event`; `context` says where Trailkeeper runs."""
    return judge(event, settings.read(), settings.place(context.invoked_function_arn))
