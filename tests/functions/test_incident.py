"""The incident document: its texts, and the catalogue as the rule sees it."""

import pytest

from incident import REGION, TRAIL_ARN, clean


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


def test_a_region_pattern_lets_no_host_through() -> None:
    for region in ("us-east-1", "ap-northeast-2", "us-gov-west-1", "cn-north-1", "us-isob-east-1", "eusc-de-east-1"):
        assert REGION.fullmatch(region)
    for other in ("us-east-1.evil.example", "evil.example", "us-east-1/", "", "us-east-1\n", "us-east-\u0661"):
        assert not REGION.fullmatch(other)


def test_a_trail_arn_must_be_whole() -> None:
    assert TRAIL_ARN.fullmatch("arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/a.b-c_d")
    assert not TRAIL_ARN.fullmatch("arn:aws:cloudtrail:us-east-1:123456789012:trail/a; reboot")
    assert not TRAIL_ARN.fullmatch("arn:aws:iam::123456789012:user/alice")
