"""The event patterns: what counts matches one, and nothing else does; and EventBridge takes them all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.eventbridge import complexity as local_complexity
from localcloud.eventbridge import patterns as local
from tests.calls import DENIALS, RULE, denied, happened
from tests.samples import DESTINATIONS, OWN, event
from trailkeeper.calls import Call, catalogue
from workflow import eventbridge
from workflow.eventbridge import (
    LONGEST_PLACE,
    MAXIMUM_COMPLEXITY,
    MAXIMUM_LENGTH,
    LimitError,
    complexity,
    length,
    matches,
    of_changed_code,
    patterns,
)


def built(*destinations: str, stack: str = "Trailkeeper") -> dict[str, Any]:
    """The patterns with these destinations."""
    return patterns(destinations, stack, OWN)


PATTERNS = built(*DESTINATIONS)
each_call = pytest.mark.parametrize("call", catalogue(), ids=lambda call: f"{call.family}-{call.action}")


def matched(happening: dict[str, Any], found: dict[str, Any] = PATTERNS) -> list[str]:
    """The rules that this event starts, with the source that EventBridge gives it; both matchers must agree."""
    service = happening["detail"]["eventSource"].removesuffix(".amazonaws.com")
    enveloped = happening | {"source": f"aws.{service}"}
    names = [name for name, pattern in found.items() if matches(pattern, enveloped)]
    assert names == [name for name, pattern in found.items() if local.matches(pattern, enveloped)]
    return names


@each_call
def test_a_call_that_counts_starts_one_execution(call: Call) -> None:
    assert len(matched(happened(call))) == 1
    without_type = happened(call)
    del without_type["detail"]["eventType"]
    assert len(matched(without_type)) == 1


@each_call
def test_a_denied_call_that_counts_starts_one_execution_whatever_its_message_says_after_the_arn(call: Call) -> None:
    for why in DENIALS:
        assert len(matched(denied(call, why))) == 1, why


@each_call
def test_what_only_looks_like_it_starts_nothing(call: Call) -> None:
    assert matched(happened(call, eventType="AwsVpceEvent")) == []
    assert matched(happened(call, eventSource="cloudaudit.tencentcloudapi.com")) == []
    assert not any(matches(pattern, happened(call) | {"source": "forged"}) for pattern in PATTERNS.values())
    if call.family in ("destination", "trailkeeper") and call.parameter:
        assert matched(happened(call, "somebody-elses")) == []
        assert matched(happened(call, "arn:aws:any:us-east-1:123456789012:other")) == []
    if call.kind.name in ("bucket", "key"):
        assert matched(denied(call), built()) == []


def test_a_denied_call_that_says_nothing_of_what_it_was_on_starts_one_execution_for_triage_to_judge() -> None:
    put = next(call for call in catalogue() if call.action == "PutBucketPolicy")
    nameless = happened(put, requestParameters=None, errorCode="AccessDenied", errorMessage="Access Denied")
    assert matched(nameless) == ["Nameless1"]
    many = built(*(f"arn:aws:s3:::bucket-{number:02}-{'x' * 30}" for number in range(60)))
    assert len(many) > 6
    assert matched(nameless, many) == ["Nameless1"]


def test_a_stack_that_cloudformation_refuses_to_change_starts_one_execution() -> None:
    delete = next(call for call in catalogue() if call.action == "DeleteStack")
    message = "Stack [Trailkeeper] cannot be deleted while TerminationProtection is enabled"
    refused = happened(delete, requestParameters=None, errorCode="ValidationException", errorMessage=message)
    assert matched(refused) == ["Nameless2"]


def test_a_key_is_known_by_id_and_arn_and_a_function_in_every_form_that_lambda_takes() -> None:
    by_action = {(call.family, call.action): call for call in catalogue()}
    for name in (DESTINATIONS[1], DESTINATIONS[1].rpartition("/")[2]):
        assert matched(happened(by_action["destination", "DisableKey"], name)) == ["Destinations1"]
    for name in (
        "Trailkeeper-TriageFunction1A2B",
        "arn:aws:lambda:us-east-1:123456789012:function:Trailkeeper-T1",
        "123456789012:function:Trailkeeper-T1",
        "function:Trailkeeper-T1",
    ):
        assert matched(happened(by_action["trailkeeper", "DeleteFunction20150331"], name)) == ["OwnParts1"]


@pytest.mark.parametrize("stack", ["Trailkeeper", "x" * 128])
def test_who_changes_code_is_told_of_without_it_unless_cloudformation_deploys(stack: str) -> None:
    pattern = of_changed_code(stack, LONGEST_PLACE)
    assert (local.fault(pattern), length(pattern) <= MAXIMUM_LENGTH) == (None, True)
    rule = {"CodeChanged": of_changed_code("Trailkeeper", OWN)}
    changing = [call for call in catalogue() if call.family == "trailkeeper" and matched(happened(call), rule)]
    assert [call.action for call in changing] == [
        *("UpdateStateMachine", "CreateFunction20150331"),
        *("UpdateFunctionCode20150331v2", "UpdateFunctionConfiguration20150331v2"),
    ]
    for call in changing:
        deployed = happened(call)
        deployed["detail"]["userIdentity"] |= {"invokedBy": "cloudformation.amazonaws.com"}
        for other in (happened(call, "somebody-elses"), denied(call), deployed):
            assert matched(other, rule) == []


def test_another_accounts_topic_of_our_name_starts_nothing() -> None:
    delete = next(call for call in catalogue() if (call.family, call.action) == ("trailkeeper", "DeleteTopic"))
    assert matched(happened(delete, "arn:aws:sns:us-east-1:123456789012:Trailkeeper-Alarms1A2B")) == ["OwnParts2"]
    assert matched(happened(delete, "arn:aws:sns:us-east-1:111122223333:Trailkeeper-Alarms1A2B")) == []


@pytest.mark.parametrize("stack", ["Security-Trailkeeper-Prod", "x" * 128])
def test_with_a_long_stacks_name_each_rule_is_watched_by_one(stack: str) -> None:
    disable = next(call for call in catalogue() if call.action == "DisableRule")
    for rule in ("Tampering", "OwnParts1", "OwnParts2", "Failure"):
        for start in (stack[:24], stack[:30]):  # CloudFormation cuts it by how long the rest of the name is
            assert len(matched(happened(disable, f"{start}-{rule}1A2B-abc"), built(stack=stack))) == 1


def test_no_rule_watches_itself_and_each_is_watched_by_one() -> None:
    disable = next(call for call in catalogue() if call.action == "DisableRule")
    for rule in (*PATTERNS, "Failure", "CodeChanged"):
        name = f"Trailkeeper-{rule}1A2B3C4D-abcdefghijkl"
        assert len(matched(happened(disable, name))) == 1
        assert matched(happened(disable, name)) != [rule]
        refused = denied(disable)
        refused["detail"]["errorMessage"] = refused["detail"]["errorMessage"].replace(RULE, name)
        assert len(matched(refused)) == 1


@pytest.mark.parametrize("name", ["StartLogging", "GetTrailStatus", "DescribeTrails", "LookupEvents"])
def test_what_starts_or_reads_starts_nothing(name: str) -> None:
    assert matched(event("stop-logging", eventName=name, readOnly=name != "StartLogging")) == []


# ---- EventBridge's limits


def of_all_kinds(many: int, width: int) -> list[str]:
    """So many destinations of all kinds, with names so long."""
    names = [f"{number:03}{'x' * width}" for number in range(many)]
    forms = [arn.replace("trail-logs", "NAME").replace("trail-log", "NAME") for arn in DESTINATIONS]
    forms[1], forms[3] = forms[1].replace("55555555aaaa", "NAME"), forms[3].replace("trail-notices", "NAME")
    return [forms[number % 4].replace("NAME", name) for number, name in enumerate(names)]


@pytest.mark.parametrize(
    "stack", ["Trailkeeper", "T", "x" * 24, "x" * 128, "ab" * 64, "a-" * 20 + "a", "aaaaaaaaaaaaaaaaaaaaaaaa", "T-T-T"]
)
@pytest.mark.parametrize("many", [0, 1, 2, 10, 200])
@pytest.mark.parametrize("width", [3, 57])
def test_every_rule_is_short_and_simple_enough_for_eventbridge(stack: str, many: int, width: int) -> None:
    found = patterns(of_all_kinds(many, width), stack, LONGEST_PLACE)
    for name, pattern in found.items():
        assert length(pattern) <= MAXIMUM_LENGTH, name
        assert complexity(pattern) <= MAXIMUM_COMPLEXITY, name
        assert local.fault(pattern) is None, name


def test_the_longest_name_fits_a_pattern_of_its_own() -> None:
    found = built(f"arn:aws:logs:us-east-1:123456789012:log-group:{'x' * 512}", *DESTINATIONS)
    assert all(length(pattern) <= MAXIMUM_LENGTH for pattern in found.values())


def test_more_destinations_than_one_pattern_holds_get_more_rules() -> None:
    buckets = [f"arn:aws:s3:::bucket-{number:02}-{'x' * 30}" for number in range(40)]
    found = built(*buckets)
    delete = next(call for call in catalogue() if call.action == "DeleteBucket")
    for bucket in buckets:
        (rule,) = matched(happened(delete, bucket.removeprefix("arn:aws:s3:::")), found)
        assert rule.startswith("Destinations")


def test_a_rule_that_eventbridge_would_refuse_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventbridge, "MAXIMUM_LENGTH", 1000)
    with pytest.raises(
        LimitError, match=r"^the rule \w+ of the stack Trailkeeper has a length of \d+; at most 1000 is safe$"
    ):
        built(*DESTINATIONS)


WILD = "detail"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([{"prefix": "a"}, {"suffix": "b"}, {"exists": True}, "c"], 0),
        ([{"wildcard": "Name-*"}], 2),
        ([{"wildcard": "*Name-"}], 2),
        ([{"wildcard": "*Name-*"}], 3),
        ([{"wildcard": "*:Name-*"}], 3),
        ([{"wildcard": "arn:aws:sns:*:Name-*"}], 3),
        ([{"wildcard": "*:::trail-logs*"}], 5),
        ([{"wildcard": "*:Name-*"}, {"wildcard": "*:Nome-*"}], 6),
        ([{"wildcard": f"*:N{letter}me-*"} for letter in "aoi"], 9),
        ([{"wildcard": "*:::trail-logs*"}, {"wildcard": "*:::trail-logz*"}], 10),
        ([{"wildcard": f"*bucket{number}*"} for number in range(5)], 15),
    ],
)
def test_complexity_is_as_measured_with_eventbridges_own_matcher(values: list[Any], expected: int) -> None:
    assert complexity({WILD: {"field": values}}) == expected
    assert complexity({WILD: {f"field{number}": values for number in range(5)}}) == expected
    assert complexity({WILD: {"$or": [{"field": [value]} for value in values]}}) == expected


@given(st.lists(st.text(alphabet="ab:-*", max_size=12), max_size=3))
def test_both_countings_of_complexity_agree(values: list[str]) -> None:
    pattern: Any = {WILD: {"field": [{"wildcard": value} for value in values]}}
    assert complexity(pattern) == local_complexity.complexity(pattern)
