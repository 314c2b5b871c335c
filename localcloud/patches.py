"""Changes moto where it differs from AWS: each service's patches, and those that belong to no service.

A patch is one small function; its docstring gives the reason and a link. moto's version is pinned.
tests/localcloud/test_symptoms.py shows what moto does without each, and fails when moto has mended it.
"""

from functools import cache
from typing import Any

from moto import backends
from moto.core.common_models import BaseModel

from localcloud.awslambda.runtime import Runtime


def apply(runtime: Runtime, endpoint: str) -> None:
    """Apply every patch, once, before the server takes its first request."""
    # Imported here because they import `replace`.
    from localcloud.awslambda import patches as awslambda
    from localcloud.cloudformation import patches as cloudformation
    from localcloud.cloudtrail import patches as cloudtrail
    from localcloud.cloudwatch import patches as cloudwatch
    from localcloud.dynamodb import patches as dynamodb
    from localcloud.eventbridge import patches as eventbridge
    from localcloud.kms import patches as kms
    from localcloud.sns import patches as sns
    from localcloud.sqs import patches as sqs
    from localcloud.stepfunctions import patches as stepfunctions

    services_are_listed_once()
    what_is_deleted_is_freed()
    awslambda.apply(runtime)
    cloudformation.apply()
    cloudtrail.apply()
    cloudwatch.apply()
    dynamodb.apply()
    eventbridge.apply()
    kms.apply()
    sns.apply()
    sqs.apply()
    stepfunctions.apply(runtime, endpoint)


def replace(owner: Any, name: str, replacement: Any) -> None:
    """Set an attribute of a moto class or module; fail if moto no longer has one of that name."""
    if not hasattr(owner, name):
        raise AttributeError(f"moto has changed: there is no {owner.__name__}.{name} to patch")
    setattr(owner, name, replacement)


def services_are_listed_once() -> None:
    """moto lists its folder of services for each request, which doubles the time that a request takes: https://github.com/getmoto/moto/blob/5.2.5/moto/backends.py#L189.

    For upstream: cache the list, as a tuple: https://github.com/getmoto/moto/blob/5.2.5/moto/backends.py#L189
    """
    replace(backends, "list_of_moto_modules", cache(lambda listed=backends.list_of_moto_modules: tuple(listed())))


def what_is_deleted_is_freed() -> None:
    """moto keeps every object that it ever made, to end them at a reset that never comes here: https://github.com/getmoto/moto/blob/5.2.5/moto/core/common_models.py#L7.

    For upstream: track instances by weak references: https://github.com/getmoto/moto/blob/5.2.5/moto/core/common_models.py#L7
    """
    replace(BaseModel, "__new__", lambda cls, *_arguments, **_options: object.__new__(cls))
