"""Records: their texts are cleaned, and partitions known."""

import pytest

from trailkeeper.record import clean, partition


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("한글 🦊", "한글 🦊"),
        ("two\r\nlines", "two  lines"),
        ("\x1b[31mred", "[31mred"),
        ("a\u202eb\u2066c", "abc"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("narrow\u202fspace", "narrow space"),
        ("hangul\u3164filler", "hangulfiller"),
        ("variation\ufe00\u180b\U000e0100selectors", "variationselectors"),
        ("\ud800lone surrogate", "lone surrogate"),
        ("x" * 300, "x" * 49 + "…"),
    ],
)
def test_text_keeps_what_can_be_read_and_loses_what_hides(text: str, cleaned: str) -> None:
    assert clean(text, 50) == cleaned


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
        ("made-up", "aws"),
        (None, "aws"),
    ],
)
def test_a_region_says_its_partition(region: str | None, expected: str) -> None:
    assert partition(region) == expected
