"""One run of the watchdog: where it is, what has been done and found so far, and what failed."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from trailkeeper import aws, settings

Result = TypeVar("Result")


class NotAllDone(Exception):
    """What could not be read or done, by name; all else was."""


class Run:
    """What was recorded, adopted and told, the ARNs of what something was `found` of, and how much else `differs`.

    `known` are the ARNs of what has a baseline, and `lost` of those whose baseline is not there any more.
    `no_history` are the Regions whose event history did not answer.
    """

    def __init__(self, context: Any) -> None:
        """Begin."""
        self.own, self.wanted = settings.place(context.invoked_function_arn), settings.read()
        self.until, self.now = aws.deadline(context), datetime.now(UTC)
        self.no_ledger = False
        self.failed: list[str] = []
        self.recorded: list[str] = []
        self.adopted: list[str] = []
        self.told: list[str] = []
        self.found: set[str] = set()
        self.known: set[str] = set()
        self.lost: set[str] = set()
        self.no_history: set[str] = set()
        self.differs = self.narrowed = 0

    def do(self, what: str, work: Callable[[], Result]) -> Result | None:
        """Do it; None, and a line of what failed, where that raises: nothing of it keeps the rest from being done."""
        if time.monotonic() > self.until:
            self.failed.append(f"{what}: no time left")
            return None
        try:
            return work()
        except Exception as error:  # the run ends with all of them
            logging.getLogger().exception(what)
            self.failed.append(f"{what}: {error.code if isinstance(error, aws.Unanswered) else aws.code(error)}")
            return None
