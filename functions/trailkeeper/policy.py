"""What the policy of a bucket or a key lets CloudTrail do, and whom else it lets in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from trailkeeper.calls import Finding
from trailkeeper.record import is_false, mapping, mappings, one_or_more

Statement = Mapping[str, Any]

CLOUDTRAIL = "cloudtrail.amazonaws.com"
# The keys of conditions that say where a caller belongs.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
PLACES = {
    *("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourceip"),
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "kms:calleraccount"),
}
# The operators by which they do, and values that leave neither account, organization nor network open.
NAMES_A_PLACE = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
PLACE = re.compile(
    r"[^*?/]+|o-[^*?]+/.*|arn:[^:]*:[^:]*:[^:]*:\d{12}:.*|[\d.]+/(?:[89]|[1-3]\d)|[0-9a-fA-F:]+/[1-9]\d+"
)


def findings(document: Mapping[str, Any], write: str, read: str) -> list[Finding]:
    """Whether CloudTrail may do what it needs, and nobody is let in whom the owners do not know.

    `write` and `read` are the actions that CloudTrail needs. Conditions of what is allowed are taken as met.
    """
    statements = mappings(document.get("Statement"))
    found = [] if any(allows(statement, write) for statement in statements) else [Finding("policy_excludes_cloudtrail")]
    return [*found, *refusals_and_strangers(statements, (write, read))]


def fits(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern in which `*` and `?` stand for any characters and for any one."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def allows(statement: Statement, action: str) -> bool:
    """Whether a statement allows CloudTrail an action."""
    services = one_or_more(mapping(statement.get("Principal")).get("Service"))
    granted = one_or_more(statement.get("Action"))
    return (
        statement.get("Effect") == "Allow"
        and CLOUDTRAIL in services
        and any(isinstance(one, str) and fits(one.lower(), action.lower()) for one in granted)
    )


def refusals_and_strangers(statements: Sequence[Statement], needed: Sequence[str]) -> Iterator[Finding]:
    """The statements that could refuse CloudTrail an action that it needs, or let anybody in."""
    for statement in statements:
        if statement.get("Effect") == "Deny":
            if may_refuse(statement, needed):
                yield Finding("policy_denies_cloudtrail")
                return
        elif is_for(statement, "*") and not keeps_strangers_out(mapping(statement.get("Condition"))):
            yield Finding("policy_open_to_anyone")
            return


def may_refuse(statement: Statement, needed: Sequence[str]) -> bool:
    """Whether a Deny may be meant for CloudTrail and for an action of those.

    One that refuses only what comes without TLS is in most bucket policies; CloudTrail comes with it. Other conditions
    are taken as met.
    """
    if not is_for(statement, "*", CLOUDTRAIL):
        return False
    for key, value in mapping(mapping(statement.get("Condition")).get("Bool")).items():
        values = one_or_more(value)
        if str(key).lower() == "aws:securetransport" and values and all(map(is_false, values)):
            return False
    denied = [one.lower() for one in one_or_more(statement.get("Action", "*")) if isinstance(one, str)]
    return any(fits(one, action.lower()) for one in denied for action in needed)


def is_for(statement: Statement, *principals: str) -> bool:
    """Whether a statement is for one of those; one that only says whom it is not for is for anybody."""
    given = statement.get("Principal", "*")
    included = [*one_or_more(mapping(given).get("AWS")), *one_or_more(mapping(given).get("Service"))]
    return given == "*" or any(one in principals for one in included)


def keeps_strangers_out(condition: Mapping[str, Any]) -> bool:
    """Whether a condition is one that only callers of somewhere in particular meet."""
    return any(
        str(operator).lower().removeprefix("foranyvalue:") in NAMES_A_PLACE
        and str(key).lower() in PLACES
        and all(isinstance(one, str) and PLACE.fullmatch(one) for one in one_or_more(value))
        for operator, tests in condition.items()
        for key, value in mapping(tests).items()
        if value
    )
