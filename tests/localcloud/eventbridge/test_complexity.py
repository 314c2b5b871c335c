"""How complex a pattern may be."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from localcloud.deploy import DeploymentFailed
from localcloud.eventbridge import complexity
from localcloud.eventbridge.complexity import literals
from localcloud.eventbridge.patterns import fault
from tests.conftest import Assemble

REASON = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard "
    "character"
)


def wildcards(*values: str) -> list[dict[str, str]]:
    return [{"wildcard": value} for value in values]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["Name-*"], 2),
        (["*Name-"], 2),
        (["*Name-*"], 3),
        (["*:Name-*"], 3),
        (["arn:aws:sns:*:Name-*"], 3),
        (["*:::trail-logs*"], 5),
        (["*:Name-*", "*:Other-*"], 6),
        (["*:Name-*", "*:Other-*", "*:Third-*"], 9),
        (["*:::trail-logs*", "*:::other-logs*"], 10),
        (["*audit*", "*backup*", "*data*", "*logs*", "*trail*"], 15),
        # What event-ruler's own tests expect of one value: https://github.com/aws/event-ruler/blob/main/src/test/software/amazon/event/ruler/MachineComplexityEvaluatorTest.java
        (["*"], 1),
        (["*ab"], 2),
        (["*aa"], 3),
        (["a*bcb"], 3),
        (["a*bbb"], 4),
        (["*aba*"], 4),
        (["a*b*bb"], 5),
        (["*a*a*a*a*a*a*a*a*"], 17),
        # Bytes of UTF-8 are compared: these two characters begin with the same two.
        (["*한하"], 3),
        # An escaped asterisk is a character.
        ([r"*\*\**"], 4),
        ([r"Name\*"], 0),
        (["Name"], 0),
    ],
)
def test_the_wildcards_of_a_field_add_up(values: list[str], expected: int) -> None:
    assert complexity.complexity({"detail": {"name": wildcards(*values)}}) == expected


def test_other_filters_count_nothing() -> None:
    plain = [{"prefix": "a"}, {"suffix": "b"}, {"exists": False}, {"anything-but": ["*a*"]}, "*b*", None, 1]
    more = [{"anything-but": {"prefix": "*c*"}}, {"numeric": [">", 0]}, {"prefix": {"equals-ignore-case": "*d*"}}]
    assert complexity.complexity({"source": plain * 10, "detail": {"a": {"b": more * 10}}}) == 0


def test_fields_do_not_add_up_and_the_worst_counts() -> None:
    names = wildcards("*:Name-*")
    assert complexity.complexity({"detail": dict.fromkeys("abcde", names)}) == 3
    assert complexity.complexity({"a": names, "detail": {"a": names + wildcards("*:Other-*")}}) == 6


def test_the_alternatives_of_or_add_up() -> None:
    first, second = wildcards("*:Name-*"), wildcards("*:Other-*")
    assert complexity.complexity({"detail": {"$or": [{"name": first}, {"name": second}]}}) == 6
    assert complexity.complexity({"$or": [{"detail": {"name": first}}, {"detail": {"name": second}}]}) == 6
    assert complexity.complexity({"detail": {"$or": [{"name": first}, {"other": second}]}}) == 3


def test_wildcards_within_anything_but_count() -> None:
    one, two = {"anything-but": {"wildcard": "*:Name-*"}}, {"anything-but": {"wildcard": ["*:Other-*", "*:Third-*"]}}
    assert complexity.complexity({"name": [one, two]}) == 9


def test_a_wildcard_is_split_at_its_asterisks() -> None:
    assert literals(r"a*\*b\\*c\d") == ["a", r"*b" + "\\", r"c\d"]
    assert literals("*") == ["", ""]


def test_a_pattern_of_more_than_the_maximum_has_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complexity, "MAXIMUM_COMPLEXITY", 9)
    names = wildcards("*:Name-*", "*:Other-*", "*:Third-*")
    assert fault({"name": names}) is None
    assert fault({"name": names + wildcards("*")}) == REASON


TOO_COMPLEX: dict[str, Any] = {"detail": {"name": wildcards(*(f"*{number}:*" for number in range(100, 140)))}}


def test_put_rule_refuses_a_pattern_that_is_too_complex(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("events").put_rule(Name="complex", EventPattern=json.dumps(TOO_COMPLEX))
    assert error.value.response["Error"]["Code"] == "InvalidEventPatternException"
    assert REASON in error.value.response["Error"]["Message"]
    assert cloud.client("events").list_rules(NamePrefix="complex")["Rules"] == []


def test_a_stack_whose_rule_is_too_complex_is_not_created(cloud: LocalCloud, assemble: Assemble) -> None:
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": TOO_COMPLEX, "Targets": []}}
    with pytest.raises(DeploymentFailed, match=rf"Rule \(AWS::Events::Rule\): .*{REASON}"):
        cloud.deploy(assemble("Complex", {"Rule": rule}))
