"""Patches of moto's KMS."""

from moto.kms.models import KmsBackend
from moto.kms.responses import KmsResponse

from localcloud.kms import api
from localcloud.patches import replace


def apply() -> None:
    """Apply them."""
    key_rotation_has_a_period()
    keys_are_found_by_arn()


def key_rotation_has_a_period() -> None:
    """moto drops RotationPeriodInDays: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html."""
    replace(KmsResponse, "enable_key_rotation", api.enable_key_rotation)
    replace(KmsResponse, "get_key_rotation_status", api.get_key_rotation_status)


def keys_are_found_by_arn() -> None:
    """moto fails for the ARN of a key, which AWS accepts as its id: https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html#API_DisableKey_RequestParameters."""
    for name in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
        replace(KmsBackend, name, api.by_id(getattr(KmsBackend, name)))
