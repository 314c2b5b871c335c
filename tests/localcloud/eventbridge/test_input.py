"""What a rule's target receives."""

import json
from typing import Any

import pytest

from localcloud.eventbridge.input import InvalidInput, target_input

EVENT: dict[str, Any] = {
    "id": "11111111-2222-3333-4444-555555555555",
    "detail-type": "Step Functions Execution Status Change",
    "resources": ["arn:1", "arn:2"],
    "detail": {"name": "x", "error": None, "count": 2, "cause": 'say "no"', "more": {"a": "b"}},
}
RULE = "arn:aws:events:us-east-1:123456789012:rule/R"


def given(target: dict[str, Any]) -> str:
    return target_input(target, EVENT, RULE, "2026-11-23T02:01:00Z")


def templated(template: str, **paths: str) -> str:
    return given({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}})


def test_a_target_gets_the_event_a_part_of_it_or_a_constant() -> None:
    assert json.loads(given({})) == EVENT
    assert json.loads(given({"InputPath": "$.detail.more"})) == {"a": "b"}
    assert given({"Input": '{"fixed":  1}'}) == '{"fixed":  1}'


def test_a_text_template_keeps_its_quotes_and_is_not_escaped() -> None:
    template = '"<kind>: <name>"\n"<cause>, <count> <error> <more> <absent>."'
    paths = {"kind": "$.detail-type", "name": "$.detail.name", "cause": "$.detail.cause", "count": "$.detail.count"}
    text = templated(template, **paths, error="$.detail.error", more="$.detail.more", absent="$.detail.absent")
    assert text == '"Step Functions Execution Status Change: x"\n"say "no", 2 null {a:b} ."'


def test_a_json_template_quotes_text_itself() -> None:
    paths = {"name": "$.detail.name", "cause": "$.detail.cause", "more": "$.detail.more", "no": "$.detail.no"}
    text = templated('{"name": <name>, "in": "a <name>", "cause": <cause>, "more": <more>, "no": <no>}', **paths)
    assert json.loads(text) == {"name": "x", "in": "a x", "cause": 'say "no"', "more": {"a": "b"}, "no": ""}


def test_paths_reach_into_lists() -> None:
    assert (
        templated("[<second>, <all>]", second="$.resources[1]", all="$.resources[*]") == '["arn:2", ["arn:1","arn:2"]]'
    )


def test_the_rule_and_the_event_have_names_of_their_own() -> None:
    text = templated(
        '{"rule": <aws.events.rule-name>, "arn": <aws.events.rule-arn>, "at": <aws.events.event.ingestion-time>,'
        ' "all": <aws.events.event.json>, "head": <aws.events.event>}'
    )
    head = {name: value for name, value in EVENT.items() if name != "detail"}
    assert json.loads(text) == {"rule": "R", "arn": RULE, "at": "2026-11-23T02:01:00Z", "all": EVENT, "head": head}


def test_a_value_that_breaks_the_json_of_its_template_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="is not JSON"):
        templated('{"cause": "because <cause>"}', cause="$.detail.cause")


def test_a_path_to_nothing_is_an_error() -> None:
    with pytest.raises(InvalidInput, match=r"\$\.detail\.no matches nothing"):
        given({"InputPath": "$.detail.no"})
