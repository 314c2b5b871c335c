"""Announced changes: which entry of the setting `expected` an incident fits."""

from typing import TypedDict

from fields import fits, utc
from incident import Actor, Expected, Family, TrailName
from watched import is_one_of


class Entry(TypedDict):
    """One announcement; `trails` may be empty, which means all.

    `principal` is an ARN in which `*` and `?` stand for any characters and any one; `until` is a date, which counts to
    its end in UTC, or a time.
    """

    principal: str
    actions: list[str]
    trails: list[str]
    reason: str
    until: str


# Bootstrapping makes these roles: the one starts a deployment, CloudFormation takes the other to carry it out.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
CDK_STARTS = "arn:*:iam::{account}:role/cdk-*-deploy-role-{account}-*"
CDK_CARRIES_OUT = "arn:*:iam::{account}:role/cdk-*-cfn-exec-role-{account}-*"
DEPLOYMENTS = ("ExecuteChangeSet", "UpdateStack")  # to delete the stack is none
CDK_REASON = "a deployment by the account's own CDK roles (Trailkeeper's default entry)"


def expected(
    entries: list[Entry],
    actor: Actor,
    action: str,
    family: Family,
    trail: TrailName,
    time: str | None,
    own_account: str | None,
) -> Expected | None:
    """The entry that announced the change: one that counts, else one that has expired, else None."""
    expired = None
    for entry in entries:
        if action not in entry["actions"] or not is_by(actor, entry["principal"]):
            continue
        if entry["trails"] and not is_one_of(trail, entry["trails"]):
            continue
        found: Expected = {
            "principal": entry["principal"],
            "reason": entry["reason"],
            "until": entry["until"],
            "expired": time is None or time > deadline(entry["until"]),
        }
        if not found["expired"]:
            return found
        expired = expired or found
    by_cloudformation = actor["invoked_by"] == "cloudformation.amazonaws.com"
    role = (CDK_CARRIES_OUT if by_cloudformation else CDK_STARTS).format(account=own_account)
    deploys = by_cloudformation or action in DEPLOYMENTS
    if family == "guard" and own_account and deploys and fits(role, actor["issuer"] or ""):
        return {"principal": role, "reason": CDK_REASON, "until": None, "expired": False}
    return expired


def is_by(actor: Actor, principal: str) -> bool:
    """Whether the caller, or the role behind the caller's session, fits the pattern."""
    return fits(principal, actor["arn"] or "") or fits(principal, actor["issuer"] or "")


def deadline(until: str) -> str:
    """The last moment at which an entry counts; the settings were checked, so it is a time."""
    return utc(f"{until}T23:59:59Z" if len(until) == len("2026-12-31") else until) or ""
