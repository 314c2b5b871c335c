"""IAM's rules for a resource's policy, with three answers: each element, each operator, and no wrong yes."""

import itertools
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailkeeper.policy import Request, fits, letters, refusal

BUCKET = "arn:aws:s3:::logs"
LOGS = f"{BUCKET}/AWSLogs/123456789012/"
TRAIL = "arn:aws:cloudtrail:us-east-1:123456789012:trail/Main"
SERVICE = "cloudtrail.amazonaws.com"
CONTEXT = {
    "aws:sourcearn": (TRAIL,),
    "aws:sourceaccount": ("123456789012",),
    "aws:principalisawsservice": ("true",),
    "aws:securetransport": ("true",),
    "s3:tlsversion": ("1.2", "1.3"),
    "s3:x-amz-acl": ("bucket-owner-full-control",),
    "aws:currenttime": ("2026-11-23T02:01:00Z", "2999-12-31T00:00:00Z"),
    "kms:encryptioncontext:aws:cloudtrail:arn": (),
}
PUT = Request(SERVICE, "s3:PutObject", LOGS + "*", CONTEXT)
ALLOW = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "s3:PutObject", "Resource": LOGS + "*"}
EVERYBODY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}


def answer(*statements: Any, version: str = "2012-10-17", request: Request = PUT) -> bool | None:
    """Whether a policy of these statements allows the request."""
    reason = refusal({"Version": version, "Statement": list(statements)}, request)
    return True if reason is None else reason.answer


def allowed(**changes: Any) -> bool | None:
    """Whether the request is allowed by the statement with some changes; None takes an element away."""
    return answer({key: value for key, value in (ALLOW | changes).items() if value is not None})


def denied(**changes: Any) -> bool | None:
    """Whether the request is still allowed beside a statement that denies with these changes."""
    return answer(ALLOW, {key: value for key, value in (EVERYBODY | changes).items() if value is not None})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        # Principal
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Principal": {"Service": ["config.amazonaws.com", SERVICE]}}, True),
        ({"Principal": {"Service": "config.amazonaws.com"}}, False),
        ({"Principal": {"Service": "cloudtrail.us-east-1.amazonaws.com"}}, None),
        ({"Principal": {"Service": "*"}}, None),
        ({"Principal": {"Unheard": "x"}}, None),
        ({"Principal": None}, None),
        ({"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}}, True),
        ({"Principal": None, "NotPrincipal": {"Service": SERVICE}}, False),
        ({"NotPrincipal": {"Service": SERVICE}}, None),  # both
        # Action
        ({"Action": ["s3:GetObject", "S3:putobject"]}, True),
        ({"Action": "s3:P?t*ject"}, True),
        ({"Action": "s3:PutObjectAcl"}, False),
        ({"Action": "s3:PutObject*\u212a"}, False),
        ({"Action": 7}, None),
        ({"Action": None}, None),
        ({"Action": None, "NotAction": "s3:DeleteObject"}, True),
        ({"Action": None, "NotAction": "s3:Put*"}, False),
        # Resource: all names that CloudTrail may write to
        ({"Resource": "*"}, True),
        ({"Resource": f"{BUCKET}/*"}, True),
        ({"Resource": f"{BUCKET}/AWSLogs/1234567890??/*"}, True),
        ({"Resource": "arn:aws:s3:::*"}, True),
        ({"Resource": f"{LOGS}CloudTrail/*"}, None),  # some of them
        ({"Resource": f"{LOGS}*.gz"}, None),
        ({"Resource": LOGS}, False),
        ({"Resource": f"{BUCKET}/other/AWSLogs/123456789012/*"}, False),
        ({"Resource": f"{BUCKET}/awslogs/123456789012/*"}, False),  # case counts
        ({"Resource": "arn:aws*"}, None),
        ({"Resource": None}, None),
        ({"Resource": None, "NotResource": f"{BUCKET}/secret/*"}, True),
        ({"Resource": None, "NotResource": f"{BUCKET}/*"}, False),
        ({"Resource": BUCKET + "/AWSLogs/${aws:SourceAccount}/*"}, True),
        ({"Resource": BUCKET + "/AWSLogs/${aws:PrincipalAccount}/*"}, None),
        # what no policy has
        ({"Effect": "Maybe"}, None),
        ({"Sometimes": True}, None),
        ({"Condition": []}, None),
        ({"Condition": {"StringEquals": "x"}}, None),
    ],
)
def test_each_element_of_a_statement(changes: dict[str, Any], expected: bool | None) -> None:
    assert allowed(**changes) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:SourceArn": TRAIL}}, True),
        ({"StringEquals": {"AWS:SOURCEARN": ["x", TRAIL]}}, True),  # case of a key does not count
        ({"StringEquals": {"aws:SourceArn": TRAIL.lower()}}, False),
        ({"StringEqualsIgnoreCase": {"aws:SourceArn": TRAIL.upper()}}, True),
        ({"StringEqualsIgnoreCase": {"aws:SourceArn": "${AWS:SourceArn}"}}, True),
        ({"StringEqualsIgnoreCase": {"s3:x-amz-acl": "buc\u212aet-owner-full-control"}}, False),  # the kelvin sign
        ({"StringLi\u212ae": {"aws:SourceArn": "*"}}, None),
        ({"StringEquals": {"aws:SourceArn": TRAIL.replace("Main", "*")}}, False),
        ({"StringLike": {"aws:SourceArn": TRAIL.replace("Main", "*")}}, True),
        ({"StringNotLike": {"aws:SourceArn": "*:trail/Main"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": ["1", "2"]}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": ["1", "123456789012"]}}, False),
        ({"StringNotEqualsIgnoreCase": {"aws:SourceAccount": "123456789012"}}, False),
        ({"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:${aws:SourceAccount}:trail/Main"}}, True),
        ({"StringEquals": {"aws:SourceArn": "${aws:userid}"}}, None),
        ({"StringLike": {"aws:SourceArn": TRAIL.replace("Main", "Mai${?}")}}, False),  # the sign itself
        ({"StringLike": {"aws:SourceArn": TRAIL.replace("Main", "Mai${*}")}}, False),
        ({"StringLike": {"aws:SourceArn": TRAIL.replace("Main", "Mai${$}")}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:123456789012:trail/*"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:*:cloudtrail:*:*:trail/M???"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:*:trail/Main"}}, None),  # not six parts
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:us*1:1234*:trail/Main"}}, True),
        ({"ArnNotLike": {"aws:SourceArn": TRAIL}}, False),
        ({"ArnNotEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:123456789012:trail/Other"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Bool": {"aws:SecureTransport": "perhaps"}}, None),
        ({"NumericGreaterThanEquals": {"s3:TlsVersion": "1.2"}}, True),
        ({"NumericGreaterThanEquals": {"s3:TlsVersion": 1.2}}, True),
        ({"NumericGreaterThan": {"s3:TlsVersion": "1.2"}}, None),  # 1.2 or 1.3
        ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, False),
        ({"NumericLessThanEquals": {"s3:TlsVersion": "1.3"}}, True),
        ({"NumericEquals": {"s3:TlsVersion": "1.1"}}, False),
        ({"NumericNotEquals": {"s3:TlsVersion": "1.1"}}, True),
        ({"NumericLessThan": {"s3:TlsVersion": "many"}}, None),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, None),  # until then
        ({"DateGreaterThanEquals": {"aws:CurrentTime": "1577836800"}}, True),
        ({"DateLessThanEquals": {"aws:CurrentTime": "9" * 40}}, None),
        ({"DateNotEquals": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateEquals": {"aws:CurrentTime": "yesterday"}}, None),
        # a key that the request does not have
        ({"StringEquals": {"kms:EncryptionContext:aws:cloudtrail:arn": TRAIL}}, False),
        ({"StringEqualsIfExists": {"kms:EncryptionContext:aws:cloudtrail:arn": "x"}}, True),
        ({"StringNotEquals": {"kms:EncryptionContext:aws:cloudtrail:arn": "x"}}, True),
        ({"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "true"}}, True),
        ({"Null": {"aws:SourceArn": "true"}}, False),
        ({"Null": {"aws:SourceArn": "false"}}, True),
        ({"Null": {"aws:SourceArn": "maybe"}}, None),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContext:aws:cloudtrail:arn": "x"}}, True),
        ({"ForAnyValue:StringNotEquals": {"kms:EncryptionContext:aws:cloudtrail:arn": "x"}}, False),
        ({"ForAnyValue:StringLike": {"aws:SourceArn": "*Main"}}, True),
        ({"ForAllValues:StringNotLike": {"aws:SourceArn": "*Main"}}, False),
        ({"ForEachValue:StringLike": {"aws:SourceArn": "*"}}, None),
        # a key, or an operator, that is not known
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, None),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, None),
        ({"BinaryEquals": {"aws:SourceArn": "eA=="}}, None),
        ({"StringMatches": {"aws:SourceArn": TRAIL}}, None),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1", "aws:SourceAccount": "1"}}, False),  # one that fails decides
        ({}, True),
    ],
)
def test_each_operator_of_a_condition(condition: Any, expected: bool | None) -> None:
    assert allowed(Condition=condition) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}, None),
        (
            {
                "Condition": {
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                }
            },
            True,
        ),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, True),
        ({"Principal": None, "NotPrincipal": {"Service": SERVICE}}, True),
        ({"Action": None, "NotAction": ["s3:PutObject", "s3:GetBucketAcl"]}, True),
        ({"Action": "s3:Delete*"}, True),
        ({"Resource": f"{LOGS}CloudTrail-Digest/*"}, None),
        ({"Resource": f"{BUCKET}/other/*"}, True),
        ({"Unheard": "of"}, None),
    ],
)
def test_a_denial_wins_where_it_applies(changes: dict[str, Any], expected: bool | None) -> None:
    assert denied(**changes) is expected


def test_a_denial_for_sure_wins_over_one_that_cannot_be_told() -> None:
    unclear = EVERYBODY | {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}
    assert answer(ALLOW, unclear, EVERYBODY) is answer(ALLOW, EVERYBODY, unclear) is False


def test_without_a_version_a_variable_is_text() -> None:
    resource = {"Resource": BUCKET + "/AWSLogs/${aws:SourceAccount}/*"}
    assert answer(ALLOW | resource, version="2008-10-17") is False
    assert answer(ALLOW, version="2030-01-01") is None
    assert refusal({"Statement": ALLOW, "Extra": 1}, PUT) is not None
    assert refusal({"Statement": ALLOW}, PUT) is None
    assert answer() is False


def test_a_pattern_of_an_attacker_takes_no_time() -> None:
    assert fits(letters("*a" * 5000 + "b", None), "a" * 200) is False
    assert fits(letters("*" * 100_000, None), "a" * 200) is True


# ---- No wrong yes: whatever is not known may have any value


def plain_match(pattern: str, text: str) -> bool:
    """`*` and `?`, as fnmatch has them."""
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern), text) is not None


def plain_arn(pattern: str, text: str) -> bool:
    parts, given = pattern.split(":", 5), text.split(":", 5)
    return len(parts) == len(given) == 6 and all(map(plain_match, parts, given))


def plain_condition(operator: str, key: str, wanted: list[str], context: dict[str, str | None]) -> bool:
    """One condition, by the documentation of IAM, where the value of each key is known."""
    value = context[key.lower()]
    if operator == "Null":
        return (value is None) == (wanted[0] == "true")
    quantifier, _, name = operator.rpartition(":")
    name, if_exists = name.removesuffix("IfExists"), name.endswith("IfExists")
    negated, name = "Not" in name, name.replace("Not", "")
    if value is None:
        return if_exists or quantifier == "ForAllValues" or (negated and not quantifier)
    tests = {
        "StringEquals": lambda one: one == value,
        "StringLike": lambda one: plain_match(one, value),
        "ArnLike": lambda one: plain_arn(one, value),
        "Bool": lambda one: one.lower() == value.lower(),
    }
    return any(map(tests[name], wanted)) != negated


def plain_allows(statements: list[Any], action: str, resource: str, context: dict[str, str | None]) -> bool:
    """Whether the statements allow a request of CloudTrail's, step by step."""
    allow = False
    for one in statements:
        principal = one.get("Principal", one.get("NotPrincipal"))
        is_us = principal == "*" or principal == {"AWS": "*"} or principal.get("Service") == SERVICE
        if is_us != ("Principal" in one):
            continue
        actions = one.get("Action", one.get("NotAction"))
        if any(plain_match(given.lower(), action.lower()) for given in actions) != ("Action" in one):
            continue
        resources = one.get("Resource", one.get("NotResource"))
        if any(given == "*" or plain_arn(given, resource) for given in resources) != ("Resource" in one):
            continue
        tests = ((operator, *test) for operator, given in one["Condition"].items() for test in given.items())
        if not all(plain_condition(operator, key, wanted, context) for operator, key, wanted in tests):
            continue
        if one["Effect"] == "Deny":
            return False
        allow = True
    return allow


def element(name: str, values: Any) -> Any:
    """An element or its opposite."""
    return st.tuples(st.sampled_from([name, name, name, f"Not{name}"]), values)


PRINCIPALS = ["*", {"AWS": "*"}, {"Service": SERVICE}, {"Service": SERVICE}, {"AWS": "arn:aws:iam::123456789012:root"}]
ACTIONS = ["s3:PutObject", "s3:*", "s3:Put*", "s3:GetBucketAcl", "S3:PUTOBJECT", "s3:P?tObject"]
RESOURCES = ["*", f"{LOGS}*", f"{BUCKET}/*", f"{LOGS}CloudTrail/*", f"{BUCKET}/p/*", "arn:*:s3:::l*/AWSLogs/*", LOGS]
VALUES = [TRAIL, TRAIL.replace("Main", "*"), "123456789012", "*", "true", "false", "o-1", "bucket-owner-full-control"]
OPERATORS = [
    f"{quantifier}{name}{end}"
    for quantifier in ("", "", "ForAllValues:", "ForAnyValue:")
    for name in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "ArnLike", "ArnNotLike", "Bool")
    for end in ("", "IfExists")
]
KNOWN = ["aws:SourceArn", "aws:SourceAccount", "aws:SecureTransport", "s3:x-amz-acl", "aws:PrincipalIsAWSService"]
UNKNOWN = ["aws:PrincipalOrgID", "aws:SourceVpc"]
CONDITIONS = st.dictionaries(
    st.sampled_from(OPERATORS),
    st.dictionaries(
        st.sampled_from([*KNOWN, *KNOWN, *UNKNOWN]),
        st.lists(st.sampled_from(VALUES), min_size=1, max_size=2),
        max_size=2,
    ),
    max_size=2,
)
STATEMENTS = st.builds(
    lambda effect, principal, action, resource, condition: {
        "Effect": effect,
        principal[0]: principal[1],
        action[0]: action[1],
        resource[0]: resource[1],
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Deny"]),
    element("Principal", st.sampled_from(PRINCIPALS)),
    element("Action", st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2)),
    element("Resource", st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)),
    CONDITIONS,
)


GRANT = ALLOW | {"Action": ["s3:PutObject"], "Resource": [f"{LOGS}*"], "Condition": {}}


@settings(max_examples=400, deadline=None)
@given(st.lists(STATEMENTS, max_size=4), st.sampled_from([[], [GRANT]]))
def test_what_is_said_to_be_allowed_is_allowed_whatever_is_not_known(statements: list[Any], grant: list[Any]) -> None:
    statements = [*statements, *grant]
    ours = answer(*statements)
    known: dict[str, str | None] = {key.lower(): CONTEXT[key.lower()][0] for key in KNOWN}
    names = (f"{LOGS}CloudTrail/us-east-1/2026/11/23/x.json.gz", f"{LOGS}CloudTrail-Digest/x", f"{LOGS}x")
    plain = [
        plain_allows(statements, "s3:PutObject", name, known | {"aws:principalorgid": org, "aws:sourcevpc": vpc})
        for name in names
        for org, vpc in itertools.product((None, "o-1", "o-2"), (None, "vpc-1", "true"))
    ]
    assert ours is not True or all(plain), statements
    assert ours is not False or not all(plain) or "ArnLike" in str(statements) or "ArnNotLike" in str(statements)
