"""Failing deliveries, on a running cloud: a trail that is cut off from what it writes to says so in its status."""

import json
from typing import Any

import pytest

from console.drill import BUCKET_POLICY
from localcloud import LocalCloud

NAME = "DeliveryTrail"


@pytest.fixture
def bucket(cloud: LocalCloud) -> Any:
    """The bucket of a trail that logs, by a name of its own."""
    name = f"delivery-{len(cloud.client('s3').list_buckets()['Buckets'])}"
    policy = (
        json.dumps(BUCKET_POLICY).replace("trailkeeper-drill-logs", name).replace("trail/TestTrail", f"trail/{NAME}")
    )
    s3, cloudtrail = cloud.client("s3"), cloud.client("cloudtrail")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    cloudtrail.create_trail(Name=NAME, S3BucketName=name)
    cloudtrail.start_logging(Name=NAME)
    assert "LatestDeliveryError" not in cloudtrail.get_trail_status(Name=NAME)
    yield name
    cloudtrail.delete_trail(Name=NAME)


def error(cloud: LocalCloud) -> str | None:
    """What the trail's status tells."""
    status: Any = cloud.client("cloudtrail").get_trail_status(Name=NAME)
    told: str | None = status.get("LatestDeliveryError")
    return told


def test_a_bucket_that_is_gone_is_told(cloud: LocalCloud, bucket: str) -> None:
    cloud.client("s3").delete_bucket(Bucket=bucket)
    assert error(cloud) == "NoSuchBucket"


def test_a_bucket_that_lets_cloudtrail_in_no_more_is_told(cloud: LocalCloud, bucket: str) -> None:
    cloud.client("s3").delete_bucket_policy(Bucket=bucket)
    assert error(cloud) == "AccessDenied"


def test_a_key_that_is_disabled_is_told(cloud: LocalCloud, bucket: str) -> None:
    kms = cloud.client("kms")
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "kms:*",
        "Resource": "*",
    }
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [root, allow]})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    cloud.client("cloudtrail").update_trail(Name=NAME, KmsKeyId=key)
    assert error(cloud) is None
    kms.disable_key(KeyId=key)
    assert error(cloud) == "KMS.DisabledException"


def test_a_trail_that_is_off_tells_of_no_delivery(cloud: LocalCloud, bucket: str) -> None:
    cloud.client("cloudtrail").stop_logging(Name=NAME)
    cloud.client("s3").delete_bucket_policy(Bucket=bucket)
    assert error(cloud) is None
