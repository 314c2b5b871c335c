"""Which management events a trail's selectors select."""

from typing import Any

import pytest

from localcloud.cloudtrail.trails import DEFAULT_SELECTOR, Selectors

RECORD = {
    "eventName": "StopLogging",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventCategory": "Management",
    "eventType": "AwsApiCall",
    "readOnly": False,
    "userIdentity": {"arn": "arn:aws:iam::123456789012:user/eve"},
}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, True),
        ({"ReadWriteType": "WriteOnly"}, True),
        ({"ReadWriteType": "ReadOnly"}, False),
        ({"IncludeManagementEvents": False}, False),
        ({"ExcludeManagementEventSources": ["kms.amazonaws.com"]}, True),
        ({"ExcludeManagementEventSources": ["cloudtrail.amazonaws.com"]}, False),
    ],
)
def test_a_basic_selector_selects_by_kind_and_source(selector: dict[str, Any], selected: bool) -> None:
    assert Selectors([{**DEFAULT_SELECTOR, **selector}], []).selects(RECORD) is selected


@pytest.mark.parametrize(
    ("field", "selected"),
    [
        ({"Field": "eventCategory", "Equals": ["Management"]}, True),
        ({"Field": "eventCategory", "Equals": ["Data"]}, False),
        ({"Field": "readOnly", "Equals": ["false"]}, True),
        ({"Field": "readOnly", "Equals": ["true"]}, False),
        ({"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "cloudtrail.amazonaws.com"]}, False),
        ({"Field": "eventName", "StartsWith": ["Stop", "Delete"]}, True),
        ({"Field": "eventName", "NotEndsWith": ["Logging"]}, False),
        ({"Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:iam::123456789012:user/e"]}, False),
        ({"Field": "sessionCredentialFromConsole", "Equals": ["true"]}, False),
    ],
)
def test_an_advanced_selector_selects_by_all_its_fields(field: dict[str, Any], selected: bool) -> None:
    management = {"Field": "eventCategory", "Equals": ["Management"]}
    assert Selectors([], [{"FieldSelectors": [management, field]}]).selects(RECORD) is selected


def test_one_selector_of_several_is_enough() -> None:
    none = {**DEFAULT_SELECTOR, "IncludeManagementEvents": False}
    assert Selectors([none, DEFAULT_SELECTOR], []).selects(RECORD)
    assert not Selectors([], []).selects(RECORD)
