"""Calls on an organization, by which its trails stop covering an account, or come into other hands."""

from trailkeeper.calls import Call, Finding, Known, Request
from trailkeeper.incident import Verdict
from trailkeeper.kinds import ADMINISTRATOR, MEMBER, SERVICE_ROLE, TRUSTED
from trailkeeper.record import text

CLOUDTRAIL, LINKED_ROLE = "cloudtrail.amazonaws.com", "AWSServiceRoleForCloudTrail"
ADDED, REMOVED = Finding("delegated_admin_added"), Finding("delegated_admin_removed")


def disable_access(request: Request, known: Known | None) -> Verdict | list[Finding]:
    """Without trusted access, an organization's trail is one of the management account alone."""
    return of_cloudtrail(request, Finding("no_trusted_access"))


def register_administrator(request: Request, known: Known | None) -> Verdict | list[Finding]:
    """Another account may change and stop the organization's trails."""
    return of_cloudtrail(request, ADDED)


def deregister_administrator(request: Request, known: Known | None) -> Verdict | list[Finding]:
    """An account may no longer manage the organization's trails."""
    return of_cloudtrail(request, REMOVED)


def of_cloudtrail(request: Request, finding: Finding) -> Verdict | list[Finding]:
    """The finding, unless the request is about another service."""
    return [finding] if (text(request.get("servicePrincipal")) or CLOUDTRAIL) == CLOUDTRAIL else "unrelated"


def delete_service_linked_role(request: Request, known: Known | None) -> Verdict | list[Finding]:
    """The role by which CloudTrail sees the organization."""
    ours = (text(request.get("roleName")) or LINKED_ROLE) == LINKED_ROLE
    return [Finding("no_service_linked_role")] if ours else "unrelated"


CALLS = (
    Call("organization", ADMINISTRATOR, "RegisterOrganizationDelegatedAdmin", "memberAccountId", ADDED),
    Call("organization", ADMINISTRATOR, "DeregisterOrganizationDelegatedAdmin", "delegatedAdminAccountId", REMOVED),
    Call("organization", MEMBER, "RegisterDelegatedAdministrator", "accountId", register_administrator),
    Call("organization", MEMBER, "DeregisterDelegatedAdministrator", "accountId", deregister_administrator),
    Call("organization", MEMBER, "RemoveAccountFromOrganization", "accountId", Finding("account_left")),
    Call("organization", MEMBER, "LeaveOrganization", "", Finding("account_left")),
    Call("organization", TRUSTED, "DisableAWSServiceAccess", "servicePrincipal", disable_access),
    Call("organization", SERVICE_ROLE, "DeleteServiceLinkedRole", "roleName", delete_service_linked_role),
)
