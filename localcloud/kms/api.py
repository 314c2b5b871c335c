"""KMS's calls where moto differs from AWS: rotation has a period, and a key may be given by its ARN."""

import json
from collections.abc import Callable
from typing import Any

from moto.kms.exceptions import ValidationException
from moto.kms.models import Key, KmsBackend
from moto.kms.responses import KmsResponse

DAYS = 365

moto_get_status = KmsResponse.get_key_rotation_status


def enable_rotation(key: Key, days: int | None) -> None:
    """Rotate the key every so many days: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html."""
    if not 90 <= (days or DAYS) <= 2560:
        raise ValidationException(f"RotationPeriodInDays is {days}: it must be between 90 and 2560.")
    key.key_rotation_status = True
    vars(key)["rotation_days"] = days or DAYS


def enable_key_rotation(self: KmsResponse) -> str:
    """EnableKeyRotation."""
    key_id = self._get_param("KeyId")
    self._validate_cmk_id(key_id)
    backend = self.kms_backend
    enable_rotation(backend.keys[backend.get_key_id(key_id)], self._get_param("RotationPeriodInDays"))
    return json.dumps(None)


def get_key_rotation_status(self: KmsResponse) -> str:
    """GetKeyRotationStatus."""
    status = json.loads(moto_get_status(self))
    backend = self.kms_backend
    key = backend.keys[backend.get_key_id(self._get_param("KeyId"))]
    period = {"RotationPeriodInDays": vars(key)["rotation_days"]} if status["KeyRotationEnabled"] else {}
    return json.dumps(status | {"KeyId": key.arn} | period)


def by_id(call: Callable[..., Any]) -> Callable[..., Any]:
    """Make a call of moto's backend, which accepts only ids, accept a key's ARN as well."""

    def with_id(self: KmsBackend, key_id: str, *arguments: Any, **options: Any) -> Any:
        return call(self, self.get_key_id(key_id), *arguments, **options)

    return with_id
