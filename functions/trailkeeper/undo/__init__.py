"""How tampering is put back: a row for each call that does it, a file for what the calls are on.

A row reads what is, makes it what its owners want, and by reading again proves it. What they want is the baseline: the
fields of one thing (a trail, a bucket, ...) as they were recorded or adopted. Fields are named as AWS's API names them.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, TypedDict

Fields = dict[str, Any]

# What each service says of a thing that is no more; the same code of another says nothing of it.
GONE = {
    "cloudtrail": {"TrailNotFoundException", "EventDataStoreNotFoundException"},
    "s3": {"NoSuchBucket"},
    "kms": {"NotFoundException"},
    "events": {"ResourceNotFoundException"},
}


def is_gone(arn: str, code: str) -> bool:
    """Whether the thing is no more, by the code of what its service answered."""
    return code in GONE[arn.split(":")[2]]


class Baseline(TypedDict):
    """One thing as its owners want it.

    `arn` says which. `by` is how it came to be so: "first sight", "adopted" or "announced"; `at` is when.
    """

    arn: str
    fields: Fields
    by: str
    at: str


class Row(NamedTuple):
    """One call that puts something back.

    `read` gives the fields as they are, of the thing with the ARN: at least those that are in `fields`. `put` makes
    them the wanted ones; it takes the ARN, all that is wanted of the thing, and the names of those that differ.
    `reads` and `writes` are the IAM actions of the two.
    """

    fields: tuple[str, ...]
    read: Callable[[str], Fields]
    put: Callable[[str, Fields, list[str]], Any]
    reads: tuple[str, ...]
    writes: tuple[str, ...]


# Which file holds a row. Each is imported when it is needed: StartLogging, which Restore makes by itself, needs none.
FILES = {
    **dict.fromkeys(("StartLogging", "UpdateTrail", "PutEventSelectors"), "trail"),
    **dict.fromkeys(("PutInsightSelectors", "PutEventConfiguration", "CreateTrail"), "trail"),
    **dict.fromkeys(
        ("UpdateEventDataStore", "StartEventDataStoreIngestion", "RestoreEventDataStore"), "event_data_store"
    ),
    **dict.fromkeys(("PutBucketPolicy", "EnableKey", "CancelKeyDeletion"), "destination"),
    **dict.fromkeys(("EnableRule", "PutTargets"), "own_rule"),
}


def row(call: str) -> Row:
    """The row of a call."""
    found: Row = import_module(f"trailkeeper.undo.{FILES[call]}").ROWS[call]
    return found


def read(call: str, arn: str) -> Fields:
    """The fields of a call's row as they are; an answer that lacks a member is none."""
    return complete(row(call).read, arn)


def complete(reading: Callable[[str], Fields], arn: str) -> Fields:
    """What a reading gives. botocore makes an empty answer of one that was cut off."""
    from trailkeeper.aws import Unanswered  # Triage, which looks at FILES alone, needs no client

    try:
        return reading(arn)
    except (KeyError, ValueError) as error:
        raise Unanswered("IncompleteAnswer") from error


def whole(arn: str) -> Fields:
    """All that a baseline holds of a trail, an event data store, a bucket, a key, or a rule of Trailkeeper."""
    files = {"trail": "trail", "eventdatastore": "event_data_store", "key": "destination", "rule": "own_rule"}
    file = "destination" if arn.split(":")[2] == "s3" else files[arn.split(":")[5].partition("/")[0]]
    return complete(import_module(f"trailkeeper.undo.{file}").whole, arn)


def differing(fields: tuple[str, ...], wanted: Fields, found: Fields) -> list[str]:
    """Which of the fields are not as they are wanted; one that the baseline does not hold is not wanted otherwise."""
    return [name for name in fields if name in wanted and wanted[name] != found.get(name)]
