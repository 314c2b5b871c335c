"""CloudTrail's calls on the local cloud, where moto differs from AWS."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.account import ACCOUNT, allow, recording_trail, role, trail_bucket

HOME, AWAY = "ap-southeast-2", "ap-southeast-1"  # used by these tests only
ARN = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/HomeTrail"


@pytest.fixture(scope="module", autouse=True)
def trail(cloud: LocalCloud) -> None:
    recording_trail(cloud, "HomeTrail", HOME)


@pytest.fixture(autouse=True)
def room(cloud: LocalCloud) -> Iterator[None]:
    """Delete the trails of a test, as a Region is home to five."""
    yield
    client = cloud.client("cloudtrail", HOME)
    for trail in client.describe_trails(includeShadowTrails=False)["trailList"]:
        if trail["Name"] != "HomeTrail":
            client.delete_trail(Name=trail["Name"])


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def fresh(cloud: LocalCloud, name: str, **options: Any) -> Any:
    """Create a trail that is not logging; return a client of its home Region."""
    client = cloud.client("cloudtrail", HOME)
    client.create_trail(Name=name, S3BucketName=trail_bucket(cloud, name.lower()), **options)
    return client


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("start_logging", {}),
    ("stop_logging", {}),
    ("update_trail", {}),
    ("delete_trail", {}),
    ("put_event_selectors", {"EventSelectors": [{"ReadWriteType": "All"}]}),
    ("put_event_configuration", {"MaxEventSize": "Large"}),
    ("put_insight_selectors", {"InsightSelectors": [{"InsightType": "ApiCallRateInsight"}]}),
]


@pytest.mark.parametrize(("call", "options"), CHANGES)
def test_a_trail_is_changed_only_in_its_home_region(cloud: LocalCloud, call: str, options: dict[str, Any]) -> None:
    name = "TrailName" if call.startswith("put") else "Name"
    change = getattr(cloud.client("cloudtrail", AWAY), call)
    assert code_of(lambda: change(**{name: ARN}, **options)) == "InvalidHomeRegionException"
    assert code_of(lambda: change(**{name: "HomeTrail"}, **options)) == "TrailNotFoundException"
    assert code_of(lambda: change(**{name: f"{ARN}2"}, **options)) == "TrailNotFoundException"


def test_a_shadow_trail_is_shown_everywhere_and_changed_only_at_home(cloud: LocalCloud) -> None:
    fresh(cloud, "ShadowTrail", IsMultiRegionTrail=True)
    arn = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/ShadowTrail"
    away = cloud.client("cloudtrail", AWAY)
    assert code_of(lambda: away.stop_logging(Name="ShadowTrail")) == "InvalidHomeRegionException"

    shown = {trail["Name"]: trail["HomeRegion"] for trail in away.describe_trails()["trailList"]}
    assert shown["ShadowTrail"] == HOME
    assert "HomeTrail" not in shown
    assert away.get_trail(Name=arn)["Trail"]["HomeRegion"] == HOME
    assert away.get_trail_status(Name=arn)["IsLogging"] is False
    # https://github.com/aws/aws-sdk-go-v2/issues/1957
    assert code_of(lambda: away.get_event_selectors(TrailName="ShadowTrail")) == "TrailNotFoundException"
    assert code_of(lambda: away.create_trail(Name="ShadowTrail", S3BucketName="b")) == "TrailAlreadyExistsException"
    cloud.client("cloudtrail", HOME).delete_trail(Name="ShadowTrail")


def test_describe_trails_gives_the_trails_asked_for(cloud: LocalCloud) -> None:
    def names(region: str, *wanted: str) -> list[str]:
        answer = cloud.client("cloudtrail", region).describe_trails(trailNameList=list(wanted))
        return [trail["Name"] for trail in answer["trailList"]]

    assert names(HOME, "HomeTrail") == names(HOME, ARN) == names(AWAY, ARN) == ["HomeTrail"]
    assert names(AWAY, "HomeTrail") == names(HOME, "NoSuchTrail") == []


def test_a_trail_is_deleted_by_its_arn_and_a_missing_one_is_an_error(cloud: LocalCloud) -> None:
    client = fresh(cloud, "DeletedTrail", TagsList=[{"Key": "old", "Value": "x"}])
    arn = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/DeletedTrail"
    client.delete_trail(Name=arn)
    assert code_of(lambda: client.get_trail(Name="DeletedTrail")) == "TrailNotFoundException"
    assert code_of(lambda: client.delete_trail(Name=arn)) == "TrailNotFoundException"
    client.create_trail(Name="DeletedTrail", S3BucketName="deletedtrail")
    assert client.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == []


def test_a_name_or_arn_that_no_trail_can_have_is_an_error(cloud: LocalCloud) -> None:
    client = cloud.client("cloudtrail", HOME)
    assert code_of(lambda: client.stop_logging(Name="ab")) == "InvalidTrailNameException"
    assert code_of(lambda: client.stop_logging(Name="arn:aws:s3:::bucket")) == "CloudTrailARNInvalidException"


def test_a_trail_is_not_created_twice(cloud: LocalCloud) -> None:
    client = cloud.client("cloudtrail", HOME)
    again = code_of(lambda: client.create_trail(Name="HomeTrail", S3BucketName=f"hometrail-{HOME}"))
    assert again == "TrailAlreadyExistsException"
    assert client.get_trail_status(Name="HomeTrail")["IsLogging"]


@pytest.mark.parametrize("missing", [0, 1])
def test_a_trail_needs_both_statements_in_the_policy_of_its_bucket(cloud: LocalCloud, missing: int) -> None:
    bucket = trail_bucket(cloud, f"half-open-{missing}")
    s3, client = cloud.client("s3"), cloud.client("cloudtrail", HOME)
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    del policy["Statement"][missing]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert (
        code_of(lambda: client.create_trail(Name="Refused", S3BucketName=bucket))
        == "InsufficientS3BucketPolicyException"
    )
    assert code_of(lambda: client.get_trail(Name="Refused")) == "TrailNotFoundException"
    # and an update leaves the trail as it was
    assert (
        code_of(lambda: client.update_trail(Name="HomeTrail", S3BucketName=bucket))
        == "InsufficientS3BucketPolicyException"
    )
    assert client.get_trail(Name="HomeTrail")["Trail"]["S3BucketName"] == f"hometrail-{HOME}"


def test_an_update_changes_what_it_names_and_nothing_else(cloud: LocalCloud) -> None:
    client = fresh(cloud, "UpdatedTrail")
    before = client.get_trail(Name="UpdatedTrail")["Trail"]
    answer = client.update_trail(Name="UpdatedTrail", EnableLogFileValidation=True)
    assert answer["LogFileValidationEnabled"] is True
    assert client.get_trail(Name="UpdatedTrail")["Trail"] == {**before, "LogFileValidationEnabled": True}
    impossible = {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False}
    refused = code_of(lambda: client.update_trail(Name="UpdatedTrail", **impossible))
    assert refused == "InvalidParameterCombinationException"


def test_a_buckets_policy_may_require_a_certain_trail(cloud: LocalCloud) -> None:
    client, s3 = cloud.client("cloudtrail", HOME), cloud.client("s3")
    s3.create_bucket(Bucket="for-one-trail")
    who = {"Service": "cloudtrail.amazonaws.com"}
    only = {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/Named"}}
    policy = allow(["s3:GetBucketAcl", "s3:PutObject"], "arn:aws:s3:::for-one-trail*", Principal=who, Condition=only)
    s3.put_bucket_policy(Bucket="for-one-trail", Policy=json.dumps(policy))
    client.create_trail(Name="Named", S3BucketName="for-one-trail")
    other = code_of(lambda: client.create_trail(Name="Other", S3BucketName="for-one-trail"))
    assert other == "InsufficientS3BucketPolicyException"


def test_the_times_of_a_status_are_utc_with_milliseconds(cloud: LocalCloud) -> None:
    client = fresh(cloud, "TimedTrail")
    before = datetime.now(UTC)
    client.start_logging(Name="TimedTrail")
    client.stop_logging(Name="TimedTrail")
    after = datetime.now(UTC)
    status = client.get_trail_status(Name="TimedTrail")
    started, stopped = status["StartLoggingTime"], status["StopLoggingTime"]
    earliest = before.replace(microsecond=before.microsecond // 1000 * 1000)
    assert earliest <= started <= stopped <= after
    assert started.microsecond or stopped.microsecond


def test_a_new_trail_has_one_selector_for_all_management_events(cloud: LocalCloud) -> None:
    client = fresh(cloud, "PlainTrail")
    answer = client.get_event_selectors(TrailName="PlainTrail")
    whole = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    assert answer["EventSelectors"] == [{**whole, "ExcludeManagementEventSources": []}]
    assert "AdvancedEventSelectors" not in answer
    described = client.get_trail(Name="PlainTrail")["Trail"]
    assert (described["HasCustomEventSelectors"], described["HasInsightSelectors"]) == (False, False)


def test_basic_and_advanced_selectors_replace_each_other(cloud: LocalCloud) -> None:
    client = fresh(cloud, "SelectedTrail")
    data = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]
    advanced = [{"FieldSelectors": data}]
    put = client.put_event_selectors(TrailName="SelectedTrail", AdvancedEventSelectors=advanced)
    got = client.get_event_selectors(TrailName="SelectedTrail")
    assert put["AdvancedEventSelectors"] == got["AdvancedEventSelectors"] == advanced
    assert "EventSelectors" not in got
    assert client.get_trail(Name="SelectedTrail")["Trail"]["HasCustomEventSelectors"]

    client.put_event_selectors(TrailName="SelectedTrail", EventSelectors=[{"ReadWriteType": "WriteOnly"}])
    got = client.get_event_selectors(TrailName="SelectedTrail")
    assert got["EventSelectors"][0]["ReadWriteType"] == "WriteOnly"
    assert got["EventSelectors"][0]["IncludeManagementEvents"] is True
    assert "AdvancedEventSelectors" not in got

    neither = code_of(lambda: client.put_event_selectors(TrailName="SelectedTrail", EventSelectors=[]))
    assert neither == "InvalidEventSelectorsException"


def test_insight_selectors_replace_each_other(cloud: LocalCloud) -> None:
    client = fresh(cloud, "InsightTrail")
    rate, errors = [{"InsightType": "ApiCallRateInsight"}], [{"InsightType": "ApiErrorRateInsight"}]
    assert code_of(lambda: client.get_insight_selectors(TrailName="InsightTrail")) == "InsightNotEnabledException"
    client.put_insight_selectors(TrailName="InsightTrail", InsightSelectors=rate)
    client.put_insight_selectors(TrailName="InsightTrail", InsightSelectors=errors)
    assert client.get_insight_selectors(TrailName="InsightTrail")["InsightSelectors"] == errors
    assert client.get_trail(Name="InsightTrail")["Trail"]["HasInsightSelectors"]
    client.put_insight_selectors(TrailName="InsightTrail", InsightSelectors=[])
    assert code_of(lambda: client.get_insight_selectors(TrailName="InsightTrail")) == "InsightNotEnabledException"


def test_the_aws_cli_stops_and_starts_a_trail(cloud: LocalCloud) -> None:
    def aws(*arguments: str) -> str:
        command = [str(Path(sys.executable).with_name("aws")), "--region", HOME, "cloudtrail", *arguments]
        environment = {**cloud.environment(), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert aws("stop-logging", "--name", "HomeTrail") == ""
    assert json.loads(aws("get-trail-status", "--name", "HomeTrail"))["IsLogging"] is False
    aws("start-logging", "--name", ARN)
    lookup = ["--lookup-attributes", "AttributeKey=EventName,AttributeValue=StartLogging", "--max-items", "1"]
    (event,) = json.loads(aws("lookup-events", *lookup))["Events"]
    assert json.loads(event["CloudTrailEvent"])["requestParameters"] == {"name": ARN}


def test_a_region_is_home_to_five_trails(cloud: LocalCloud) -> None:
    cloudtrail, bucket = cloud.client("cloudtrail", "ap-south-2"), trail_bucket(cloud, "five-trails")
    for number in range(5):
        cloudtrail.create_trail(Name=f"Trail{number}", S3BucketName=bucket)
    sixth = {"Name": "Trail5", "S3BucketName": bucket}
    assert code_of(lambda: cloudtrail.create_trail(**sixth)) == "MaximumNumberOfTrailsExceededException"
    cloudtrail.delete_trail(Name="Trail0")
    cloudtrail.create_trail(**sixth)
    for number in range(1, 6):
        cloudtrail.delete_trail(Name=f"Trail{number}")


def test_a_trail_needs_a_key_and_a_log_group_that_exist_and_let_it_write(cloud: LocalCloud) -> None:
    region = "ap-south-2"
    cloudtrail, bucket = cloud.client("cloudtrail", region), trail_bucket(cloud, "encrypted-trail")
    logs, kms = cloud.client("logs", region), cloud.client("kms", region)
    logs.create_log_group(logGroupName="trail")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    trusted = {"Principal": {"Service": "cloudtrail.amazonaws.com"}}
    group = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:trail:*"
    writer = role(cloud, "trail-writer", "cloudtrail.amazonaws.com", allow("logs:*", group))
    mute = role(cloud, "trail-mute", "cloudtrail.amazonaws.com")

    def refusal(**options: str) -> str:
        return code_of(lambda: cloudtrail.create_trail(Name="EncryptedTrail", S3BucketName=bucket, **options))

    assert refusal(KmsKeyId=f"{key}0") == "KmsKeyNotFoundException"
    assert refusal(KmsKeyId=key) == "InsufficientEncryptionPolicyException"
    none = group.replace("trail", "none")
    groups, roles = "InvalidCloudWatchLogsLogGroupArnException", "InvalidCloudWatchLogsRoleArnException"
    assert refusal(CloudWatchLogsLogGroupArn=none, CloudWatchLogsRoleArn=writer) == groups
    assert refusal(CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=mute) == groups
    assert refusal(CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=f"{writer}-none") == roles
    assert refusal(CloudWatchLogsLogGroupArn=group) == roles
    encrypting = allow(["kms:GenerateDataKey*", "kms:Decrypt"], "*", **trusted)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(encrypting))
    kms.create_alias(AliasName="alias/trails", TargetKeyId=key)
    logging = {"CloudWatchLogsLogGroupArn": group, "CloudWatchLogsRoleArn": writer}
    cloudtrail.create_trail(Name="EncryptedTrail", S3BucketName=bucket, KmsKeyId="alias/trails", **logging)
    answer = cloudtrail.update_trail(Name="EncryptedTrail", KmsKeyId="alias/trails")
    shown = cloudtrail.get_trail(Name="EncryptedTrail")["Trail"]
    assert answer["KmsKeyId"] == shown["KmsKeyId"] == key, "AWS answers with the key's ARN"
    kms.disable_key(KeyId=key)
    assert code_of(lambda: cloudtrail.update_trail(Name="EncryptedTrail", KmsKeyId=key)) == "KmsException"


def test_a_trails_topic_lets_cloudtrail_publish_and_is_named_by_name_or_arn(cloud: LocalCloud) -> None:
    sns = cloud.client("sns", HOME)
    topic = sns.create_topic(Name="trail-files")["TopicArn"]
    trusted = allow("SNS:Publish", topic, Principal={"Service": "cloudtrail.amazonaws.com"})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(trusted))
    client = fresh(cloud, "ToldTrail", SnsTopicName="trail-files")
    assert client.get_trail(Name="ToldTrail")["Trail"]["SnsTopicARN"] == topic
    assert client.update_trail(Name="ToldTrail", SnsTopicName=topic)["SnsTopicARN"] == topic


def test_an_organizations_trail_needs_an_organization_that_trusts_cloudtrail(cloud: LocalCloud) -> None:
    organizations, client = cloud.client("organizations"), fresh(cloud, "WideTrail")
    organizations.create_organization(FeatureSet="ALL")
    widen = {"Name": "WideTrail", "IsOrganizationTrail": True}
    assert code_of(lambda: client.update_trail(**widen)) == "CloudTrailAccessNotEnabledException"
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    assert code_of(lambda: client.update_trail(**widen)) == "InsufficientS3BucketPolicyException", "another folder"
    s3 = cloud.client("s3")
    policy = s3.get_bucket_policy(Bucket="widetrail")["Policy"].replace("AWSLogs/123456789012", "AWSLogs")
    s3.put_bucket_policy(Bucket="widetrail", Policy=policy)
    assert client.update_trail(**widen)["IsOrganizationTrail"] is True
    organizations.delete_organization()


def test_an_event_configuration_is_kept_and_what_is_left_out_is_reset(cloud: LocalCloud) -> None:
    client = fresh(cloud, "Configured")
    asked: Any = {"MaxEventSize": "Large", "ContextKeySelectors": [{"Type": "TagContext", "Equals": ["team"]}]}
    client.put_event_configuration(TrailName="Configured", **asked)
    found = client.get_event_configuration(TrailName="Configured")
    assert {name: found[name] for name in asked} == asked
    client.put_event_configuration(TrailName="Configured", MaxEventSize="Standard")
    found = client.get_event_configuration(TrailName="Configured")
    assert (found["MaxEventSize"], found["ContextKeySelectors"]) == ("Standard", [])


def test_context_keys_take_large_events(cloud: LocalCloud) -> None:
    client, keys = fresh(cloud, "SmallEvents"), [{"Type": "TagContext", "Equals": ["team"]}]
    asked: Any = {"TrailName": "SmallEvents", "ContextKeySelectors": keys}
    assert code_of(lambda: client.put_event_configuration(**asked)) == "InvalidParameterCombinationException"
