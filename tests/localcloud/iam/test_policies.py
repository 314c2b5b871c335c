"""The IAM policy language, on one policy and one request."""

from typing import Any

import pytest

from localcloud.iam.policies import Principal, Request, UnsupportedPolicy, effects

TRAIL = "arn:aws:cloudtrail:us-east-1:123456789012:trail/TestTrail"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
CONTEXT = {"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/R", "aws:SourceAccount": None}


def says(principal: Principal | None = None, **statement: Any) -> set[str]:
    statement = {"Effect": "Allow", "Action": "cloudtrail:StopLogging", "Resource": TRAIL, **statement}
    request = Request("cloudtrail:StopLogging", TRAIL, CONTEXT, principal)
    return set(effects({"Statement": statement}, request))


@pytest.mark.parametrize(
    "action", ["cloudtrail:StopLogging", "CloudTrail:stoplogging", "cloudtrail:*", "*", "*:Stop?ogging"]
)
def test_an_action_matches_whatever_its_case_and_with_wildcards(action: str) -> None:
    assert says(Action=["sns:Publish", action]) == {"Allow"}


@pytest.mark.parametrize("action", ["cloudtrail:StartLogging", "cloudtrail:Stop", "sns:*"])
def test_another_action_does_not_match(action: str) -> None:
    assert says(Action=action) == set()


@pytest.mark.parametrize(
    "resource",
    ["*", TRAIL, "arn:aws:cloudtrail:*:123456789012:trail/*", "arn:aws:cloudtrail", "arn:aws:cloudtrail:us-east-?:*:*"],
)
def test_a_resource_matches_field_by_field_and_a_short_arn_is_completed(resource: str) -> None:
    assert says(Resource=resource) == {"Allow"}


@pytest.mark.parametrize("resource", [f"{TRAIL}s", "arn:aws:cloudtrail:eu-west-1:*", "arn:*:trail/TestTrail", TOPIC])
def test_another_resource_does_not_match(resource: str) -> None:
    assert says(Resource=resource) == set()


def test_a_call_without_a_resource_matches_only_the_asterisk() -> None:
    request = Request("cloudtrail:DescribeTrails", "*")
    for resource, expected in (("*", {"Allow"}), ("arn:aws:cloudtrail:*", set())):
        policy = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": resource}]}
        assert effects(policy, request) == expected


def test_not_action_and_not_resource_match_the_rest() -> None:
    for element in ("Action", "Resource"):
        policy = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        del policy[element]
        for pattern, expected in (("*", set()), ("arn:aws:sns", {"Allow"})):
            request = Request("cloudtrail:StopLogging", TRAIL)
            assert effects({"Statement": policy | {f"Not{element}": pattern}}, request) == expected


def test_all_statements_that_match_count() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"Statement": [allow, {**allow, "Effect": "Deny", "Action": "cloudtrail:Stop*"}]}
    assert effects(policy, Request("cloudtrail:StopLogging", TRAIL)) == {"Allow", "Deny"}


@pytest.mark.parametrize(
    ("test", "key", "value", "applies"),
    [
        ("ArnLike", "aws:SourceArn", "arn:aws:events:*:123456789012:rule/*", True),
        ("ArnEquals", "AWS:SOURCEARN", ["arn:aws:sns", "arn:aws:events"], True),
        ("StringEquals", "aws:SourceArn", "arn:aws:events:us-east-1:123456789012:rule/S", False),
        ("StringNotEquals", "aws:SourceArn", "arn:aws:events:us-east-1:123456789012:rule/S", True),
        ("StringLike", "aws:SourceArn", "*rule/?", True),
        ("StringEquals", "aws:SourceAccount", "123456789012", False),
        ("StringNotEquals", "aws:SourceAccount", "123456789012", True),
        ("StringEqualsIfExists", "aws:SourceAccount", "123456789012", True),
        ("Null", "aws:SourceAccount", "true", True),
        ("Null", "aws:SourceArn", True, False),
    ],
)
def test_a_condition_on_an_absent_key_fails_unless_it_is_negated(
    test: str, key: str, value: Any, applies: bool
) -> None:
    assert says(Condition={test: {key: value}}) == ({"Allow"} if applies else set())


@pytest.mark.parametrize(
    "statement",
    [
        {"Condition": {"DateGreaterThan": {"aws:SourceArn": "2026-01-01"}}},
        {"Condition": {"StringEquals": {"aws:userid": "x"}}},
        {"Resource": "arn:aws:cloudtrail:*:*:trail/${aws:username}"},
    ],
)
def test_what_is_not_evaluated_here_is_refused_not_guessed(statement: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedPolicy):
        says(**statement)


def test_a_resource_policy_says_who_is_allowed() -> None:
    events = Principal(service="events.amazonaws.com")
    eve = Principal(arns=("arn:aws:iam::123456789012:user/eve",), account="123456789012")
    for principal, who, expected in (
        (events, {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}, {"Allow"}),
        (events, {"Service": "sns.amazonaws.com"}, set()),
        (events, "*", {"Allow"}),
        (eve, {"AWS": "arn:aws:iam::123456789012:user/eve"}, {"Allow"}),
        (eve, {"AWS": "arn:aws:iam::123456789012:user/bob"}, set()),
        (eve, {"AWS": "arn:aws:iam::123456789012:root"}, {"Delegate"}),
        (eve, {"AWS": "123456789012"}, {"Delegate"}),
        (eve, {"Service": "events.amazonaws.com"}, set()),
    ):
        assert says(principal, Principal=who) == expected, who


def test_a_denial_for_the_account_holds_for_everyone_in_it() -> None:
    eve = Principal(arns=("arn:aws:iam::123456789012:user/eve",), account="123456789012")
    assert says(eve, Effect="Deny", Principal={"AWS": "arn:aws:iam::123456789012:root"}) == {"Deny"}
