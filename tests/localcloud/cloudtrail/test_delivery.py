"""Failing deliveries, on a running cloud: a trail that cannot write any more says so in its status."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.account import ACCOUNT, allow, policy, trail_bucket

NAME = "DeliveryTrail"


@pytest.fixture
def bucket(cloud: LocalCloud) -> Iterator[str]:
    """The bucket of a trail that is logging; each test has one of its own."""
    cloudtrail = cloud.client("cloudtrail")
    name = trail_bucket(cloud, f"delivery-{uuid.uuid4()}")
    cloudtrail.create_trail(Name=NAME, S3BucketName=name)
    cloudtrail.start_logging(Name=NAME)
    assert "LatestDeliveryError" not in cloudtrail.get_trail_status(Name=NAME)
    yield name
    cloudtrail.delete_trail(Name=NAME)


def error(cloud: LocalCloud) -> str | None:
    """The trail's LatestDeliveryError."""
    status: dict[str, Any] = cloud.client("cloudtrail").get_trail_status(Name=NAME)
    return status.get("LatestDeliveryError")


def test_a_bucket_that_is_gone_is_reported(cloud: LocalCloud, bucket: str) -> None:
    cloud.client("s3").delete_bucket(Bucket=bucket)
    assert error(cloud) == "NoSuchBucket"


def test_a_bucket_that_no_longer_lets_cloudtrail_write_is_reported(cloud: LocalCloud, bucket: str) -> None:
    cloud.client("s3").delete_bucket_policy(Bucket=bucket)
    assert error(cloud) == "AccessDenied"


def test_a_disabled_key_is_reported(cloud: LocalCloud, bucket: str) -> None:
    kms = cloud.client("kms")
    root = allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})["Statement"]
    trusted = allow("kms:*", "*", Principal={"Service": "cloudtrail.amazonaws.com"})["Statement"]
    key = kms.create_key(Policy=json.dumps(policy(*root, *trusted)))["KeyMetadata"]["Arn"]
    cloud.client("cloudtrail").update_trail(Name=NAME, KmsKeyId=key)
    assert error(cloud) is None
    kms.disable_key(KeyId=key)
    assert error(cloud) == "KMS.DisabledException"


def test_a_trail_that_is_off_reports_no_delivery_error(cloud: LocalCloud, bucket: str) -> None:
    cloud.client("cloudtrail").stop_logging(Name=NAME)
    cloud.client("s3").delete_bucket_policy(Bucket=bucket)
    assert error(cloud) is None
