"""Who did what the watchdog found, of the records of event history."""

from typing import Any

import pytest

from tests.samples import ARN, OWN, SETTINGS, event
from trailkeeper import authors
from trailkeeper.calls import Finding
from trailkeeper.findings import Found
from trailkeeper.verdict import judge

ENTRY = {
    "principal": "arn:aws:iam::123456789012:user/*",
    "actions": ["StopLogging"],
    "trails": [],
    "reason": "migration",
    "until": "2026-01-01",
}


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({}, True),
        ({"recipientAccountId": None}, True),  # a record without it is this account's
        ({"recipientAccountId": "111122223333"}, False),  # there, a trail of the same name is another one
        ({"awsRegion": "eu-west-1"}, False),
        ({"errorCode": "AccessDenied"}, False),
        ({"requestParameters": {"name": "Other"}}, False),
    ],
)
def test_a_record_is_about_a_trail_by_account_region_and_name(changes: dict[str, Any], about: bool) -> None:
    record = event("stop-logging", **changes)["detail"]
    found = [one for one, _ in authors.on([record], ARN, SETTINGS, OWN, "")]
    assert found == ([record] if about else [])


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        # What the call alone tells has been told of the announcement by its judge already.
        ((), ["announcement_expired", "call_succeeded"]),
        ((Finding("narrowed_by", "x" * 500),), ["announcement_expired", "narrowed_by"]),
    ],
)
def test_an_announcement_that_has_expired_is_told_once(findings: tuple[Finding, ...], told: list[str]) -> None:
    settings: Any = {**SETTINGS, "expected": [ENTRY]}
    incident = judge(event("stop-logging")["detail"], settings, OWN)
    found = Found(ARN, "stopped", "StopLogging", ("StopLogging",), findings)
    facts = authors.by_somebody(found, incident, settings, OWN)["facts"]
    assert sorted(fact["code"] for fact in facts) == told
    assert all(len(fact["detail"] or "") <= authors.LONGEST_DETAIL for fact in facts)
