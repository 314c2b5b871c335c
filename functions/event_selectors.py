"""Event selectors: which events they record, and whether one set of them records all that another did.

Basic selectors are read as the advanced ones that mean the same. A selector is a list of conditions, each like
`{"field": "readOnly", "equals": ["true"]}`; without any condition it records every event of its category. Records
spell the members `readWriteType`, the API `ReadWriteType`: both are taken.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from fields import is_true, items, mapping, text

Condition = dict[str, Any]
Selector = list[Condition]

LONGEST = 2048  # characters of a value: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
POSITIVE = ("equals", "startsWith", "endsWith")
MEETS: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
}
NEGATIVE = ("notEquals", "notStartsWith", "notEndsWith")


def management(basic: Any, advanced: Any) -> list[Selector]:
    """The selectors of management events."""
    selectors = [*map(basic_management, items(basic)), *of_category("Management", advanced)]
    found = [selector for selector in selectors if selector is not None]
    reads, writes = [[{"field": "readOnly", "equals": [value]}] for value in ("true", "false")]
    return [*found, []] if reads in found and writes in found else found


def data(basic: Any, advanced: Any) -> list[Selector]:
    """The selectors of data events, and of network activity."""
    found = [*of_category("Data", advanced), *of_category("NetworkActivity", advanced)]
    for selector in map(lower_camel, items(basic)):
        for resource in map(lower_camel, items(selector.get("dataResources"))):
            kind, values = text(resource.get("type")), texts(resource.get("values"))
            if not values:
                continue
            found.append(
                [
                    {"field": "resources.type", "equals": [kind or "unknown"]},
                    {"field": "resources.ARN", "startsWith": values},
                    *reads_or_writes(selector),
                ]
            )
    return found


def records_all(selectors: list[Selector]) -> bool:
    """Whether some selector records every event of the category."""
    return [] in selectors


def covers(after: list[Selector], before: list[Selector]) -> bool:
    """Whether all that `before` recorded is recorded by `after`, as far as one selector of it shows that alone.

    The resources of one selector may since be spread over several.
    """
    return all(
        any(all(implied(new, old) for new in one) for one in after) for whole in before for old in by_resource(whole)
    )


def by_resource(selector: Selector) -> list[Selector]:
    """The selector once for each resource that it names."""
    for condition in selector:
        operators = [name for name in condition if name in POSITIVE]
        if condition["field"] == "resources.ARN" and len(operators) == 1:
            others = [one for one in selector if one is not condition]
            return [[*others, {**condition, operators[0]: [value]}] for value in condition[operators[0]]]
    return [selector]


def implied(condition: Condition, selector: Selector) -> bool:
    """Whether each event that `selector` records fulfils the condition."""
    return any(other["field"] == condition["field"] and narrower(other, condition) for other in selector)


def narrower(one: Condition, than: Condition) -> bool:
    """Whether what fulfils the condition `one` also fulfils the other, of the same field."""
    allowed = all(
        one.get(name) and all(any(MEETS[name](value, given) for given in than[name]) for value in one[name])
        for name in POSITIVE
        if than.get(name)
    )
    excluded = all(set(one.get(name) or []) >= set(than[name]) for name in NEGATIVE if than.get(name))
    return allowed and excluded


def basic_management(selector: Any) -> Selector | None:
    """What a basic selector records of management events; None if it records none."""
    given = lower_camel(selector)
    if not is_true(given.get("includeManagementEvents", True)):
        return None
    excluded = texts(given.get("excludeManagementEventSources"))
    return [*reads_or_writes(given), *([{"field": "eventSource", "notEquals": excluded}] if excluded else [])]


def reads_or_writes(basic: Mapping[str, Any]) -> Selector:
    """The condition that a basic selector's readWriteType stands for; a value that is none of AWS's fulfils nothing."""
    given = basic.get("readWriteType", "All")
    if given == "All":
        return []
    only = {"ReadOnly": ["true"], "WriteOnly": ["false"]}.get(given if isinstance(given, str) else "", ["unknown"])
    return [{"field": "readOnly", "equals": only}]


def of_category(category: str, advanced: Any) -> list[Selector]:
    """The advanced selectors of one category, without the condition that says so."""
    found = []
    for selector in map(lower_camel, items(advanced)):
        conditions = [condition(field) for field in items(selector.get("fieldSelectors"))]
        kind = {"field": "eventCategory", "equals": [category]}
        if kind in conditions:
            found.append([one for one in conditions if one != kind])
    return found


def condition(field: Any) -> Condition:
    """One field selector, with only what it says."""
    given = lower_camel(field)
    told: Condition = {"field": text(given.get("field")) or "unknown"}
    return told | {name: texts(given[name]) for name in (*POSITIVE, *NEGATIVE) if given.get(name)}


def texts(values: Any) -> list[str]:
    """A list of texts, cleaned and sorted; what is none is told as unknown."""
    return sorted({text(value, LONGEST) or "unknown" for value in items(values)})


def lower_camel(value: Any) -> dict[str, Any]:
    """The mapping with its keys as CloudTrail records spell them."""
    return {key[:1].lower() + key[1:]: field for key, field in mapping(value).items() if isinstance(key, str)}
