"""Kinds: how the names of things are found in what requests, answers and messages give."""

from typing import Any

import pytest

from tests.samples import ARN, DESTINATIONS, SETTINGS, event
from trailkeeper.incident import Trail
from trailkeeper.kinds import (
    KINDS,
    REGION,
    TRAIL_ARN,
    TRAIL_NAME,
    denied_resource,
    destination,
    destinations,
    is_one_of,
    is_trail,
    name_in,
    writes_to,
)
from trailkeeper.verdict import judge


def test_a_region_pattern_lets_no_host_through() -> None:
    for region in ("us-east-1", "ap-northeast-2", "us-gov-west-1", "cn-north-1", "us-isob-east-1", "eusc-de-east-1"):
        assert REGION.fullmatch(region)
    for other in ("us-east-1.evil.example", "evil.example", "us-east-1/", "", "us-east-1\n", "us-east-\u0661"):
        assert not REGION.fullmatch(other)


def test_a_trail_arn_must_be_whole() -> None:
    assert TRAIL_ARN.fullmatch("arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/a.b-c_d")
    assert not TRAIL_ARN.fullmatch("arn:aws:cloudtrail:us-east-1:123456789012:trail/a; reboot")
    assert not TRAIL_ARN.fullmatch("arn:aws:iam::123456789012:user/alice")


@pytest.mark.parametrize(
    ("kind", "given", "name"),
    [
        ("bucket", "arn:aws:s3:::logs/AWSLogs/x", "logs"),
        ("key", "arn:aws:kms:us-east-1:123456789012:key/aaaa-bbbb", "aaaa-bbbb"),
        ("log group", "arn:aws:logs:us-east-1:123456789012:log-group:/a/b:log-stream:c", "/a/b"),
        ("subscription", "arn:aws:sns:us-east-1:123456789012:T-1:aaaa-bbbb", "T-1"),
        ("rule", "arn:aws:events:us-east-1:123456789012:rule/bus/T-1", "T-1"),
        ("state machine", "arn:aws:states:us-east-1:123456789012:execution:T-1:x", "T-1"),
        ("function", "arn:aws:lambda:us-east-1:123456789012:function:T-1:$LATEST", "T-1"),
        ("function", "us-east-1:123456789012:function:T-1", "T-1"),
        ("function", "123456789012:function:T-1", "T-1"),
        ("function", "function:T-1", "T-1"),
        ("queue", "https://sqs.us-east-1.amazonaws.com/123456789012/T-1", "T-1"),
        ("role", "arn:aws:iam::123456789012:role/path/T-1", "T-1"),
        ("alarm", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:T-1", "T-1"),
        ("stack", "arn:aws:cloudformation:us-east-1:123456789012:stack/T/aaaa", "T"),
        *((kind, "T-1", "T-1") for kind in KINDS),
    ],
)
def test_a_name_is_found_in_every_form_that_calls_take(kind: str, given: str, name: str) -> None:
    assert name_in(KINDS[kind], given) == name


@pytest.mark.parametrize(
    ("message", "resource"),
    [
        ("User: a is not authorized to perform: x:Y on resource: arn:b because no policy allows it", "arn:b"),
        ("User: a is not authorized to perform: x:Y on resource: arn:b", "arn:b"),
        ('User: a is not authorized to perform: s3:Y on resource: "arn:b" because', "arn:b"),
        ("User: a is not authorized to perform: iam:Y on resource: role T-1 with an explicit deny", "T-1"),
        ("User: a on resource: arn:decoy is not authorized to perform: x:Y on resource: arn:b", "arn:b"),
        ("User: a is not authorized to perform: x:Y on resource: arn:b.", "arn:b"),
        ("Stack [T] cannot be updated while it is busy", "T"),
        ("User: a is not authorized to perform: x:Y on resource: *", None),
        ("Access Denied", None),
        (None, None),
    ],
)
def test_a_denied_call_says_what_it_was_on_in_its_message_alone(message: str | None, resource: str | None) -> None:
    assert denied_resource(message) == resource


def test_a_destination_is_known_by_its_arn() -> None:
    assert [getattr(destination(arn), "name", None) for arn in DESTINATIONS] == [
        *("bucket", "key", "log group", "topic", "role")
    ]
    for other in ("trail-logs", "arn:aws:s3:::*", "arn:aws:s3:::logs/x", "arn:aws:iam::123456789012:user/x", ""):
        assert destination(other) is None


def test_what_a_trail_writes_to_is_read_off_its_description() -> None:
    described = {
        "TrailARN": "arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/T",
        "S3BucketName": "logs",
        "CloudWatchLogsLogGroupArn": "arn:aws-cn:logs:cn-north-1:123456789012:log-group:g:*",
        "KmsKeyId": None,
    }
    assert {arn: kind.name for arn, kind in destinations(described).items()} == {
        "arn:aws-cn:s3:::logs": "bucket",
        "arn:aws-cn:logs:cn-north-1:123456789012:log-group:g": "log group",
    }


@pytest.mark.parametrize(
    ("entry", "account", "included"),
    [
        ("TestTrail", "123456789012", True),
        ("TestTrail", "111122223333", False),  # a bare name is that of a trail of our own account
        ("Other", "123456789012", False),
        (ARN, "123456789012", True),
        (ARN, "111122223333", True),  # an ARN says itself whose trail it is
        (ARN.replace("123456789012", "111122223333"), "123456789012", False),
        (ARN.replace("us-east-1", "eu-west-1"), "123456789012", False),
    ],
)
def test_a_list_of_names_and_arns_includes_a_trail_by_its_account_too(entry: str, account: str, included: bool) -> None:
    trail: Trail = {"name": "TestTrail", "arn": None, "home_region": "us-east-1", "account": "123456789012"}
    assert is_one_of(trail, ["unrelated", entry], account) is included


def test_a_trails_name_has_three_to_128_characters_of_those_that_aws_takes() -> None:
    for name in ("abc", "a.b_c-1", "a" * 128):
        assert TRAIL_NAME.fullmatch(name)
    for name in ("ab", "a" * 129, ".abc", "abc-", "a b", "a/b", "abc\n"):
        assert not TRAIL_NAME.fullmatch(name)


def test_a_trail_writes_to_what_is_in_the_incidents_account_and_region() -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:trail-notices"
    described = {"TrailARN": ARN, "S3BucketName": "trail-logs", "SnsTopicARN": topic}
    incident = judge(event("stop-logging"), SETTINGS)

    def writes(kind: str, name: str | None, **changes: Any) -> bool:
        about: Any = {**incident, "resource": {"kind": kind, "name": name}, **changes}
        return writes_to(described, about)

    assert writes("bucket", "trail-logs")
    assert writes("topic", "trail-notices")
    assert writes("topic", None), "one that the event does not name may be it"
    assert not writes("topic", "other")
    assert not writes("key", None)
    assert not writes("topic", "trail-notices", region="eu-west-1")
    assert not writes("topic", "trail-notices", account="111122223333")
    assert not writes_to(described, {**incident, "resource": None})


def test_a_trail_is_the_same_only_by_account_home_region_and_name() -> None:
    arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/T"
    bare: Trail = {"name": "T", "arn": None, "home_region": "us-east-1", "account": "123456789012"}
    assert is_trail({"TrailARN": arn}, bare)
    assert is_trail({"TrailARN": arn}, {**bare, "home_region": None})
    changes: tuple[Any, ...] = ({"name": "U"}, {"account": "111122223333"}, {"home_region": "eu-west-1"})
    for change in changes:
        assert not is_trail({"TrailARN": arn}, {**bare, **change})
