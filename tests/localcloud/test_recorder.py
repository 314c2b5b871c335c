"""What CloudTrail records of calls to the local cloud, and what EventBridge receives of that."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.account import ACCOUNT, allow, queue, received, recording_trail, role, rule, session, user

PATTERN = {"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging", "DeleteTrail", "PutEventSelectors"]}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """One of its own: a multi-Region trail of another test would record here, too."""
    with LocalCloud() as running:
        yield running


def arrivals(cloud: LocalCloud, region: str, pattern: dict[str, Any] = PATTERN) -> str:
    """The URL of a queue that receives the matching events of a Region."""
    url, arn = queue(cloud, "arrivals", region)
    rule(cloud, "to-queue", region, pattern, arn)
    return url


def next_event(cloud: LocalCloud, url: str, region: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(received(cloud, url, region)["Body"])
    return event


def last_record(cloud: LocalCloud, region: str, name: str, **options: Any) -> dict[str, Any]:
    attribute = {"AttributeKey": "EventName", "AttributeValue": name}
    found = cloud.client("cloudtrail", region).lookup_events(LookupAttributes=[attribute], **options)["Events"]
    record: dict[str, Any] = json.loads(found[0]["CloudTrailEvent"])
    return record


def test_a_call_becomes_the_record_that_aws_writes(cloud: LocalCloud) -> None:
    region = "us-west-2"
    recording_trail(cloud, "WestTrail", region)
    cloudtrail = cloud.client("cloudtrail", region)
    answer = cloudtrail.stop_logging(Name="WestTrail")
    record = last_record(cloud, region, "StopLogging")
    assert record == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/administrator",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "administrator",
        },
        "eventTime": record["eventTime"],
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "awsRegion": region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": record["userAgent"],
        "requestParameters": {"name": "WestTrail"},
        "responseElements": None,
        "requestID": answer["ResponseMetadata"]["RequestId"],
        "eventID": record["eventID"],
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"cloudtrail.{region}.amazonaws.com",
        },
    }
    assert record["userAgent"].startswith("Boto3/")
    assert record["eventTime"].endswith("Z")

    created = last_record(cloud, region, "CreateTrail")
    assert created["requestParameters"] == {"name": "WestTrail", "s3BucketName": "westtrail-us-west-2"}
    assert created["responseElements"] == {
        "name": "WestTrail",
        "s3BucketName": "westtrail-us-west-2",
        "includeGlobalServiceEvents": True,
        "isMultiRegionTrail": False,
        "trailARN": f"arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/WestTrail",
        "logFileValidationEnabled": False,
        "isOrganizationTrail": False,
        "recursiveLogging": True,
    }

    selector = {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": []}
    cloudtrail.put_event_selectors(TrailName="WestTrail", EventSelectors=[selector])
    put = last_record(cloud, region, "PutEventSelectors")
    asked = {"readWriteType": "ReadOnly", "includeManagementEvents": True, "dataResources": []}
    assert put["requestParameters"] == {"trailName": "WestTrail", "eventSelectors": [asked]}
    assert put["responseElements"]["eventSelectors"] == [{**asked, "excludeManagementEventSources": []}]

    cloudtrail.describe_trails()
    read = last_record(cloud, region, "DescribeTrails")
    assert (read["readOnly"], read["requestParameters"], read["responseElements"]) == (True, None, None)


def test_a_roles_session_is_recorded_with_its_role(cloud: LocalCloud) -> None:
    arn = role(cloud, "auditor", "*", allow("cloudtrail:*", "*"))
    credentials = session(cloud, arn, "night-shift")
    cloud.client("cloudtrail", "eu-west-3", credentials).list_trails()
    identity = last_record(cloud, "eu-west-3", "ListTrails")["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/night-shift"
    assert identity["principalId"].endswith(":night-shift")
    assert identity["accessKeyId"] == credentials["AccessKeyId"]
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert (issuer["type"], issuer["arn"], issuer["userName"]) == ("Role", arn, "auditor")
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_a_denied_call_is_recorded_without_parameters_and_names_the_trail_in_its_message(cloud: LocalCloud) -> None:
    cloudtrail = cloud.client("cloudtrail", "eu-west-3", user(cloud, "eve"))
    with pytest.raises(ClientError) as error:
        cloudtrail.delete_trail(Name="SomeTrail")
    record = last_record(cloud, "eu-west-3", "DeleteTrail")
    assert record["errorCode"] == "AccessDenied"
    assert record["errorMessage"] == error.value.response["Error"]["Message"]
    assert f"arn:aws:cloudtrail:eu-west-3:{ACCOUNT}:trail/SomeTrail" in record["errorMessage"]
    assert record["requestParameters"] is None
    assert record["userIdentity"]["userName"] == "eve"


def test_a_failed_call_is_recorded_with_its_error(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError):
        cloud.client("cloudtrail", "eu-west-3").stop_logging(Name="NoSuchTrail")
    record = last_record(cloud, "eu-west-3", "StopLogging")
    arn = f"arn:aws:cloudtrail:eu-west-3:{ACCOUNT}:trail/NoSuchTrail"
    assert record["errorCode"] == "TrailNotFoundException"
    assert record["errorMessage"] == f"Unknown trail: {arn} for the user: {ACCOUNT}"
    assert record["requestParameters"] == {"name": "NoSuchTrail"}


def test_other_services_are_recorded_in_their_own_ways(cloud: LocalCloud) -> None:
    region = "eu-west-3"
    cloud.client("s3", region).create_bucket(
        Bucket="recorded", CreateBucketConfiguration={"LocationConstraint": region}
    )
    bucket = last_record(cloud, region, "CreateBucket")
    host = f"recorded.s3.{region}.amazonaws.com"
    xmlns = "http://s3.amazonaws.com/doc/2006-03-01/"
    assert bucket["requestParameters"] == {
        "bucketName": "recorded",
        "Host": host,
        "CreateBucketConfiguration": {"xmlns": xmlns, "LocationConstraint": region},
    }
    assert bucket["resources"] == [
        {"accountId": "123456789012", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::recorded"}
    ]

    key = user(cloud, "recorded")
    created = last_record(cloud, "us-east-1", "CreateAccessKey")  # global services are recorded there
    assert created["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
    assert key["SecretAccessKey"] not in json.dumps(created)

    with pytest.raises(ClientError):
        cloud.client("lambda", region).update_function_configuration(FunctionName="none", MemorySize=256)
    assert last_record(cloud, region, "UpdateFunctionConfiguration20150331v2")["requestParameters"] == {
        "functionName": "none",
        "memorySize": 256,
    }


def test_the_body_of_an_s3_call_is_in_its_record_as_aws_writes_it(cloud: LocalCloud) -> None:
    """The shapes of real records: a single rule is no list, and numbers and flags are not text."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="bodies")
    rule: Any = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="bodies", LifecycleConfiguration={"Rules": [rule]})
    lifecycle = last_record(cloud, "us-east-1", "PutBucketLifecycle")["requestParameters"]["LifecycleConfiguration"]
    assert lifecycle["Rule"] == rule
    s3.put_bucket_lifecycle_configuration(Bucket="bodies", LifecycleConfiguration={"Rules": [rule, rule | {"ID": "y"}]})
    lifecycle = last_record(cloud, "us-east-1", "PutBucketLifecycle")["requestParameters"]["LifecycleConfiguration"]
    assert [one["ID"] for one in lifecycle["Rule"]] == ["x", "y"]
    s3.put_bucket_policy(Bucket="bodies", Policy='{"Version": "2012-10-17", "Statement": []}')
    assert last_record(cloud, "us-east-1", "PutBucketPolicy")["requestParameters"]["bucketPolicy"] == {
        "Version": "2012-10-17",
        "Statement": [],
    }
    s3.put_public_access_block(Bucket="bodies", PublicAccessBlockConfiguration={"BlockPublicAcls": False})
    block = last_record(cloud, "us-east-1", "PutBucketPublicAccessBlock")["requestParameters"]
    assert block["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is False
    s3.put_bucket_acl(Bucket="bodies", ACL="public-read")
    assert last_record(cloud, "us-east-1", "PutBucketAcl")["requestParameters"]["x-amz-acl"] == "public-read"


def test_data_events_are_not_recorded(cloud: LocalCloud) -> None:
    region = "eu-north-1"
    url, _ = queue(cloud, "quiet", region)
    cloud.client("sqs", region).send_message(QueueUrl=url, MessageBody="x")
    cloud.client("events", region).put_events(Entries=[{"Source": "x", "DetailType": "y", "Detail": "{}"}])
    names = [event["EventName"] for event in cloud.client("cloudtrail", region).lookup_events()["Events"]]
    assert names == ["SetQueueAttributes", "CreateQueue"]


def test_event_history_has_what_no_trail_records_and_eventbridge_does_not(cloud: LocalCloud) -> None:
    region = "eu-central-1"
    url = arrivals(cloud, region)
    cloudtrail = cloud.client("cloudtrail", region)
    with pytest.raises(ClientError):
        cloudtrail.delete_trail(Name="Unrecorded")
    assert last_record(cloud, region, "DeleteTrail")["requestParameters"] == {"name": "Unrecorded"}

    recording_trail(cloud, "Recorded", region)
    with pytest.raises(ClientError):
        cloudtrail.delete_trail(Name="StillUnknown")
    assert next_event(cloud, url, region)["detail"]["requestParameters"] == {"name": "StillUnknown"}


def test_eventbridge_gets_the_call_that_ends_the_recording_and_nothing_after_it(cloud: LocalCloud) -> None:
    region = "eu-west-1"
    url = arrivals(cloud, region)
    cloudtrail = cloud.client("cloudtrail", region)
    recording_trail(cloud, "OnlyTrail", region)

    cloudtrail.stop_logging(Name="OnlyTrail")
    event = next_event(cloud, url, region)
    record = last_record(cloud, region, "StopLogging")
    assert event == {
        "version": "0",
        "id": event["id"],
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.cloudtrail",
        "account": ACCOUNT,
        "time": record["eventTime"],
        "region": region,
        "resources": [],
        "detail": record,
    }

    cloudtrail.put_event_selectors(TrailName="OnlyTrail", EventSelectors=[{"ReadWriteType": "All"}])  # not recorded
    cloudtrail.start_logging(Name="OnlyTrail")
    cloudtrail.delete_trail(Name="OnlyTrail")
    assert next_event(cloud, url, region)["detail"]["eventName"] == "DeleteTrail"


def test_eventbridge_gets_what_a_trails_selectors_select(cloud: LocalCloud) -> None:
    region = "ap-northeast-1"
    url = arrivals(cloud, region, {"detail": {"eventName": ["AddTags", "PutEventSelectors"]}})
    cloudtrail = cloud.client("cloudtrail", region)
    recording_trail(cloud, "Narrow", region)
    trail = f"arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/Narrow"

    cloudtrail.put_event_selectors(TrailName="Narrow", EventSelectors=[{"ReadWriteType": "ReadOnly"}])
    assert next_event(cloud, url, region)["detail"]["eventName"] == "PutEventSelectors"

    cloudtrail.add_tags(ResourceId=trail, TagsList=[{"Key": "unseen", "Value": "x"}])
    whole = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    cloudtrail.put_event_selectors(TrailName="Narrow", AdvancedEventSelectors=[whole])  # not recorded either
    cloudtrail.add_tags(ResourceId=trail, TagsList=[{"Key": "seen", "Value": "x"}])
    assert next_event(cloud, url, region)["detail"]["requestParameters"]["tagsList"] == [{"key": "seen", "value": "x"}]


def test_read_only_calls_reach_only_a_rule_that_asks_for_them(cloud: LocalCloud) -> None:
    region = "ap-northeast-2"
    pattern = {"detail": {"eventName": ["DescribeTrails", "AddTags"]}}
    url = arrivals(cloud, region, pattern)
    cloudtrail, events = cloud.client("cloudtrail", region), cloud.client("events", region)
    recording_trail(cloud, "Reading", region)
    trail = f"arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/Reading"

    cloudtrail.describe_trails()
    cloudtrail.add_tags(ResourceId=trail, TagsList=[{"Key": "k", "Value": "x"}])
    assert next_event(cloud, url, region)["detail"]["eventName"] == "AddTags"

    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    events.put_rule(Name="to-queue", EventPattern=json.dumps(pattern), State=state)
    cloudtrail.describe_trails()
    assert next_event(cloud, url, region)["detail"]["eventName"] == "DescribeTrails"


def test_a_multi_region_trail_records_in_every_region(cloud: LocalCloud) -> None:
    url = arrivals(cloud, "sa-east-1")
    recording_trail(cloud, "Everywhere", "us-east-1", IsMultiRegionTrail=True)
    with pytest.raises(ClientError):
        cloud.client("cloudtrail", "sa-east-1").delete_trail(Name="Far")
    assert next_event(cloud, url, "sa-east-1")["detail"]["awsRegion"] == "sa-east-1"
    cloud.client("cloudtrail").delete_trail(Name="Everywhere")


def test_a_head_that_is_refused_leaves_its_connection_to_the_next_request(cloud: LocalCloud) -> None:
    connection = http.client.HTTPConnection(cloud.endpoint.removeprefix("http://"))
    for method in ("HEAD", "HEAD", "GET"):
        connection.request(method, "/bucket")
        answer = connection.getresponse()
        body = answer.read()
        assert (answer.status, bool(body)) == (403, method == "GET")
    connection.close()


def test_a_call_that_the_local_cloud_cannot_do_is_an_error(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("cloudtrail").list_imports()
    assert error.value.response["Error"]["Code"] == "NotImplemented"
    assert "cloudtrail:ListImports" in error.value.response["Error"]["Message"]
