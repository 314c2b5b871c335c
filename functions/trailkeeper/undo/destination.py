"""What trails write to: the policy of their bucket, and the key that encrypts their log files."""

import json
from typing import Any

from botocore.exceptions import ClientError

from trailkeeper import aws
from trailkeeper.undo import Fields, Row

ENABLED, DELETED = "Enabled", "PendingDeletion"
NO_POLICY = "NoSuchBucketPolicy"


def bucket_policy(arn: str) -> Fields:
    """The policy, as one text whatever its spacing; "" where there is none."""
    s3 = aws.client("s3", aws.OWN_REGION)
    try:
        policy = s3.get_bucket_policy(Bucket=name(arn))["Policy"]
    except ClientError as error:
        if aws.code(error) != NO_POLICY:
            raise
        return {"Policy": ""}
    return {"Policy": json.dumps(json.loads(policy), sort_keys=True)}


def put_bucket_policy(arn: str, wanted: Fields, names: list[str]) -> None:
    """The whole policy; a bucket that had none gets none."""
    s3 = aws.client("s3", aws.OWN_REGION)
    if wanted["Policy"]:
        s3.put_bucket_policy(Bucket=name(arn), Policy=wanted["Policy"])
    else:
        s3.delete_bucket_policy(Bucket=name(arn))


def name(arn: str) -> str:
    """The name of a bucket."""
    return arn.rpartition(":")[2]


def kms(arn: str) -> Any:
    """The client of the key's Region."""
    return aws.client("kms", arn.split(":")[3])


def key_id(arn: str) -> str:
    """The id of a key."""
    return arn.rpartition("/")[2]


def key(arn: str) -> Fields:
    """Whether the key encrypts."""
    return {"KeyState": kms(arn).describe_key(KeyId=key_id(arn))["KeyMetadata"]["KeyState"]}


def enable_key(arn: str, wanted: Fields, names: list[str]) -> None:
    """Let it encrypt again."""
    if wanted["KeyState"] == ENABLED:
        kms(arn).enable_key(KeyId=key_id(arn))


def cancel_key_deletion(arn: str, wanted: Fields, names: list[str]) -> None:
    """Take it back from deletion, which leaves it disabled."""
    if key(arn)["KeyState"] == DELETED:
        kms(arn).cancel_key_deletion(KeyId=key_id(arn))
    enable_key(arn, wanted, names)


def whole(arn: str) -> Fields:
    """A bucket's policy, or a key's state."""
    return bucket_policy(arn) if arn.split(":")[2] == "s3" else key(arn)


ROWS = {
    "PutBucketPolicy": Row(
        ("Policy",),
        bucket_policy,
        put_bucket_policy,
        ("s3:GetBucketPolicy",),
        ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    ),
    "EnableKey": Row(("KeyState",), key, enable_key, ("kms:DescribeKey",), ("kms:EnableKey",)),
    "CancelKeyDeletion": Row(
        ("KeyState",), key, cancel_key_deletion, ("kms:DescribeKey",), ("kms:CancelKeyDeletion", "kms:EnableKey")
    ),
}
