"""KMS's calls on the local cloud, where moto differs from AWS."""

from localcloud import LocalCloud

REGION = "eu-central-2"  # used by these tests only


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
