"""Event patterns, matched as EventBridge matches them: only {"exists": false} matches an absent field.

moto's own matcher lets unknown filters match, and takes 1 for true: https://github.com/getmoto/moto/blob/5.2.5/moto/events/models.py
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from localcloud.eventbridge import complexity

MAXIMUM_LENGTH = 2048  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
_UNUSED = ("cidr", "numeric")  # by our rules


def fault(pattern: dict[str, Any]) -> str | None:
    """Say why EventBridge would refuse this pattern, or None."""
    if len(json.dumps(pattern, separators=(",", ":"), ensure_ascii=False)) > MAXIMUM_LENGTH:
        return f"Event pattern is longer than {MAXIMUM_LENGTH} characters"
    try:
        _check(pattern)
    except ValueError as error:
        return str(error)
    return complexity.fault(pattern)


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Say whether an event, or a part of one, matches: every field of the pattern must."""
    return all(_field(wanted, event, name) for name, wanted in pattern.items())


def _field(wanted: Any, event: Any, name: str) -> bool:
    if name == "$or":
        return any(matches(choice, event) for choice in wanted)
    value = event.get(name) if isinstance(event, dict) else None
    if isinstance(wanted, dict):
        parts = [part for part in value if isinstance(part, dict)] if isinstance(value, list) else [value]
        return any(matches(wanted, part) for part in parts or [None])
    there = isinstance(event, dict) and name in event
    leaves = [leaf for leaf in (value if isinstance(value, list) else [value]) if not isinstance(leaf, dict | list)]
    return any(_matches_leaves(filter_, leaves if there else []) for filter_ in wanted)


def _matches_leaves(filter_: Any, leaves: list[Any]) -> bool:
    if isinstance(filter_, dict) and "exists" in filter_:
        return bool(leaves) is filter_["exists"]
    return any(_matches_leaf(filter_, leaf) for leaf in leaves)


def _matches_leaf(filter_: Any, leaf: Any) -> bool:
    if not isinstance(filter_, dict):
        return _equal(filter_, leaf)
    ((name, wanted),) = filter_.items()
    if name == "anything-but":
        return not any(_matches_leaf(unwanted, leaf) for unwanted in _unwanted(wanted))
    if not isinstance(leaf, str):
        return False
    if isinstance(wanted, dict):  # {"prefix": {"equals-ignore-case": "..."}}
        return _TEXT_FILTERS[name](leaf.lower(), wanted["equals-ignore-case"].lower())
    return _TEXT_FILTERS[name](leaf, wanted)


def _unwanted(wanted: Any) -> list[Any]:
    if isinstance(wanted, dict):
        ((name, values),) = wanted.items()
        return [{name: value} for value in (values if isinstance(values, list) else [values])]
    return wanted if isinstance(wanted, list) else [wanted]


def _equal(wanted: Any, leaf: Any) -> bool:
    if _is_number(wanted) and _is_number(leaf):
        return bool(wanted == leaf)
    return type(wanted) is type(leaf) and bool(wanted == leaf)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wildcard(text: str, wildcard: str) -> bool:
    return bool(_regex(wildcard).fullmatch(text))


@cache
def _regex(wildcard: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in complexity.literals(wildcard)), re.DOTALL)


_TEXT_FILTERS: dict[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda text, wanted: text.lower() == wanted.lower(),
    "wildcard": _wildcard,
}


def _check(pattern: dict[str, Any]) -> None:
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            _check(wanted)
        elif not isinstance(wanted, list):
            raise ValueError(f'"{name}" must be an object or an array')
        elif not wanted:
            raise ValueError("Empty arrays are not allowed")
        elif name == "$or":
            for choice in wanted:
                _check(choice)
        else:
            for filter_ in wanted:
                _check_filter(filter_)


def _check_filter(filter_: Any) -> None:
    if isinstance(filter_, list):
        raise ValueError("Match value must be String, number, true, false, or null")
    if not isinstance(filter_, dict):
        return
    if len(filter_) != 1:
        raise ValueError("Only one key allowed in match expression")
    ((name, wanted),) = filter_.items()
    if name == "exists" and isinstance(wanted, bool):
        return
    if name in _UNUSED:
        raise NotImplementedError(f"the local cloud does not match by {name}")
    if name == "anything-but":
        for unwanted in _unwanted(wanted):
            _check_filter(unwanted)
        return
    ignoring_case = isinstance(wanted, dict) and name in ("prefix", "suffix") and [*wanted] == ["equals-ignore-case"]
    if name in _TEXT_FILTERS and (isinstance(wanted, str) or ignoring_case):
        return
    raise ValueError(f"Unrecognized match type {name}")
