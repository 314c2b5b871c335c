"""Reads several files at once, and gives what they hold in the order of the files."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Collection, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from console.files import Damage, Note
from console.records import records
from console.wrappings import Aside, Record

# A record, what is met beside records, or the number of records that were passed over.
Item = Record | Aside | Damage | Note | int

EVERY = 10_000  # records passed over until that is said
BATCH = 100
WORTH_IT = 1 << 20  # bytes for which a second process is started


def cores() -> int:
    """How many processes can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def reading(paths: list[str | Damage], wanted: Collection[str] | None, jobs: int) -> Iterator[Item]:
    """What the files hold, in order; of the records those with a wanted name, or all."""
    shares = shared(paths, jobs)
    connections = [start(share, wanted) for share in shares] if len(shares) > 1 else []
    whose = {path: connection for share, connection in zip(shares, connections, strict=False) for path in share}
    for path in paths:
        if isinstance(path, Damage):
            yield path
        elif path in whose:
            yield from received(whose[path])
        else:
            yield from of_file(path, wanted)


def shared(paths: list[str | Damage], jobs: int) -> list[list[str]]:
    """The files for each process, about as many bytes for one as for another; the standard input stays here."""
    mine = [path for path in paths if isinstance(path, str) and path != "-" and Path(path).is_file()]
    sizes = {path: Path(path).stat().st_size for path in mine}
    if len(set(mine)) < len(mine):  # a file that was given twice is read twice, one after the other
        return []
    many = min(jobs, len(mine), 1 + sum(sizes.values()) // WORTH_IT)
    shares: list[list[str]] = [[] for _ in range(many)]
    loads = [0] * many
    for path in mine:
        least = loads.index(min(loads))
        shares[least].append(path)
        loads[least] += sizes[path] + 1
    return shares


def start(paths: list[str], wanted: Collection[str] | None) -> Connection:
    """A process that reads the files; what it sends waits in the pipe until it is asked for, so memory stays flat."""
    # A copy of this process starts at once, but not where threads run: they could hold locks.
    alone = hasattr(os, "fork") and threading.active_count() == 1
    context: Any = multiprocessing.get_context("fork" if alone else "spawn")
    ours, theirs = context.Pipe(duplex=False)
    context.Process(target=work, args=(paths, wanted, theirs), daemon=True).start()
    theirs.close()
    return cast(Connection, ours)


def work(paths: list[str], wanted: Collection[str] | None, connection: Connection) -> None:
    """Send what the files hold in batches, and None behind each file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that reads the pipe ends this one
    try:
        for path in paths:
            batch: list[Item] = []
            for item in of_file(path, wanted):
                batch.append(item)
                if len(batch) >= BATCH:
                    connection.send(batch)
                    batch = []
            connection.send(batch)
            connection.send(None)
    except BrokenPipeError:
        pass  # nobody reads on


def received(connection: Connection) -> Iterator[Item]:
    """What a process sends of one file; ChildProcessError if it was ended from outside."""
    try:
        while (batch := connection.recv()) is not None:
            yield from batch
    except (EOFError, OSError):  # between two messages, or within one
        raise ChildProcessError("a process that reads files was ended, as when memory runs out; try --jobs 1") from None


def of_file(path: str, wanted: Collection[str] | None) -> Iterator[Item]:
    """What one file holds."""
    passed_over = 0
    for found in records(path):
        if isinstance(found, dict) and wanted is not None and name_of(found) not in wanted:
            passed_over += 1
            if passed_over == EVERY:
                yield passed_over
                passed_over = 0
        else:
            yield found
    if passed_over:
        yield passed_over


def name_of(found: Record) -> str:
    """The name of the call, in an envelope or out of one."""
    record = found["detail"] if isinstance(found.get("detail"), dict) else found
    name = record.get("eventName")
    return name if isinstance(name, str) else ""
