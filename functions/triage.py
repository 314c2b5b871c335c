"""Triage: the first judgement of one CloudTrail event, from the event and the settings alone."""

import os
from typing import Any

from trailkeeper import settings
from trailkeeper.incident import Incident
from trailkeeper.verdict import judge


def handler(event: Any, context: Any) -> Incident:
    """The incident in `event`; `context` says where Trailkeeper runs."""
    own = settings.place(context.invoked_function_arn)
    return judge(event, settings.read(), own, restorer=os.environ["RESTORE_ROLE_ARN"])
