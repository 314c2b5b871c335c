"""Calls on who may manage the organization's trails."""

from trailkeeper.calls import Call, Finding
from trailkeeper.kinds import ACCOUNT

REMOVED = Finding("delegated_admin_removed")

CALLS = (Call("organization", ACCOUNT, "DeregisterOrganizationDelegatedAdmin", "delegatedAdminAccountId", REMOVED),)
