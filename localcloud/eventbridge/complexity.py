"""How complex EventBridge finds an event pattern: its wildcards, added up for each field; the worst field counts.

It counts how many beginnings of wildcards an input can match at the same time, as EventBridge's matcher does.
Where two beginnings exclude each other, the count here is higher than EventBridge's.
https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/MachineComplexityEvaluator.java
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

MAXIMUM_COMPLEXITY = 9
_REASON = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard "
    "character"
)


def fault(pattern: dict[str, Any]) -> str | None:
    """Say why EventBridge would refuse this pattern as too complex, or None."""
    return _REASON if complexity(pattern) > MAXIMUM_COMPLEXITY else None


def complexity(pattern: dict[str, Any]) -> int:
    """The complexity of the pattern's worst field; the alternatives of `$or` add up."""
    fields: Counter[tuple[str, ...]] = Counter()
    for path, wildcard in _wildcards(pattern, ()):
        fields[path] += _complexity(wildcard)
    return max(fields.values(), default=0)


def literals(wildcard: str) -> list[str]:
    r"""The literal text before, between and after the asterisks; `\*` and `\\` are literal."""
    found = [""]
    for part in re.findall(r"\\[\\*]|.", wildcard, re.DOTALL):
        if part == "*":
            found.append("")
        else:
            found[-1] += part[-1]
    return found


def _wildcards(pattern: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            yield from _wildcards(wanted, (*path, name))
        elif name == "$or":
            for choice in wanted:
                yield from _wildcards(choice, path)
        else:
            yield from (((*path, name), wildcard) for filter_ in wanted for wildcard in _values(filter_))


def _values(filter_: Any) -> list[str]:
    inner = filter_.get("anything-but", filter_) if isinstance(filter_, dict) else None
    value = inner.get("wildcard", []) if isinstance(inner, dict) else []
    return value if isinstance(value, list) else [value]


def _complexity(wildcard: str) -> int:
    first, *rest = literals(wildcard)
    total = len(rest) + sum(1 + _longest_border_chain(text.encode()) for text in rest if text)
    return max(total, 2) if first and rest else total


def _longest_border_chain(text: bytes) -> int:
    """How many more beginnings of the text can end where one of them ends: for `:::`, these are `::` and `:`.

    A border is a beginning that is also an end; the chain is that of the failure links of Knuth, Morris and Pratt.
    """
    links, chains = [0], [0]
    for byte in text[1:]:
        border = links[-1]
        while border and text[border] != byte:
            border = links[border - 1]
        border += text[border] == byte
        links.append(border)
        chains.append(1 + chains[border - 1] if border else 0)
    return max(chains)
