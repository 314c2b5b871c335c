"""KMS's calls where moto differs from AWS: a key may be given by its ARN."""

from collections.abc import Callable
from typing import Any

from moto.kms.models import KmsBackend


def by_id(call: Callable[..., Any]) -> Callable[..., Any]:
    """Make a call of moto's backend, which accepts only ids, accept a key's ARN as well."""

    def with_id(self: KmsBackend, key_id: str, *arguments: Any, **options: Any) -> Any:
        return call(self, self.get_key_id(key_id), *arguments, **options)

    return with_id
