"""Log files, on a running cloud: what a trail records lands in its bucket, or its status says why it does not."""

import gzip
import json
import re
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from localcloud import LocalCloud
from tests.account import ACCOUNT, allow, policy, trail_bucket

NAME, REGION = "DeliveryTrail", "ca-west-1"  # a Region used by these tests only
FILE = re.compile(
    rf"logs/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/\d{{4}}/\d\d/\d\d/{ACCOUNT}_CloudTrail_{REGION}_\d{{8}}T\d{{4}}Z_\w{{16}}\.json\.gz"
)


@pytest.fixture
def bucket(cloud: LocalCloud) -> Iterator[str]:
    """The bucket of a trail that is logging; each test has one of its own."""
    cloudtrail = cloud.client("cloudtrail", REGION)
    name = trail_bucket(cloud, f"delivery-{uuid.uuid4()}")
    open_bucket(cloud, name)
    cloudtrail.create_trail(Name=NAME, S3BucketName=name, S3KeyPrefix="logs")
    assert "LatestDeliveryTime" not in status(cloud)
    cloudtrail.start_logging(Name=NAME)
    yield name
    cloudtrail.delete_trail(Name=NAME)


def open_bucket(cloud: LocalCloud, name: str) -> None:
    """Let CloudTrail write."""
    anything = allow("s3:*", "*", Principal={"Service": "cloudtrail.amazonaws.com"})
    cloud.client("s3").put_bucket_policy(Bucket=name, Policy=json.dumps(anything))


def status(cloud: LocalCloud) -> dict[str, Any]:
    """The trail's status; asking is recorded, so that another log file is due."""
    found: dict[str, Any] = cloud.client("cloudtrail", REGION).get_trail_status(Name=NAME)
    return found


def logged(cloud: LocalCloud, bucket: str) -> dict[str, list[str]]:
    """The names of the events in each log file, oldest file first."""
    s3 = cloud.client("s3")
    files = sorted(s3.list_objects_v2(Bucket=bucket).get("Contents", []), key=lambda one: one["LastModified"])
    bodies = {one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in files}
    return {
        key: [record["eventName"] for record in json.loads(gzip.decompress(body))["Records"]]
        for key, body in bodies.items()
    }


def error(cloud: LocalCloud) -> Any:
    """The trail's LatestDeliveryError, as soon as there is one."""
    return cloud.wait(lambda: status(cloud).get("LatestDeliveryError"), "the error")


def test_what_the_trail_records_lands_in_its_bucket(cloud: LocalCloud, bucket: str) -> None:
    cloudtrail = cloud.client("cloudtrail", REGION)
    selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}
    cloudtrail.put_event_selectors(TrailName=NAME, EventSelectors=[selector])
    cloudtrail.add_tags(ResourceId=f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{NAME}", TagsList=[{"Key": "a"}])
    cloudtrail.describe_trails()
    cloudtrail.stop_logging(Name=NAME)
    cloudtrail.put_event_selectors(TrailName=NAME, EventSelectors=[selector])
    files = cloud.wait(lambda: logged(cloud, bucket), "the log file")
    assert list(files.values()) == [["PutEventSelectors", "AddTags", "StopLogging"]]
    assert FILE.fullmatch(next(iter(files)))


def test_the_status_tells_of_deliveries_and_not_of_readings(cloud: LocalCloud, bucket: str) -> None:
    cloud.client("cloudtrail", REGION).add_tags(
        ResourceId=f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{NAME}", TagsList=[{"Key": "a"}]
    )
    cloud.wait(lambda: logged(cloud, bucket), "the log file")
    reader = cloud.client("cloudtrail", REGION, recorded=False)
    first, second = (reader.get_trail_status(Name=NAME) for _ in range(2))
    assert first["LatestDeliveryTime"] == second["LatestDeliveryTime"]
    assert first["LatestDeliveryAttemptTime"] == first["LatestDeliveryAttemptSucceeded"]
    assert f"{first['LatestDeliveryTime'].astimezone():%S}Z" == first["LatestDeliveryAttemptTime"][-3:]


def test_an_error_ends_with_the_next_delivery_that_succeeds(cloud: LocalCloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    s3.delete_bucket_policy(Bucket=bucket)
    assert error(cloud) == "AccessDenied"
    assert not logged(cloud, bucket)
    open_bucket(cloud, bucket)
    cloud.wait(lambda: "LatestDeliveryError" not in status(cloud), "the end of the error")
    assert logged(cloud, bucket)


def test_a_bucket_that_is_gone_is_reported(cloud: LocalCloud, bucket: str) -> None:
    cloud.client("s3").delete_bucket(Bucket=bucket)
    assert error(cloud) == "NoSuchBucket"


def test_a_disabled_key_is_reported(cloud: LocalCloud, bucket: str) -> None:
    kms = cloud.client("kms", REGION)
    root = allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})["Statement"]
    trusted = allow("kms:*", "*", Principal={"Service": "cloudtrail.amazonaws.com"})["Statement"]
    key = kms.create_key(Policy=json.dumps(policy(*root, *trusted)))["KeyMetadata"]["Arn"]
    cloud.client("cloudtrail", REGION).update_trail(Name=NAME, KmsKeyId=key)
    first, *_ = cloud.wait(lambda: list(logged(cloud, bucket)), "the log file")
    assert cloud.client("s3").head_object(Bucket=bucket, Key=first)["SSEKMSKeyId"] == key
    kms.disable_key(KeyId=key)
    assert error(cloud) == "KMS.DisabledException"


def test_files_of_an_organization_lie_in_its_folder(on_moto: None) -> None:
    from localcloud.cloudtrail.api import log_folder

    organization = boto3.client("organizations").create_organization()["Organization"]["Id"]
    trail: Any = SimpleNamespace(account_id=ACCOUNT, partition="aws", s3_key_prefix=None, is_org_trail=True)
    assert log_folder(trail) == f"AWSLogs/{organization}/{ACCOUNT}"
