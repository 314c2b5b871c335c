"""Calls on the channels by which events from outside AWS arrive."""

from trailkeeper.calls import Call, Finding, Known, Request
from trailkeeper.kinds import CHANNEL, RESOURCE_POLICY
from trailkeeper.record import text

CLOSED = Finding("channel_closed", minor=True)


def delete_resource_policy(request: Request, known: Known | None) -> list[Finding]:
    """Of a channel: who may send events through it; of a store or a dashboard: who may look at it."""
    return [CLOSED] if ":channel/" in (text(request.get("resourceArn"), 2000) or "") else []


def update_channel(request: Request, known: Known | None) -> list[Finding]:
    """Whether events from outside AWS go elsewhere."""
    return [Finding("channel_redirected", minor=True)] if "destinations" in request else []


def put_resource_policy(request: Request, known: Known | None) -> list[Finding]:
    """Of a channel: who may send events through it; of a store: who may read and manage it."""
    on = text(request.get("resourceArn"), 2000) or ""
    return [] if ":dashboard/" in on else [Finding("resource_policy_set", minor=":channel/" in on)]


CALLS = (
    Call("channel", CHANNEL, "DeleteChannel", "channel", CLOSED),
    Call("channel", CHANNEL, "UpdateChannel", "channel", update_channel),
    Call("channel", RESOURCE_POLICY, "PutResourcePolicy", "resourceArn", put_resource_policy),
    Call("channel", RESOURCE_POLICY, "DeleteResourcePolicy", "resourceArn", delete_resource_policy),
)
