"""Event selectors: which events they record, what they leave out, and whether one set records all that another did.

Basic selectors are read as the advanced ones that mean the same. A selector is a list of conditions, each like
`{"field": "readOnly", "equals": ["true"]}`; without any condition it records every event of its category. Records
spell the members `readWriteType`, the API `ReadWriteType`: both are read.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from trailkeeper.incident import Gap
from trailkeeper.record import is_true, items, lower_camel, text

Condition = dict[str, Any]
Selector = list[Condition]

LONGEST = 2048  # characters of a value: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
MEETS: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
}
POSITIVE, NEGATIVE = tuple(MEETS), ("notEquals", "notStartsWith", "notEndsWith")
READS, WRITES = "true", "false"  # values of readOnly


def chosen(basic: Any, advanced: Any) -> dict[str, list[Selector]]:
    """The selectors of management and of data events."""
    return {"management": management(basic, advanced), "data": data(basic, advanced)}


def management(basic: Any, advanced: Any) -> list[Selector]:
    """The selectors of management events."""
    selectors = [*map(basic_management, items(basic)), *of_category("Management", advanced)]
    return [selector for selector in selectors if selector is not None]


def data(basic: Any, advanced: Any) -> list[Selector]:
    """The selectors of data events, and of network activity."""
    found = [*of_category("Data", advanced), *of_category("NetworkActivity", advanced)]
    for selector in map(lower_camel, items(basic)):
        conditions = reads_or_writes(selector)
        for resource in map(lower_camel, items(selector.get("dataResources"))):
            values = sorted_texts(resource.get("values"))
            if values and conditions is not None:
                kind = {"field": "resources.type", "equals": [text(resource.get("type")) or "unknown"]}
                found.append([kind, {"field": "resources.ARN", "startsWith": values}, *conditions])
    return found


def gaps(selectors: Iterable[Selector]) -> list[Gap]:
    """The management events that these selectors leave out together; none if they record every one.

    Two that record the reads and the writes leave out nothing, and what one excludes the other may record. A selector
    with conditions on other fields records some events only, and closes no gap.
    """
    missing: dict[str, set[str] | None] = {READS: None, WRITES: None}  # services left out; None: every event
    for selector in selectors:
        kinds, excluded, whole = {READS, WRITES}, set[str](), True
        for condition in selector:
            if condition["field"] == "readOnly" and set(condition) == {"field", "equals"}:
                kinds &= set(condition["equals"])
            elif condition["field"] == "eventSource" and set(condition) == {"field", "notEquals"}:
                excluded |= set(condition["notEquals"])
            else:
                whole = False
        for kind in kinds if whole else ():
            before = missing[kind]
            missing[kind] = excluded if before is None else before & excluded
    reads, writes = missing[READS], missing[WRITES]
    if reads is None and writes is None:
        return [{"events": "all", "source": None}]
    both = (reads or set()) & (writes or set())
    return [
        *gaps_of("all", both),
        *gaps_of("reads", reads if reads is None else reads - both),
        *gaps_of("writes", writes if writes is None else writes - both),
    ]


def gaps_of(events: Literal["all", "reads", "writes"], sources: set[str] | None) -> list[Gap]:
    """A gap for each service, or one for them all."""
    names: list[str | None] = [None] if sources is None else [*sorted(sources)]
    return [{"events": events, "source": source} for source in names]


def covers(after: list[Selector], before: list[Selector]) -> bool:
    """Whether all that `before` recorded is recorded by `after`, as far as one selector of it shows that alone.

    The resources, and the reads and writes, of one selector may since be spread over several.
    """
    return all(
        any(all(implied(new, old) for new in one) for one in after)
        for whole in before
        for kind in by_kind(whole)
        for old in by_resource(kind)
    )


def by_kind(selector: Selector) -> list[Selector]:
    """The selector once for the reads and once for the writes, where it records both."""
    if any(condition["field"] == "readOnly" for condition in selector):
        return [selector]
    return [[*selector, {"field": "readOnly", "equals": [kind]}] for kind in (READS, WRITES)]


def by_resource(selector: Selector) -> list[Selector]:
    """The selector once for each resource that it names."""
    for condition in selector:
        operators = [name for name in condition if name in POSITIVE]
        if condition["field"] == "resources.ARN" and len(operators) == 1:
            others = [one for one in selector if one is not condition]
            return [[*others, {**condition, operators[0]: [value]}] for value in condition[operators[0]]]
    return [selector]


def implied(condition: Condition, selector: Selector) -> bool:
    """Whether each event that `selector` records meets the condition."""
    return any(other["field"] == condition["field"] and narrower(other, condition) for other in selector)


def narrower(one: Condition, than: Condition) -> bool:
    """Whether what meets the condition `one` also meets the other, of the same field."""
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
    conditions = reads_or_writes(given)
    if conditions is None or not is_true(given.get("includeManagementEvents", True)):
        return None
    excluded = sorted_texts(given.get("excludeManagementEventSources"))
    return [*conditions, *([{"field": "eventSource", "notEquals": excluded}] if excluded else [])]


def reads_or_writes(basic: Mapping[str, Any]) -> Selector | None:
    """The condition that a basic selector's readWriteType stands for; None for a value that is none of AWS's."""
    conditions: dict[Any, Selector] = {
        "All": [],
        "ReadOnly": [{"field": "readOnly", "equals": [READS]}],
        "WriteOnly": [{"field": "readOnly", "equals": [WRITES]}],
    }
    given = basic.get("readWriteType", "All")
    return conditions.get(given) if isinstance(given, str) else None


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
    found: Condition = {"field": text(given.get("field")) or "unknown"}
    return found | {name: sorted_texts(given[name]) for name in (*POSITIVE, *NEGATIVE) if given.get(name)}


def sorted_texts(values: Any) -> list[str]:
    """A list of texts, cleaned and sorted; what is none counts as unknown."""
    return sorted({text(value, LONGEST) or "unknown" for value in items(values)})
