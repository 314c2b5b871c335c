"""The first judgement: what each event is; test_verdict_events.py has the events that nobody here wrote."""

import json
from typing import Any, cast

import pytest

from tests.samples import ARN, OWN, SETTINGS, event
from trailkeeper.settings import Settings
from trailkeeper.verdict import judge


def settings(**changes: Any) -> Settings:
    """The settings, some of them changed."""
    return cast(Settings, {**SETTINGS, **changes})


@pytest.mark.parametrize(
    ("name", "changes", "verdict", "severity"),
    [
        ("stop-logging", {"errorCode": ""}, "stopped", "critical"),
        ("stop-logging", {"errorCode": "200"}, "stopped", "critical"),
        ("stop-logging", {"requestParameters": {"name": ARN}}, "stopped", "critical"),
        ("stop-logging", {"requestParameters": {}}, "stopped", "critical"),
        ("stop-logging", {"responseElements": "null"}, "stopped", "critical"),
        ("stop-logging", {"errorCode": "TrailNotFoundException"}, "attempted", "medium"),
        ("stop-logging-denied", {}, "attempted", "medium"),
        # The message says "Access denied", but the caller was adding logging: Enrich sees that there was none before.
        (
            "update-trail-one-region",
            {
                "requestParameters": {"name": "TestTrail", "cloudWatchLogsLogGroupArn": "arn:aws:logs:..."},
                "errorCode": "InvalidCloudWatchLogsRoleArnException",
                "errorMessage": "Access denied. Verify in IAM that the role has adequate permissions.",
            },
            "attempted",
            "low",
        ),
        ("stop-logging", {"eventName": "StartLogging"}, "unrelated", "info"),
        ("stop-logging", {"eventSource": "cloudtrail.example.com"}, "unrelated", "info"),
    ],
)
def test_each_shape_of_a_record_gets_its_verdict(
    name: str, changes: dict[str, Any], verdict: str, severity: str
) -> None:
    incident = judge(event(name, **changes), SETTINGS)
    assert (incident["verdict"], incident["severity"]) == (verdict, severity), incident["facts"]
    assert incident["facts"]


def test_an_update_whose_earlier_state_the_event_does_not_say_is_marked_so() -> None:
    request = {"name": "TestTrail", "s3BucketName": "trail-logs"}
    assert judge(event("update-trail-one-region", requestParameters=request), SETTINGS)["facts"] == [
        {"code": "destination_set", "detail": "s3BucketName = trail-logs"},
        {"code": "earlier_state_unknown", "detail": None},
    ]


@pytest.mark.parametrize("account", ["123456789012", "111122223333"])
def test_a_request_that_was_left_out_may_be_about_a_part_of_ours(account: str) -> None:
    omitted = {"omitted": "true", "reason": "requestParameters too large"}
    changes = {"eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy", "recipientAccountId": account}
    incident = judge(event("stop-logging", requestParameters=omitted, **changes), SETTINGS, OWN)
    assert incident["verdict"] == ("narrowed" if account == OWN["account"] else "unrelated")


def test_what_a_console_calls_right_after_it_created_a_trail_is_harmless() -> None:
    call = event(
        "put-event-selectors-all",
        eventName="PutInsightSelectors",
        requestParameters={"trailName": "TestTrail", "insightSelectors": []},
    )
    assert judge(call, SETTINGS)["severity"] == "low"
    assert judge(call, SETTINGS, fresh=True)["verdict"] == "harmless"
    assert judge(event("stop-logging"), SETTINGS, fresh=True)["verdict"] == "stopped"


BUCKET = "arn:aws:s3:::trail-logs"


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"requestParameters": {"bucketName": "trail-logs"}}, "trail-logs"),
        ({"requestParameters": None, "resources": [{"ARN": BUCKET}]}, "trail-logs"),
        ({"requestParameters": {"bucketName": ""}, "resources": {"ARN": BUCKET}}, "trail-logs"),
        ({"requestParameters": None, "errorMessage": f'x is not authorized on resource: "{BUCKET}"'}, "trail-logs"),
        ({"requestParameters": {"bucketName": "other"}, "resources": [{"ARN": BUCKET}]}, None),
        ({"requestParameters": None}, None),
    ],
)
def test_what_a_call_was_on_is_said_by_the_request_or_else_by_the_resources_or_else_by_the_refusal(
    record: dict[str, Any], name: str | None
) -> None:
    call = event("stop-logging", eventSource="s3.amazonaws.com", eventName="DeleteBucketPolicy", **record)
    incident = judge(call, settings(destinations=[BUCKET]), OWN)
    assert incident["resource"] == (name and {"kind": "bucket", "name": name})


def test_a_bucket_that_the_event_left_out_may_be_a_watched_one_but_only_where_some_is_watched() -> None:
    omitted = {"requestParameters": {"omitted": "true"}}
    call = event("stop-logging", eventSource="s3.amazonaws.com", eventName="PutBucketPolicy", **omitted)
    assert judge(call, settings(destinations=[BUCKET]), OWN)["resource"] == {"kind": "bucket", "name": None}
    assert judge(call, settings(destinations=[ARN.replace("cloudtrail", "sns")]), OWN)["resource"] is None


def test_a_trail_is_identified_by_the_arn_that_was_answered() -> None:
    answered = {"requestParameters": {"name": "TestTrail"}, "responseElements": {"trailARN": ARN}}
    assert judge(event("update-trail-one-region", **answered), SETTINGS)["trail"]["arn"] == ARN


@pytest.mark.parametrize("source", ["cloudtrail.amazonaws.com.evil", "cloudtrail", "x.amazonaws.com", "", None])
def test_only_the_services_own_events_count(source: str | None) -> None:
    assert judge(event("stop-logging", eventSource=source), SETTINGS)["verdict"] == "unrelated"


def test_the_account_is_the_records_or_else_the_envelopes_or_else_the_callers() -> None:
    whole = event("stop-logging", recipientAccountId=None, userIdentity={"accountId": "444455556666"})
    whole["account"] = "111122223333"
    assert judge(whole, SETTINGS, OWN)["account"] == "111122223333"
    assert judge(whole["detail"], SETTINGS, OWN)["account"] == "444455556666"
    whole["detail"]["recipientAccountId"] = "123456789012"
    assert judge(whole, SETTINGS, OWN)["account"] == "123456789012"


def test_an_incident_says_when_and_where_by_the_record_or_else_by_the_envelope() -> None:
    incident = judge(event("stop-logging"), SETTINGS)
    assert (incident["time"], incident["region"]) == ("2026-11-23T02:01:00Z", "us-east-1")
    assert incident["detected_by"] == "event"
    outside = event("stop-logging", eventTime=None, awsRegion=None)
    incident = judge(outside | {"time": "2026-11-23T02:01:07Z", "region": "eu-west-1"}, SETTINGS)
    assert (incident["time"], incident["region"]) == ("2026-11-23T02:01:07Z", "eu-west-1")


def test_why_a_call_counts_or_does_not_is_among_the_facts() -> None:
    def codes(**changes: Any) -> list[str]:
        found = judge(event("stop-logging", **changes), settings(trails=["TestTrail"]), OWN)
        return [fact["code"] for fact in found["facts"]]

    assert codes() == ["call_succeeded"]
    assert codes(errorCode="AccessDenied") == ["call_failed"]
    assert codes(eventName="StartLogging") == ["call_not_watched"]
    assert codes(eventType="AwsVpceEvent") == ["vpc_endpoint_copy"]
    assert codes(requestParameters={"name": "other"}) == ["trail_not_watched"]
    bucket = {"eventSource": "s3.amazonaws.com", "eventName": "DeleteBucket"}
    assert codes(**bucket, requestParameters={"bucketName": "x"}) == ["resource_not_watched"]
    widened = {"eventName": "UpdateTrail", "requestParameters": {"name": "TestTrail", "isMultiRegionTrail": True}}
    assert codes(**widened) == ["narrows_nothing"]
    assert codes(**widened, errorCode="ThrottlingException") == ["failed_harmless"]
    narrowed = {"eventName": "UpdateTrail", "requestParameters": {"name": "TestTrail", "isMultiRegionTrail": False}}
    assert codes(**narrowed) == ["one_region", "earlier_state_unknown"]
    assert codes(**narrowed, errorCode="ThrottlingException") == ["call_failed", "one_region"]


def test_what_is_compared_later_is_the_request_and_nothing_where_there_is_none() -> None:
    changed = {"requestParameters": {"name": "TestTrail", "isMultiRegionTrail": False}}
    assert judge(event("update-trail-one-region", **changed), SETTINGS)["request"] == {"isMultiRegionTrail": False}
    omitted = {"requestParameters": {"omitted": "true"}}
    assert judge(event("update-trail-one-region", **omitted), SETTINGS)["request"] is None
    assert judge(event("stop-logging"), SETTINGS)["request"] is None


def test_a_bare_record_is_judged_like_its_envelope() -> None:
    envelope = event("stop-logging")
    assert judge(envelope["detail"], SETTINGS) == judge(envelope, SETTINGS)


def test_a_denied_call_names_the_trail_that_only_its_message_names() -> None:
    assert judge(event("stop-logging-denied"), SETTINGS)["trail"] == {
        "name": "TestTrail",
        "arn": ARN,
        "home_region": "us-east-1",
        "account": "123456789012",
    }


def test_a_user_named_like_a_trail_hides_none() -> None:
    decoy = (
        f"User: arn:aws:iam::123456789012:user/{ARN.replace('TestTrail', 'Decoy')}/eve is not authorized to perform: "
    )
    message = f"{decoy}cloudtrail:StopLogging on resource: {ARN} because no identity-based policy allows it"
    assert judge(event("stop-logging-denied", errorMessage=message), SETTINGS)["trail"]["name"] == "TestTrail"


def test_a_record_of_any_size_makes_a_small_incident() -> None:
    incident = judge(event("stop-logging", userAgent="가" * 85_000, additionalEventData={"x": "y" * 85_000}), SETTINGS)
    assert incident["verdict"] == "stopped"
    assert len(json.dumps(incident)) < 10_000


def test_a_bare_name_is_a_trail_of_the_events_own_region_and_account() -> None:
    trail = judge(event("stop-logging"), SETTINGS)["trail"]
    assert trail == {"name": "TestTrail", "arn": None, "home_region": "us-east-1", "account": "123456789012"}


def test_the_role_behind_a_session_is_reported_beside_the_session() -> None:
    actor = judge(event("delete-trail"), SETTINGS)["actor"]
    assert (actor["name"], actor["issuer"]) == ("alice@example.com", "arn:aws:iam::123456789012:role/Admin")
    assert actor["mfa"] is True


def test_root_and_services_have_a_name_though_the_event_has_none() -> None:
    root = {"type": "Root", "arn": "arn:aws:iam::123456789012:root", "accountId": "123456789012"}
    assert judge(event("stop-logging", userIdentity=root), SETTINGS)["actor"]["name"] == "root"
    aliased = {**root, "userName": "the-accounts-alias"}
    assert judge(event("stop-logging", userIdentity=aliased), SETTINGS)["actor"]["name"] == "root"
    service = {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
    assert (
        judge(event("stop-logging", userIdentity=service), SETTINGS)["actor"]["name"] == "cloudformation.amazonaws.com"
    )


def test_an_event_that_is_nested_as_none_is_judged_too() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    incident = judge(event_with(deep), SETTINGS)
    assert (incident["verdict"], incident["id"][:5]) == ("stopped", "made-")


def event_with(value: Any) -> Any:
    """A StopLogging without an id, with a value that is anything."""
    changed = event("stop-logging", eventID=None)
    changed["detail"]["requestParameters"]["x"] = value
    return changed


def test_an_event_without_an_id_gets_the_same_one_each_time() -> None:
    nameless = event("stop-logging", eventID=None)
    assert (
        judge(nameless, SETTINGS)["id"]
        == judge(nameless, SETTINGS)["id"]
        != judge(event("stop-logging"), SETTINGS)["id"]
    )


@pytest.mark.parametrize(
    ("changes", "mode", "call", "why"),
    [
        ({}, "auto", "StartLogging", "setting"),
        ({}, "off", "StartLogging", "setting"),
        ({"errorCode": "AccessDenied"}, "auto", None, "nothing_changed"),
        ({"eventName": "DeleteTrail"}, "auto", "CreateTrail", "setting"),
        ({"eventSource": "s3.amazonaws.com", "eventName": "PutBucketAcl"}, "auto", None, "nothing_changed"),
        (
            {"requestParameters": {"name": ARN.replace("123456789012", "111122223333")}},
            "auto",
            None,
            "another_account",
        ),
        ({"requestParameters": {}}, "auto", None, "not_identified"),
        ({"requestParameters": {"name": "x; reboot"}}, "auto", None, "not_identified"),
        ({"awsRegion": "us-east-1.evil.example"}, "auto", None, "not_identified"),
    ],
)
def test_undo_is_only_for_what_is_of_this_account_and_identified(
    changes: dict[str, Any], mode: Any, call: str | None, why: str
) -> None:
    modes = {"StopLogging": mode, "DeleteTrail": mode}
    undo = judge(event("stop-logging", **changes), settings(undo=modes), OWN)["undo"]
    assert (undo["call"], undo["on"], undo["why"]) == (call, ARN if call else None, why)
    assert undo["mode"] == (mode if call else "off")


@pytest.mark.parametrize(
    ("trails", "watched"),
    [
        ([], True),
        (["TestTrail"], True),
        ([ARN], True),
        (["other"], False),
        ([ARN.replace("us-east-1", "eu-west-1")], False),
        (["other", "TestTrail"], True),
    ],
)
def test_only_watched_trails_count(trails: list[str], watched: bool) -> None:
    incident = judge(event("stop-logging"), settings(trails=trails))
    assert (incident["verdict"] == "stopped") is watched


def test_a_trail_called_outside_its_home_region_is_watched_wherever_that_is() -> None:
    elsewhere = event("stop-logging", awsRegion="eu-west-1", errorCode="InvalidHomeRegionException")
    incident = judge(elsewhere, settings(trails=[ARN]))
    assert (incident["verdict"], incident["trail"]["home_region"]) == ("attempted", None)


def test_a_call_on_an_event_data_store_is_none_on_a_trail() -> None:
    store = ARN.replace("trail/TestTrail", "eventdatastore/aaaaaaaa-bbbb-cccc-dddd-000000000001")
    call = event(
        "stop-logging",
        eventName="PutInsightSelectors",
        requestParameters={"eventDataStore": store, "insightSelectors": []},
    )
    incident = judge(call, settings(trails=["TestTrail"]))
    assert (incident["family"], incident["resource"]) == (
        "event data store",
        {"kind": "event data store", "name": store},
    )
    call["detail"]["requestParameters"] = {"trailName": "other", "insightSelectors": []}
    assert judge(call, settings(trails=["TestTrail"]))["verdict"] == "unrelated"


def test_a_trail_that_the_event_does_not_name_counts_as_watched() -> None:
    incident = judge(event("stop-logging", requestParameters={}), settings(trails=["other"]))
    assert incident["verdict"] == "stopped"


def test_what_another_account_calls_by_a_bare_name_is_not_ours() -> None:
    elsewhere = event("stop-logging", recipientAccountId="111122223333")
    incident = judge(elsewhere, SETTINGS, OWN)
    assert (incident["verdict"], incident["undo"]["why"]) == ("stopped", "another_account")
    assert incident["trail"]["account"] == "111122223333"


@pytest.mark.parametrize("change", [{"recipientAccountId": "111122223333"}, {"awsRegion": "eu-west-1"}])
def test_a_part_called_like_ours_in_another_account_or_region_is_none_of_ours(change: dict[str, str]) -> None:
    disable = {
        "eventSource": "events.amazonaws.com",
        "eventName": "DisableRule",
        "requestParameters": {"name": "Trailkeeper-Tampering1A2B"},
    }
    assert judge(event("stop-logging", **disable), SETTINGS, OWN)["verdict"] == "stopped"
    assert judge(event("stop-logging", **disable, **change), SETTINGS, OWN)["verdict"] == "unrelated"


def test_a_role_of_ours_is_known_though_iam_is_called_in_one_region() -> None:
    delete = {
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteRole",
        "requestParameters": {"roleName": "Trailkeeper-EnrichRole1A2B"},
    }
    assert judge(event("stop-logging", **delete), SETTINGS, {**OWN, "region": "ap-northeast-2"})["verdict"] == "deleted"


def test_the_parts_of_a_stack_with_a_long_name_are_known_by_its_beginning() -> None:
    disable = {
        "eventSource": "events.amazonaws.com",
        "eventName": "DisableRule",
        "requestParameters": {"name": f"{'x' * 24}-Tampering1A2B"},
    }
    assert judge(event("stop-logging", **disable), settings(stack="x" * 60), OWN)["verdict"] == "stopped"


def test_a_stack_that_cloudformation_refuses_to_delete_was_tried_to_be_deleted() -> None:
    refused = {
        "eventSource": "cloudformation.amazonaws.com",
        "eventName": "DeleteStack",
        "requestParameters": None,
        "errorCode": "ValidationException",
        "errorMessage": "Stack [Trailkeeper] cannot be deleted while TerminationProtection is enabled",
    }
    assert judge(event("stop-logging", **refused), SETTINGS, OWN)["verdict"] == "attempted"


def test_all_that_happens_to_one_trail_has_one_key() -> None:
    keys = {judge(event(name), SETTINGS)["dedup_key"] for name in ("stop-logging", "update-trail-one-region")}
    assert keys == {"123456789012/us-east-1/trail/TestTrail"}
