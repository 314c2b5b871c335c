"""What the owners set: settings.json beside the functions, as workflow/settings.py writes it."""

import json
import os
from pathlib import Path
from typing import Literal, TypedDict

from trailkeeper.incident import Mode

Language = Literal["en", "ko"]

LONGEST_STACK_PART = 24  # characters of a stack's name that are left in a name of 64, such as a role's


class Entry(TypedDict):
    """One announcement; `trails` may be empty, which means all.

    `principal` is an ARN in which `*` and `?` stand for any characters and any one; `until` is a date, which counts to
    its end in UTC, or a time.
    """

    principal: str
    actions: list[str]
    trails: list[str]
    reason: str
    until: str


class Settings(TypedDict):
    """The settings that functions read.

    `undo` maps an action to its mode, `destinations` are ARNs, `stack` is the stack's name, `qualifier` that of the
    CDK's bootstrapping, and `timezone` an IANA name or None, whose rules lie beside the settings in `timezone.tzif`.
    """

    language: Language
    timezone: str | None
    undo: dict[str, Mode]
    trails: list[str]
    destinations: list[str]
    expected: list[Entry]
    stack: str
    qualifier: str


class Place(TypedDict):
    """Where Trailkeeper runs: what it takes for its own must be there."""

    partition: str
    region: str
    account: str


def read() -> Settings:
    """The settings of this deployment. A file and no environment variables, as Lambda limits those to 4 KB."""
    settings: Settings = json.loads((task_root() / "settings.json").read_text("utf-8"))
    return settings


def task_root() -> Path:
    """The folder of the deployed functions."""
    return Path(os.environ["LAMBDA_TASK_ROOT"])


def place(function_arn: str) -> Place:
    """Where a function runs, by its ARN."""
    _, partition, _, region, account, *_ = function_arn.split(":")
    return {"partition": partition, "region": region, "account": account}


def own_prefix(stack: str) -> str:
    """How the names of Trailkeeper's parts begin: CloudFormation puts the stack's name first, and cuts a long one."""
    return f"{stack}-" if len(stack) <= LONGEST_STACK_PART else stack[:LONGEST_STACK_PART]
