"""Records: their texts are cleaned, and partitions known."""

from typing import Any

import pytest

from trailkeeper.record import (
    INVISIBLE,
    actor,
    call_error,
    clean,
    is_false,
    is_true,
    made_id,
    number,
    partition,
    text,
    texts,
    utc,
)


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
        ("us-isof-south-1", "aws-iso-f"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("eusc-de-east-1", "aws-eusc"),
        ("made-up", "aws"),
        (None, "aws"),
    ],
)
def test_a_region_says_its_partition(region: str | None, expected: str) -> None:
    assert partition(region) == expected


def test_every_letter_that_shows_nothing_is_taken_out() -> None:
    hidden = [*"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"]
    hidden += ["\u180b", "\u180f", "\ufe00", "\ufe0f", "\U000e0100", "\U000e01ef"]
    assert {*hidden} <= INVISIBLE
    assert clean(f"a{''.join(hidden)}b", 50) == "ab"
    beside = "\u180a\u1810\ufe10"
    assert clean(beside, 50) == beside


def test_a_text_of_just_the_limit_is_kept_whole() -> None:
    assert clean("x" * 50, 50) == "x" * 50
    assert clean("x" * 51, 50) == "x" * 49 + "…"
    assert text("x" * 300) == "x" * 255 + "…"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (" a ", "a"),
        ("", None),
        ("  ", None),
        (None, None),
        (True, None),
        (123456789012, "123456789012"),
        (-7, "-7"),
        (10**20, None),
        (1.5, None),
        (["a"], None),
        ({"a": 1}, None),
    ],
)
def test_a_text_is_a_text_or_a_whole_number(value: Any, found: str | None) -> None:
    assert text(value) == found


def test_texts_are_one_or_a_list() -> None:
    assert texts("a") == ["a"]
    assert texts(["a", None, "", {}, "b"]) == ["a", "b"]
    assert texts(None) == texts("") == []


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (7, 7),
        ("7", 7),
        ("007", 7),
        ("999999999", 999_999_999),
        ("1000000000", None),
        ("-7", None),
        ("\u0667", None),
        ("", None),
        (True, None),
        (7.5, None),
        (None, None),
    ],
)
def test_a_number_is_whole_and_may_be_a_text(value: Any, found: int | None) -> None:
    assert number(value) == found


def test_a_flag_is_a_flag_or_its_word() -> None:
    assert [is_true(one) for one in (True, "true", False, "false", None, 1, "True")] == [True, True, *[False] * 5]
    assert [is_false(one) for one in (False, "false", True, "true", None, 0, "False")] == [True, True, *[False] * 5]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-11-23T02:01:00Z", "2026-11-23T02:01:00Z"),
        ("2026-11-23T11:01:00.5+09:00", "2026-11-23T02:01:00Z"),
        ("2026-11-23T02:01:00", "2026-11-23T02:01:00Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+09:00", None),
        ("yesterday", None),
        (None, None),
        (7, None),
    ],
)
def test_a_time_is_in_utc(value: Any, found: str | None) -> None:
    assert utc(value) == found


def test_a_call_failed_unless_its_code_says_that_it_did_not() -> None:
    assert [call_error({"errorCode": code}) for code in (None, "", "200")] == [None, None, None]
    failed = {"errorCode": "AccessDenied", "errorMessage": "no"}
    assert call_error(failed) == {"code": "AccessDenied", "message": "no"}


def test_who_called_is_told_with_all_that_the_event_says() -> None:
    record = {
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::123456789012:assumed-role/Admin/alice",
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "invokedBy": "cloudformation.amazonaws.com",
            "sessionContext": {
                "sessionIssuer": {"arn": "arn:aws:iam::123456789012:role/Admin", "userName": "Admin"},
                "attributes": {"mfaAuthenticated": "false"},
            },
        },
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli",
        "sessionCredentialFromConsole": "true",
    }
    assert actor(record) == {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::123456789012:assumed-role/Admin/alice",
        "name": "alice",
        "issuer": "arn:aws:iam::123456789012:role/Admin",
        "access_key_id": "ASIAIOSFODNN7EXAMPLE",
        "source_ip": "198.51.100.7",
        "user_agent": "aws-cli",
        "mfa": False,
        "console": True,
        "invoked_by": "cloudformation.amazonaws.com",
    }
    assert actor({}) == {
        **dict.fromkeys(actor(record)),
        "type": "Unknown",
        "name": "unknown",
        "console": False,
    }
    assert actor({"userIdentity": {"sessionContext": {"sessionIssuer": {"userName": "Admin"}}}})["issuer"] == "Admin"


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        ({"type": "Root", "userName": "alias"}, "root"),
        ({"userName": "alice", "arn": "arn:aws:iam::123456789012:user/path/bob"}, "alice"),
        ({"arn": "arn:aws:iam::123456789012:user/path/bob", "principalId": "AIDA"}, "bob"),
        ({"onBehalfOf": {"userId": "u-1"}, "principalId": "AIDA"}, "u-1"),
        ({"principalId": "AIDA", "invokedBy": "x.amazonaws.com"}, "AIDA"),
        ({"invokedBy": "x.amazonaws.com"}, "x.amazonaws.com"),
    ],
)
def test_who_called_has_the_best_name_that_the_event_gives(identity: dict[str, Any], name: str) -> None:
    assert actor({"userIdentity": identity})["name"] == name


def test_what_an_attacker_writes_about_themselves_is_cut() -> None:
    detail = {"userAgent": "x" * 600}
    assert len(actor(detail)["user_agent"] or "") == 512


@pytest.mark.parametrize("name", ["eventTime", "eventName", "eventSource", "requestID"])
def test_events_that_are_too_deep_to_be_read_are_told_apart_by_what_says_which_call_it_was(name: str) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    one = {"detail": {"eventTime": "a", "eventName": "b", "eventSource": "c", "requestID": "d", "x": deep}}
    other = {"detail": {**one["detail"], name: "another"}}
    assert made_id(one) == made_id(one) != made_id(other)
