"""Calls on the log groups of CloudWatch Logs that trails send their events to, and on the role by which they do."""

from trailkeeper.calls import BY_LIFECYCLE, DESTRUCTION, Call, Finding, Known, Request, kept_for
from trailkeeper.kinds import LOG_GROUP, ROLE
from trailkeeper.record import number

STREAM_DELETED = Finding("log_stream_deleted")


def put_retention_policy(request: Request, known: Known | None) -> list[Finding]:
    """Events in the log group are deleted after some time."""
    return [kept_for("log_events_expire", number(request.get("retentionInDays")))]


PERMISSIONS = Finding("delivery_permissions_changed")

CALLS = (
    Call("destination", LOG_GROUP, "DeleteLogGroup", "logGroupName", "deleted", technique=DESTRUCTION),
    Call("destination", LOG_GROUP, "DeleteLogStream", "logGroupName", STREAM_DELETED, technique=DESTRUCTION),
    Call("destination", LOG_GROUP, "PutRetentionPolicy", "logGroupName", put_retention_policy, technique=BY_LIFECYCLE),
    Call("destination", LOG_GROUP, "DeleteSubscriptionFilter", "logGroupName", Finding("no_longer_forwarded")),
    Call("destination", ROLE, "DeleteRole", "roleName", "deleted"),
    Call("destination", ROLE, "DeleteRolePolicy", "roleName", PERMISSIONS),
    Call("destination", ROLE, "PutRolePolicy", "roleName", PERMISSIONS),
    Call("destination", ROLE, "AttachRolePolicy", "roleName", PERMISSIONS),
    Call("destination", ROLE, "DetachRolePolicy", "roleName", PERMISSIONS),
    Call("destination", ROLE, "PutRolePermissionsBoundary", "roleName", PERMISSIONS),
    Call("destination", ROLE, "UpdateAssumeRolePolicy", "roleName", Finding("trust_changed")),
)
