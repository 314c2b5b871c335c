"""Which files the paths mean, and what is in them by their first bytes."""

import gzip
import os
import re
import sys
from errno import ENOENT
from pathlib import Path
from stat import S_ISDIR
from typing import Any

# What holds no JSON that can be read here, by its first bytes, and what to do about it.
FORMATS = (
    (b"PAR1", "Parquet: query it with Athena, and give the result as JSON"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd: unpack it first (zstd -d)"),
    (b"PK\x03\x04", "a zip archive: unpack it first (unzip)"),
    (b"BZh", "packed by bzip2: unpack it first (bunzip2)"),
    (b"\xfd7zXZ\x00", "packed by xz: unpack it first (unxz)"),
    *((start, "in UTF-16: convert it first (iconv -f utf-16 -t utf-8)") for start in (b"\xff\xfe", b"\xfe\xff")),
)
# JSON in UTF-16 without a sign of it in front.
UTF16 = re.compile(rb"(?P<le>[\[{]\0[^\0]\0)|\0[\[{]\0[^\0]")
# A heading with the columns of CloudTrail's console or of Athena's table, wherever they stand in it.
CSV = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:[^\r\n{\[]*[,;\t])?"?event[ _]?(?:version|time|name|id|source)"?[,;\t\r\n]', re.IGNORECASE
)
# How JSON begins, also behind the time that CloudWatch Logs exports put before each line.
JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\d{4}-\d\d-\d\dT[\d:.]+Z?\s+)?[\[{]")
SUFFIXES = (".json", ".jsonl", ".ndjson", ".log")
HEAD = 1024


class Damage(Exception):
    """What could not be read, and where: one line."""


class Note(Exception):
    """A file that was left out, and why: one line."""


def files(paths: list[str]) -> list[str | Damage]:
    """The files that the paths mean, `-` being the standard input; those of a folder in order.

    Raises OSError for a path that cannot be looked at, and for a folder without files. What cannot be looked at in a
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
    """The files in a folder and in those below it, and what could not be looked at."""
    found: list[str] = []
    damage: list[Damage] = []

    def closed(error: OSError) -> None:
        if error.filename == path:
            raise error
        damage.append(Damage(f"{error.filename}: {error.strerror}"))

    for folder, below, names in os.walk(path, onerror=closed):
        for link in (Path(folder, name) for name in below if Path(folder, name).is_symlink()):
            damage.append(Damage(f"{link}: a link to a folder is not followed; give it as a PATH of its own"))
        for file in (Path(folder, name) for name in names):
            if file.exists() and not file.is_file():
                damage.append(Damage(f"{file}: a pipe, socket or device is not read; give it as a PATH of its own"))
            else:
                found.append(str(file))
    if not found and not damage:
        raise FileNotFoundError(ENOENT, "no files in this folder", path)
    return [*damage, *sorted(found)]


def opened(path: str) -> Any:
    """A file or the standard input, unpacked if it is gzip.

    Raises OSError, EOFError or zlib.error where it breaks at once, Damage for a format that is not read here, and Note
    for a file that is empty, or no log by name and content.
    """
    file: Any = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115  # closed by who uses it
    try:
        stream, head = file, beginning(file)
        for _ in range(2):  # Firehose packs once more what CloudWatch Logs sends it packed
            if head.startswith(b"\x1f\x8b"):
                stream = gzip.open(stream)  # noqa: SIM115  # likewise
                head = beginning(stream)
        for start, what in FORMATS:
            if head.startswith(start):
                raise Damage(f"{path}: {what}")
        if head[257:262] == b"ustar":
            raise Damage(f"{path}: a tar archive: unpack it first (tar -xf)")
        if wide := UTF16.match(head):
            raise Damage(
                f"{path}: in UTF-16: convert it first (iconv -f utf-16{'le' if wide['le'] else 'be'} -t utf-8)"
            )
        if CSV.match(head):
            raise Damage(f"{path}: CSV: give the records as JSON instead")
        named = path == "-" or path.removesuffix(".gz").endswith(SUFFIXES)
        if not head:
            raise Note(f"{path}: left out, as it is empty")
        if not named and not JSON.match(head):
            raise Note(f"{path}: left out, as it does not begin as JSON does")
    except BaseException:
        file.close()
        raise
    return stream


def beginning(stream: Any) -> bytes:
    """The first bytes of a stream, which stay in it."""
    return bytes(stream.peek(HEAD)[:HEAD])
