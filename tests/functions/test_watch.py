"""Watch, on moto: what it records, adopts, tells and leaves alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

import watch
from tests.conftest import moto_client
from tests.samples import ARN, OWN, SETTINGS
from tests.watched import REFUSED, Account
from trailkeeper import authors, aws, findings, guarded, ledger, undo
from trailkeeper import ledger as trailkeeper_ledger
from trailkeeper.kinds import TRAIL
from trailkeeper.run import NotAllDone


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Event history shows everything at once."""
    monkeypatch.setattr(watch, "LAG", timedelta(seconds=-5))


def announced(*actions: str) -> dict[str, Any]:
    return {
        "principal": "arn:aws:iam::123456789012:user/deployer",
        "actions": [*actions],
        "trails": [],
        "reason": "migration",
        "until": "2999-12-31",
    }


def test_what_is_seen_first_is_recorded_whole_and_is_no_finding(account: Account) -> None:
    done = account.run()
    assert done["recorded"] == [ARN, account.rule["RuleArn"]]
    found = ledger.baseline(ARN)
    assert found is not None
    assert (found["fields"], found["by"]) == (undo.whole(ARN), "first sight")
    assert ledger.baselines() == sorted(done["recorded"])
    assert account.findings() == []
    assert account.run()["recorded"] == []


def test_a_trail_that_has_never_recorded_is_still_being_made(account: Account) -> None:
    account.cloudtrail.create_trail(Name="NewTrail", S3BucketName="trail-logs")
    assert not any("NewTrail" in arn for arn in account.run()["recorded"])
    account.cloudtrail.start_logging(Name="NewTrail")
    assert any("NewTrail" in arn for arn in account.run()["recorded"])


def test_a_stop_that_event_history_knows_is_told_with_who_did_it_under_the_events_own_id(seen: Account) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.happened("StopLogging", {"name": "TestTrail"})
    seen.run()
    (found,) = seen.findings()
    assert (found["verdict"], found["detected_by"], found["id"]) == ("stopped", "watchdog", "StopLogging-0")
    assert (found["actor"]["name"], found["severity"]) == ("mallory", "critical")
    assert found["undo"] == {"call": "StartLogging", "on": ARN, "mode": "auto", "why": "setting"}


def test_a_stop_that_event_history_does_not_show_yet_is_told_without_who_did_it(seen: Account) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.run()
    (found,) = seen.findings()
    assert (found["action"], found["verdict"], found["actor"]["name"]) == ("StopLogging", "stopped", "unknown")
    assert found["facts"] == [{"code": "found_by_watchdog", "detail": None}]
    assert found["undo"] == {"call": "StartLogging", "on": ARN, "mode": "auto", "why": "setting"}


def test_one_finding_is_told_once_a_day_however_often_it_is_found(seen: Account) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    assert len(seen.run()["told"]) == 1
    seen.happened("StopLogging", {"name": "TestTrail"})
    assert seen.run()["told"] == []
    assert len(seen.findings()) == 1


def in_seconds(seconds: float) -> str:
    """A time as records have it."""
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%FT%TZ}"


def kept(days: float) -> dict[str, str]:
    """When an item expires that the flow wrote some days ago."""
    return {"N": str(int((datetime.now(UTC) - timedelta(days=days)).timestamp()) + ledger.KEPT)}


def test_what_the_event_path_has_in_hand_is_left_to_it(seen: Account) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.happened("StopLogging", {"name": "TestTrail"})
    ledger.put({"id": {"S": "event#StopLogging-0"}, "expires": kept(0)})
    assert seen.run()["told"] == []


def test_what_still_stands_a_day_later_is_told_anew(seen: Account) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.happened("StopLogging", {"name": "TestTrail"})
    ledger.put({"id": {"S": "event#StopLogging-0"}, "expires": kept(1.01)})
    seen.run()
    (found,) = seen.findings()
    assert found["id"] == f"StopLogging-0/{datetime.now(UTC):%Y-%m-%d}", "the flow handles one id once"


@pytest.mark.parametrize(
    ("call", "ago", "told"), [("StopLogging", -1, 0), ("StopLogging", 3600, 1), ("UpdateTrail", -1, 1)]
)
def test_a_stop_without_a_record_is_in_hand_if_the_flow_handled_a_stop_since(
    call: str, ago: int, told: int, seen: Account
) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    made_at = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat().replace("+00:00", "Z")
    key = "latest#123456789012/us-east-1/trail/TestTrail"
    ledger.put({"id": {"S": key}, "made_at": {"S": made_at}, "call_made": {"S": call}})
    assert len(seen.run()["told"]) == told


def test_a_stop_right_after_one_that_was_handled_is_not_taken_for_it(seen: Account) -> None:
    seen.happened("StopLogging", {"name": "TestTrail"}, eventTime=f"{datetime.now(UTC) - timedelta(seconds=20):%FT%TZ}")
    ledger.put({"id": {"S": "event#StopLogging-0"}, "expires": kept(0)})
    seen.cloudtrail.stop_logging(Name="TestTrail")
    stopped_at = datetime.now(UTC).replace(microsecond=800_000)
    seen.status = {"StopLoggingTime": stopped_at}
    made_at = (stopped_at - timedelta(seconds=0.1)).isoformat().replace("+00:00", "Z")
    key = "latest#123456789012/us-east-1/trail/TestTrail"
    ledger.put({"id": {"S": key}, "made_at": {"S": made_at}, "call_made": {"S": "StopLogging"}})
    assert len(seen.run()["told"]) == 1, "neither the call of 20 s before nor the flow's of 0.1 s before"


def test_a_trail_that_is_gone_is_told_and_its_baseline_stays(seen: Account) -> None:
    seen.cloudtrail.delete_trail(Name="TestTrail")
    seen.happened("DeleteTrail", {"name": ARN})
    seen.run()
    (found,) = seen.findings()
    assert (found["verdict"], found["actor"]["name"], found["action"]) == ("deleted", "mallory", "DeleteTrail")
    assert ledger.baseline(ARN) is not None


def test_a_trail_that_was_narrowed_is_told_with_what_was_narrowed(seen: Account) -> None:
    selectors = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    seen.cloudtrail.put_event_selectors(TrailName="TestTrail", EventSelectors=selectors)
    seen.happened("PutEventSelectors", {"trailName": "TestTrail", "eventSelectors": [{"readWriteType": "WriteOnly"}]})
    seen.run()
    (found,) = seen.findings()
    assert (found["verdict"], found["severity"], found["actor"]["name"]) == ("narrowed", "high", "mallory")
    assert [one["code"] for one in found["facts"]] == ["fewer_management_events"]
    assert found["request"] is None, "Enrich judges no part of it again"


def test_a_call_of_trailkeepers_own_hides_who_undid_it(seen: Account) -> None:
    seen.cloudtrail.put_event_selectors(
        TrailName="TestTrail", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    )
    role = "arn:aws:iam::123456789012:role/Trailkeeper-RestoreRole-1A2B"
    own = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": role}}}
    request = {"trailName": "TestTrail", "eventSelectors": []}
    seen.happened("PutEventSelectors", request, userIdentity=own)
    seen.happened(
        "PutEventSelectors", request, eventTime=f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    )
    seen.run()
    (found,) = seen.findings()
    assert found["actor"]["name"] == "unknown"


def test_what_differs_but_takes_nothing_away_is_only_counted(seen: Account) -> None:
    seen.cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=True)
    assert seen.run()["told"] == []
    found = ledger.baseline(ARN)
    assert found is not None
    assert found["fields"]["IsMultiRegionTrail"] is False


@pytest.mark.usefixtures("settled")
def test_only_what_was_announced_is_adopted_of_two_changes(seen: Account, deployed: Callable[..., None]) -> None:
    deployed(expected=[announced("UpdateTrail")])
    moto_client("s3").create_bucket(Bucket="new-logs")
    moto_client("s3").create_bucket(Bucket="evil")
    seen.cloudtrail.update_trail(Name="TestTrail", S3BucketName="evil", S3KeyPrefix="new")
    seen.happened("UpdateTrail", {"name": "TestTrail", "s3BucketName": "evil"})
    seen.happened("UpdateTrail", {"name": "TestTrail", "s3KeyPrefix": "new"}, by="deployer")
    assert seen.run()["adopted"] == [ARN]
    found = ledger.baseline(ARN)
    assert found is not None
    assert (found["fields"]["S3KeyPrefix"], found["fields"]["S3BucketName"]) == ("new", "trail-logs")
    assert found["by"] == "announced"
    (told,) = seen.findings()
    assert told["actor"]["name"] == "mallory"
    assert [one["detail"] for one in told["facts"]] == ["s3BucketName: trail-logs → evil"]


@pytest.mark.usefixtures("settled")
def test_an_announced_stop_is_what_the_owners_want_from_then_on(seen: Account, deployed: Callable[..., None]) -> None:
    deployed(expected=[announced("StopLogging")])
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.happened("StopLogging", {"name": "TestTrail"}, by="deployer")
    assert (seen.run()["adopted"], seen.findings()) == ([ARN], [])
    found = ledger.baseline(ARN)
    assert found is not None
    assert found["fields"]["Logging"] is False


@pytest.mark.usefixtures("settled")
def test_an_announced_deletion_ends_the_baseline(seen: Account, deployed: Callable[..., None]) -> None:
    deployed(expected=[announced("DeleteTrail")])
    seen.cloudtrail.delete_trail(Name="TestTrail")
    seen.happened("DeleteTrail", {"name": "TestTrail"}, by="deployer")
    assert (seen.run()["adopted"], seen.findings()) == ([ARN], [])
    assert ledger.baseline(ARN) is None
    assert ARN not in ledger.baselines()


def test_while_a_change_is_announced_event_history_gets_the_time_that_it_takes(
    seen: Account, deployed: Callable[..., None]
) -> None:
    deployed(expected=[announced("StopLogging")])
    seen.cloudtrail.stop_logging(Name="TestTrail")
    assert (seen.run()["told"], seen.run()["told"]) == ([], [])
    seen.patch.setattr(watch, "LAG", timedelta(0))
    assert len(seen.run()["told"]) == 1


def test_a_rule_that_was_disabled_is_told_and_who_did_it(seen: Account) -> None:
    seen.events.disable_rule(Name="Trailkeeper-Tampering")
    seen.happened("DisableRule", {"name": "Trailkeeper-Tampering"})
    seen.run()
    (found,) = seen.findings()
    assert (found["verdict"], found["family"], found["actor"]["name"]) == ("stopped", "trailkeeper", "mallory")
    assert seen.read_mails() == [], "the finding has a mail of its own"


def test_a_rule_without_a_target_and_one_that_is_gone_are_told(seen: Account) -> None:
    seen.events.remove_targets(Rule="Trailkeeper-Tampering", Ids=["Target0"])
    seen.run()
    seen.events.delete_rule(Name="Trailkeeper-Tampering")
    seen.events.put_rule(Name="Trailkeeper-Other", ScheduleExpression="rate(5 minutes)")
    seen.run()
    assert {(one["action"], one["verdict"]) for one in seen.findings()} == {
        ("RemoveTargets", "narrowed"),
        ("DeleteRule", "deleted"),
    }


def test_another_services_word_for_what_is_gone_does_not_make_a_trail_gone(seen: Account) -> None:
    def not_found(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, "GetTrailStatus")

    seen.answer("cloudtrail", "get_trail_status", not_found)
    with pytest.raises(NotAllDone, match="ResourceNotFoundException"):
        seen.run()
    assert seen.findings() == []


def test_a_bucket_that_is_gone_is_told_and_one_of_another_account_is_passed(
    account: Account, deployed: Callable[..., None]
) -> None:
    deployed(destinations=["arn:aws:s3:::trail-logs", "arn:aws:s3:::theirs", "arn:aws:s3:::theirs-too"])
    s3 = moto_client("s3")
    s3.put_bucket_policy(Bucket="trail-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    real, of_others = aws.client("s3", "us-east-1").get_bucket_policy, ["AccessDenied", "MethodNotAllowed"]

    def answer(Bucket: str) -> Any:
        if Bucket == "trail-logs":
            return real(Bucket=Bucket)
        code = of_others["too" in Bucket]
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetBucketPolicy")

    account.answer("s3", "get_bucket_policy", answer)
    assert "arn:aws:s3:::trail-logs" in account.run()["recorded"]
    s3.delete_bucket_policy(Bucket="trail-logs")
    s3.delete_bucket(Bucket="trail-logs")
    account.run()
    assert ("DeleteBucket", "deleted") in {(one["action"], one["verdict"]) for one in account.findings()}


def test_a_trail_that_records_but_does_not_deliver_is_told_and_not_undone(seen: Account) -> None:
    seen.status = {"LatestDeliveryError": "NoSuchBucket"}
    seen.run()
    (found,) = seen.findings()
    assert (found["verdict"], found["action"], found["undo"]["call"]) == ("narrowed", "LatestDeliveryError", None)
    assert found["facts"] == [{"code": "delivery_fails", "detail": "NoSuchBucket"}]


def test_what_cannot_be_read_keeps_nothing_else_from_being_looked_at(seen: Account) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.refuse("cloudtrail", "get_insight_selectors")
    seen.refuse("cloudtrail", "list_event_data_stores")
    seen.refuse("sqs", "get_queue_attributes")
    seen.events.disable_rule(Name="Trailkeeper-Tampering")
    with pytest.raises(NotAllDone) as raised:
        seen.run()
    assert str(raised.value).split("; ") == [
        "ListEventDataStores: AccessDeniedException",
        f"insights of {ARN}: AccessDeniedException",
        "Trailkeeper-DeadLetters: AccessDeniedException",
    ]
    assert {one["action"] for one in seen.findings()} == {"StopLogging", "DisableRule"}


def test_what_cannot_be_read_whole_is_not_recorded(account: Account) -> None:
    account.refuse("cloudtrail", "get_insight_selectors")
    with pytest.raises(NotAllDone):
        account.run()
    assert ledger.baseline(ARN) is None


@pytest.mark.parametrize("code", ["ThrottlingException", "piece"])
def test_a_baseline_that_cannot_be_read_is_never_replaced_by_what_is_found(
    code: str, seen: Account, ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen.cloudtrail.put_event_selectors(
        TrailName="TestTrail", EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    )
    before = ledger.get_item(Key={"id": f"baseline#{ARN}"})["Item"]
    real = trailkeeper_ledger.get

    def get(name: str) -> Any:
        if name == f"baseline#{ARN}" and code != "piece":
            raise ClientError({"Error": {"Code": code, "Message": "slow down"}}, "GetItem")
        return None if name.startswith("piece#") and code == "piece" else real(name)

    monkeypatch.setattr(trailkeeper_ledger, "get", get)
    with pytest.raises(NotAllDone, match=f"baseline of {ARN}: {code if code != 'piece' else 'BaselineIncomplete'}"):
        seen.run()
    assert ledger.get_item(Key={"id": f"baseline#{ARN}"})["Item"] == before


def test_without_the_ledger_a_stop_of_today_is_told_and_so_is_the_ledger(
    seen: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")

    def refused(**_: Any) -> Any:
        raise REFUSED

    monkeypatch.setattr(ledger.dynamodb(), "get_item", refused)
    monkeypatch.setenv("WATCH_MINUTES", "60")
    with pytest.raises(NotAllDone, match="ledger: AccessDeniedException"):
        seen.run()
    assert [one["action"] for one in seen.findings()] == ["StopLogging"]
    (mail,) = seen.read_mails()
    assert json.loads(mail["Message"]) == {"guard": [{"code": "no_ledger", "name": "ledger"}]}


def test_an_execution_that_cannot_be_started_is_loud(seen: Account) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.refuse("stepfunctions", "start_execution")
    with pytest.raises(NotAllDone, match="StartExecution for StopLogging"):
        seen.run()


def test_event_history_that_does_not_answer_is_asked_once_a_run_and_keeps_nothing_from_being_told(
    seen: Account,
) -> None:
    asked = []

    def refused(**given: Any) -> Any:
        asked.append(given)
        raise REFUSED

    seen.answer("cloudtrail", "lookup_events", refused)
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.events.disable_rule(Name="Trailkeeper-Tampering")
    with pytest.raises(NotAllDone, match=r"LookupEvents of .*TestTrail"):
        seen.run()
    assert {one["action"] for one in seen.findings()} == {"StopLogging", "DisableRule"}
    assert len(asked) == 1


def test_an_announced_change_is_adopted_when_event_history_could_show_that_it_is_another_by_now(
    seen: Account, deployed: Callable[..., None]
) -> None:
    deployed(expected=[announced("UpdateTrail")])
    moto_client("s3").create_bucket(Bucket="evil")
    seen.cloudtrail.update_trail(Name="TestTrail", S3BucketName="evil")
    seen.happened("UpdateTrail", {"name": "TestTrail", "s3BucketName": "new-logs"}, by="deployer")
    done = [seen.run(), seen.run()]
    assert [(one["adopted"], one["told"]) for one in done] == [([], [])] * 2
    seen.happened("UpdateTrail", {"name": "TestTrail", "s3BucketName": "evil"}, eventTime=in_seconds(1))
    assert len(seen.run()["told"]) == 1
    found = ledger.baseline(ARN)
    assert found and found["fields"]["S3BucketName"] == "trail-logs"


def test_a_request_that_was_too_large_to_be_recorded_may_have_set_anything(
    seen: Account, deployed: Callable[..., None]
) -> None:
    deployed(expected=[announced("UpdateTrail")])
    seen.cloudtrail.update_trail(Name="TestTrail", S3KeyPrefix="evil")
    seen.happened("UpdateTrail", {"name": "TestTrail", "s3KeyPrefix": "new"}, by="deployer")
    seen.happened("UpdateTrail", {"omitted": True, "name": "TestTrail"}, eventTime=in_seconds(1))
    assert len(seen.run()["told"]) == 1


@pytest.mark.usefixtures("settled")
def test_after_an_announced_stop_a_trail_that_records_again_is_to_record(
    seen: Account, deployed: Callable[..., None]
) -> None:
    deployed(expected=[announced("StopLogging")])
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.happened("StopLogging", {"name": "TestTrail"}, by="deployer")
    seen.run()
    seen.cloudtrail.start_logging(Name="TestTrail")
    assert seen.run()["adopted"] == [ARN]
    deployed(expected=[])
    seen.cloudtrail.stop_logging(Name="TestTrail")
    assert len(seen.run()["told"]) == 1


def test_a_rule_that_was_first_seen_disabled_and_is_enabled_is_to_be_enabled(account: Account) -> None:
    account.events.disable_rule(Name="Trailkeeper-Tampering")
    arn = account.rule["RuleArn"]
    assert arn in account.run()["recorded"]
    account.events.enable_rule(Name="Trailkeeper-Tampering")
    done = account.run()
    assert (done["adopted"], done["told"]) == ([arn], [])
    account.events.disable_rule(Name="Trailkeeper-Tampering")
    assert len(account.run()["told"]) == 1


def test_what_was_put_back_and_is_done_again_the_same_day_is_told_again(seen: Account) -> None:
    for number in range(2):
        seen.cloudtrail.delete_trail(Name="TestTrail")
        seen.happened("DeleteTrail", {"name": ARN}, eventTime=in_seconds(number))
        assert len(seen.run()["told"]) == 1
        ledger.put({"id": {"S": f"event#DeleteTrail-{number}"}, "expires": kept(0)})
        seen.cloudtrail.create_trail(Name="TestTrail", S3BucketName="trail-logs")
    assert [one["id"] for one in seen.findings()] == ["DeleteTrail-1", "DeleteTrail-0"]


def test_whose_call_it_was_makes_no_second_incident_of_one_that_was_told_without(seen: Account) -> None:
    seen.cloudtrail.delete_trail(Name="TestTrail")
    seen.happened("DeleteTrail", {"name": ARN})
    shown, seen.records = seen.records, []
    (name,) = seen.run()["told"]
    ledger.put({"id": {"S": f"event#{name}"}, "expires": kept(0)})
    seen.records = shown
    assert seen.run()["told"] == []
    seen.happened("DeleteTrail", {"name": ARN}, eventTime=in_seconds(60))
    assert len(seen.run()["told"]) == 1, "that call came after what was told"


def test_a_trail_of_another_home_region_is_left_to_the_stack_there(seen: Account) -> None:
    moto_client("s3", "us-west-2").create_bucket(
        Bucket="west-logs", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    west = moto_client("cloudtrail", "us-west-2")
    west.create_trail(Name="West", S3BucketName="west-logs", IsMultiRegionTrail=True)
    west.start_logging(Name="West")
    assert seen.run()["recorded"] == []


def test_a_part_of_a_trail_that_cannot_be_read_hides_nothing_of_the_others(seen: Account) -> None:
    seen.refuse("cloudtrail", "get_event_configuration")
    seen.cloudtrail.put_event_selectors(
        TrailName="TestTrail", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    )
    seen.status = {"LatestDeliveryError": "AccessDenied"}
    with pytest.raises(NotAllDone, match=f"configuration of {ARN}: AccessDenied"):
        seen.run()
    assert {one["action"] for one in seen.findings()} == {"PutEventSelectors", "LatestDeliveryError"}
    found = ledger.baseline(ARN)
    assert found and found["fields"]["MaxEventSize"] == "Standard"


@pytest.mark.parametrize("settled", ["ENABLED", "STOPPED_INGESTION", "PENDING_DELETION"])
def test_a_store_is_recorded_when_its_status_has_settled(settled: str, account: Account) -> None:
    arn = "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/aaaaaaaa-2222-3333-4444-55555555aaaa"
    account.answer(
        "cloudtrail", "list_event_data_stores", lambda **_: {"EventDataStores": [{"EventDataStoreArn": arn}]}
    )
    for status, recorded in (("STARTING_INGESTION", False), ("STOPPING_INGESTION", False), (settled, True)):
        account.answer("cloudtrail", "get_event_data_store", lambda status=status, **_: {"Status": status})
        assert (arn in account.run()["recorded"]) is recorded


def test_a_refused_call_and_one_on_another_trail_are_not_what_stopped_it(seen: Account) -> None:
    seen.cloudtrail.stop_logging(Name="TestTrail")
    seen.happened("StopLogging", {"name": "Other"}, by="eve")
    seen.happened("StopLogging", {"name": "TestTrail"}, by="eve", errorCode="AccessDenied")
    seen.run()
    (found,) = seen.findings()
    assert found["actor"]["name"] == "unknown"


def test_of_two_calls_the_later_is_told(seen: Account) -> None:
    seen.cloudtrail.update_trail(Name="TestTrail", S3BucketName="trail-logs", S3KeyPrefix="evil", SnsTopicName="")
    seen.cloudtrail.update_trail(Name="TestTrail", IncludeGlobalServiceEvents=False)
    seen.happened(
        "UpdateTrail", {"name": ARN, "includeGlobalServiceEvents": False}, by="later", eventTime=in_seconds(2)
    )
    seen.happened("UpdateTrail", {"name": ARN, "s3KeyPrefix": "evil"}, by="earlier")
    seen.run()
    assert [one["actor"]["name"] for one in seen.findings()] == ["later"]


def test_a_trail_that_the_settings_name_by_its_arn_is_looked_at_where_it_is(
    account: Account, deployed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    region = {"LocationConstraint": "eu-west-1"}
    moto_client("s3", "eu-west-1").create_bucket(Bucket="west-logs", CreateBucketConfiguration=region)
    west = moto_client("cloudtrail", "eu-west-1")
    arn = west.create_trail(Name="West", S3BucketName="west-logs")["TrailARN"]
    west.start_logging(Name="West")
    own = aws.client("cloudtrail", "eu-west-1")
    monkeypatch.setattr(own, "get_event_configuration", lambda **_: {"TrailARN": arn, "MaxEventSize": "Standard"})
    deployed(trails=["TestTrail", arn, arn.replace("123456789012", "111122223333")])
    assert {ARN, arn} == {one for one in account.run()["recorded"] if ":trail/" in one}


def test_who_writes_to_a_bucket_is_what_its_policy_is_judged_by() -> None:
    mine = {"TrailARN": ARN, "S3BucketName": "trail-logs", "S3KeyPrefix": "a/b", "IsOrganizationTrail": True}
    bare = {"TrailARN": ARN.replace("Test", "Bare"), "S3BucketName": "trail-logs"}
    other = {"TrailARN": ARN.replace("Test", "Other"), "S3BucketName": "other-logs"}
    assert watch.writers("arn:aws:s3:::trail-logs", [mine, bare, other]) == [
        {"arn": ARN, "prefix": "a/b", "organization": ""},
        {"arn": bare["TrailARN"], "prefix": "", "organization": None},
    ]


@pytest.mark.parametrize(
    ("now", "narrow"),
    [({}, 0), ({"Logging": False}, 1), ({"IsMultiRegionTrail": False}, 1), ({"EventSelectors": []}, 1)],
)
def test_what_was_first_seen_narrowed_is_counted(
    now: dict[str, Any], narrow: int, seen: Account, caplog: pytest.LogCaptureFixture
) -> None:
    baseline: Any = ledger.baseline(ARN)
    fields = {**baseline["fields"], "IsMultiRegionTrail": True, **now}
    ledger.save({"arn": ARN, "fields": fields, "by": baseline["by"], "at": baseline["at"]})
    caplog.set_level("INFO")
    seen.run()
    assert f'"first_seen_narrowed": {narrow}' in caplog.messages[-1]


@pytest.mark.parametrize(
    ("entry", "may"),
    [
        ({}, True),
        ({"until": f"{datetime.now(UTC) - timedelta(hours=12):%FT%TZ}"}, True),
        ({"until": f"{datetime.now(UTC) - timedelta(hours=36):%FT%TZ}"}, False),
        ({"actions": ["UpdateTrail"]}, False),
        ({"trails": ["TestTrail"]}, True),
        ({"trails": ["Other"]}, False),
    ],
)
def test_a_change_may_be_announced_by_what_it_is_on_what_and_until_a_day_ago(entry: Any, may: bool) -> None:
    wanted: Any = {**SETTINGS, "expected": [{**announced("StopLogging"), **entry}]}
    one = findings.Difference(findings.PARTS[TRAIL][0], ("Logging",), None)
    assert authors.may_be_announced(one, ARN, wanted, OWN, datetime.now(UTC)) is may


def test_a_status_that_was_cut_off_says_nothing(seen: Account) -> None:
    seen.answer("cloudtrail", "get_trail_status", lambda **_: {})
    with pytest.raises(NotAllDone, match=f"{ARN}: IncompleteAnswer"):
        seen.run()
    assert seen.findings() == []


def test_own_rules_are_listed_page_by_page(account: Account) -> None:
    """Whoever makes a hundred rules under our prefix must not hide ours."""
    rules = [{"Name": f"Trailkeeper-{name}", "Arn": f"arn:{name}", "State": "ENABLED"} for name in ("A", "Trails")]
    pages = {"": {"Rules": rules[:1], "NextToken": "more"}, "more": {"Rules": rules[1:]}}
    account.answer("events", "list_rules", lambda NamePrefix, NextToken="": pages[NextToken])
    assert guarded.own_rules(OWN, SETTINGS) == rules


def test_event_data_stores_are_listed_page_by_page(account: Account) -> None:
    arn = "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/aaaaaaaa-2222-3333-4444-55555555aaa"
    pages = {
        "": {"EventDataStores": [{"EventDataStoreArn": f"{arn}1"}], "NextToken": "more"},
        "more": {"EventDataStores": [{"EventDataStoreArn": f"{arn}2"}]},
    }
    account.answer("cloudtrail", "list_event_data_stores", lambda NextToken="": pages[NextToken])
    store = {"Name": "Lake", "Status": "ENABLED", "AdvancedEventSelectors": []}
    account.answer("cloudtrail", "get_event_data_store", lambda **_: store)
    assert {f"{arn}1", f"{arn}2"} <= {*account.run()["recorded"]}
