"""How an incident is judged once more is known than the event: what was before, what is now, what else records."""

from typing import Any

import pytest

from tests.samples import ARN, NONE, RECORDING, SETTINGS, STOPPED, event
from trailkeeper.incident import Coverage, Fact, Incident, Judgement, TrailState
from trailkeeper.selectors import data
from trailkeeper.settings import Entry
from trailkeeper.verdict import judge, judge_again

OTHER = ARN.replace("TestTrail", "org")
ALONE: TrailState = {**RECORDING, "started_at": "2026-01-01T00:00:00.000Z"}
UNREAD_ONE: Coverage = {**NONE, "unread": [{"arn": OTHER, "logging": None, "organization": None}]}
BESIDE_A_LOCAL_ONE: TrailState = {**ALONE, "coverage": {**NONE, "answer": "all", "trails": [OTHER]}}
BESIDE_ANOTHER: TrailState = {
    **ALONE,
    "coverage": {**NONE, "answer": "all", "trails": [OTHER], "all_regions": True},
}
BESIDE_A_PART: TrailState = {
    **ALONE,
    "coverage": {**NONE, "answer": "part", "trails": [OTHER], "gaps": [{"events": "writes", "source": None}]},
}
BESIDE_ONE_UNREAD: TrailState = {**ALONE, "coverage": UNREAD_ONE}
# The console sends every field, whatever changes.
CONSOLE = {
    "name": "TestTrail",
    "s3BucketName": "trail-logs",
    "s3KeyPrefix": "",
    "isMultiRegionTrail": True,
    "enableLogFileValidation": True,
    "kmsKeyId": "",
    "snsTopicName": "",
}
WAS = {
    "isMultiRegionTrail": True,
    "includeGlobalServiceEvents": True,
    "enableLogFileValidation": True,
    "isOrganizationTrail": False,
    "s3BucketName": "trail-logs",
    "s3KeyPrefix": "",
    "kmsKeyId": "",
    "cloudWatchLogsLogGroupArn": "",
    "snsTopicName": "",
    "account": "123456789012",
}
ALL: dict[str, Any] = {"management": [[]], "data": []}
READS = [{"field": "readOnly", "equals": ["true"]}]


def updated(**request: Any) -> Incident:
    """An UpdateTrail."""
    return judge(event("update-trail-one-region", requestParameters={"name": "TestTrail", **request}), SETTINGS)


def announced(action: str, reason: str) -> Entry:
    """An announcement of an action, by anybody."""
    return {"principal": "arn:aws:*", "actions": [action], "trails": [], "reason": reason, "until": "2999-12-31"}


def selected(*selectors: Any) -> Incident:
    """A PutEventSelectors with basic selectors."""
    request = {"trailName": "TestTrail", "eventSelectors": list(selectors)}
    return judge(event("put-event-selectors-all", requestParameters=request), SETTINGS)


@pytest.mark.parametrize(
    ("name", "trail", "severity"),
    [
        ("stop-logging", STOPPED, "critical"),
        ("stop-logging", BESIDE_ANOTHER, "high"),
        ("stop-logging", BESIDE_ONE_UNREAD, "critical"),
        ("delete-trail", BESIDE_ANOTHER, "high"),
        ("update-trail-one-region", ALONE, "critical"),
        ("update-trail-one-region", BESIDE_ANOTHER, "high"),
        ("update-trail-one-region", BESIDE_ONE_UNREAD, "high"),
        ("update-trail-one-region", BESIDE_A_LOCAL_ONE, "critical"),
        ("stop-logging", BESIDE_A_LOCAL_ONE, "high"),
        ("stop-logging", BESIDE_A_PART, "critical"),
        ("update-trail-one-region", BESIDE_A_PART, "critical"),
        ("stop-logging-denied", ALONE, "medium"),
    ],
)
def test_nothing_else_that_records_makes_it_critical_and_another_trail_high(
    name: str, trail: TrailState, severity: str
) -> None:
    assert judge_again(judge(event(name), SETTINGS), trail, None, None)["severity"] == severity


def codes(facts: list[Fact]) -> list[str]:
    """The codes of facts."""
    return [fact["code"] for fact in facts]


def test_what_else_records_is_among_the_facts() -> None:
    stopped = judge(event("stop-logging"), SETTINGS)
    assert judge_again(stopped, BESIDE_ANOTHER, None, None)["facts"][-1] == {"code": "covered", "detail": "org"}
    assert judge_again(stopped, BESIDE_A_PART, None, None)["facts"][1] == {"code": "covered_in_part", "detail": "org"}
    assert codes(judge_again(stopped, ALONE, None, None)["facts"])[-1] == "not_covered"
    assert judge_again(stopped, BESIDE_ONE_UNREAD, None, None)["facts"] == stopped["facts"]
    assert codes(judge_again(stopped, BESIDE_A_LOCAL_ONE, None, None)["facts"])[-1] == "no_other_in_all_regions"


def test_a_console_update_that_changes_nothing_that_counts_is_harmless() -> None:
    judgement = judge_again(updated(**CONSOLE), ALONE, WAS, WAS)
    assert (judgement["verdict"], judgement["severity"]) == ("harmless", "info")
    assert judgement["facts"] == [{"code": "records_no_less", "detail": None}]


@pytest.mark.parametrize(
    ("change", "code", "detail"),
    [
        ({"s3BucketName": "elsewhere"}, "destination_changed", "s3BucketName: trail-logs → elsewhere"),
        ({"s3KeyPrefix": "p"}, "destination_changed", "s3KeyPrefix: - → p"),
        ({"isMultiRegionTrail": False}, "one_region", None),
        ({"enableLogFileValidation": False}, "no_validation", None),
    ],
)
def test_a_console_update_that_narrows_says_what_it_was_before(
    change: dict[str, Any], code: str, detail: str | None
) -> None:
    judgement = judge_again(updated(**CONSOLE | change), ALONE, WAS, WAS | change)
    assert (judgement["verdict"], judgement["severity"]) == ("narrowed", "critical")
    assert judgement["facts"] == [{"code": code, "detail": detail}, {"code": "not_covered", "detail": None}]


def test_what_was_narrow_before_is_not_narrowed_again() -> None:
    assert judge_again(updated(isMultiRegionTrail=False), ALONE, WAS | {"isMultiRegionTrail": False}, None)[
        "verdict"
    ] == ("harmless")


def test_a_log_group_where_there_was_none_takes_nothing_away() -> None:
    group = "arn:aws:logs:us-east-1:123456789012:log-group:x"
    assert (
        judge_again(updated(**CONSOLE | {"cloudWatchLogsLogGroupArn": group}), ALONE, WAS, None)["verdict"]
        == "harmless"
    )
    before = WAS | {"cloudWatchLogsLogGroupArn": group}
    for moved, now in (("", "-"), (f"{group}2", f"{group}2")):
        judgement = judge_again(updated(cloudWatchLogsLogGroupArn=moved), ALONE, before, None)
        assert judgement["facts"][0] == {
            "code": "setting_changed",
            "detail": f"cloudWatchLogsLogGroupArn: {group} → {now}",
        }
    unknown = judge_again(updated(cloudWatchLogsLogGroupArn=group), ALONE, None, None)
    assert (unknown["verdict"], unknown["severity"]) == ("narrowed", "low")
    assert "earlier_state_unknown" in codes(unknown["facts"])


def test_a_key_where_there_was_none_is_the_accounts_own_or_narrows() -> None:
    for account, verdict in (("123456789012", "harmless"), ("666666666666", "narrowed")):
        key = f"arn:aws:kms:us-east-1:{account}:key/aaaa"
        assert judge_again(updated(kmsKeyId=key), ALONE, WAS, None)["verdict"] == verdict
    assert judge_again(updated(kmsKeyId="alias/own"), ALONE, WAS, None)["verdict"] == "harmless"


def test_where_the_earlier_state_is_unknown_it_is_said_and_not_guessed() -> None:
    judgement = judge_again(updated(**CONSOLE), ALONE, None, None)
    assert judgement["verdict"] == "narrowed"
    assert "earlier_state_unknown" in codes(judgement["facts"])


def test_selectors_are_compared_with_those_before() -> None:
    reads = selected({"readWriteType": "ReadOnly"})
    narrowed = judge_again(reads, ALONE, ALL, None)
    assert narrowed["verdict"] == "narrowed"
    assert narrowed["facts"][0]["code"] == "fewer_management_events"
    assert judge_again(reads, ALONE, {"management": [READS], "data": []}, None)["verdict"] == "harmless"


def test_one_fact_that_costs_management_events_makes_the_whole_change_high() -> None:
    before = {"management": [[]], "data": [[{"field": "resources.type", "equals": ["AWS::S3::Object"]}]]}
    judgement = judge_again(selected({"readWriteType": "ReadOnly"}), BESIDE_ANOTHER, before, None)
    assert codes(judgement["facts"])[:2] == ["fewer_management_events", "fewer_data_events"]
    assert judgement["severity"] == "high"


def test_fewer_data_events_are_low() -> None:
    before = {"management": [READS], "data": [[{"field": "resources.type", "equals": ["AWS::S3::Object"]}]]}
    judgement = judge_again(selected({"readWriteType": "ReadOnly"}), ALONE, before, None)
    assert (judgement["verdict"], judgement["severity"]) == ("narrowed", "low")


def test_selectors_that_keep_all_management_events_are_low_where_data_events_are_lost() -> None:
    objects = {"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}
    every = selected({"readWriteType": "All"})
    before = {"management": [[]], "data": data([{"dataResources": [objects]}], [])}
    judgement = judge_again(every, BESIDE_ANOTHER, before, None)
    assert every["severity"] == "info"
    assert (judgement["verdict"], judgement["severity"]) == ("narrowed", "low")
    assert judgement["facts"][0]["code"] == "fewer_data_events"
    assert judge_again(selected({"readWriteType": "All", "dataResources": [objects]}), ALONE, before, None)[
        "severity"
    ] == ("info")


def test_a_trail_that_a_console_just_created_is_being_set_up_by_it() -> None:
    just_created: TrailState = {**RECORDING, "started_at": "2026-11-23T02:00:30.000Z", "stopped_at": None}
    reads = selected({"readWriteType": "ReadOnly"})
    reads["time"] = "2026-11-23T02:00:32Z"
    assert judge_again(reads, just_created, None, None)["verdict"] == "narrowed", "whoever narrows it by hand means it"
    reads["actor"]["console"] = True
    set_up = judge_again(reads, just_created, None, None)
    assert (set_up["verdict"], codes(set_up["facts"])) == ("harmless", ["sets_up_new_trail"])
    assert judge_again(reads, {**just_created, "started_at": None}, None, None)["verdict"] == "harmless"
    assert judge_again(reads, {**just_created, "stopped_at": "2026-11-23T02:00:00.000Z"}, None, None)["verdict"] == (
        "narrowed"
    )
    assert judge_again(reads, {**just_created, "started_at": "2026-11-22T02:00:00.000Z"}, None, None)["verdict"] == (
        "narrowed"
    )
    created = {"management": [[]], "data": [], "insightSelectors": [], "created": "2026-11-23T02:00:30Z"}
    assert judge_again(reads, just_created, created, None)["verdict"] == "harmless"
    long_ago = {**created, "created": "2026-11-01T00:00:00Z"}
    assert judge_again(reads, just_created, long_ago, None)["verdict"] == "narrowed", "first started is not created"
    assert judge_again(reads, {"exists": None, "coverage": NONE}, None, None)["verdict"] == ("narrowed")


def test_what_somebody_changed_again_since_is_reported() -> None:
    judgement = judge_again(updated(isMultiRegionTrail=False), ALONE, WAS, WAS)
    assert judgement["verdict"] == "narrowed"
    assert {"code": "changed_again", "detail": "isMultiRegionTrail"} in judgement["facts"]
    named = {"kmsKeyId": "alias/own", "snsTopicName": "told", "isMultiRegionTrail": False}
    judgement = judge_again(updated(**named), ALONE, WAS, {**WAS, "isMultiRegionTrail": False})
    assert "changed_again" not in codes(judgement["facts"]), "keys and topics have several names"


def test_to_take_the_key_away_is_minor_and_to_take_another_is_not() -> None:
    was = {**WAS, "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/aaaa"}
    for key, severity in (("", "low"), ("arn:aws:kms:us-east-1:123456789012:key/bbbb", "high")):
        assert judge_again(updated(kmsKeyId=key), BESIDE_ANOTHER, was, None)["severity"] == severity
    assert judge_again(updated(kmsKeyId=""), BESIDE_ANOTHER, WAS, None)["severity"] == "info", "there was none"
    assert updated(isMultiRegionTrail=True)["request"] is None, "that says by itself that it takes nothing away"


def test_a_delivery_that_fails_is_among_the_facts() -> None:
    mute: TrailState = {**ALONE, "delivery_errors": [{"trail": None, "to": "bucket", "error": "NoSuchBucket"}]}
    facts = judge_again(updated(s3BucketName="b"), mute, None, None)["facts"]
    assert {"code": "delivery_fails", "detail": "NoSuchBucket"} in facts


def test_an_announced_change_stays_info_whatever_else_is_found() -> None:
    entry = announced("UpdateTrail", "migration")
    request = {"name": "TestTrail", "s3BucketName": "new"}
    change = judge(
        event("update-trail-one-region", requestParameters=request),
        {**SETTINGS, "expected": [entry]},
    )
    judgement = judge_again(change, ALONE, WAS, None)
    assert (judgement["verdict"], judgement["severity"]) == ("narrowed", "info")
    assert {"code": "announced", "detail": "migration"} in judgement["facts"]


def test_fewer_data_events_that_were_announced_are_info() -> None:
    entry = announced("PutEventSelectors", "cost")
    request = {"trailName": "TestTrail", "eventSelectors": [{"readWriteType": "All"}]}
    every = judge(event("put-event-selectors-all", requestParameters=request), {**SETTINGS, "expected": [entry]})
    before = {"management": [[]], "data": [[{"field": "resources.type", "equals": ["AWS::S3::Object"]}]]}
    judgement = judge_again(every, ALONE, before, None)
    assert (judgement["verdict"], judgement["severity"]) == ("narrowed", "info")
    assert {"code": "announced", "detail": "cost"} in judgement["facts"]


def test_what_harms_no_log_file_stays_harmless_whichever_trails_write_there() -> None:
    versioning = event(
        "stop-logging",
        eventSource="s3.amazonaws.com",
        eventName="PutBucketVersioning",
        requestParameters={"bucketName": "trail-logs", "VersioningConfiguration": {"Status": "Enabled"}},
    )
    incident = judge(versioning, {**SETTINGS, "destinations": ["arn:aws:s3:::trail-logs"]})
    assert incident["request"] is not None, "a delivery may fail of it: it is looked at"
    versioning["detail"]["errorCode"] = "AccessDenied"
    refused = judge(versioning, {**SETTINGS, "destinations": ["arn:aws:s3:::trail-logs"]})
    assert refused["request"] is None
    trails = {"trails": [{"arn": ARN, "prefix": ""}]}
    assert judge_again(incident, {**ALONE, "affected": [ARN]}, trails, None)["verdict"] == "harmless"


@pytest.mark.parametrize(
    ("prefix", "of_trail", "severity"),
    [
        ("", "", "critical"),
        ("AWSLogs/", "", "critical"),
        ("athena-results/", "", "low"),
        ("audit/", "audit", "critical"),
        ("aud", "audit", "critical"),
        ("AWSLogs/", "audit", "critical"),
        ("audit/AWSLogs/123456789012/", "audit", "critical"),
        ("audit/", "/audit/", "critical"),
        ("audited/", "audit", "low"),
        ("AWSLogsElsewhere/", "", "low"),
        ("other/AWS", "audit", "critical"),
    ],
)
def test_a_lifecycle_beside_the_log_files_is_low(prefix: str, of_trail: str, severity: str) -> None:
    for given in ({"Filter": {"Prefix": prefix}}, {"Filter": {"And": {"Prefix": prefix}}}, {"Prefix": prefix}):
        assert expiry({"Status": "Enabled", "Expiration": {"Days": "1"}, **given}, of_trail)["severity"] == severity


def expiry(rule: dict[str, Any], of_trail: str) -> Judgement:
    """How Enrich judges a rule of the lifecycle of a bucket, in which a trail writes under a prefix."""
    expiring = event(
        "stop-logging",
        eventSource="s3.amazonaws.com",
        eventName="PutBucketLifecycle",
        requestParameters={"bucketName": "trail-logs", "LifecycleConfiguration": {"Rule": rule}},
    )
    incident = judge(expiring, {**SETTINGS, "destinations": ["arn:aws:s3:::trail-logs"]})
    assert judge_again(incident, ALONE, None, None)["severity"] == "critical", "of no trail it is known to be beside"
    trails = {"trails": [{"arn": ARN, "prefix": of_trail}]}
    return judge_again(incident, {**ALONE, "affected": [ARN]}, trails, None)
