"""Event selectors and Insights selectors as CloudTrail accepts them.

Where AWS's own wording is not known, the wording is ours: AWS documents only the code.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
"""

import re
from collections.abc import Iterator
from typing import Any

from localcloud.cloudtrail.trails import OPERATORS, Selectors

Selector = dict[str, Any]

SOURCES = {"kms.amazonaws.com", "rdsdata.amazonaws.com"}  # the only ones that a trail can exclude
# The values that a basic selector may have: everything, or one resource or prefix.
_RESOURCES = {
    "AWS::S3::Object": r"arn:[\w-]+:s3(:::([\w.-]+/.*)?)?",
    "AWS::Lambda::Function": r"arn:[\w-]+:lambda(:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?)?",
    "AWS::DynamoDB::Table": r"arn:[\w-]+:dynamodb(:[\w-]+:\d{12}:table/.+)?",
}
# The fields that a trail's advanced selectors may have, each with its operators.
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
_EQUALS, _ANY = {"Equals"}, set(OPERATORS)
_DATA_FIELDS = ("eventName", "eventSource", "eventType", "resources.ARN", "userIdentity.arn")
_FIELDS: dict[str, dict[str, set[str]]] = {
    "Management": {"eventCategory": _EQUALS, "readOnly": _EQUALS, "eventSource": {"NotEquals"}},
    "Data": {
        **dict.fromkeys(("eventCategory", "resources.type", "readOnly"), _EQUALS),
        **dict.fromkeys((*_DATA_FIELDS, "sessionCredentialFromConsole"), _ANY),
    },
    "NetworkActivity": {
        **dict.fromkeys(("eventCategory", "eventSource"), _EQUALS),
        **dict.fromkeys(("eventName", "errorCode", "vpcEndpointId"), _ANY),
    },
}
_REQUIRED = {"Data": "resources.type", "NetworkActivity": "eventSource"}
_VALUES = {("Management", "eventSource"): SOURCES} | {
    (category, "readOnly"): {"true", "false"} for category in ("Management", "Data")
}


def faults(basic: list[Selector], advanced: list[Selector]) -> Iterator[str]:
    """Say what PutEventSelectors would refuse, all of it under InvalidEventSelectorsException."""
    if bool(basic) == bool(advanced):
        yield "Give either event selectors or advanced event selectors."
    if len(basic) > 5:
        yield "Specify a valid number of event selectors (1 to 5) for your trail."
    resources = [resource for selector in basic for resource in selector.get("DataResources", [])]
    if sum(len(resource.get("Values", [])) for resource in resources) > 250:
        yield "Specify a valid number of DataResources.Values (0 to 250) for all your selectors."
    values = [field[name] for one in advanced for field in one["FieldSelectors"] for name in field if name != "Field"]
    if sum(len(value) for value in values) > 500:
        yield "Specify up to 500 values for all conditions in all advanced event selectors."
    for selector in basic:
        yield from _basic(selector)
    for resource in resources:
        yield from _resource(resource)
    for selector in advanced:
        yield from _advanced(selector["FieldSelectors"])


def _basic(selector: Selector) -> Iterator[str]:
    for source in set(selector.get("ExcludeManagementEventSources", [])) - SOURCES:
        yield f"Value {source} for ExcludeManagementEventSources is invalid."
    if not selector.get("IncludeManagementEvents", True) and not selector.get("DataResources"):
        reason = "When includeManagementEvents is false, DataResources must not be empty"
        yield f"Invalid combination of parameters in EventSelectors. {reason}"


def _resource(resource: dict[str, Any]) -> Iterator[str]:
    kind = resource.get("Type", "")
    if kind not in _RESOURCES:
        yield f"Value {kind} for DataResources.Type is invalid. Valid values are: {', '.join(sorted(_RESOURCES))}"
        return
    for value in resource.get("Values", []):
        if not re.fullmatch(_RESOURCES[kind], value):
            yield f"Value {value} for DataResources.Values is invalid."


def _advanced(fields: list[dict[str, Any]]) -> Iterator[str]:
    names = [field["Field"] for field in fields]
    categories = [field.get("Equals") for field in fields if field["Field"] == "eventCategory"]
    category = categories[0][0] if categories and categories[0] else None
    if category not in _FIELDS or categories != [[category]]:
        yield f"An advanced event selector needs the field eventCategory, which Equals one of {', '.join(_FIELDS)}."
        return
    if (required := _REQUIRED.get(category, "eventCategory")) not in names:
        yield f"A selector of {category} events needs the field {required}."
    for field in fields:
        name, conditions = field["Field"], {key: value for key, value in field.items() if key != "Field"}
        allowed = _VALUES.get((category, name))
        if name not in _FIELDS[category]:
            yield f"The field {name} is not valid in a selector of {category} events."
        elif not conditions or not all(conditions.values()) or conditions.keys() - _FIELDS[category][name]:
            yield f"The field {name} needs values, by these operators: {', '.join(sorted(_FIELDS[category][name]))}."
        elif allowed and not allowed.issuperset(*conditions.values()):
            yield f"The field {name} takes only the values {', '.join(sorted(allowed))}."


def insight_faults(wanted: list[dict[str, Any]], trail: Selectors) -> Iterator[str]:
    """Say what PutInsightSelectors would refuse: what needs events that the trail does not log.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
    """
    event = {"eventCategory": "Management", "eventSource": "", "userIdentity": {}}
    recorded = {read_only for read_only in (True, False) if trail.selects({**event, "readOnly": read_only})}
    for selector in wanted:
        kind = selector.get("InsightType")
        needed = {False} if kind == "ApiCallRateInsight" else {False, True}
        if "Management" in selector.get("EventCategories", ["Management"]) and not needed & recorded:
            yield f"{kind} needs management events that the trail does not log."
