"""Event selectors: what they record, and whether one set records all that another did."""

from typing import Any

import pytest

from trailkeeper.selectors import covers, data, gaps, management

MANAGEMENT = {"field": "eventCategory", "equals": ["Management"]}


def basic(**selector: Any) -> list[Any]:
    """The management events of one basic selector."""
    return management([selector], [])


def advanced(*fields: Any) -> list[Any]:
    """The management events of one advanced selector."""
    return management([], [{"fieldSelectors": [MANAGEMENT, *fields]}])


NOT_KMS = {"field": "eventSource", "notEquals": ["kms.amazonaws.com"]}
NOT_KMS_NOR_RDS = {"field": "eventSource", "notEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}
READS = {"field": "readOnly", "equals": ["true"]}


@pytest.mark.parametrize(
    ("after", "before", "covered"),
    [
        (basic(), basic(), True),
        (basic(), advanced(READS), True),
        (advanced(), basic(readWriteType="WriteOnly"), True),
        (basic(readWriteType="WriteOnly"), basic(), False),
        (basic(readWriteType="WriteOnly"), basic(readWriteType="ReadOnly"), False),
        (advanced(READS), basic(readWriteType="ReadOnly"), True),
        (advanced(NOT_KMS), advanced(NOT_KMS_NOR_RDS), True),
        (advanced(NOT_KMS_NOR_RDS), advanced(NOT_KMS), False),
        (advanced(NOT_KMS), basic(excludeManagementEventSources=["kms.amazonaws.com"]), True),
        (advanced(NOT_KMS), advanced(NOT_KMS, READS), True),
        (advanced(NOT_KMS, READS), advanced(NOT_KMS), False),
        (advanced({"field": "x", "startsWith": ["a"]}), advanced({"field": "x", "startsWith": ["a", "b"]}), False),
        (advanced({"field": "x", "startsWith": ["a", "b"]}), advanced({"field": "x", "startsWith": ["a"]}), True),
        ([*basic(readWriteType="ReadOnly"), *basic(readWriteType="WriteOnly")], basic(), True),
        (basic(), [], True),
        ([], basic(), False),
    ],
)
def test_what_was_recorded_is_recorded_still(after: list[Any], before: list[Any], covered: bool) -> None:
    assert covers(after, before) is covered


def test_the_apis_spelling_reads_like_the_records() -> None:
    api = management([{"ReadWriteType": "ReadOnly", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}], [])
    assert api == basic(readWriteType="ReadOnly", excludeManagementEventSources=["kms.amazonaws.com"])
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
    assert gaps(management([], [{"Name": "all", "FieldSelectors": fields}])) == []


def test_data_events_of_both_kinds_of_selectors_compare() -> None:
    objects = [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::b/"]}]
    one = data([{"readWriteType": "All", "dataResources": objects}], [])
    fields = [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
    ]
    every = data([], [{"fieldSelectors": fields}])
    assert covers(every, one)
    assert not covers(one, every)
    assert not covers([], one)


def test_each_operator_of_a_selector_compares_by_what_it_means() -> None:
    def on(**operator: list[str]) -> list[Any]:
        return advanced({"field": "x", **operator})

    for wider, narrower in (
        (on(startsWith=["ab"]), on(startsWith=["abc"])),
        (on(endsWith=["bc"]), on(endsWith=["abc"])),
        (on(equals=["a", "b"]), on(equals=["a"])),
        (on(notEquals=["a"]), on(notEquals=["a", "b"])),
        (on(notStartsWith=["a"]), on(notStartsWith=["a", "b"])),
        (on(notEndsWith=["a"]), on(notEndsWith=["a", "b"])),
        (on(), on(equals=["a"])),
    ):
        assert covers(wider, narrower)
        assert not covers(narrower, wider)
    assert not covers(on(equals=["a"], notEquals=["b"]), on(equals=["a"]))
    assert not covers(on(equals=["a"]), advanced({"field": "y", "equals": ["a"]}))


def test_what_a_selector_says_badly_counts_as_unknown_and_closes_no_gap() -> None:
    assert management(["x", {"readWriteType": 7}], ["x", {"fieldSelectors": "x"}]) == [[]]
    assert gaps(advanced("x")) == [{"events": "all", "source": None}]
    assert advanced({"equals": ["b", "a", {}]}) == [[{"field": "unknown", "equals": ["a", "b", "unknown"]}]]
    assert management([{"includeManagementEvents": "false"}], []) == []
    assert management([{"includeManagementEvents": "true"}], []) == [[]]


def test_data_events_are_those_of_a_kind_of_resources_and_of_the_network() -> None:
    resources = {"dataResources": [{"type": "AWS::S3::Object", "values": ["b", "a"]}, {"values": ["c"]}, {"type": "x"}]}
    kind, unknown = ({"field": "resources.type", "equals": [name]} for name in ("AWS::S3::Object", "unknown"))
    reads = {"field": "readOnly", "equals": ["true"]}
    assert data([{**resources, "readWriteType": "ReadOnly"}, {**resources, "readWriteType": "x"}], []) == [
        [kind, {"field": "resources.ARN", "startsWith": ["a", "b"]}, reads],
        [unknown, {"field": "resources.ARN", "startsWith": ["c"]}, reads],
    ]
    network = {"fieldSelectors": [{"field": "eventCategory", "equals": ["NetworkActivity"]}]}
    assert data([], [network]) == [[]]


def objects(*selectors: list[str]) -> list[Any]:
    """The data events of basic selectors that name these objects of S3."""
    return data([{"dataResources": [{"type": "AWS::S3::Object", "values": values}]} for values in selectors], [])


def test_resources_may_be_spread_over_selectors_or_named_by_a_shorter_prefix() -> None:
    both = objects(["arn:aws:s3:::a/", "arn:aws:s3:::b/"])
    assert covers(objects(["arn:aws:s3:::a/"], ["arn:aws:s3:::b/"]), both)
    assert covers(objects(["arn:aws:s3"]), both)
    assert not covers(objects(["arn:aws:s3:::a/"]), both)
    assert not covers(both, objects(["arn:aws:s3"]))
    assert not covers(objects([]), both)


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (basic(), []),
        ([], [("all", None)]),
        (basic(readWriteType="ReadOnly"), [("writes", None)]),
        (basic(readWriteType="WriteOnly"), [("reads", None)]),
        (basic(readWriteType="Unknown"), [("all", None)]),
        ([*basic(readWriteType="ReadOnly"), *basic(readWriteType="WriteOnly")], []),
        (advanced(NOT_KMS), [("all", "kms.amazonaws.com")]),
        (advanced(NOT_KMS, READS), [("reads", "kms.amazonaws.com"), ("writes", None)]),
        ([*advanced(NOT_KMS, READS), *basic(readWriteType="WriteOnly")], [("reads", "kms.amazonaws.com")]),
        ([*advanced(NOT_KMS), *basic(readWriteType="ReadOnly")], [("writes", "kms.amazonaws.com")]),
        (
            [*advanced(NOT_KMS), *advanced({"field": "eventSource", "notEquals": ["rdsdata.amazonaws.com"]})],
            [],
        ),
        (advanced({"field": "eventSource", "equals": ["kms.amazonaws.com"]}), [("all", None)]),
        (advanced({"field": "userIdentity.arn", "notStartsWith": ["arn:x"]}), [("all", None)]),
        (advanced({"field": "userIdentity.arn", "notEquals": ["arn:x"]}), [("all", None)]),
        (advanced({"field": "userIdentity.arn", "equals": ["true"]}), [("all", None)]),
        (advanced({"field": "eventSource", "notEquals": ["a"], "notStartsWith": ["b"]}), [("all", None)]),
        (advanced({"field": "readOnly", "equals": ["true", "false"], "notEquals": ["true"]}), [("all", None)]),
    ],
)
def test_what_selectors_leave_out_together(selectors: list[Any], expected: list[tuple[str, str | None]]) -> None:
    assert [(gap["events"], gap["source"]) for gap in gaps(selectors)] == expected
