"""The event configuration of trails: how much of each event is kept, and what is added to it.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventConfiguration.html
"""

import json
from typing import Any

from moto.cloudtrail.responses import CloudTrailResponse

from localcloud.cloudtrail.api import get_trail, home_trail
from localcloud.cloudtrail.history import fail

NEW: dict[str, Any] = {"MaxEventSize": "Standard", "ContextKeySelectors": []}


def get_event_configuration(self: CloudTrailResponse) -> str:
    """GetEventConfiguration: that of a new trail, where none was put."""
    trail = get_trail(self.cloudtrail_backend, named(self))
    return answer(trail)


def put_event_configuration(self: CloudTrailResponse) -> str:
    """PutEventConfiguration: what is left out is reset."""
    trail = home_trail(self.cloudtrail_backend, named(self))
    asked = json.loads(self.body)
    given = {name: asked[name] for name in NEW if name in asked}
    if given.get("ContextKeySelectors") and given.get("MaxEventSize") != "Large":
        fail("InvalidParameterCombinationException", "ContextKeySelectors need MaxEventSize to be Large.")
    trail.event_configuration = given  # type: ignore[attr-defined]
    return answer(trail)


def named(response: CloudTrailResponse) -> str:
    """The trail that a request names."""
    name = json.loads(response.body).get("TrailName")
    if not name:
        raise NotImplementedError("the local cloud has the event configuration of trails alone; give TrailName")
    return str(name)


def answer(trail: Any) -> str:
    """What both calls answer."""
    return json.dumps({"TrailARN": trail.arn, **NEW, **getattr(trail, "event_configuration", {})})
