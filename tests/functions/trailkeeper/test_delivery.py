"""Policies of buckets and keys, by the requests that CloudTrail makes: what blinds a trail, and what spares it."""

import copy
import json
from typing import Any

import pytest

from tests.samples import ARN, DESTINATIONS, OWN, SETTINGS, event, on_destination
from trailkeeper.delivery import Writer, findings, to_bucket, to_key
from trailkeeper.incident import Incident
from trailkeeper.mail import compose
from trailkeeper.settings import Settings
from trailkeeper.verdict import judge, judge_again

BUCKET, KEY = DESTINATIONS[0], DESTINATIONS[1]
US, OTHER = {"Service": "cloudtrail.amazonaws.com"}, "111122223333"
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
DOCUMENTED: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AWSCloudTrailAclCheck20150319",
            "Effect": "Allow",
            "Principal": US,
            "Action": "s3:GetBucketAcl",
            "Resource": BUCKET,
            "Condition": {"StringEquals": {"aws:SourceArn": ARN}},
        },
        {
            "Sid": "AWSCloudTrailWrite20150319",
            "Effect": "Allow",
            "Principal": US,
            "Action": "s3:PutObject",
            "Resource": f"{BUCKET}/AWSLogs/123456789012/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": ARN}},
        },
    ],
}
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
ENCRYPTION = "kms:EncryptionContext:aws:cloudtrail:arn"
KEY_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "Allow CloudTrail to encrypt logs",
            "Effect": "Allow",
            "Principal": US,
            "Action": "kms:GenerateDataKey*",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceArn": ARN},
                "StringLike": {ENCRYPTION: "arn:aws:cloudtrail:*:123456789012:trail/*"},
            },
        },
        {
            "Sid": "Allow CloudTrail to describe key",
            "Effect": "Allow",
            "Principal": US,
            "Action": "kms:DescribeKey",
            "Resource": "*",
        },
    ],
}


def write_if(operator: str, key: str, value: Any, number: int = 1, base: dict[str, Any] = DOCUMENTED) -> dict[str, Any]:
    """A documented policy with one more condition on a statement."""
    changed = copy.deepcopy(base)
    changed["Statement"][number].setdefault("Condition", {}).setdefault(operator, {})[key] = value
    return changed


def write_to(resource: str) -> dict[str, Any]:
    """The documented policy with another Resource."""
    changed = copy.deepcopy(DOCUMENTED)
    changed["Statement"][1]["Resource"] = resource
    return changed


def beside(*statements: dict[str, Any], base: dict[str, Any] = DOCUMENTED) -> dict[str, Any]:
    """A documented policy and more."""
    return {**base, "Statement": [*base["Statement"], *statements]}


def deny(**elements: Any) -> dict[str, Any]:
    """The documented policy and a denial."""
    whole = {"Sid": "Hardening", "Effect": "Deny", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]} | elements
    return beside(whole if "NotPrincipal" in whole else {"Principal": "*"} | whole)


def grant(action: str | list[str], principal: Any = None, **more: Any) -> dict[str, Any]:
    """The documented policy and a grant to another account."""
    who = principal or {"AWS": f"arn:aws:iam::{OTHER}:root"}
    return beside({"Effect": "Allow", "Principal": who, "Action": action, "Resource": f"{BUCKET}/*", **more})


def put(policy: dict[str, Any], **changes: Any) -> Incident:
    """How Triage judges the policy of the bucket."""
    request = {"bucketName": "trail-logs", "bucketPolicy": policy}
    source = {"eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy", "requestParameters": request}
    return judge(event("stop-logging", **source, **changes), WATCHED, OWN)


def put_on_key(policy: dict[str, Any]) -> Incident:
    """How Triage judges the policy of the key."""
    request = {"keyId": KEY, "policyName": "default", "policy": json.dumps(policy)}
    source = {"eventSource": "kms.amazonaws.com", "eventName": "PutKeyPolicy", "requestParameters": request}
    return judge(event("stop-logging", **source), WATCHED, OWN)


WATCHED: Settings = {**SETTINGS, "destinations": list(DESTINATIONS)}
TRAILS = {"trails": [{"arn": ARN, "prefix": "", "organization": None}]}
COVERED: Any = {"answer": "none", "trails": [], "gaps": [], "all_regions": False, "unread": []}
STATE: Any = {"affected": [ARN], "logging": True, "coverage": COVERED, "delivery_errors": []}


def codes(facts: Any) -> set[tuple[str, str | None]]:
    """The facts about the policy."""
    return {(one["code"], one["detail"]) for one in facts if one["code"].startswith(("policy", "others"))}


PUT_BY_MAIN = "TestTrail, s3:PutObject"
NARROWED = [
    (
        write_if("StringEquals", "aws:SourceArn", ARN.replace("123456789012", OTHER)),
        "policy_condition",
        f"{PUT_BY_MAIN}, StringEquals aws:SourceArn {ARN.replace('123456789012', OTHER)}",
    ),
    (
        write_if("StringEquals", "aws:SourceArn", ARN + "-that-is-not"),
        "policy_condition",
        f"{PUT_BY_MAIN}, StringEquals aws:SourceArn {ARN}-that-is-not",
    ),
    (
        write_if("StringEquals", "aws:SourceAccount", OTHER),
        "policy_condition",
        f"{PUT_BY_MAIN}, StringEquals aws:SourceAccount {OTHER}",
    ),
    (
        write_if("StringEquals", "s3:x-amz-acl", "authenticated-read"),
        "policy_condition",
        f"{PUT_BY_MAIN}, StringEquals s3:x-amz-acl authenticated-read",
    ),
    (
        write_if("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"),
        "policy_condition",
        f"{PUT_BY_MAIN}, DateLessThan aws:CurrentTime 2020-01-01T00:00:00Z",
    ),
    (
        write_if("DateLessThan", "aws:EpochTime", "1577836800"),
        "policy_condition",
        f"{PUT_BY_MAIN}, DateLessThan aws:EpochTime 1577836800",
    ),
    (
        write_if("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
        "policy_unclear",
        f"{PUT_BY_MAIN}, DateLessThan aws:CurrentTime 2030-01-01T00:00:00Z",
    ),
    (
        write_if("IpAddress", "aws:SourceIp", "192.0.2.0/24"),
        "policy_unclear",
        f"{PUT_BY_MAIN}, IpAddress aws:SourceIp 192.0.2.0/24",
    ),
    (
        write_if("Bool", "aws:SecureTransport", "false"),
        "policy_condition",
        f"{PUT_BY_MAIN}, Bool aws:SecureTransport false",
    ),
    (
        write_to(f"{BUCKET}/elsewhere/AWSLogs/123456789012/*"),
        "policy_elsewhere",
        f"{PUT_BY_MAIN}, {BUCKET}/elsewhere/AWSLogs/123456789012/*",
    ),
    (write_to(f"{BUCKET}/AWSLogs/{OTHER}/*"), "policy_elsewhere", f"{PUT_BY_MAIN}, {BUCKET}/AWSLogs/{OTHER}/*"),
    (
        write_if("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control", 0),  # which only a write has
        "policy_condition",
        "TestTrail, s3:GetBucketAcl, StringEquals s3:x-amz-acl bucket-owner-full-control",
    ),
    ({**DOCUMENTED, "Statement": DOCUMENTED["Statement"][1:]}, "policy_lacks", "TestTrail, s3:GetBucketAcl"),
    (deny(), "policy_denies", f"{PUT_BY_MAIN}, Hardening"),
    (deny(Condition={"Bool": {"aws:SecureTransport": "true"}}), "policy_denies", f"{PUT_BY_MAIN}, Hardening"),
    (
        deny(Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}),
        "policy_unclear",
        f"{PUT_BY_MAIN}, StringNotEquals s3:x-amz-server-side-encryption aws:kms",
    ),
    (grant("s3:*"), "others_may_change", f"arn:aws:iam::{OTHER}:root"),
    (grant("s3:*", "*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), "others_may_change", "o-1"),
    (grant("s3:Get*", "*"), "policy_open_to_anyone", None),
    (
        grant("s3:Get*", "*", Condition={"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}),
        "policy_open_to_anyone",
        None,
    ),
    *(
        (grant(action), "others_may_change", f"arn:aws:iam::{OTHER}:root")
        for action in (
            "s3:PutObjectLegalHold",
            "s3:PutObjectTagging",
            "s3:D*",
            ["s3:GetObject", "s3:AbortMultipartUpload"],
        )
    ),
    (
        deny(Condition={"StringEqualsIgnoreCase": {"aws:SourceArn": "${aws:SourceArn}"}}),
        "policy_denies",
        f"{PUT_BY_MAIN}, Hardening",
    ),
]


@pytest.mark.parametrize(("policy", "code", "detail"), NARROWED)
def test_a_bucket_policy_that_blinds_the_trail_is_narrowed_in_its_own_words(
    policy: dict[str, Any], code: str, detail: str | None
) -> None:
    incident = put(policy)
    again = judge_again(incident, STATE, TRAILS, None)
    assert (again["verdict"], again["severity"]) == ("narrowed", "critical"), incident["facts"]
    assert (code, detail) in codes(again["facts"])
    assert incident["request"] is not None, "Enrich looks at it, whatever Triage says"


@pytest.mark.parametrize(
    "policy",
    [
        DOCUMENTED,
        write_if("StringEquals", "aws:PrincipalServiceName", "cloudtrail.amazonaws.com"),
        write_if("StringEquals", "aws:SourceAccount", "123456789012"),
        write_if("Bool", "aws:PrincipalIsAWSService", "true"),
        deny(Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        deny(Condition={"Bool": {"aws:SecureTransport": "false"}}),
        deny(Condition={"BoolIfExists": {"aws:SecureTransport": "false"}}),
        deny(
            Condition={
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            }
        ),
        deny(Action="s3:PutObject", Condition={"StringNotEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}),
        deny(NotPrincipal=US),
        beside({"Effect": "Deny", "Principal": "*", "NotAction": ["s3:PutObject", "s3:GetBucketAcl"], "Resource": "*"}),
        deny(Action=["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutBucketPolicy"]),
        deny(Principal={"AWS": "arn:aws:iam::123456789012:role/Intern"}),
        grant("s3:GetObject", {"AWS": "arn:aws:iam::123456789012:role/Auditor"}),
        grant("s3:PutObject", {"Service": "config.amazonaws.com"}),
    ],
)
def test_a_bucket_policy_that_spares_cloudtrail_is_harmless(policy: dict[str, Any]) -> None:
    incident = put(policy)
    assert (incident["verdict"], incident["request"] is not None) == ("harmless", True), incident["facts"]
    assert judge_again(incident, STATE, TRAILS, None)["verdict"] == "harmless"


def test_that_another_account_may_read_is_low() -> None:
    again = judge_again(put(grant("s3:GetObject")), STATE, TRAILS, None)
    assert (again["verdict"], again["severity"]) == ("narrowed", "low")


@pytest.mark.parametrize(
    ("operator", "key", "place"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abcdefghij/r-ab12/ou-ab12-11111111/*"),
        ("StringEqualsIgnoreCase", "aws:PrincipalAccount", OTHER),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:role/backup"),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
        ("ArnEquals", "aws:SourceArn", f"arn:aws:s3:::{OTHER}"),
        ("StringLike", "aws:SourceAccount", OTHER),
        ("StringEquals", "aws:SourceOrgID", "o-abcdefghij"),
        ("StringEquals", "aws:SourceVpc", "vpc-11112222"),
        ("StringEquals", "aws:SourceVpce", "vpce-11112222"),
        ("StringEquals", "kms:CallerAccount", OTHER),
    ],
)
def test_who_must_belong_to_a_place_is_not_anybody(operator: str, key: str, place: str) -> None:
    policy = grant("s3:PutObject", "*", Condition={operator: {key: place}})
    assert codes(put(policy)["facts"]) == {("others_may_change", place)}
    anybody = grant("s3:PutObject", "*", Condition={operator: {"aws:UserAgent": place}})
    assert codes(put(anybody)["facts"]) == {("policy_open_to_anyone", None)}


def test_whose_bucket_it_is_is_said_by_the_caller_where_the_record_does_not_say_who_received_it() -> None:
    ours = grant("s3:PutObject", {"AWS": "arn:aws:iam::123456789012:root"})
    assert codes(put(ours)["facts"]) == codes(put(ours, recipientAccountId=None)["facts"]) == set()
    assert codes(put(ours, recipientAccountId=OTHER)["facts"]) != set()
    for own in ("123456789012", "arn:aws:iam::123456789012:role/x"):
        assert codes(put(grant("s3:PutObject", "*", Condition={"StringLike": {"aws:PrincipalArn": own}}))["facts"]) == (
            set()
        )


def test_triage_takes_a_policy_for_some_trail_of_the_account_and_enrich_asks_which() -> None:
    absent = copy.deepcopy(DOCUMENTED)
    for statement in absent["Statement"]:
        statement["Condition"]["StringEquals"]["aws:SourceArn"] = ARN.replace("TestTrail", "Gone")
    incident = put(absent)
    assert incident["verdict"] == "harmless"
    assert judge_again(incident, STATE, TRAILS, None)["verdict"] == "narrowed"
    prefixed = write_to(f"{BUCKET}/audit/AWSLogs/123456789012/*")
    assert put(prefixed)["verdict"] == "harmless"
    trail = {"arn": ARN, "prefix": "audit", "organization": None}
    assert judge_again(put(prefixed), STATE, {"trails": [trail]}, None)["verdict"] == "harmless"
    # of two trails, one may be left out
    both = {"trails": [*TRAILS["trails"], {**trail, "prefix": "other"}]}
    assert judge_again(put(DOCUMENTED), STATE, both, None)["verdict"] == "narrowed"


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        ("arn:*:cloudtrail:*:*:trail/*", "harmless"),
        ("arn:aws:cloudtrail:us-east-?:123456789012:trail/A*t", "harmless"),
        ("arn:aws:cloudtrail:eu-west-1:123456789012:trail/Audit", "harmless"),
        (f"arn:aws:cloudtrail:*:{OTHER}:trail/*", "narrowed"),
        ("arn:aws:s3:::trail-logs", "narrowed"),
        ("Audit", "narrowed"),
    ],
)
def test_triage_takes_a_pattern_for_a_trail_of_the_account_that_fits_it(pattern: str, verdict: str) -> None:
    policy = copy.deepcopy(DOCUMENTED)
    for statement in policy["Statement"]:
        del statement["Condition"]["StringEquals"]["aws:SourceArn"]
        statement["Condition"]["ArnLike"] = {"aws:SourceArn": pattern}
    assert put(policy)["verdict"] == verdict


def test_a_policy_for_the_organizations_trail_of_another_account_is_cleared_by_enrich() -> None:
    organization = ARN.replace("123456789012", OTHER)
    policy = json.loads(json.dumps(DOCUMENTED).replace(ARN, organization).replace("/123456789012/", f"/{OTHER}/"))
    policy["Statement"][1]["Resource"] = [policy["Statement"][1]["Resource"], f"{BUCKET}/AWSLogs/o-1/*"]
    assert put(policy)["verdict"] == "narrowed"
    for of, verdict in (("o-1", "harmless"), ("o-2", "narrowed"), ("", "narrowed")):
        trails = {"trails": [{"arn": organization, "prefix": "", "organization": of}]}
        assert judge_again(put(policy), STATE, trails, None)["verdict"] == verdict


def test_a_policy_whose_trails_cannot_be_asked_is_not_passed_over() -> None:
    unlisted: Any = {"affected": [], "coverage": {**COVERED, "answer": None}}
    again = judge_again(put(DOCUMENTED), unlisted, None, None)
    assert (again["verdict"], again["severity"]) == ("narrowed", "high")
    assert {"code": "not_checked", "detail": None} in again["facts"]


def test_a_policy_that_no_trail_could_be_asked_about_is_not_passed_over() -> None:
    unread = [{"call": "GetTrailStatus", "on": ARN, "error": "ThrottlingException"}]
    states: tuple[Any, ...] = ({**STATE, "affected": []}, {**STATE, "logging": None, "unread": unread})
    for state in states:
        again = judge_again(put(DOCUMENTED), state, TRAILS if state["affected"] else None, None)
        assert again["verdict"] == "narrowed"
        assert [fact["code"] for fact in again["facts"]][:1] == ["not_checked"], "and not that it takes nothing away"


def test_a_policy_for_many_long_names_takes_no_time() -> None:
    many = [write_to(f"{BUCKET}/{number}{'*?' * 1500}/AWSLogs/x")["Statement"][1] for number in range(5)]
    assert put(beside(*many))["verdict"] == "harmless"


def test_a_harmless_policy_is_raised_by_a_delivery_that_fails() -> None:
    failing: Any = {**STATE, "delivery_errors": [{"trail": None, "to": "bucket", "error": "AccessDenied"}]}
    again = judge_again(put(DOCUMENTED), failing, TRAILS, None)
    assert (again["verdict"], again["severity"]) == ("narrowed", "critical")
    assert again["facts"][0] == {"code": "delivery_fails", "detail": "AccessDenied"}


def test_a_policy_that_was_refused_is_as_loud_as_one_that_was_set() -> None:
    refused = {"errorCode": "MalformedPolicy", "errorMessage": "x"}
    assert put(deny(), **refused)["verdict"] == "attempted"
    assert put(grant("s3:GetObject"), **refused)["severity"] == "low"
    incident = put(write_to(f"{BUCKET}/audit/AWSLogs/123456789012/*"), **refused)
    assert incident["verdict"] == "harmless"
    again = judge_again(incident, STATE, TRAILS, None)
    assert (again["verdict"], again["severity"]) == ("attempted", "medium")
    assert [fact["code"] for fact in again["facts"]] == ["call_failed", "policy_elsewhere"]
    spared = judge_again(put(DOCUMENTED, **refused), STATE, TRAILS, None)
    assert (spared["verdict"], [fact["code"] for fact in spared["facts"]]) == ("harmless", ["failed_harmless"])


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (
            write_if("StringLike", ENCRYPTION, f"arn:aws:cloudtrail:*:{OTHER}:trail/*", 1, KEY_POLICY),
            "policy_condition",
        ),
        (write_if("StringEquals", "aws:SourceArn", ARN + "x", 1, KEY_POLICY), "policy_condition"),
        # KMS knows no such key
        (write_if("NumericGreaterThanEquals", "s3:TlsVersion", "1.2", 1, KEY_POLICY), "policy_unclear"),
        ({**KEY_POLICY, "Statement": KEY_POLICY["Statement"][:2]}, "policy_lacks"),
        ({**KEY_POLICY, "Statement": []}, "policy_lacks"),
        (
            beside(
                {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "kms:*", "Resource": "*"}, base=KEY_POLICY
            ),
            "others_may_change",
        ),
    ],
)
def test_a_key_policy_that_blinds_the_trail_is_narrowed(policy: dict[str, Any], code: str) -> None:
    again = judge_again(put_on_key(policy), STATE, TRAILS, None)
    assert again["verdict"] == "narrowed"
    assert code in {fact["code"] for fact in again["facts"]}


def test_the_documented_key_policy_is_harmless() -> None:
    incident = put_on_key(KEY_POLICY)
    assert incident["verdict"] == judge_again(incident, STATE, TRAILS, None)["verdict"] == "harmless"


def test_triage_takes_a_key_policy_for_the_trail_that_its_condition_names() -> None:
    policy = copy.deepcopy(KEY_POLICY)
    europe = ARN.replace("us-east-1", "eu-west-1")
    policy["Statement"][1]["Condition"] = {"StringEquals": {ENCRYPTION: europe}}
    assert put_on_key(policy)["verdict"] == "harmless"
    assert judge_again(put_on_key(policy), STATE, TRAILS, None)["verdict"] == "narrowed"


def test_a_key_policy_that_cannot_be_read_is_narrowed() -> None:
    twice = json.dumps(KEY_POLICY).replace("{", '{"Statement": [], ', 1)
    for text in ("{", "[]", "[" * 100_000, "", twice):
        request = {"keyId": KEY, "policy": text}
        source = {"eventSource": "kms.amazonaws.com", "eventName": "PutKeyPolicy", "requestParameters": request}
        assert judge(event("stop-logging", **source), WATCHED, OWN)["verdict"] == "narrowed"


def test_what_is_found_stands_in_the_mail() -> None:
    policy = write_if("StringEquals", "s3:x-amz-acl", "private")
    report = on_destination("PutBucketPolicy", {"bucketName": "trail-logs", "bucketPolicy": policy}, STATE)
    text = compose(report, SETTINGS)[1]
    assert "keeps it from this call: s3:PutObject, StringEquals s3:x-amz-acl private" in text


def test_what_cloudtrail_asks() -> None:
    trail = Writer(ARN, "/audit/", "o-1")
    assert [(one.action, one.resource) for one in to_bucket(BUCKET, trail, None)] == [
        ("s3:GetBucketAcl", BUCKET),
        ("s3:PutObject", f"{BUCKET}/audit/AWSLogs/123456789012/*"),
        ("s3:PutObject", f"{BUCKET}/audit/AWSLogs/o-1/*"),
    ]
    assert [one.action for one in to_key(KEY, trail, None)] == ["kms:GenerateDataKey", "kms:DescribeKey"]
    asked: dict[str, Any] = {
        "policy": {},
        "arn": BUCKET,
        "partition": "aws",
        "region": "us-east-1",
        "account": "1",
        "time": None,
    }
    assert {one.code for one in findings(asked, to_bucket, None)} == {"policy_lacks"}
