"""Reads CloudTrail records as they lie in S3 or anywhere, one after the other: memory stays flat, however many."""

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from console.files import Damage, Note, opened
from console.wrappings import MEMBERS, Aside, Misfit, Record, unwrapped

CHUNK = 1 << 18  # bytes read at a time
PART = 1 << 14  # of which damaged gzip costs one
SHORT = 1000  # characters that hold what stands around records
LONGEST = 4 << 20  # characters of one record; CloudTrail's largest are 1 MB
# The start of a log file's array, or of what the AWS CLI shows, and what may stand behind its end.
ARRAY = re.compile(r'(\{\s*"(?:[Rr]ecords|[Ee]vents|Messages)"\s*:\s*)?\[')
END, MEMBER, CLOSED = re.compile(r"\]"), re.compile(r'\s*,\s*"[^"\\]*"\s*:\s*'), re.compile(r"\s*\}")
BETWEEN = re.compile(r"[ \t\r\n,\ufeff]*")
# CloudWatch Logs exports begin each line with the time.
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?[ \t]+")
# Where the next record may begin behind damage, and where one surely does.
NEXT, SURELY = re.compile(r'\{\s*"'), re.compile(rf'\{{\s*"(?:{"|".join(MEMBERS)})"', re.IGNORECASE)

decode_one = json.JSONDecoder().raw_decode


def records(path: str) -> Iterator[Record | Aside | Damage | Note]:
    """The records of one file, and what else was met on the way.

    A file holds `{"Records": [...]}`, a list of records, one record, or JSON lines; each may be wrapped as wrappings.py
    has it. gzip is known by its first bytes.
    """
    try:
        with opened(path) as file:
            yield from read(file, path)
    except (Damage, Note) as instead:
        yield instead
    except (OSError, EOFError, zlib.error) as error:
        yield Damage(f"{path}: {getattr(error, 'strerror', None) or error}")


def read(file: Any, path: str) -> Iterator[Record | Aside | Damage]:
    """The records in a stream of bytes; log files may follow each other in it."""
    text = Text(file)
    array: re.Match[str] | None = None  # that of its start, within one
    lost = False  # behind damage, until the next record
    while True:
        while text.faults:
            yield Damage(f"{path}: {text.faults.pop(0)}")
        text.skip(BETWEEN)
        if array is None and (time := text.match(TIME)):
            text.position = time.end()
        if array is None and (start := text.match(ARRAY)):
            text.position, array = start.end(), start
            continue
        if array is not None and (end := text.match(END)):
            text.position = end.end()
            with suppress(ValueError):  # what stands there instead is damage of its own
                text.close(array)
            array = None
            continue
        where = text.offset + text.position
        if text.position >= len(text.buffer):
            break
        try:
            value = text.value()
        except (ValueError, RecursionError) as error:
            if not lost or SURELY.match(text.buffer, text.position):
                yield Damage(f"{path}: at character {where}: {reason(error)}")
            lost = True
            text.position += 1
            array = array if text.go_on(NEXT) else None
            continue
        for found in unwrapped(value):
            if isinstance(found, Misfit):
                if not lost:
                    yield Damage(f"{path}: at character {where}: {found}")
            elif not lost or is_whole(found):
                yield found
                lost = False
        lost = lost or (array is None and not isinstance(value, dict | list | str))  # a line that is no JSON at all
        if lost and not text.go_on(NEXT):
            array = None
    for fault in text.faults:
        yield Damage(f"{path}: {fault}")
    if text.fault or array:
        yield Damage(f"{path}: at character {where}: {text.fault or 'the file ends within its records'}")


def is_whole(found: Record | Aside) -> bool:
    """Whether this is a record and not a part of a damaged one that looks like it."""
    record = found.get("detail", found) if isinstance(found, dict) else {}
    return len(record.keys() & MEMBERS) > 1


def reason(error: Exception) -> str:
    """Why something is no JSON."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return getattr(error, "msg", None) or str(error)


class Text:
    """A window on the text of a stream: `buffer` begins at the character `offset`, and `position` is in the buffer."""

    def __init__(self, file: Any) -> None:
        """Read the first of it."""
        self.file, self.decoder = file, codecs.getincrementaldecoder("utf-8")()
        self.buffer, self.position, self.offset, self.ended = "", 0, 0, False
        self.fault = ""  # why the stream ends before its time
        self.faults: list[str] = []  # what is not UTF-8, and is read with a sign in its place
        self.more()

    def more(self) -> bool:
        """Read on, and forget what is behind; False at the end."""
        if self.ended:
            return False
        data = self.bytes()
        self.ended = self.ended or not data
        try:
            text = self.decoder.decode(data, self.ended)
        except UnicodeDecodeError as error:
            where = self.offset + len(self.buffer) + len(error.object[: error.start].decode())
            self.faults.append(f"at character {where}: {error.reason}, not UTF-8, here or more than here")
            self.decoder.errors = "replace"
            text = self.decoder.decode(data, self.ended)
            self.decoder.errors = "strict"
        self.offset += self.position
        self.buffer, self.position = self.buffer[self.position :] + text, 0
        return True

    def bytes(self) -> bytes:
        """A chunk, or what there is of it before the stream breaks."""
        data = bytearray()
        try:
            while len(data) < CHUNK and (part := self.file.read1(PART)):
                data += part
        except (OSError, EOFError, zlib.error) as error:  # gzip.BadGzipFile is an OSError
            self.fault, self.ended = str(error), True
        return bytes(data)

    def match(self, what: re.Pattern[str]) -> re.Match[str] | None:
        """A match of something short, here."""
        if len(self.buffer) - self.position < SHORT:
            self.more()
        return what.match(self.buffer, self.position)

    def skip(self, what: re.Pattern[str]) -> int:
        """Go behind what matches here, reading on where it reaches the end of the buffer; the new position."""
        while True:
            match = what.match(self.buffer, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self.buffer) or not self.more():
                return self.position

    def value(self) -> Any:
        """The JSON value here; ValueError if there is none, or none that ends within `LONGEST` characters."""
        while True:
            try:
                value, end = decode_one(self.buffer, self.position)
                break
            except ValueError as error:
                # Where the buffer ends within the value, the error is at its end, or a string's.
                at_end = getattr(error, "pos", 0) > len(self.buffer) - SHORT
                if not at_end and not reason(error).startswith("Unterminated"):
                    raise
                if len(self.buffer) - self.position > LONGEST:
                    raise ValueError(f"longer than {LONGEST:,} characters, or without end") from None
                if not self.more():
                    raise
        if isinstance(value, str) and value.rstrip().endswith("{"):  # a quote too many before a record
            raise ValueError("a text where a record begins")
        self.position = end
        return value

    def close(self, start: re.Match[str]) -> None:
        """Go behind the object that an array stands in, if it does, and the members behind the array; ValueError."""
        if not start[1]:
            return
        while member := self.match(MEMBER):
            self.position = member.end()
            self.value()
        if end := self.match(CLOSED):
            self.position = end.end()

    def go_on(self, what: re.Pattern[str]) -> bool:
        """Go to where the next record may begin, or to the end; False if there is no such place."""
        while True:
            if match := what.search(self.buffer, self.position):
                self.position = match.start()
                return True
            self.position = max(self.position, len(self.buffer) - SHORT)
            if not self.more():
                self.position = len(self.buffer)
                return False
