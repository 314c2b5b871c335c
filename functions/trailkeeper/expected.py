"""Announced changes: which entry of the setting `expected` an incident fits."""

from trailkeeper.calls import Call
from trailkeeper.incident import Actor, Expected, Fact, Trail
from trailkeeper.kinds import REGION, ROLE, is_one_of
from trailkeeper.policy import fits, letters
from trailkeeper.record import utc
from trailkeeper.settings import Place, Settings

# Bootstrapping makes these roles: the one starts a deployment, CloudFormation assumes the other to carry it out.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
CDK_ROLE = "arn:{partition}:iam::{account}:role/cdk-{qualifier}-{purpose}-role-{account}-"
CLOUDFORMATION = "cloudformation.amazonaws.com"
DEPLOYMENTS = ("ExecuteChangeSet", "UpdateStack")
CHANGES = {"part_changed", "permissions_changed", "trust_changed"}  # what a deployment does to a part, and no more


def expected(
    settings: Settings, actor: Actor, call: Call, facts: list[Fact], trail: Trail, time: str | None, own: Place
) -> Expected | None:
    """The entry that announced the change: one that counts, else one that has expired, else None."""
    expired = None
    for entry in settings["expected"]:
        if call.action not in entry["actions"] or not is_by(actor, entry["principal"]):
            continue
        if entry["trails"] and not is_one_of(trail, entry["trails"], own["account"]):
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
    return own_deployment(settings["qualifier"], actor, call, facts, own) or expired


def own_deployment(qualifier: str, actor: Actor, call: Call, facts: list[Fact], own: Place) -> Expected | None:
    """The default entry: a deployment of Trailkeeper by the CDK roles of its own account, Region and qualifier.

    It excuses nothing that deletes a part of Trailkeeper or switches one off. Roles are changed from any Region, as the
    stacks of all Regions have roles of the same beginning.
    """
    by_cloudformation = actor["invoked_by"] == CLOUDFORMATION
    if not call.deployment or not (by_cloudformation or call.action in DEPLOYMENTS):
        return None
    if not all(fact["code"] in CHANGES for fact in facts):
        return None
    start = CDK_ROLE.format(**own, qualifier=qualifier, purpose="cfn-exec" if by_cloudformation else "deploy")
    issuer = actor["issuer"] or ""
    region = issuer.removeprefix(start)
    if issuer != start + region or not (region == own["region"] or (call.kind is ROLE and REGION.fullmatch(region))):
        return None
    return {"principal": issuer, "reason": None, "until": None, "expired": False}


def is_by(actor: Actor, principal: str) -> bool:
    """Whether the caller, or the role behind the caller's session, fits the pattern."""
    pattern = letters(principal, None)
    return any(fits(pattern, actor[name] or "") for name in ("arn", "issuer"))


def deadline(until: str) -> str:
    """The last moment at which an entry counts; the settings were checked, so it is a time."""
    return utc(f"{until}T23:59:59Z" if len(until) == len("2026-12-31") else until) or ""
