"""Reads the fields of an event, in which nothing is trusted to exist, to be of its type or to be short."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from incident import clean


def text(value: Any, limit: int = 256) -> str | None:
    """A field as clean text; None if it holds none. Numbers count: anonymised account ids arrive as such."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**20 else None
    return clean(value, limit).strip() or None if isinstance(value, str) else None


def mapping(value: Any) -> Mapping[str, Any]:
    """A field as a mapping; empty if it is anything else, such as null or the text "null"."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A field as a list; empty if it is anything else."""
    return value if isinstance(value, list) else []


def one_or_more(value: Any) -> list[Any]:
    """A field of XML or of a policy, which holds one or a list of them."""
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def number(value: Any) -> int | None:
    """A field as a whole number, that records also carry as text; None if it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_true(value: Any) -> bool:
    """Records carry flags as booleans and as text."""
    return value is True or value == "true"


def is_false(value: Any) -> bool:
    """Records carry flags as booleans and as text; an absent flag is neither."""
    return value is False or value == "false"


def fits(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern in which `*` and `?` stand for any characters and for any one."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def utc(value: Any) -> str | None:
    """An ISO 8601 time as `YYYY-MM-DDTHH:MM:SSZ`; None if it is not one, or before there were computers to write it."""
    try:
        moment = datetime.fromisoformat(value)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1970 else None
