"""Clients for the functions that call AWS, and AWS's error codes as exception names that Retry and Catch can use."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from incident import REGION, TrailName

# Two short cuts for a cold start, 15 ms each of 200 (`make bench`): botocore, which boto3 makes its clients with,
# without boto3 around it; and no reading of botocore's 400 service folders to learn that these three exist.
SESSION = get_session()
SESSION.get_component("data_loader").list_available_services = lambda type_name: ["cloudtrail", "iam", "sns"]
CONFIG = Config(connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})


@cache
def client(service: str, region: str) -> Any:
    """The client of `service` in `region`, made once; a Region that is not well formed is a ValueError.

    The Region comes out of an event: without the check an actor could choose the host that we talk to.
    """
    if not REGION.fullmatch(region):
        raise ValueError(f"not a Region: {region!r}")
    return SESSION.create_client(service, region_name=region, config=CONFIG)


def own_region() -> str:
    """The Region that this function runs in, as Lambda tells it."""
    return os.environ["AWS_REGION"]


def identifier(trail: TrailName) -> str:
    """What CloudTrail's calls take as the trail's name: its ARN where known, as organization trails need it."""
    name = trail["arn"] or trail["name"]
    if not name:
        raise ValueError("the event does not name a trail")
    return name


def iso(moment: datetime | None) -> str | None:
    """A time that an AWS call returned, as ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


@contextmanager
def errors_by_code() -> Iterator[None]:
    """Raise a ClientError again under its code.

    Step Functions matches Retry and Catch against the exception's class name, and botocore has classes only for
    the errors of the service's model; all others, AccessDenied among them, would be just "ClientError".
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    try:
        yield
    except ClientError as error:
        raise type(code(error), (Exception,), {})(error.response["Error"]["Message"]) from error


def code(error: ClientError | BotoCoreError) -> str:
    """AWS's name of an error, or botocore's where the call never got an answer."""
    if isinstance(error, ClientError):
        return re.sub(r"\W", "", error.response["Error"]["Code"]) or "ClientError"
    return type(error).__name__
