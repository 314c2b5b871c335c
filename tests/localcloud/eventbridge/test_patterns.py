"""Event patterns, against what EventBridge documents for each operator."""

import json
from typing import Any

import pytest

from localcloud.eventbridge.patterns import fault, matches

EVENT = {
    "source": "aws.cloudtrail",
    "detail": {
        "eventName": "StopLogging",
        "errorCode": None,
        "count": 3,
        "readOnly": False,
        "names": ["one", "two"],
        "nothing": [],
        "items": [{"kind": "a", "size": 1}, {"kind": "b", "size": 2}],
        "userIdentity": {"type": "IAMUser"},
    },
}


@pytest.mark.parametrize(
    "detail",
    [
        {"eventName": ["StartLogging", "StopLogging"]},
        {"eventName": [{"prefix": "Stop"}], "count": [3]},
        {"eventName": [{"prefix": {"equals-ignore-case": "sTOP"}}]},
        {"eventName": [{"suffix": "Logging"}]},
        {"eventName": [{"equals-ignore-case": "stoplogging"}]},
        {"eventName": [{"wildcard": "S*p*ing"}]},
        {"eventName": [{"anything-but": ["StartLogging"]}]},
        {"eventName": [{"anything-but": {"prefix": ["Start", "Create"]}}]},
        {"eventName": [{"anything-but": {"wildcard": "*Trail"}}]},
        {"errorCode": [None]},
        {"errorCode": [{"exists": True}]},
        {"missing": [{"exists": False}]},
        {"missing": {"deeper": [{"exists": False}]}},
        {"nothing": [{"exists": False}]},
        {"userIdentity": [{"exists": False}]},
        {"count": [3.0]},
        {"names": ["two"]},
        {"names": [{"anything-but": "one"}]},
        {"items": {"kind": ["b"], "size": [2]}},
        {"$or": [{"eventName": ["DeleteTrail"]}, {"readOnly": [False]}]},
    ],
)
def test_the_pattern_matches(detail: dict[str, Any]) -> None:
    assert matches({"source": ["aws.cloudtrail"], "detail": detail}, EVENT)
    assert fault({"detail": detail}) is None


@pytest.mark.parametrize(
    "detail",
    [
        {"eventName": ["stoplogging"]},
        {"eventName": ["StopLogging"], "missing": ["x"]},
        {"missing": [{"anything-but": "x"}]},
        {"missing": [{"exists": True}]},
        {"missing": [None]},
        {"missing": {"deeper": [{"anything-but": ["x"]}]}},
        {"userIdentity": {"sessionContext": {"name": [{"anything-but": "robot"}]}}},
        {"userIdentity": [{"exists": True}]},
        {"nothing": [{"exists": True}]},
        {"eventName": [{"anything-but": {"suffix": "Logging"}}]},
        {"eventName": [{"wildcard": "S*p"}]},
        {"count": [True]},
        {"count": ["3"]},
        {"readOnly": [0]},
        {"readOnly": ["false"]},
        {"names": ["three"]},
        {"items": {"kind": ["a"], "size": [2]}},
        {"$or": [{"eventName": ["DeleteTrail"]}, {"readOnly": [True]}]},
    ],
)
def test_the_pattern_does_not_match(detail: dict[str, Any]) -> None:
    assert not matches({"source": ["aws.cloudtrail"], "detail": detail}, EVENT)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ({"source": "aws.cloudtrail"}, "must be an object or an array"),
        ({"source": []}, "Empty arrays are not allowed"),
        ({"source": [["aws.cloudtrail"]]}, "Match value must be"),
        ({"source": [{"regex": "aws.*"}]}, "Unrecognized match type regex"),
        ({"source": [{"prefix": "a", "suffix": "b"}]}, "Only one key allowed"),
        ({"source": ["a" * 2048]}, "longer than 2048 characters"),
    ],
)
def test_a_pattern_that_eventbridge_refuses_has_a_fault(pattern: dict[str, Any], reason: str) -> None:
    assert reason in str(fault(pattern))


def test_what_the_local_cloud_cannot_match_by_is_said() -> None:
    with pytest.raises(NotImplementedError, match="does not match by numeric"):
        fault({"count": [{"numeric": [">", 1]}]})


def test_spaces_in_a_pattern_do_not_count() -> None:
    pattern = {"detail": {"eventName": ["StopLogging"] * 140}}
    assert len(json.dumps(pattern)) > 2048
    assert fault(pattern) is None
