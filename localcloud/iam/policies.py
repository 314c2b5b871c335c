"""The IAM policy language: what one policy document says about one request.

It evaluates exactly what it knows and raises UnsupportedPolicy for the rest: a guess would show what AWS does not do.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

# "Delegate": the statement allows the whole account, whose identity policies then decide. It matters for KMS keys.
Effect = Literal["Allow", "Deny", "Delegate"]


class UnsupportedPolicy(NotImplementedError):
    """The policy uses an element that is not evaluated here."""


@dataclass(frozen=True)
class Principal:
    """Who asks, as a resource policy may name it: a service, or an identity with its account."""

    service: str | None = None
    arns: tuple[str, ...] = ()
    account: str | None = None


@dataclass(frozen=True)
class Request:
    """What is asked for. A context key with value None is known to be absent; one not listed is unknown here."""

    action: str
    resource: str
    context: Mapping[str, str | None] = field(default_factory=dict)
    principal: Principal | None = None


def effects(policy: str | bytes | dict[str, Any] | None, request: Request) -> set[Effect]:
    """Say what the policy's matching statements do; with a principal, it is read as a resource policy."""
    if not policy:
        return set()
    document = policy if isinstance(policy, dict) else json.loads(policy)
    found = {_effect(statement, request) for statement in _list(document.get("Statement", []))}
    return {effect for effect in found if effect}


def _effect(statement: dict[str, Any], request: Request) -> Effect | None:
    if not _element(statement, "Action", request.action, _wildcard_ignoring_case):
        return None
    # A role's trust policy has no Resource: it is about the role that it belongs to.
    if ("Resource" in statement or "NotResource" in statement) and not _element(
        statement, "Resource", request.resource, matches_arn
    ):
        return None
    match = _principal(statement, request.principal) if request.principal else "itself"
    if not match or not _conditions(statement.get("Condition", {}), request.context):
        return None
    if statement["Effect"] == "Deny":
        return "Deny"
    return "Delegate" if match == "account" else "Allow"


def _element(statement: dict[str, Any], name: str, value: str, matches: Callable[[str, str], bool]) -> bool:
    if name in statement:
        return any(matches(pattern, value) for pattern in _list(statement[name]))
    return not any(matches(pattern, value) for pattern in _list(statement[f"Not{name}"]))


def _principal(statement: dict[str, Any], principal: Principal) -> Literal["itself", "account"] | None:
    if "NotPrincipal" in statement:
        raise UnsupportedPolicy("NotPrincipal in a policy")
    allowed = statement["Principal"]
    if allowed == "*":
        return "itself"
    if principal.service and principal.service in _list(allowed.get("Service", [])):
        return "itself"
    names = _list(allowed.get("AWS", []))
    if "*" in names or any(arn in names for arn in principal.arns):
        return "itself"
    if principal.account and any(
        name == principal.account or re.fullmatch(rf"arn:[\w-]+:iam::{principal.account}:root", name) for name in names
    ):
        return "account"
    return None


def _conditions(conditions: dict[str, dict[str, Any]], context: Mapping[str, str | None]) -> bool:
    return all(
        _condition(test, key, [str(value) for value in _list(values)], context)
        for test, keys in conditions.items()
        for key, values in keys.items()
    )


def _condition(test: str, key: str, values: list[str], context: Mapping[str, str | None]) -> bool:
    known = {name.lower(): value for name, value in context.items()}
    if key.lower() not in known:
        raise UnsupportedPolicy(f"condition key {key} in a policy")
    actual = known[key.lower()]
    name = test.removesuffix("IfExists")
    if name == "Null":
        return str(actual is None).lower() in [value.lower() for value in values]
    negated = "Not" in name
    if name.replace("Not", "") not in _OPERATORS:
        raise UnsupportedPolicy(f"condition operator {test} in a policy")
    if actual is None:
        return negated or test != name
    return negated != any(_OPERATORS[name.replace("Not", "")](value, actual) for value in values)


def matches_arn(pattern: str, arn: str) -> bool:
    """Match field by field: a short pattern's missing fields are wildcards; `*` never crosses the first five colons."""
    if pattern == "*" or arn == "*":
        return pattern == "*"
    patterns = pattern.split(":", 5)
    patterns += ["*"] * (6 - len(patterns))
    return all(_wildcard(*pair) for pair in zip(patterns, arn.split(":", 5), strict=False))


def _wildcard(pattern: str, value: str) -> bool:
    return bool(_regex(pattern).fullmatch(value))


def _wildcard_ignoring_case(pattern: str, value: str) -> bool:
    return _wildcard(pattern.lower(), value.lower())


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    if "${" in pattern:
        raise UnsupportedPolicy(f"policy variable in {pattern}")
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": lambda value, actual: value.lower() == actual.lower(),
    "StringLike": _wildcard,
    # ArnEquals and ArnLike behave identically, says the reference.
    "ArnEquals": matches_arn,
    "ArnLike": matches_arn,
    "Bool": lambda value, actual: value.lower() == actual.lower(),
}
