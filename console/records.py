"""Reads CloudTrail records as they lie in S3 or anywhere, one after the other: memory stays flat, however many."""

import codecs
import gzip
import json
import os
import re
import sys
import zlib
from collections.abc import Iterator
from errno import ENOENT
from pathlib import Path
from stat import S_ISDIR
from typing import Any

Record = dict[str, Any]

CHUNK = 1 << 18  # bytes read at a time
PART = 1 << 14  # of which damaged gzip costs one
SHORT = 1000  # characters that hold what stands around records
LONGEST = 4 << 20  # characters of one record; CloudTrail's largest are 1 MB
SUFFIXES = (".json", ".jsonl", ".ndjson", ".log")
# The start of a log file's array, and where to go on behind damage: at what begins as CloudTrail writes a record, or as
# one whose keys were sorted since.
RECORDS = re.compile(r'(?:\{\s*"Records"\s*:\s*)?\[')
BEGINS = r'\{\s*"(?:eventVersion|addendum|additionalEventData|apiVersion|awsRegion)"'
NEXT_IN_ARRAY = re.compile(BEGINS)
NEXT_ANYWHERE = re.compile(rf"\n(?=\{{)|{BEGINS}")
BETWEEN = re.compile(r"[\s,\ufeff]*")
END = re.compile(r"\]\s*\}?")

decode_one = json.JSONDecoder().raw_decode


class Damage(Exception):
    """What could not be read, and where: one line."""


def files(paths: list[str]) -> list[str | Damage]:
    """The files that the paths mean, `-` being the standard input; those of a folder in order, without digests.

    Raises OSError for a path that cannot be looked at, and for a folder without logs. What cannot be looked at in a
    folder is damage.
    """
    found: list[str | Damage] = []
    for path in paths:
        if path == "-":
            if sys.stdin is None or "-" in found:
                raise FileNotFoundError(ENOENT, "the standard input is closed, or was read before", "-")
            found.append(path)
        elif not S_ISDIR(os.stat(path).st_mode):  # noqa: PTH116  # a Path of nothing is the current folder
            found.append(path)
        else:
            found += in_folder(path)
    return found


def in_folder(path: str) -> list[str | Damage]:
    """The logs in a folder and in those below it, and what could not be looked at."""
    found: list[str] = []
    damage: list[Damage] = []

    def closed(error: OSError) -> None:
        if error.filename == path:
            raise error
        damage.append(Damage(f"{error.filename}: {error.strerror}"))

    for folder, below, names in os.walk(path, onerror=closed):
        below[:] = [name for name in below if name != "CloudTrail-Digest"]
        for link in (Path(folder, name) for name in below if Path(folder, name).is_symlink()):
            damage.append(Damage(f"{link}: a link to a folder is not followed; give it as a PATH of its own"))
        found += [str(Path(folder, name)) for name in names if name.removesuffix(".gz").endswith(SUFFIXES)]
    if not found and not damage:
        raise FileNotFoundError(ENOENT, f"no logs in this folder (*{', *'.join(SUFFIXES)}, or these with .gz)", path)
    return [*damage, *sorted(found)]


def records(path: str) -> Iterator[Record | Damage]:
    """The records of one file, and the damage met on the way.

    A file holds `{"Records": [...]}`, a list of records, one record, or JSON lines; each may be in the envelope of
    EventBridge, and is given as it is. gzip is known by its first bytes.
    """
    try:
        with open_file(path) as file:
            yield from decoded(file, path)
    except OSError as error:
        yield Damage(f"{path}: {error.strerror or error}")


def open_file(path: str) -> Any:
    """A file or the standard input, unpacked if it is gzip."""
    file: Any = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115  # closed by who uses it
    return gzip.open(file) if file.peek(2)[:2] == b"\x1f\x8b" else file


def decoded(file: Any, path: str) -> Iterator[Record | Damage]:
    """The records in a stream of bytes; log files may follow each other in it."""
    text, in_array = Text(file), False
    while True:
        while text.faults:
            yield Damage(f"{path}: {text.faults.pop(0)}")
        text.skip(BETWEEN)
        if not in_array and (start := text.match(RECORDS)):
            text.position, in_array = start.end(), True
            continue
        if in_array and (end := text.match(END)):
            text.position, in_array = end.end(), False
            continue
        where = text.offset + text.position
        if text.position >= len(text.buffer):
            break
        try:
            value = text.value()
        except (ValueError, RecursionError) as error:
            yield Damage(f"{path}: at character {where}: {reason(error)}")
            in_array = text.go_on(NEXT_IN_ARRAY if in_array else NEXT_ANYWHERE) and in_array
            continue
        if isinstance(value, dict) and isinstance(value.get("Records"), list):
            yield from (one if is_record(one) else not_a_record(path, where) for one in value["Records"])
        else:
            yield value if is_record(value) else not_a_record(path, where)
    for fault in text.faults:
        yield Damage(f"{path}: {fault}")
    if text.fault or in_array:
        yield Damage(f"{path}: at character {where}: {text.fault or 'the file ends within its records'}")


def reason(error: Exception) -> str:
    """Why something is no JSON."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return getattr(error, "msg", None) or str(error)


def is_record(value: Any) -> bool:
    """Whether a value can be a CloudTrail record or an envelope around one."""
    return isinstance(value, dict) and ("eventName" in value or isinstance(value.get("detail"), dict))


def not_a_record(path: str, where: int) -> Damage:
    """Something that is none."""
    return Damage(f"{path}: at character {where}: not a CloudTrail record")


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
                value, self.position = decode_one(self.buffer, self.position)
                return value
            except ValueError as error:
                # Where the buffer ends within the value, the error is at its end, or a string's.
                at_end = getattr(error, "pos", 0) > len(self.buffer) - SHORT
                if not at_end and not reason(error).startswith("Unterminated"):
                    raise
                if len(self.buffer) - self.position > LONGEST:
                    raise ValueError(f"longer than {LONGEST:,} characters, or without end") from None
                if not self.more():
                    raise

    def go_on(self, what: re.Pattern[str]) -> bool:
        """Go to where the next record may begin, or to the end; False if there is no such place."""
        self.position += 1
        while True:
            if match := what.search(self.buffer, self.position):
                self.position = match.start()
                return True
            self.position = max(self.position, len(self.buffer) - SHORT)
            if not self.more():
                self.position = len(self.buffer)
                return False
