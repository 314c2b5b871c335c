"""The rotation of KMS keys with its period, which moto drops."""

import json

from moto.kms.exceptions import ValidationException
from moto.kms.models import Key
from moto.kms.responses import KmsResponse

DAYS = 365

get_status_only = KmsResponse.get_key_rotation_status


def enable(key: Key, days: int | None) -> None:
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
    enable(backend.keys[backend.get_key_id(key_id)], self._get_param("RotationPeriodInDays"))
    return json.dumps(None)


def get_key_rotation_status(self: KmsResponse) -> str:
    """GetKeyRotationStatus."""
    status = json.loads(get_status_only(self))
    backend = self.kms_backend
    key = backend.keys[backend.get_key_id(self._get_param("KeyId"))]
    period = {"RotationPeriodInDays": vars(key)["rotation_days"]} if status["KeyRotationEnabled"] else {}
    return json.dumps(status | {"KeyId": key.arn} | period)
