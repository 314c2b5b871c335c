"""Calls on the log groups of CloudWatch Logs that trails send their events to."""

from trailkeeper.calls import Call, Finding, Known, Request, kept_for
from trailkeeper.kinds import LOG_GROUP
from trailkeeper.record import number

STREAM_DELETED = Finding("log_stream_deleted")


def put_retention_policy(request: Request, known: Known | None) -> list[Finding]:
    """Events in the log group are deleted after some time."""
    return [kept_for("log_events_expire", number(request.get("retentionInDays")))]


CALLS = (
    Call("destination", LOG_GROUP, "DeleteLogGroup", "logGroupName", "deleted"),
    Call("destination", LOG_GROUP, "DeleteLogStream", "logGroupName", STREAM_DELETED),
    Call("destination", LOG_GROUP, "PutRetentionPolicy", "logGroupName", put_retention_policy),
    Call("destination", LOG_GROUP, "DeleteSubscriptionFilter", "logGroupName", Finding("no_longer_forwarded")),
)
