"""Enrich, on moto: what it says of the trail and of the others."""

import json
import threading
import time
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

import enrich
from tests.conftest import moto_client
from tests.samples import ARN, CONTEXT, OWN, SETTINGS, event
from trailkeeper import aws, undo
from trailkeeper import ledger as kept
from trailkeeper.incident import Incident
from trailkeeper.settings import Settings
from trailkeeper.verdict import judge

STOP = judge(event("stop-logging"), SETTINGS, OWN)
ALL = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
READ_ONLY = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": []}]


@pytest.fixture
def cloudtrail(ledger: Any) -> Any:
    """CloudTrail in us-east-1 with a bucket to write to."""
    moto_client("s3").create_bucket(Bucket="trail-logs")
    return moto_client("cloudtrail")


def client() -> Any:
    """The client that Enrich asks by."""
    return aws.client("cloudtrail", "us-east-1", enrich.ATTEMPTS)


def refusal(code: str = "AccessDeniedException") -> ClientError:
    """AWS's refusal of a call."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Call")


def create_trail(cloudtrail: Any, name: str, *, selectors: Any = ALL, logging: bool = True, **settings: Any) -> None:
    """A trail that logs, with selectors set, as moto has no default ones."""
    cloudtrail.create_trail(Name=name, S3BucketName="trail-logs", **settings)
    cloudtrail.put_event_selectors(TrailName=name, EventSelectors=selectors)
    if logging:
        cloudtrail.start_logging(Name=name)


def test_a_stopped_trail_is_described_with_its_status(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail", IsMultiRegionTrail=True, S3KeyPrefix="p")
    cloudtrail.stop_logging(Name="TestTrail")
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["exists"]
    assert state["arn"] == ARN
    assert state["home_region"] == "us-east-1"
    assert state["multi_region"] is True
    assert state["organization"] is False
    assert state["bucket"] == "trail-logs"
    assert state["logging"] is False
    assert state["started_at"] is not None
    assert state["stopped_at"] is not None
    assert state["read_at"] is not None
    assert state["gaps"] == []
    assert state["coverage"]["answer"] == "none"
    assert state["unread"] == []


def test_a_deleted_trail_is_reported_as_gone(cloudtrail: Any) -> None:
    state = enrich.handler(judge(event("delete-trail"), SETTINGS, OWN), CONTEXT)["trail"]
    assert state["exists"] is False
    assert state["coverage"]["answer"] == "none"
    assert state["unread"] == [], "that it is not found is an answer"


@pytest.mark.parametrize("request_parameters", [{}, {"name": ARN.replace("123456789012", "111122223333")}])
def test_a_trail_that_nobody_could_look_for_is_not_reported_as_gone(
    cloudtrail: Any, request_parameters: dict[str, str]
) -> None:
    state = enrich.handler(judge(event("stop-logging", requestParameters=request_parameters), SETTINGS, OWN), CONTEXT)[
        "trail"
    ]
    assert state["exists"] is None


def test_only_trails_that_log_count_as_recording_still(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "records")
    create_trail(cloudtrail, "stopped", logging=False)
    create_trail(cloudtrail, "reads-only", selectors=READ_ONLY)
    coverage = enrich.handler(STOP, CONTEXT)["trail"]["coverage"]
    assert (coverage["answer"], sorted(coverage["trails"])) == ("all", [other("reads-only"), other("records")])


def test_what_a_trail_that_records_reads_alone_leaves_out_is_reported(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "reads-only", selectors=READ_ONLY)
    coverage = enrich.handler(STOP, CONTEXT)["trail"]["coverage"]
    assert (coverage["answer"], coverage["gaps"]) == ("part", [{"events": "writes", "source": None}])


def other(name: str, region: str = "us-east-1") -> str:
    """The ARN of another trail."""
    return ARN.replace("TestTrail", name).replace("us-east-1", region)


def test_a_trail_that_logs_but_cannot_deliver_does_not_count_and_says_so(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "mute")
    refused = {"IsLogging": True, "LatestDeliveryError": "AccessDenied", "LatestDigestDeliveryError": "AccessDenied"}
    monkeypatch.setattr(client(), "get_trail_status", lambda **_: refused)
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["coverage"]["trails"] == []
    assert state["delivery_errors"] == [
        {"trail": None, "to": "bucket", "error": "AccessDenied"},
        {"trail": None, "to": "digest", "error": "AccessDenied"},
    ]


def test_a_multi_region_trail_of_another_region_counts_too(cloudtrail: Any) -> None:
    create_trail(moto_client("cloudtrail", "eu-west-1"), "everywhere", IsMultiRegionTrail=True)
    create_trail(moto_client("cloudtrail", "eu-west-1"), "europe-only")
    assert enrich.handler(STOP, CONTEXT)["trail"]["coverage"]["trails"] == [other("everywhere", "eu-west-1")]


def test_a_trail_is_asked_in_its_home_region_when_the_call_came_elsewhere(cloudtrail: Any) -> None:
    create_trail(moto_client("cloudtrail", "eu-west-1"), "TestTrail")
    elsewhere = event("stop-logging", requestParameters={"name": ARN.replace("us-east-1", "eu-west-1")})
    state = enrich.handler(judge(elsewhere, SETTINGS, OWN), CONTEXT)["trail"]
    assert state["home_region"] == "eu-west-1"
    assert state["logging"] is True


def test_a_home_region_that_does_not_answer_says_nothing_of_the_trail(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = aws.client("cloudtrail", "eu-west-1", enrich.ATTEMPTS)
    for call in ("describe_trails", "get_trail_status", "get_event_selectors"):
        monkeypatch.setattr(away, call, Mock(side_effect=ConnectTimeoutError(endpoint_url="x")))
    elsewhere = event("stop-logging", requestParameters={"name": ARN.replace("us-east-1", "eu-west-1")})
    state = enrich.handler(judge(elsewhere, SETTINGS, OWN), CONTEXT)["trail"]
    assert state["exists"] is None
    assert {one["error"] for one in state["unread"]} == {"ConnectTimeoutError"}


def test_trails_of_the_home_region_do_not_cover_the_region_of_the_call(cloudtrail: Any) -> None:
    europe = moto_client("cloudtrail", "eu-west-1")
    create_trail(europe, "TestTrail")
    create_trail(europe, "europe-only")
    elsewhere = event("stop-logging", requestParameters={"name": ARN.replace("us-east-1", "eu-west-1")})
    assert enrich.handler(judge(elsewhere, SETTINGS, OWN), CONTEXT)["trail"]["coverage"]["trails"] == []


def test_a_trail_called_outside_its_home_region_is_found_by_its_name(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail", IsMultiRegionTrail=True)
    elsewhere = event("stop-logging", awsRegion="eu-west-1", errorCode="InvalidHomeRegionException")
    state = enrich.handler(judge(elsewhere, SETTINGS, OWN), CONTEXT)["trail"]
    assert (state["arn"], state["logging"], state["coverage"]["trails"]) == (ARN, True, [])
    cloudtrail.delete_trail(Name="TestTrail")
    assert enrich.handler(judge(elsewhere, SETTINGS, OWN), CONTEXT)["trail"]["exists"] is None


def test_whether_others_record_all_regions_is_reported(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "local")
    assert enrich.handler(STOP, CONTEXT)["trail"]["coverage"]["all_regions"] is False
    create_trail(cloudtrail, "everywhere", IsMultiRegionTrail=True)
    assert enrich.handler(STOP, CONTEXT)["trail"]["coverage"]["all_regions"] is True


def test_a_buckets_lifecycle_is_judged_by_where_trails_write_in_it(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail", S3KeyPrefix="audit")
    rule = {"Status": "Enabled", "Filter": {"Prefix": "athena-results/"}, "Expiration": {"Days": 1}}
    expiring = event(
        "stop-logging",
        eventSource="s3.amazonaws.com",
        eventName="PutBucketLifecycle",
        requestParameters={"bucketName": "trail-logs", "LifecycleConfiguration": {"Rule": rule}},
    )
    settings: Settings = {**SETTINGS, "destinations": ["arn:aws:s3:::trail-logs"]}
    assert enrich.handler(judge(expiring, settings, OWN), CONTEXT)["incident"]["severity"] == "low"
    rule["Filter"] = {"Prefix": "audit/"}
    expiring["detail"]["requestParameters"]["LifecycleConfiguration"] = {"Rule": rule}
    assert enrich.handler(judge(expiring, settings, OWN), CONTEXT)["incident"]["severity"] == "critical"


def on_bucket(policy: dict[str, Any]) -> Incident:
    """A PutBucketPolicy on the bucket of the trails, as Triage judges it."""
    source = {"eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy"}
    request = {"bucketName": "trail-logs", "bucketPolicy": policy}
    settings: Settings = {**SETTINGS, "destinations": ["arn:aws:s3:::trail-logs"]}
    return judge(event("stop-logging", **source, requestParameters=request), settings, OWN)


ANY_TRAIL = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::trail-logs", "arn:aws:s3:::trail-logs/AWSLogs/123456789012/*"],
    },
}


def test_a_bucket_policy_is_judged_by_every_trail_that_writes_there(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    assert enrich.handler(on_bucket(ANY_TRAIL), CONTEXT)["incident"]["verdict"] == "harmless"
    create_trail(cloudtrail, "Prefixed", S3KeyPrefix="audit")
    judgement = enrich.handler(on_bucket(ANY_TRAIL), CONTEXT)["incident"]
    assert judgement["verdict"] == "narrowed"
    assert [fact["code"] for fact in judgement["facts"]][:1] == ["policy_elsewhere"]


def test_the_deliveries_of_every_trail_that_writes_there_are_looked_at(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "Zweiter")
    fails = {"IsLogging": True, "LatestDeliveryError": "AccessDenied"}
    monkeypatch.setattr(
        client(), "get_trail_status", lambda Name: fails if Name.endswith("Zweiter") else {"IsLogging": True}
    )
    enriched = enrich.handler(on_bucket(ANY_TRAIL), CONTEXT)
    assert enriched["incident"]["verdict"] == "narrowed"
    assert enriched["trail"]["delivery_errors"] == [
        {"trail": other("Zweiter"), "to": "bucket", "error": "AccessDenied"}
    ]


def test_the_organization_of_a_trail_decides_where_it_may_write(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    described = cloudtrail.describe_trails()["trailList"][0] | {"IsOrganizationTrail": True}
    answer(monkeypatch, describe_trails={"trailList": [described]})
    organizations = aws.client("organizations", "us-east-1", enrich.ATTEMPTS)
    whole = json.loads(json.dumps(ANY_TRAIL))
    whole["Statement"]["Resource"].append("arn:aws:s3:::trail-logs/AWSLogs/o-1/*")
    for found, verdict in (("o-1", "harmless"), ("o-2", "narrowed")):
        monkeypatch.setattr(organizations, "describe_organization", lambda found=found: {"Organization": {"Id": found}})
        assert enrich.handler(on_bucket(whole), CONTEXT)["incident"]["verdict"] == verdict


def test_the_accounts_alias_is_reported(cloudtrail: Any) -> None:
    moto_client("iam").create_account_alias(AccountAlias="production")
    assert enrich.handler(STOP, CONTEXT)["trail"]["account_alias"] == "production"


def test_what_is_refused_is_unread_and_stops_nothing(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create_trail(cloudtrail, "TestTrail")
    answer(monkeypatch, get_event_selectors=refusal())
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["logging"] is True
    assert state["gaps"] is None
    assert state["unread"] == [{"call": "GetEventSelectors", "on": "TestTrail", "error": "AccessDeniedException"}]


def answer(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> None:
    """What CloudTrail answers to some calls, or fails with."""

    def stub(found: Any) -> Any:
        def call(**_: Any) -> Any:
            if isinstance(found, Exception):
                raise found
            return found

        return call

    for call, found in answers.items():
        monkeypatch.setattr(client(), call, stub(found), raising=False)


@pytest.mark.parametrize(
    ("call", "key", "unknown"),
    [
        ("get_trail_status", "logging", "GetTrailStatus"),
        ("get_event_selectors", "gaps", "GetEventSelectors"),
        ("describe_trails", "multi_region", "DescribeTrails"),
    ],
)
def test_a_member_that_is_missing_in_an_answer_is_unread(
    call: str, key: str, unknown: str, cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    answer(monkeypatch, **{call: {}})
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state.get(key) is None
    assert [(one["call"], one["error"]) for one in state["unread"]] == [(unknown, "IncompleteAnswer")]
    assert state["coverage"]["answer"] == (None if call == "describe_trails" else "none")


def test_a_list_with_a_trail_that_has_no_arn_is_unread(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create_trail(cloudtrail, "TestTrail")
    answer(monkeypatch, describe_trails={"trailList": [{"Name": "TestTrail"}]})
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["unread"] == [{"call": "DescribeTrails", "on": None, "error": "IncompleteAnswer"}]
    assert state["coverage"]["answer"] is None


def test_a_trail_is_read_though_the_trails_cannot_be_listed(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create_trail(cloudtrail, "TestTrail")
    answer(monkeypatch, describe_trails=refusal("ThrottlingException"))
    enriched = enrich.handler(STOP, CONTEXT)
    assert (enriched["trail"]["exists"], enriched["trail"]["logging"]) == (True, True)
    assert enriched["trail"]["coverage"]["answer"] is None
    assert enriched["incident"]["severity"] == STOP["severity"]


def test_trails_that_could_not_be_asked_are_named_and_neither_recording_nor_silent(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "org")
    status = client().get_trail_status

    def refuse(Name: str) -> Any:
        if Name == other("org"):
            raise ConnectTimeoutError(endpoint_url="https://cloudtrail.us-east-1.amazonaws.com")
        return status(Name=Name)

    monkeypatch.setattr(client(), "get_trail_status", refuse)
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["coverage"]["trails"] == []
    assert state["coverage"]["unread"] == [{"arn": other("org"), "logging": None, "organization": False}]
    assert state["unread"] == [{"call": "GetTrailStatus", "on": other("org"), "error": "ConnectTimeoutError"}]


def test_an_organization_trail_whose_selectors_may_not_be_read_is_reported_as_that(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "org")
    trails = client().describe_trails(includeShadowTrails=True)["trailList"]
    for trail in trails:
        trail["IsOrganizationTrail"] = trail["Name"] == "org"
    answer(monkeypatch, describe_trails={"trailList": trails}, get_event_selectors=refusal())
    enriched = enrich.handler(STOP, CONTEXT)
    assert enriched["trail"]["coverage"]["unread"] == [{"arn": other("org"), "logging": True, "organization": True}]
    assert "not_covered" not in [fact["code"] for fact in enriched["incident"]["facts"]]


def test_trails_are_read_side_by_side_and_what_hangs_is_left_behind(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TestTrail", "one", "two", "stuck"):
        create_trail(cloudtrail, name)
    status, over = client().get_trail_status, threading.Event()

    def slow(Name: str) -> Any:
        over.wait(30 if Name == other("stuck") else 0.4)
        return status(Name=Name)

    monkeypatch.setattr(client(), "get_trail_status", slow)
    context = SimpleNamespace(
        invoked_function_arn=CONTEXT.invoked_function_arn,
        get_remaining_time_in_millis=lambda: 1000 * (aws.RESERVE + 1),
    )
    began = time.monotonic()
    state = enrich.handler(STOP, context)["trail"]
    took = time.monotonic() - began
    over.set()
    assert took < 1.9, "one after the other, three take 1.2 s and the fourth half a minute"
    assert state["logging"] is True
    assert sorted(state["coverage"]["trails"]) == [other("one"), other("two")]
    assert state["unread"] == [{"call": "GetTrailStatus", "on": other("stuck"), "error": "ReadTimeoutError"}]


def test_another_accounts_trail_of_the_same_name_is_neither_read_nor_compared_nor_counted(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "records")
    foreign = judge(event("stop-logging", recipientAccountId="111122223333"), SETTINGS, OWN)
    enriched = enrich.handler(foreign, CONTEXT)
    assert (enriched["trail"]["exists"], enriched["trail"]["unread"]) == (None, [])
    assert "logging" not in enriched["trail"]
    assert (enriched["trail"]["coverage"]["answer"], enriched["trail"]["coverage"]["trails"]) == (None, [])
    assert enriched["incident"]["severity"] == "critical"
    assert enriched["incident"]["facts"] == foreign["facts"]


def test_all_that_is_known_of_a_trail_is_reported(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    group, key = "arn:aws:logs:us-east-1:123456789012:log-group:g:*", "arn:aws:kms:us-east-1:123456789012:key/a"
    described = {
        "TrailARN": ARN,
        "Name": "TestTrail",
        "S3BucketName": "trail-logs",
        "KmsKeyId": key,
        "CloudWatchLogsLogGroupArn": group,
        "IsMultiRegionTrail": False,
        "IsOrganizationTrail": True,
    }
    status = {"IsLogging": True, "LatestCloudWatchLogsDeliveryError": "AccessDenied"}
    answer(monkeypatch, describe_trails={"trailList": [described]}, get_trail_status=status)
    answer(monkeypatch, get_event_selectors={"TrailARN": ARN, "EventSelectors": READ_ONLY})
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["affected"] == [ARN]
    assert (state["kms_key"], state["log_group"]) == (key, group)
    assert (state["multi_region"], state["organization"]) == (False, True)
    assert (state["started_at"], state["stopped_at"]) == (None, None)
    assert state["gaps"] == [{"events": "writes", "source": None}]
    assert state["delivery_errors"] == [{"trail": None, "to": "log group", "error": "AccessDenied"}]
    assert state["account_alias"] is None


def test_a_trail_whose_selectors_cannot_be_compared_is_not_said_to_record_all(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "other")
    answer(monkeypatch, get_event_selectors={"TrailARN": ARN})
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["gaps"] is None
    assert (state["coverage"]["trails"], len(state["coverage"]["unread"])) == ([], 1)


def test_a_trail_without_global_service_events_is_read_as_that(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    create_trail(cloudtrail, "other")
    described = cloudtrail.describe_trails()["trailList"]
    for given, answered in ((False, "part"), (True, "all"), (None, "all")):
        trails = [{**one, "IncludeGlobalServiceEvents": given} for one in described]
        answer(monkeypatch, describe_trails={"trailList": trails})
        assert enrich.handler(STOP, CONTEXT)["trail"]["coverage"]["answer"] == answered


def test_a_region_that_an_event_made_up_reaches_no_host() -> None:
    incident = judge(event("stop-logging", awsRegion="us-east-1.evil.example"), SETTINGS, OWN)
    with pytest.raises(ValueError, match="not a Region"):
        enrich.handler(incident, CONTEXT)


def test_the_trails_that_write_to_a_destination_are_affected_and_do_not_count_as_others(cloudtrail: Any) -> None:
    create_trail(cloudtrail, "TestTrail")
    moto_client("s3").create_bucket(Bucket="other-logs")
    cloudtrail.create_trail(Name="elsewhere", S3BucketName="other-logs")
    cloudtrail.put_event_selectors(TrailName="elsewhere", EventSelectors=ALL)
    cloudtrail.start_logging(Name="elsewhere")
    delete = event(
        "stop-logging",
        eventSource="s3.amazonaws.com",
        eventName="DeleteBucket",
        requestParameters={"bucketName": "trail-logs"},
    )
    enriched = enrich.handler(judge(delete, {**SETTINGS, "destinations": ["arn:aws:s3:::trail-logs"]}, OWN), CONTEXT)
    assert enriched["trail"]["affected"] == [ARN]
    assert enriched["trail"]["logging"] is True
    assert enriched["trail"]["coverage"]["trails"] == [other("elsewhere")]
    assert enriched["incident"]["severity"] == "high"


def test_a_call_on_trailkeeper_itself_asks_what_still_records(cloudtrail: Any) -> None:
    disable = event(
        "stop-logging",
        eventSource="events.amazonaws.com",
        eventName="DisableRule",
        requestParameters={"name": "Trailkeeper-Tampering1A2B"},
    )
    create_trail(cloudtrail, "TestTrail")
    enriched = enrich.handler(judge(disable, SETTINGS, OWN), CONTEXT)
    assert "exists" not in enriched["trail"]
    assert (enriched["trail"]["coverage"]["trails"], enriched["incident"]["severity"]) == ([ARN], "high")


MOVED = judge(event("update-trail-one-region", requestParameters={"name": ARN, "s3BucketName": "trail-logs"}), SETTINGS)


def history(monkeypatch: pytest.MonkeyPatch, **pages: Any) -> None:
    """Event history with a page for each event name; moto has none."""

    def lookup(LookupAttributes: Any, EndTime: Any) -> Any:
        return pages.get(LookupAttributes[0]["AttributeValue"], {"Events": []})

    monkeypatch.setattr(client(), "lookup_events", lookup, raising=False)


def page(bucket: str, NextToken: str = "", **answered: str) -> Any:
    """A page of event history with one event, which answered that the trail writes to this bucket."""
    record = {
        "eventTime": "2026-01-01T00:00:00Z",
        "requestParameters": {"name": "TestTrail"},
        "responseElements": {"trailARN": ARN, "s3BucketName": bucket, **answered},
    }
    return {"Events": [{"CloudTrailEvent": json.dumps(record)}], **({"NextToken": NextToken} if NextToken else {})}


def test_what_the_trail_was_before_is_read_from_event_history(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create_trail(cloudtrail, "TestTrail")
    history(monkeypatch, CreateTrail=page("trail-logs"))
    assert enrich.handler(MOVED, CONTEXT)["incident"]["verdict"] == "harmless"
    history(monkeypatch, CreateTrail=page("trail-logs"), UpdateTrail=page("elsewhere"))
    assert enrich.handler(MOVED, CONTEXT)["incident"]["verdict"] == "narrowed"


def test_what_its_owners_want_counts_more_than_what_it_was_just_before(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_event_configuration", lambda **_: {"TrailARN": ARN})
    history(monkeypatch, CreateTrail=page("trail-logs"), UpdateTrail=page("elsewhere"))
    fields = undo.whole(ARN)
    kept.save({"arn": ARN, "fields": fields, "by": "adopted", "at": "2026-11-26T09:00:00.000Z"})
    enriched = enrich.handler(MOVED, CONTEXT)
    assert enriched["incident"]["verdict"] == "harmless"
    assert enriched["trail"]["was"] is not None
    assert enriched["trail"]["was"]["s3BucketName"] == "trail-logs"
    kept.save({"arn": ARN, "fields": {**fields, "S3BucketName": "wanted"}, "by": "adopted", "at": "2026"})
    assert enrich.handler(MOVED, CONTEXT)["incident"]["verdict"] == "narrowed"


def test_what_was_added_and_not_adopted_is_told_when_it_is_taken_away(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_event_configuration", lambda **_: {"TrailARN": ARN})
    kept.save({"arn": ARN, "fields": undo.whole(ARN), "by": "first sight", "at": "2026-11-26T09:00:00.000Z"})
    added = page("trail-logs", cloudWatchLogsLogGroupArn="arn:aws:logs:us-east-1:123456789012:log-group:trail:*")
    history(monkeypatch, UpdateTrail=added)
    request = {"name": ARN, "cloudWatchLogsLogGroupArn": "", "cloudWatchLogsRoleArn": ""}
    removed = judge(event("update-trail-one-region", requestParameters=request), SETTINGS)
    enriched = enrich.handler(removed, CONTEXT)["incident"]
    assert (enriched["verdict"], enriched["facts"][0]["code"]) == ("narrowed", "setting_changed")


def test_insights_that_were_switched_off_before_are_missing_all_the_same(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_event_configuration", lambda **_: {"TrailARN": ARN})
    off = {"trailName": "TestTrail", "insightSelectors": []}
    earlier = event("stop-logging", eventName="PutInsightSelectors", requestParameters=off)["detail"]
    earlier["eventTime"] = "2026-11-20T00:00:00Z"
    history(monkeypatch, PutInsightSelectors={"Events": [{"CloudTrailEvent": json.dumps(earlier)}]})
    again = judge(event("stop-logging", eventName="PutInsightSelectors", requestParameters=off), SETTINGS, OWN)
    assert enrich.handler(again, CONTEXT)["incident"]["verdict"] == "harmless"
    fields = {**undo.whole(ARN), "InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]}
    kept.save({"arn": ARN, "fields": fields, "by": "adopted", "at": "2026-11-26T09:00:00.000Z"})
    incident = enrich.handler({**again, "undo": {**again["undo"], "on": ARN}}, CONTEXT)["incident"]
    assert (incident["verdict"], incident["facts"][0]["code"]) == ("narrowed", "insights_fewer")


def test_a_trail_that_was_changed_and_is_gone_since_is_reported_as_gone(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(monkeypatch)
    enriched = enrich.handler(MOVED, CONTEXT)
    assert enriched["trail"]["exists"] is False
    assert enriched["incident"]["verdict"] == "narrowed"


def test_a_trail_that_is_not_found_is_gone_though_the_trails_of_its_region_cannot_be_listed(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, describe_trails=refusal())
    state = enrich.handler(STOP, CONTEXT)["trail"]
    assert state["exists"] is False
    assert [one["call"] for one in state["unread"]] == ["DescribeTrails"]


def test_what_was_changed_again_since_is_reported(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create_trail(cloudtrail, "TestTrail")
    history(monkeypatch, CreateTrail=page("elsewhere"))
    codes = [fact["code"] for fact in enrich.handler(MOVED, CONTEXT)["incident"]["facts"]]
    assert "changed_again" not in codes
    moto_client("s3").create_bucket(Bucket="third")
    cloudtrail.update_trail(Name="TestTrail", S3BucketName="third")
    assert {"code": "changed_again", "detail": "s3BucketName"} in enrich.handler(MOVED, CONTEXT)["incident"]["facts"]


def test_a_history_that_says_nothing_leaves_the_verdict_as_it_was(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_trail(cloudtrail, "TestTrail")
    flooded = page("x", NextToken="more")
    flooded["Events"][0]["CloudTrailEvent"] = json.dumps({"requestParameters": {"name": "other"}})
    history(monkeypatch, CreateTrail=page("trail-logs"), UpdateTrail=flooded)
    codes = [fact["code"] for fact in enrich.handler(MOVED, CONTEXT)["incident"]["facts"]]
    assert "earlier_state_unknown" in codes
    answer(monkeypatch, lookup_events=refusal("ThrottlingException"))
    enriched = enrich.handler(MOVED, CONTEXT)
    assert enriched["incident"]["verdict"] == "narrowed"
    assert enriched["trail"]["unread"] == [{"call": "LookupEvents", "on": None, "error": "ThrottlingException"}]


@pytest.mark.parametrize(
    ("trail", "identified"),
    [
        ({}, True),
        ({"arn": None}, True),
        ({"arn": None, "account": "111122223333"}, False),
        ({"arn": None, "name": "-"}, False),
        ({"arn": None, "name": None}, False),
        ({"arn": ARN.replace("123456789012", "111122223333"), "account": "111122223333"}, True),
        ({"arn": "arn:aws:iam::123456789012:user/x"}, False),
        ({"home_region": "evil.example"}, False),
        ({"home_region": None}, False),
    ],
)
def test_a_trail_is_asked_for_by_its_arn_or_by_a_name_of_this_account(trail: dict[str, Any], identified: bool) -> None:
    whole = {"name": "TestTrail", "arn": ARN, "home_region": "us-east-1", "account": "123456789012", **trail}
    assert enrich.is_identified({**STOP, "trail": whole}, OWN) is identified  # type: ignore[typeddict-item]
    assert not enrich.is_identified({**STOP, "family": "destination"}, OWN)
