"""Patches of moto's KMS."""

from collections.abc import Callable
from typing import Any

from moto.kms.models import KmsBackend

from localcloud.patches import replace


def apply() -> None:
    """Apply them."""
    keys_are_found_by_arn()


def keys_are_found_by_arn() -> None:
    """moto fails for the ARN of a key, which AWS accepts as its id: https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html#API_DisableKey_RequestParameters.

    For upstream: pass key_id through get_key_id, as enable_key_rotation does: https://github.com/getmoto/moto/blob/5.2.5/moto/kms/models.py#L568
    """

    def by_id(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, key_id, *rest, **options: call(self, self.get_key_id(key_id), *rest, **options)

    for name in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
        replace(KmsBackend, name, by_id(getattr(KmsBackend, name)))
