"""The event patterns: every call of the catalogue on what is watched matches one, and nothing else matches any."""

from typing import Any

import pytest

from catalogue import CATALOGUE, Call
from localcloud.eventbridge.patterns import fault, matches
from tests.calls import RULE, denied, happened
from tests.samples import DESTINATIONS, SETTINGS, event
from workflow.patterns import MAXIMUM_LENGTH, length, patterns
from workflow.settings import Settings

KEY = SETTINGS["key"] or ""


def built(*destinations: str) -> dict[str, Any]:
    """The patterns with these destinations."""
    settings = Settings.from_context({"emails": "you@company.com", "destinations": list(destinations)})
    return patterns(settings, stack="Trailkeeper", key_id=KEY.rpartition("/")[2], key_arn=KEY)


PATTERNS = built(*DESTINATIONS)
each_call = pytest.mark.parametrize("call", CATALOGUE, ids=lambda call: f"{call.family}-{call.action}")


def matched(happening: dict[str, Any], found: dict[str, Any] = PATTERNS) -> list[str]:
    """The rules that this event starts, with the source that EventBridge gives it."""
    service = happening["detail"]["eventSource"].partition(".")[0]
    return [name for name, pattern in found.items() if matches(pattern, happening | {"source": f"aws.{service}"})]


@each_call
def test_a_call_that_counts_starts_one_execution_also_when_it_is_denied(call: Call) -> None:
    assert len(matched(happened(call))) == 1
    assert len(matched(denied(call))) == 1
    without_type = happened(call)
    del without_type["detail"]["eventType"]
    assert len(matched(without_type)) == 1


@each_call
def test_what_only_looks_like_it_starts_nothing(call: Call) -> None:
    assert matched(happened(call, eventType="AwsVpceEvent")) == []
    assert matched(happened(call, eventSource="cloudaudit.tencentcloudapi.com")) == []
    assert not any(matches(pattern, happened(call) | {"source": "forged"}) for pattern in PATTERNS.values())
    if call.family in ("destination", "guard"):
        assert matched(happened(call, "somebody-elses")) == []
        assert matched(happened(call, "arn:aws:any:us-east-1:123456789012:other")) == []
    if call.family == "destination":
        assert matched(denied(call), built()) == []


def test_a_name_that_only_begins_like_a_destinations_starts_nothing() -> None:
    for call in CATALOGUE:
        if call.family == "destination":
            longer = denied(call)
            message = longer["detail"]["errorMessage"]
            for arn in DESTINATIONS:
                message = message.replace(arn, f"{arn}-of-another")
            longer["detail"]["errorMessage"] = message
            assert matched(longer) == []


def test_a_key_is_known_by_id_and_arn_and_a_function_by_name_and_arn() -> None:
    by_action = {(call.family, call.action): call for call in CATALOGUE}
    for name in (DESTINATIONS[1], DESTINATIONS[1].rpartition("/")[2]):
        assert matched(happened(by_action["destination", "DisableKey"], name)) == ["Destinations1"]
    for name in ("Trailkeeper-TriageFunction1A2B", "arn:aws:lambda:us-east-1:123456789012:function:Trailkeeper-T1"):
        assert matched(happened(by_action["guard", "DeleteFunction20150331"], name)) == ["Guard1"]


def test_no_rule_watches_itself_and_each_is_watched_by_one() -> None:
    disable = next(call for call in CATALOGUE if call.action == "DisableRule")
    for rule in (*PATTERNS, "Failure"):
        name = f"Trailkeeper-{rule}1A2B3C4D-abcdefghijkl"
        assert len(matched(happened(disable, name))) == 1
        assert matched(happened(disable, name)) != [rule]
        refused = denied(disable)
        refused["detail"]["errorMessage"] = refused["detail"]["errorMessage"].replace(RULE, name)
        assert len(matched(refused)) == 1


@pytest.mark.parametrize("name", ["StartLogging", "CreateTrail", "GetTrailStatus", "DescribeTrails", "LookupEvents"])
def test_what_starts_or_reads_starts_nothing(name: str) -> None:
    assert matched(event("stop-logging", eventName=name, readOnly=name != "StartLogging")) == []


def test_every_pattern_is_one_that_eventbridge_takes() -> None:
    assert {name: fault(pattern) for name, pattern in PATTERNS.items()} == dict.fromkeys(PATTERNS)


def test_more_destinations_than_one_pattern_holds_get_more_rules() -> None:
    buckets = [f"arn:aws:s3:::bucket-{number:02}-{'x' * 30}" for number in range(40)]
    found = built(*buckets)
    assert all(length(pattern) <= MAXIMUM_LENGTH for pattern in found.values())
    delete = next(call for call in CATALOGUE if call.action == "DeleteBucket")
    for bucket in buckets:
        (rule,) = matched(happened(delete, bucket.removeprefix("arn:aws:s3:::")), found)
        assert rule.startswith("Destinations")


def test_the_longest_name_fits_a_pattern_of_its_own() -> None:
    found = built(f"arn:aws:logs:us-east-1:123456789012:log-group:{'x' * 512}", *DESTINATIONS)
    assert all(length(pattern) <= MAXIMUM_LENGTH for pattern in found.values())
