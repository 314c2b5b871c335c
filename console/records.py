"""Reads CloudTrail records as they lie in S3 or anywhere, one after the other: memory stays flat, however many."""

import codecs
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]

CHUNK = 1 << 20  # bytes read at a time
SHORT = 1000  # characters that hold what stands around records
LONGEST = 4 << 20  # characters of one record; CloudTrail's largest are 1 MB
SUFFIXES = (".json", ".jsonl", ".ndjson", ".log")
# The start of a log file's array, and where to go on behind a damaged record.
RECORDS = re.compile(r'(?:\{\s*"Records"\s*:\s*)?\[')
NEXT_IN_ARRAY = re.compile(r'\{\s*"eventVersion"')
NEXT_LINE = re.compile(r"\n(?=\{)")
BETWEEN = re.compile(r"[\s,]*")
END = re.compile(r"\]\s*\}?")

decode_one = json.JSONDecoder().raw_decode


class Damage(Exception):
    """What could not be read, and where: one line."""


def files(paths: list[str]) -> Iterator[str]:
    """The files that the paths mean, `-` being the standard input; those of a folder in order, without digests.

    Raises FileNotFoundError for a path that is not there, before anything is read.
    """
    for path in paths:
        if path != "-" and not Path(path).exists():
            raise FileNotFoundError(path)
    for path in paths:
        if path == "-" or not Path(path).is_dir():
            yield path
            continue
        for file in sorted(Path(path).rglob("*")):
            logs = file.name.removesuffix(".gz").endswith(SUFFIXES) and "CloudTrail-Digest" not in file.parts
            if logs and file.is_file():
                yield str(file)


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
    raw: Any = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115  # closed by who uses it
    file = io.BufferedReader(raw)
    return gzip.open(file) if file.peek(2)[:2] == b"\x1f\x8b" else file


def decoded(file: Any, path: str) -> Iterator[Record | Damage]:
    """The records in a stream of bytes; log files may follow each other in it."""
    text, in_array = Text(file), False
    while True:
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
            yield Damage(f"{path}: at character {where}: {getattr(error, 'msg', 'nested too deeply')}")
            in_array = text.go_on(NEXT_IN_ARRAY if in_array else NEXT_LINE) and in_array
            continue
        if isinstance(value, dict) and isinstance(value.get("Records"), list):
            yield from (one if is_record(one) else not_a_record(path, where) for one in value["Records"])
        else:
            yield value if is_record(value) else not_a_record(path, where)
    if text.fault or in_array:
        yield Damage(f"{path}: at character {where}: {text.fault or 'the file ends within its records'}")


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
        self.file, self.decode = file, codecs.getincrementaldecoder("utf-8-sig")().decode
        self.buffer, self.position, self.offset, self.ended = "", 0, 0, False
        self.fault = ""  # why the stream ends before its time
        self.more()

    def more(self) -> bool:
        """Read on, and forget what is behind; False at the end."""
        if self.ended:
            return False
        text = ""
        try:
            data = self.bytes()
            self.ended = self.ended or not data
            text = self.decode(data, self.ended)
        except UnicodeDecodeError as error:
            # What stands before the fault is still good.
            text, self.fault, self.ended = (
                error.object[: error.start].decode("utf-8"),
                f"{error.reason}, not UTF-8",
                True,
            )
        self.offset += self.position
        self.buffer, self.position = self.buffer[self.position :] + text, 0
        return True

    def bytes(self) -> bytes:
        """A chunk, or what there is of it before the stream breaks."""
        data = bytearray()
        try:
            while len(data) < CHUNK and (part := self.file.read1(CHUNK)):
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
            except ValueError:
                if len(self.buffer) - self.position > LONGEST or not self.more():
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
