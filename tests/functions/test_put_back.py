"""Restore, on moto: what differs from the baseline is put back, and nothing else."""

import json
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

import restore
from tests.conftest import moto_client
from tests.samples import ARN, CONTEXT
from trailkeeper import aws, ledger, undo
from trailkeeper.undo import Fields
from trailkeeper.undo import trail as undo_trail

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:trail:*"
ROLE = "arn:aws:iam::123456789012:role/ToLogs"
READ_ONLY = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": []}]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "PAUSE", 0)


@pytest.fixture
def cloudtrail(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """CloudTrail with a trail that records all Regions; moto knows no event configuration."""
    moto_client("s3").create_bucket(Bucket="trail-logs")
    client = moto_client("cloudtrail")
    client.create_trail(
        Name="TestTrail",
        S3BucketName="trail-logs",
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        TagsList=[{"Key": "team", "Value": "security"}],
    )
    client.start_logging(Name="TestTrail")
    own = aws.client("cloudtrail", "us-east-1")
    kept: dict[str, Any] = {"TrailARN": ARN, "MaxEventSize": "Standard", "ContextKeySelectors": []}
    monkeypatch.setattr(own, "get_event_configuration", lambda **_: {**kept})
    monkeypatch.setattr(own, "put_event_configuration", lambda TrailName, **given: kept.update(given))
    return client


def record(arn: str = ARN, **changes: Any) -> Fields:
    """Take what is for what its owners want."""
    fields = {**undo.whole(arn), **changes}
    ledger.save({"arn": arn, "fields": fields, "by": "first sight", "at": "2026-11-26T09:00:00.000Z"})
    return fields


def order(do: str, arn: str = ARN, **changes: Any) -> restore.Order:
    """What the flow asks of Restore."""
    return {"do": do, "on": arn, "incident": "incident", "act": True, "retries": 0, **changes}  # type: ignore[typeddict-item]


def test_only_the_settings_that_differ_are_put_back_and_each_is_told(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    record()
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False, EnableLogFileValidation=False)
    own = aws.client("cloudtrail", "us-east-1")
    called = Mock(side_effect=own.update_trail)
    monkeypatch.setattr(own, "update_trail", called)
    result = restore.handler(order("UpdateTrail", retries=2), CONTEXT)
    called.assert_called_once_with(Name=ARN, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    assert (result["call"], result["retries"]) == ("UpdateTrail", 2)
    assert result["changes"] == [
        {"field": "IsMultiRegionTrail", "wanted": "true", "found": "false"},
        {"field": "EnableLogFileValidation", "wanted": "true", "found": "false"},
    ]
    assert (result["proven"], result["logging"], result["left"]) == (True, True, [])


def test_all_that_update_trail_sets_is_in_the_baseline() -> None:
    model = aws.SESSION.get_service_model("cloudtrail").operation_model("UpdateTrail").input_shape
    assert model is not None
    assert {*model.members} == {"Name", *undo.row("UpdateTrail").fields}


def test_a_setting_of_which_aws_says_nothing_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aws, "client", lambda *_: Mock(get_trail=lambda Name: {"Trail": {"S3BucketName": "trail-logs"}})
    )
    found = undo.row("UpdateTrail").read(ARN)
    assert {name for name, value in found.items() if value is False} == {
        *("IncludeGlobalServiceEvents", "IsMultiRegionTrail", "EnableLogFileValidation", "IsOrganizationTrail")
    }
    assert (found["RecursiveLogging"], found["KmsKeyId"], found["S3BucketName"]) == (True, "", "trail-logs")


def test_a_setting_that_is_newer_than_the_sdk_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Mock()
    old.meta.service_model.operation_model("UpdateTrail").input_shape.members = {"Name": 0, "S3BucketName": 0}
    monkeypatch.setattr(aws, "client", lambda *_: old)
    wanted = {"S3BucketName": "trail-logs", "RecursiveLogging": True}
    undo.row("UpdateTrail").put(ARN, wanted, ["S3BucketName", "RecursiveLogging"])
    old.update_trail.assert_called_once_with(Name=ARN, S3BucketName="trail-logs")


def test_a_setting_that_was_not_there_is_taken_away_again(cloudtrail: Any) -> None:
    record()
    cloudtrail.update_trail(Name="TestTrail", S3KeyPrefix="elsewhere")
    assert restore.handler(order("UpdateTrail"), CONTEXT)["proven"] is True
    assert not cloudtrail.get_trail(Name="TestTrail")["Trail"].get("S3KeyPrefix")


def test_event_selectors_are_put_back_whole(cloudtrail: Any) -> None:
    everything = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
    cloudtrail.put_event_selectors(TrailName="TestTrail", EventSelectors=everything)
    record()
    cloudtrail.put_event_selectors(TrailName="TestTrail", EventSelectors=READ_ONLY)
    assert restore.handler(order("PutEventSelectors"), CONTEXT)["proven"] is True
    assert cloudtrail.get_event_selectors(TrailName="TestTrail")["EventSelectors"] == everything


def test_the_event_configuration_is_put_back(cloudtrail: Any) -> None:
    record(MaxEventSize="Large")
    result = restore.handler(order("PutEventConfiguration"), CONTEXT)
    assert (result["proven"], result["changes"]) == (
        True,
        [{"field": "MaxEventSize", "wanted": "Large", "found": "Standard"}],
    )


def test_a_deleted_trail_is_created_again_as_it_was_and_records(cloudtrail: Any) -> None:
    cloudtrail.put_event_selectors(TrailName="TestTrail", EventSelectors=READ_ONLY)
    record()
    cloudtrail.delete_trail(Name="TestTrail")
    result = restore.handler(order("CreateTrail"), CONTEXT)
    assert (result["proven"], result["logging"]) == (True, True)
    told = {change["field"]: change["wanted"] for change in result["changes"]}
    assert (told["S3BucketName"], told["Logging"]) == ("trail-logs", "true")
    assert not {"S3KeyPrefix", "IsOrganizationTrail", "AdvancedEventSelectors"} & told.keys(), "what was not set"
    trail = cloudtrail.get_trail(Name="TestTrail")["Trail"]
    assert (trail["TrailARN"], trail["S3BucketName"], trail["IsMultiRegionTrail"]) == (ARN, "trail-logs", True)
    assert cloudtrail.get_event_selectors(TrailName="TestTrail")["EventSelectors"] == READ_ONLY
    (tags,) = cloudtrail.list_tags(ResourceIdList=[ARN])["ResourceTagList"]
    assert tags["TagsList"] == [{"Key": "team", "Value": "security"}]


@pytest.mark.parametrize("operation", ["get_trail", "get_event_selectors", "get_insight_selectors", "list_tags"])
def test_a_deleted_trail_records_again_whatever_cannot_be_read(
    operation: str, cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudtrail.put_event_selectors(TrailName="TestTrail", EventSelectors=READ_ONLY)
    record()
    cloudtrail.delete_trail(Name="TestTrail")
    refused = Mock(side_effect=ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "Read"))
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), operation, refused)
    result = restore.handler(order("CreateTrail"), CONTEXT)
    assert (result["proven"], result["unread"]) == (None, "ThrottlingException")
    monitor = moto_client("cloudtrail")
    assert monitor.get_trail_status(Name="TestTrail")["IsLogging"] is True
    assert monitor.get_event_selectors(TrailName="TestTrail")["EventSelectors"] == READ_ONLY


def test_a_trail_that_an_earlier_try_created_is_finished(cloudtrail: Any) -> None:
    record()
    cloudtrail.delete_trail(Name="TestTrail")
    cloudtrail.create_trail(Name="TestTrail", S3BucketName="trail-logs")
    assert restore.handler(order("CreateTrail"), CONTEXT)["proven"] is True
    assert cloudtrail.get_trail_status(Name="TestTrail")["IsLogging"] is True


def test_a_trail_that_its_owners_had_off_is_not_started(cloudtrail: Any) -> None:
    record(Logging=False)
    cloudtrail.delete_trail(Name="TestTrail")
    result = restore.handler(order("CreateTrail"), CONTEXT)
    assert (result["proven"], result["logging"]) == (True, False)


def test_the_settings_are_not_proven_while_the_trail_does_not_record(cloudtrail: Any) -> None:
    record()
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False)
    cloudtrail.stop_logging(Name="TestTrail")
    result = restore.handler(order("UpdateTrail"), CONTEXT)
    assert (result["proven"], result["logging"], result["left"]) == (False, False, [])


@pytest.mark.parametrize("call", ["UpdateTrail", "PutEventSelectors", "CreateTrail"])
def test_without_a_baseline_nothing_is_guessed(call: str, cloudtrail: Any) -> None:
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False)
    assert restore.handler(order(call), CONTEXT) == {"held": "no_baseline"}
    assert cloudtrail.get_trail(Name="TestTrail")["Trail"]["IsMultiRegionTrail"] is False


def test_where_nothing_differs_nothing_is_called(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    record()
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "update_trail", Mock(side_effect=AssertionError))
    result = restore.handler(order("UpdateTrail"), CONTEXT)
    assert (result["held"], result["proven"]) == ("as_wanted", True)
    assert "call" not in result


def test_what_only_looks_says_what_would_be_put_back(cloudtrail: Any) -> None:
    record()
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False)
    result = restore.handler(order("UpdateTrail", act=False), CONTEXT)
    assert [change["field"] for change in result["left"]] == ["IsMultiRegionTrail"]
    assert "call" not in result
    assert cloudtrail.get_trail(Name="TestTrail")["Trail"]["IsMultiRegionTrail"] is False


def test_the_state_found_is_kept_before_it_is_changed(cloudtrail: Any, ledger: Any) -> None:
    record()
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False)
    restore.handler(order("UpdateTrail"), CONTEXT)
    item = ledger.get_item(Key={"id": "evidence#incident#UpdateTrail"})["Item"]
    assert item["thing"] == ARN
    assert int(item["expires"]) > 0
    piece = ledger.get_item(Key={"id": f"old-piece#{item['hash']}#0"})["Item"]
    assert json.loads(zlib_text(piece["packed"].value))["IsMultiRegionTrail"] is False


def zlib_text(packed: bytes) -> str:
    """What was packed."""
    import zlib

    return zlib.decompress(packed).decode()


def test_that_the_evidence_could_not_be_kept_is_told_and_stops_nothing(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    record()
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False)
    refused = Mock(side_effect=ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "PutItem"))
    monkeypatch.setattr(aws.client("dynamodb", "us-east-1", 2), "put_item", refused)
    result = restore.handler(order("UpdateTrail"), CONTEXT)
    assert (result["evidence"], result["proven"]) == ("ThrottlingException", True)


def test_what_cannot_be_read_is_put_back_all_the_same(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    record()
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False)
    unread = Mock(side_effect=ConnectTimeoutError(endpoint_url="https://cloudtrail"))
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_trail", unread)
    result = restore.handler(order("UpdateTrail"), CONTEXT)
    assert (result["proven"], result["unread"]) == (None, "ConnectTimeoutError")
    assert result["called_at"]
    monitor = moto_client("cloudtrail")
    assert monitor.get_trail(Name="TestTrail")["Trail"]["IsMultiRegionTrail"] is True


def test_a_ledger_that_cannot_be_read_fails_under_its_code(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Mock(side_effect=ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "GetItem"))
    monkeypatch.setattr(aws.client("dynamodb", "us-east-1", 2), "get_item", refused)
    with pytest.raises(Exception, match="slow") as raised:
        restore.handler(order("UpdateTrail"), CONTEXT)
    assert type(raised.value).__name__ == "ThrottlingException"


@pytest.mark.parametrize(
    ("call", "operation"),
    [
        ("UpdateTrail", "get_trail"),
        ("PutEventSelectors", "get_event_selectors"),
        ("PutInsightSelectors", "get_insight_selectors"),
        ("PutEventConfiguration", "get_event_configuration"),
        ("CreateTrail", "list_tags"),
    ],
)
def test_an_answer_that_was_cut_off_is_no_reading(
    call: str, operation: str, cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(IsMultiRegionTrail=False, MaxEventSize="Large", InsightSelectors=[], EventSelectors=READ_ONLY)
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), operation, lambda **_: {})
    result = restore.handler(order(call), CONTEXT)
    assert (result["proven"], result["unread"]) == (None, "IncompleteAnswer")
    assert result["called_at"]


def test_an_answer_of_the_ledger_that_was_cut_off_does_not_mean_that_there_is_no_baseline(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws.client("dynamodb", "us-east-1", 2), "get_item", lambda **_: {})
    with pytest.raises(Exception, match="IncompleteAnswer") as raised:
        restore.handler(order("UpdateTrail"), CONTEXT)
    assert type(raised.value).__name__ == "IncompleteAnswer"


def test_a_baseline_of_any_length_is_read_as_it_was_written(ledger: Any) -> None:
    import random

    from trailkeeper import ledger as kept

    text = random.Random(1).randbytes(600_000).hex()  # which does not get shorter
    kept.save({"arn": ARN, "fields": {"Policy": text}, "by": "adopted", "at": "2026-11-26T09:00:00.000Z"})
    found = kept.baseline(ARN)
    assert found is not None
    assert (found["fields"]["Policy"] == text, found["by"]) == (True, "adopted")


def test_a_baseline_that_lost_a_piece_is_not_taken_for_one(ledger: Any) -> None:
    from trailkeeper import ledger as kept

    kept.save({"arn": ARN, "fields": {"Policy": "{}"}, "by": "adopted", "at": "2026-11-26T09:00:00.000Z"})
    (piece,) = [item for item in ledger.scan()["Items"] if item["id"].startswith("piece#")]
    ledger.delete_item(Key={"id": piece["id"]})
    with pytest.raises(aws.Unanswered):
        kept.baseline(ARN)


# ---- What trails write to, and Trailkeeper's own rules


def test_a_buckets_policy_is_put_back_and_one_that_had_none_gets_none(ledger: Any) -> None:
    s3, arn = moto_client("s3"), "arn:aws:s3:::trail-logs"
    s3.create_bucket(Bucket="trail-logs")
    statement = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Action": "s3:GetBucketAcl", "Resource": arn}]}
    s3.put_bucket_policy(Bucket="trail-logs", Policy=json.dumps(policy))
    record(arn)
    s3.delete_bucket_policy(Bucket="trail-logs")
    assert restore.handler(order("PutBucketPolicy", arn), CONTEXT)["proven"] is True
    assert json.loads(s3.get_bucket_policy(Bucket="trail-logs")["Policy"]) == policy
    s3.delete_bucket_policy(Bucket="trail-logs")
    record(arn)
    s3.put_bucket_policy(Bucket="trail-logs", Policy=json.dumps(policy))
    assert restore.handler(order("PutBucketPolicy", arn), CONTEXT)["proven"] is True
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="trail-logs")


@pytest.mark.parametrize("call", ["EnableKey", "CancelKeyDeletion"])
def test_a_key_encrypts_again(call: str, ledger: Any) -> None:
    kms = moto_client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    record(arn)
    if call == "EnableKey":
        kms.disable_key(KeyId=arn.rpartition("/")[2])
    else:
        kms.schedule_key_deletion(KeyId=arn.rpartition("/")[2], PendingWindowInDays=7)
    result = restore.handler(order(call, arn), CONTEXT)
    assert (result["proven"], result.get("logging", None)) == (True, None)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_rule_is_enabled_and_starts_again_what_it_started(ledger: Any) -> None:
    events = moto_client("events")
    arn = events.put_rule(Name="Trailkeeper-Trails", EventPattern='{"source": ["aws.cloudtrail"]}')["RuleArn"]
    target: Any = {"Id": "Target0", "Arn": "arn:aws:sqs:us-east-1:123456789012:queue"}
    events.put_targets(Rule="Trailkeeper-Trails", Targets=[target])
    record(arn)
    events.disable_rule(Name="Trailkeeper-Trails")
    events.remove_targets(Rule="Trailkeeper-Trails", Ids=["Target0"])
    assert restore.handler(order("EnableRule", arn), CONTEXT)["proven"] is True
    assert restore.handler(order("PutTargets", arn), CONTEXT)["proven"] is True
    assert events.describe_rule(Name="Trailkeeper-Trails")["State"] == "ENABLED"
    assert events.list_targets_by_rule(Rule="Trailkeeper-Trails")["Targets"] == [target]


# ---- Event data stores, which moto does not have


class Store:
    """An event data store, with CloudTrail's calls on it."""

    def __init__(self) -> None:
        """Ingesting."""
        self.found: dict[str, Any] = {"Name": "Lake", "RetentionPeriod": 366, "Status": "ENABLED"}

    def get_event_data_store(self, EventDataStore: str) -> dict[str, Any]:
        return {**self.found}

    def update_event_data_store(self, EventDataStore: str, **given: Any) -> None:
        self.found |= given

    def start_event_data_store_ingestion(self, EventDataStore: str) -> None:
        self.found["Status"] = "ENABLED"

    def restore_event_data_store(self, EventDataStore: str) -> None:
        assert self.found["Status"] == "PENDING_DELETION", "AWS restores no other"
        self.found["Status"] = "STOPPED_INGESTION"


@pytest.mark.parametrize(
    ("call", "harm"),
    [
        ("UpdateEventDataStore", {"RetentionPeriod": 7}),
        ("StartEventDataStoreIngestion", {"Status": "STOPPED_INGESTION"}),
        ("RestoreEventDataStore", {"Status": "PENDING_DELETION"}),
        ("RestoreEventDataStore", {"Status": "STOPPED_INGESTION"}),  # somebody restored it in the meantime
    ],
)
def test_an_event_data_store_is_put_back(
    call: str, harm: dict[str, Any], ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, arn = Store(), ARN.replace("trail/TestTrail", "eventdatastore/aaaaaaaa-bbbb-cccc-dddd-000000000001")
    for name in ("get_event_data_store", "update_event_data_store", "start_event_data_store_ingestion"):
        monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), name, getattr(store, name))
    monkeypatch.setattr(
        aws.client("cloudtrail", "us-east-1"), "restore_event_data_store", store.restore_event_data_store
    )
    wanted = record(arn)
    store.found |= harm
    result = restore.handler(order(call, arn), CONTEXT)
    assert (result["proven"], store.found) == (True, wanted)


def test_what_cloudformation_tagged_is_made_again_without_its_tags(cloudtrail: Any) -> None:
    ours = {"Key": "team", "Value": "security"}
    cloudtrail.add_tags(ResourceId=ARN, TagsList=[{"Key": "aws:cloudformation:stack-name", "Value": "Trails"}])
    assert record()["Tags"] == [ours]
    cloudtrail.delete_trail(Name="TestTrail")
    result = restore.handler(order("CreateTrail"), CONTEXT)
    assert (result["proven"], result["left"]) == (True, [])


@pytest.mark.parametrize("refused", ["CloudWatchLogsLogGroupArn", "SnsTopicName", "KmsKeyId"])
def test_a_part_that_is_gone_keeps_a_trail_from_nothing_else(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """Whoever deletes a trail deletes the topic it tells, with one call more."""
    parts = {"CloudWatchLogsLogGroupArn": GROUP, "CloudWatchLogsRoleArn": ROLE, "SnsTopicName": "told", "KmsKeyId": "k"}
    record(**parts, EventSelectors=READ_ONLY)
    cloudtrail.delete_trail(Name="TestTrail")
    own = aws.client("cloudtrail", "us-east-1")
    given: dict[str, Any] = {}

    def call(real: Any, **asked: Any) -> Any:
        if refused in asked:
            raise ClientError({"Error": {"Code": "PartIsGone", "Message": "part is gone"}}, "Any")
        given.update(asked)
        return real(**{name: value for name, value in asked.items() if name not in parts})

    for name in ("create_trail", "update_trail"):
        monkeypatch.setattr(own, name, partial(call, getattr(own, name)))
    with pytest.raises(Exception, match="part is gone"):
        restore.handler(order("CreateTrail"), CONTEXT)
    assert cloudtrail.get_trail_status(Name="TestTrail")["IsLogging"] is True
    assert cloudtrail.get_event_selectors(TrailName="TestTrail")["EventSelectors"][0]["ReadWriteType"] == "ReadOnly"
    assert {"KmsKeyId", "SnsTopicName", "CloudWatchLogsLogGroupArn"} & {*given} == {*parts} - {
        refused,
        "CloudWatchLogsRoleArn",
    }
    assert given["IsMultiRegionTrail"] is True


@pytest.mark.parametrize("differs", ["CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"])
def test_a_log_group_and_its_role_are_put_back_together(
    differs: str, cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudTrail takes neither without the other."""
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "update_trail", lambda **asked: given.append(asked))
    parts = {"CloudWatchLogsLogGroupArn": GROUP, "CloudWatchLogsRoleArn": ROLE}
    undo_trail.update_trail(ARN, parts, [differs])
    assert given == [{"Name": ARN, **parts}]


def narrowed(cloudtrail: Any) -> None:
    """A trail that is not as its owners want it."""
    record()
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False)


def test_what_an_earlier_try_put_back_is_told_though_its_answer_got_lost(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrowed(cloudtrail)
    own = aws.client("cloudtrail", "us-east-1")
    done = own.update_trail

    def unanswered(**given: Any) -> None:
        done(**given)
        raise ReadTimeoutError(endpoint_url="https://cloudtrail")

    monkeypatch.setattr(own, "update_trail", unanswered)
    with pytest.raises(ReadTimeoutError):
        restore.handler(order("UpdateTrail"), CONTEXT)
    result = restore.handler(order("UpdateTrail", retries=1), CONTEXT)
    assert (result["call"], result["proven"], "held" in result) == ("UpdateTrail", True, False)
    assert result["changes"] == [{"field": "IsMultiRegionTrail", "wanted": "true", "found": "false"}]
    assert restore.handler(order("UpdateTrail", incident="another"), CONTEXT)["held"] == "as_wanted"


def test_the_evidence_of_the_first_try_stays(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    narrowed(cloudtrail)
    own, refused = (
        aws.client("cloudtrail", "us-east-1"),
        ClientError({"Error": {"Code": "Slow", "Message": "slow"}}, ""),
    )
    monkeypatch.setattr(own, "update_trail", Mock(side_effect=refused))
    for unread in ({}, {"get_trail": Mock(side_effect=refused)}):
        for name, answer in unread.items():
            monkeypatch.setattr(own, name, answer)
        with pytest.raises(Exception, match="slow"):
            restore.handler(order("UpdateTrail"), CONTEXT)
    kept = ledger.evidence("incident", "UpdateTrail")
    assert kept and kept["found"]["IsMultiRegionTrail"] is False


@pytest.mark.parametrize("call", undo.FILES)
def test_what_a_row_reads_and_writes_are_calls_of_the_api(call: str) -> None:
    row = undo.row(call)
    for action in (*row.reads, *row.writes):
        service, _, name = action.partition(":")
        assert name in aws.SESSION.get_service_model(service).operation_names, action


def test_all_that_sets_up_an_event_data_store_is_in_its_baseline() -> None:
    model = aws.SESSION.get_service_model("cloudtrail").operation_model("UpdateEventDataStore").input_shape
    assert model is not None
    # Its key can be set and not changed: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html
    assert {*model.members} == {"EventDataStore", "KmsKeyId", *undo.row("UpdateEventDataStore").fields}


def test_an_event_configuration_of_which_aws_says_nothing_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "client", lambda *_: Mock(get_event_configuration=lambda TrailName: {"TrailARN": ARN}))
    found = undo.row("PutEventConfiguration").read(ARN)
    assert found == {"MaxEventSize": "", "ContextKeySelectors": [], "AggregationConfigurations": []}


def test_insights_that_a_trail_has_none_of_are_an_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([{"TrailARN": ARN}, {"TrailARN": ARN, "InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]}])
    monkeypatch.setattr(aws, "client", lambda *_: Mock(get_insight_selectors=lambda TrailName: next(answers)))
    read = undo.row("PutInsightSelectors").read
    assert read(ARN) == {"InsightSelectors": []}
    assert read(ARN) == {"InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]}


def test_a_policy_of_another_spacing_and_order_is_the_same(ledger: Any) -> None:
    s3, arn = moto_client("s3"), "arn:aws:s3:::trail-logs"
    s3.create_bucket(Bucket="trail-logs")
    s3.put_bucket_policy(Bucket="trail-logs", Policy='{"Version": "2012-10-17", "Id": "a", "Statement": []}')
    record(arn)
    s3.put_bucket_policy(Bucket="trail-logs", Policy='{"Statement":[],"Id":"a","Version":"2012-10-17"}')
    assert restore.handler(order("PutBucketPolicy", arn), CONTEXT)["held"] == "as_wanted"


def test_an_event_data_store_that_its_owners_had_off_does_not_ingest_when_it_is_back(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, arn = Store(), ARN.replace("trail/TestTrail", "eventdatastore/aaaaaaaa-bbbb-cccc-dddd-000000000001")
    for name in ("get_event_data_store", "start_event_data_store_ingestion", "restore_event_data_store"):
        monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), name, getattr(store, name))
    store.found["Status"] = "STOPPED_INGESTION"
    record(arn)
    store.found["Status"] = "PENDING_DELETION"
    result = restore.handler(order("RestoreEventDataStore", arn), CONTEXT)
    assert (result["proven"], store.found["Status"]) == (True, "STOPPED_INGESTION")


def test_of_what_could_not_be_read_before_no_change_is_told(cloudtrail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    narrowed(cloudtrail)
    own = aws.client("cloudtrail", "us-east-1")
    done, real = own.update_trail, undo.read

    def unanswered(**given: Any) -> None:
        done(**given)
        raise ReadTimeoutError(endpoint_url="https://cloudtrail")

    with monkeypatch.context() as patch:
        patch.setattr(own, "update_trail", unanswered)
        patch.setattr(undo, "read", Mock(side_effect=ConnectTimeoutError(endpoint_url="https://cloudtrail")))
        with pytest.raises(ReadTimeoutError):
            restore.handler(order("UpdateTrail"), CONTEXT)
    assert undo.read is real
    result = restore.handler(order("UpdateTrail", retries=1), CONTEXT)
    assert (result["call"], result["proven"], "changes" in result) == ("UpdateTrail", True, False)


def test_a_rule_that_does_not_get_all_its_targets_is_an_error(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"FailedEntryCount": 1, "FailedEntries": [{"ErrorCode": "LimitExceeded"}]}
    monkeypatch.setattr(aws, "client", lambda *_: Mock(put_targets=lambda **_: refused))
    with pytest.raises(ValueError, match="LimitExceeded"):
        undo.row("PutTargets").put("arn:aws:events:us-east-1:123456789012:rule/T", {"Targets": []}, ["Targets"])


def test_insights_that_may_not_be_read_are_not_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(code: str) -> None:
        error = ClientError({"Error": {"Code": code, "Message": "no"}}, "GetInsightSelectors")
        monkeypatch.setattr(aws, "client", lambda *_: Mock(get_insight_selectors=Mock(side_effect=error)))

    answer("InsightNotEnabledException")
    assert undo.row("PutInsightSelectors").read(ARN) == {"InsightSelectors": []}
    answer("AccessDeniedException")
    with pytest.raises(ClientError):
        undo.row("PutInsightSelectors").read(ARN)


def test_a_trail_that_nothing_could_be_left_out_of_fails_under_the_first_error(
    cloudtrail: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    record()
    cloudtrail.delete_trail(Name="TestTrail")
    error = ClientError({"Error": {"Code": "S3BucketDoesNotExistException", "Message": "no bucket"}}, "CreateTrail")
    created = Mock(side_effect=error)
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "create_trail", created)
    with pytest.raises(Exception, match="no bucket"):
        restore.handler(order("CreateTrail"), CONTEXT)
    created.assert_called_once()
