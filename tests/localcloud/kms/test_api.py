"""KMS's calls on the local cloud, where moto differs from AWS."""

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud

REGION = "eu-central-2"  # used by these tests only


def test_a_key_rotates_with_the_period_that_it_is_given_or_once_a_year(cloud: LocalCloud) -> None:
    kms = cloud.client("kms", REGION)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 90


def test_a_rotation_period_of_more_than_seven_years_is_refused(cloud: LocalCloud) -> None:
    kms = cloud.client("kms", REGION)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    with pytest.raises(ClientError, match="between 90 and 2560") as error:
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=2561)
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_a_key_is_found_by_its_arn(cloud: LocalCloud) -> None:
    kms = cloud.client("kms", REGION)
    arn = kms.create_key()["KeyMetadata"]["Arn"]

    def state() -> str:
        return str(kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"])

    kms.disable_key(KeyId=arn)
    assert state() == "Disabled"
    kms.enable_key(KeyId=arn)
    assert state() == "Enabled"
    kms.schedule_key_deletion(KeyId=arn)
    assert state() == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=arn)
    assert state() == "Disabled"
