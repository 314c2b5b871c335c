"""Announced changes: which entry of the setting `expected` an incident fits."""

import re
from typing import TypedDict

from fields import utc
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


# Bootstrapping makes these roles: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
CDK_ROLE = "arn:*:iam::{account}:role/cdk-*-role-{account}-*"
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
    role = CDK_ROLE.format(account=own_account)
    if family == "guard" and own_account and fits(role, actor["issuer"]):
        return {"principal": role, "reason": CDK_REASON, "until": None, "expired": False}
    return expired


def is_by(actor: Actor, principal: str) -> bool:
    """Whether the caller, or the role behind the caller's session, fits the pattern."""
    return fits(principal, actor["arn"]) or fits(principal, actor["issuer"])


def fits(pattern: str, arn: str | None) -> bool:
    """Whether an ARN fits the pattern."""
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, arn or "", re.DOTALL) is not None


def deadline(until: str) -> str:
    """The last moment at which an entry counts; the settings were checked, so it is a time."""
    return utc(f"{until}T23:59:59Z" if len(until) == len("2026-12-31") else until) or ""
