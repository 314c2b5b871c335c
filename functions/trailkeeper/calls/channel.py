"""Calls on the channels by which events from outside AWS arrive."""

from trailkeeper.calls import Call, Finding, Known, Request
from trailkeeper.kinds import CHANNEL, RESOURCE_POLICY
from trailkeeper.record import text

CLOSED = Finding("channel_closed", minor=True)


def delete_resource_policy(request: Request, known: Known | None) -> list[Finding]:
    """Of a channel: who may send events through it; of a store or a dashboard: who may look at it."""
    return [CLOSED] if ":channel/" in (text(request.get("resourceArn"), 2000) or "") else []


CALLS = (
    Call("channel", CHANNEL, "DeleteChannel", "channel", CLOSED),
    Call("channel", RESOURCE_POLICY, "DeleteResourcePolicy", "resourceArn", delete_resource_policy),
)
