"""What the watchdog finds of a thing, compared with what its owners want."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.samples import ARN
from trailkeeper.findings import deliveries, differences, kind_of, name_of
from trailkeeper.kinds import BUCKET, EVENT_DATA_STORE, KEY, RULE, TRAIL
from trailkeeper.undo import trail as rows

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BUCKET_ARN = "arn:aws:s3:::trail-logs"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/aaaaaaaa-2222-3333-4444-55555555aaaa"
STORE = "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/aaaaaaaa-2222-3333-4444-55555555aaaa"
RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule/Trailkeeper-Tampering"
EVERYTHING = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
INSIGHTS = [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]
TRAIL_FIELDS: dict[str, Any] = {
    **{name: False if name in rows.FLAGS else "" for name in rows.SETTINGS},
    **{"S3BucketName": "trail-logs", "IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": True},
    **{"EventSelectors": EVERYTHING, "AdvancedEventSelectors": [], "InsightSelectors": INSIGHTS},
    **{"MaxEventSize": "Large", "ContextKeySelectors": [], "AggregationConfigurations": []},
    **{"Tags": [], "Logging": True},
}
WRITERS = [{"arn": ARN, "prefix": "", "organization": None}]


def policy(*more: dict[str, Any], allowed: str = "s3:PutObject") -> str:
    """A bucket's policy by which CloudTrail may write, if that is allowed."""
    cloudtrail = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    statements = [
        {**cloudtrail, "Action": "s3:GetBucketAcl", "Resource": BUCKET_ARN},
        {**cloudtrail, "Action": allowed, "Resource": f"{BUCKET_ARN}/*"},
        *more,
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def found(arn: str, wanted: dict[str, Any], **now: Any) -> list[tuple[str, str, list[str]]]:
    """Verdict, call and codes of each finding, where these fields are otherwise."""
    things = [one.found for one in differences(arn, wanted, {**wanted, **now}, WRITERS) if one.found]
    return [(one.verdict, one.action, [finding.code for finding in one.findings]) for one in things]


@pytest.mark.parametrize(
    ("now", "call", "codes"),
    [
        ({"IsMultiRegionTrail": False}, "UpdateTrail", ["one_region"]),
        ({"S3BucketName": "evil"}, "UpdateTrail", ["destination_changed"]),
        ({"RecursiveLogging": False}, "UpdateTrail", ["no_delivery_events"]),
        (
            {"EventSelectors": [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]},
            "PutEventSelectors",
            ["fewer_management_events"],
        ),
        ({"InsightSelectors": INSIGHTS[:1]}, "PutInsightSelectors", ["insights_fewer"]),
        ({"MaxEventSize": "Standard"}, "PutEventConfiguration", ["event_size_set"]),
    ],
)
def test_a_narrowed_trail_is_judged_as_the_call_that_does_it(now: dict[str, Any], call: str, codes: list[str]) -> None:
    assert found(ARN, TRAIL_FIELDS, **now) == [("narrowed", call, codes)]


def test_each_part_that_was_narrowed_is_a_finding_of_its_own() -> None:
    now: dict[str, Any] = {"IsMultiRegionTrail": False, "InsightSelectors": [], "Logging": False}
    assert [one[1] for one in found(ARN, TRAIL_FIELDS, **now)] == ["StopLogging", "UpdateTrail", "PutInsightSelectors"]


@pytest.mark.parametrize(
    "now",
    [
        {"KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1"},
        {"CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:more"},
        {"Tags": [{"Key": "team", "Value": "security"}]},
        {"EventSelectors": [], "AdvancedEventSelectors": [
            {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
        ]},
    ],
)  # fmt: skip
def test_what_takes_nothing_from_a_trail_differs_and_is_no_finding(now: dict[str, Any]) -> None:
    (one,) = differences(ARN, TRAIL_FIELDS, {**TRAIL_FIELDS, **now}, [])
    assert one.found is None


def test_a_trail_that_records_though_its_owners_have_it_off_is_no_finding() -> None:
    assert found(ARN, {**TRAIL_FIELDS, "Logging": False}, Logging=True) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("STOPPED_INGESTION", [("stopped", "StopEventDataStoreIngestion", [])]),
        ("PENDING_DELETION", [("deleted", "DeleteEventDataStore", [])]),
        ("STARTING_INGESTION", []),
        ("SOMETHING_NEW", [("stopped", "StopEventDataStoreIngestion", [])]),
    ],
)
def test_a_store_that_no_longer_ingests_is_a_finding(status: str, expected: list[Any]) -> None:
    assert found(STORE, {"Name": "lake", "Status": "ENABLED"}, Status=status) == expected


def test_a_store_is_judged_by_the_settings_that_differ_alone() -> None:
    wanted = {"Name": "lake", "MultiRegionEnabled": False, "RetentionPeriod": 2557}
    assert found(STORE, wanted, RetentionPeriod=7) == [("narrowed", "UpdateEventDataStore", ["store_events_expire"])]
    assert found(STORE, wanted, Name="sea") == []


@pytest.mark.parametrize(
    ("now", "call", "codes"),
    [
        ("", "DeleteBucketPolicy", ["bucket_closed"]),
        (policy(allowed="s3:GetObject"), "PutBucketPolicy", ["policy_lacks"]),
        (
            policy({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"{BUCKET_ARN}/*"}),
            "PutBucketPolicy",
            ["policy_open_to_anyone"],
        ),
    ],
)
def test_a_bucket_that_refuses_a_trail_or_lets_others_in_is_a_finding(now: str, call: str, codes: list[str]) -> None:
    assert found(BUCKET_ARN, {"Policy": policy()}, Policy=now) == [("narrowed", call, codes)]


def test_a_condition_that_the_trails_meet_refuses_them_nothing() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": ARN.split(":")[4]}}
    bound = json.loads(policy())
    bound["Statement"] = [{**statement, "Condition": condition} for statement in bound["Statement"]]
    assert found(BUCKET_ARN, {"Policy": policy()}, Policy=json.dumps(bound)) == []


def test_a_policy_for_another_trail_of_the_account_refuses_the_one_that_writes() -> None:
    bound = json.loads(policy())
    condition = {"StringEquals": {"aws:SourceArn": ARN.replace("Test", "Other")}}
    bound["Statement"] = [{**statement, "Condition": condition} for statement in bound["Statement"]]
    assert found(BUCKET_ARN, {"Policy": policy()}, Policy=json.dumps(bound)) == [
        ("narrowed", "PutBucketPolicy", ["policy_condition", "policy_condition"])
    ]


def test_a_deny_that_is_gone_or_is_another_is_a_finding() -> None:
    keeps = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject*", "Resource": f"{BUCKET_ARN}/*"}
    for now in (policy(), policy({**keeps, "Action": "s3:DeleteObject"})):
        assert found(BUCKET_ARN, {"Policy": policy(keeps)}, Policy=now) == [
            ("narrowed", "PutBucketPolicy", ["deny_removed"])
        ]


def test_a_store_that_keeps_fewer_data_events_is_a_finding() -> None:
    management = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    data = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}
    wanted = {"AdvancedEventSelectors": [management, data]}
    assert found(STORE, wanted, AdvancedEventSelectors=[management]) == [
        ("narrowed", "UpdateEventDataStore", ["fewer_data_events"])
    ]


def test_a_trail_whose_files_are_no_longer_encrypted_with_its_key_is_a_finding() -> None:
    wanted = {**TRAIL_FIELDS, "KmsKeyId": KEY_ARN}
    assert found(ARN, wanted, KmsKeyId="") == [("narrowed", "UpdateTrail", ["setting_changed"])]


def test_what_a_buckets_policy_did_before_is_no_finding() -> None:
    open_ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET_ARN}/*"}
    more = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"{BUCKET_ARN}/*"}
    assert found(BUCKET_ARN, {"Policy": policy(open_)}, Policy=policy(open_, more)) == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("Disabled", [("narrowed", "DisableKey", ["cannot_encrypt"])]),
        ("PendingDeletion", [("deleted", "ScheduleKeyDeletion", [])]),
    ],
)
def test_a_key_that_does_not_encrypt_is_a_finding(state: str, expected: list[Any]) -> None:
    assert found(KEY_ARN, {"KeyState": "Enabled"}, KeyState=state) == expected


def test_any_difference_of_a_rule_of_trailkeepers_is_a_finding() -> None:
    wanted = {"State": "ENABLED", "Targets": [{"Id": "1", "Arn": "machine"}], "EventPattern": "{}"}
    assert found(RULE_ARN, wanted, State="DISABLED") == [("stopped", "DisableRule", ["part_changed"])]
    assert found(RULE_ARN, wanted, Targets=[]) == [("narrowed", "RemoveTargets", ["rule_starts_nothing"])]
    assert found(RULE_ARN, wanted, Targets=[{"Id": "1", "Arn": "evil"}]) == [
        ("narrowed", "PutTargets", ["part_changed"])
    ]
    assert found(RULE_ARN, wanted, EventPattern='{"source": ["x"]}') == [("narrowed", "PutRule", ["part_changed"])]
    scheduled = {**wanted, "ScheduleExpression": "rate(5 minutes)"}
    assert found(RULE_ARN, scheduled, ScheduleExpression="rate(9 days)") == [("narrowed", "PutRule", ["part_changed"])]


def status(**changes: Any) -> dict[str, Any]:
    """The status of a trail that has recorded for a day and delivered five minutes ago."""
    times = {"StartLoggingTime": NOW - timedelta(days=1), "LatestDeliveryTime": NOW - timedelta(minutes=5)}
    return {"IsLogging": True, **times, **changes}


def delivered(now: dict[str, Any] = TRAIL_FIELDS, **changes: Any) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """The action and the findings on a trail's deliveries."""
    given = deliveries(ARN, status(**changes), now, NOW)
    return [(one.action, [(finding.code, finding.detail) for finding in one.findings]) for one in given]


def test_a_trail_that_delivers_is_no_finding_nor_one_that_is_off() -> None:
    assert delivered() == []
    assert delivered(IsLogging=False, LatestDeliveryError="NoSuchBucket") == []


def test_each_error_of_a_delivery_is_told() -> None:
    errors: dict[str, Any] = {"LatestDeliveryError": "NoSuchBucket", "LatestDigestDeliveryError": "AccessDenied"}
    assert delivered(**errors) == [
        ("LatestDeliveryError", [("delivery_fails", "NoSuchBucket"), ("delivery_fails", "AccessDenied")])
    ]


HOURS = NOW - timedelta(hours=2)


def test_a_trail_that_records_everything_and_delivered_nothing_for_an_hour_is_silent() -> None:
    assert delivered(LatestDeliveryTime=HOURS) == [("LatestDeliveryTime", [("silent", "2026-11-23T10:00:00Z")])]
    assert delivered(LatestDeliveryTime=None) == [("LatestDeliveryTime", [("silent", None)])]


def test_a_trail_may_be_silent_just_after_its_start_or_where_it_leaves_something_out() -> None:
    assert delivered(LatestDeliveryTime=HOURS, StartLoggingTime=NOW - timedelta(minutes=30)) == []
    reads = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    assert delivered({**TRAIL_FIELDS, "EventSelectors": reads}, LatestDeliveryTime=HOURS) == []


def test_the_name_of_an_execution_is_one_for_one_finding_and_day() -> None:
    first, again, other = (
        next(one.found for one in differences(ARN, TRAIL_FIELDS, {**TRAIL_FIELDS, "S3BucketName": name}, []))
        for name in ("evil", "evil", "worse")
    )
    assert first and again and other
    names = {name_of(first, "2026-11-23"), name_of(again, "2026-11-23")}
    assert len(names) == 1
    assert len({*names, name_of(other, "2026-11-23"), name_of(first, "2026-11-24")}) == 3
    assert all(len(name) <= 80 for name in names)


def test_the_kind_of_what_is_guarded_is_known_by_its_arn() -> None:
    assert [kind_of(arn) for arn in (ARN, STORE, BUCKET_ARN, KEY_ARN, RULE_ARN)] == [
        *(TRAIL, EVENT_DATA_STORE, BUCKET, KEY, RULE)
    ]


@pytest.mark.parametrize("policy_", ["{", "[" * 100_000])
def test_a_policy_that_cannot_be_read_is_a_finding(policy_: str) -> None:
    assert found(BUCKET_ARN, {"Policy": policy()}, Policy=policy_) == [
        ("narrowed", "PutBucketPolicy", ["policy_unclear", "deny_removed"][:1])
    ]
