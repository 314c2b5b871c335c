"""Clients for the functions that call AWS, AWS's error codes as exception names, and questions with a deadline."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from trailkeeper.incident import Trail
from trailkeeper.kinds import REGION

# botocore, which boto3 makes its clients with, without boto3 around it: 15 ms less of a cold start (`make bench`).
SESSION = get_session()
OWN_REGION = os.environ.get("AWS_REGION", "")  # where no function runs, rows of undo are only looked at
# How often botocore tries a call at least: where the flow tries again, once.
TRIES = int(os.environ.get("TRIES", "1"))
RESERVE = 1.0  # seconds that a function keeps to answer in, of those that Lambda gives it


@cache
def client(service: str, region: str, attempts: int = 1) -> Any:
    """The client of `service` in `region`, made once; a Region that is not well formed is a ValueError.

    The Region comes out of an event: without the check an actor could choose the host that we talk to. The flow tries
    again what fails, and each try is short, as the mail waits for it.
    """
    if not REGION.fullmatch(region):
        raise ValueError(f"not a Region: {region!r}")
    retries: Any = {"mode": "standard", "total_max_attempts": max(attempts, TRIES)}
    config = Config(connect_timeout=1, read_timeout=3, retries=retries)
    return SESSION.create_client(service, region_name=region, config=config)


def identifier(trail: Trail) -> str:
    """What CloudTrail's calls take as the trail's name: its ARN where known, as organization trails need it."""
    name = trail["arn"] or trail["name"]
    if not name:
        raise ValueError("the event does not name a trail")
    return name


def iso(moment: datetime | None) -> str | None:
    """A time that an AWS call returned, as ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def now() -> str:
    """This moment, likewise."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def errors_by_code() -> Iterator[None]:
    """Raise a ClientError, or Unanswered, again under its code.

    Step Functions matches Retry and Catch against the exception's class name, and botocore has classes only for
    the errors of the service's model; all others, AccessDenied among them, would be just "ClientError".
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    try:
        yield
    except ClientError as error:
        raise type(code(error), (Exception,), {})(error.response["Error"]["Message"]) from error
    except Unanswered as error:
        raise type(error.code, (Exception,), {})(error.code) from error


def code(error: Exception) -> str:
    """AWS's name of an error, or botocore's where the call never got an answer."""
    if isinstance(error, ClientError):
        return re.sub(r"\W", "", error.response["Error"]["Code"]) or "ClientError"
    return type(error).__name__


def deadline(context: Any) -> float:
    """When a function must have its answers, by time.monotonic()."""
    return time.monotonic() + float(context.get_remaining_time_in_millis()) / 1000 - RESERVE


class Unanswered(Exception):
    """A question that got no answer; `code` is AWS's name of the reason."""

    def __init__(self, code: str) -> None:
        """Keep the reason."""
        super().__init__(code)
        self.code = code


class Question:
    """A call on its way in a thread of its own: asking starts it, and its answer is waited for until a deadline.

    A call that hangs is left behind: what was answered beside it is not lost.
    """

    def __init__(self, call: Callable[[], Any]) -> None:
        """Start it."""
        self._call = call
        self._answer: Any = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._answer = self._call()
        except Exception as error:  # raised again where the answer is asked for
            self._error = error

    def answer(self, until: float) -> Any:
        """The answer, or Unanswered with the reason. What is no error of AWS or of the network is raised as it is."""
        self._thread.join(max(0, until - time.monotonic()))
        if self._thread.is_alive():
            raise Unanswered("ReadTimeoutError")
        if isinstance(self._error, ClientError | BotoCoreError):
            raise Unanswered(code(self._error)) from self._error
        if self._error:
            raise self._error
        return self._answer
