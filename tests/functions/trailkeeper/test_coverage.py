"""What else records: all of the management events, a part of them or none, by several trails together."""

from typing import Any

import pytest

from tests.samples import ARN, RECORDING, SETTINGS, event
from trailkeeper.coverage import Reading, coverage
from trailkeeper.incident import TrailState
from trailkeeper.verdict import judge, judge_again

READS = [{"field": "readOnly", "equals": ["true"]}]


def reading(name: str, *, multi_region: bool = True, **changes: Any) -> Reading:
    """A trail that records everything, or something else."""
    whole = Reading(ARN.replace("TestTrail", name), True, True, multi_region, False, True, [[]])
    return whole._replace(**changes)


WRITES = [{"field": "readOnly", "equals": ["false"]}]
NOT_KMS = [{"field": "eventSource", "notEquals": ["kms.amazonaws.com"]}]


@pytest.mark.parametrize(
    ("others", "answer", "names", "all_regions"),
    [
        ([], "none", [], False),
        ([reading("a")], "all", ["a"], True),
        ([reading("a", multi_region=False)], "all", ["a"], False),
        ([reading("a", logging=False)], "none", [], False),
        ([reading("a", delivers=False)], "none", [], False),
        ([reading("a", management=[])], "none", [], False),
        ([reading("a", management=[READS]), reading("b", management=[WRITES])], "all", ["a", "b"], True),
        (
            [reading("a", management=[READS]), reading("b", management=[WRITES], multi_region=False)],
            "all",
            ["a", "b"],
            False,
        ),
        ([reading("a", management=[READS])], "part", ["a"], False),
        ([reading("a", management=[NOT_KMS])], "part", ["a"], False),
    ],
)
def test_coverage_is_all_a_part_or_none_of_the_management_events(
    others: list[Reading], answer: str, names: list[str], all_regions: bool
) -> None:
    found = coverage(others, "us-east-1")
    assert (found["answer"], [arn.rpartition("/")[2] for arn in found["trails"]]) == (answer, names)
    assert found["all_regions"] is all_regions
    assert bool(found["gaps"]) is (answer != "all")
    assert found["unread"] == []


def test_what_is_left_out_is_said() -> None:
    assert coverage([reading("a", management=[NOT_KMS])], "us-east-1")["gaps"] == [
        {"events": "all", "source": "kms.amazonaws.com"}
    ]


@pytest.mark.parametrize(
    ("others", "region", "gaps"),
    [
        ([reading("a", global_events=False)], "us-east-1", [{"events": "all", "source": "global services"}]),
        ([reading("a", global_events=False)], "eu-west-1", []),
        ([reading("a", global_events=False), reading("b")], "us-east-1", []),
        (
            [reading("a", global_events=False), reading("b", management=[READS])],
            "us-east-1",
            [{"events": "writes", "source": "global services"}],
        ),
    ],
)
def test_a_trail_without_global_service_events_leaves_out_those_of_their_region(
    others: list[Reading], region: str, gaps: list[Any]
) -> None:
    found = coverage(others, region)
    assert (found["answer"], found["gaps"]) == ("part" if gaps else "all", gaps)


def test_an_organization_trail_that_logs_but_whose_selectors_may_not_be_read_counts_as_unread_and_not_as_none() -> None:
    found = coverage(
        [reading("org", organization=True, management=None), reading("b", logging=None, management=None)], None
    )
    assert found["unread"] == [
        {"arn": ARN.replace("TestTrail", "org"), "logging": True, "organization": True},
        {"arn": ARN.replace("TestTrail", "b"), "logging": None, "organization": False},
    ]
    stopped = judge(event("stop-logging"), SETTINGS)
    assert "not_covered" not in [
        fact["code"] for fact in judge_again(stopped, {**RECORDING, "coverage": found}, None, None)["facts"]
    ]


def test_trails_that_could_not_be_listed_are_not_said_to_be_none() -> None:
    assert coverage([], "us-east-1", unlisted=True)["answer"] is None
    narrowed = judge(event("update-trail-one-region"), SETTINGS)
    trail: TrailState = {**RECORDING, "coverage": coverage([], "us-east-1", unlisted=True)}
    assert judge_again(narrowed, trail, None, None)["severity"] == narrowed["severity"] == "high"
