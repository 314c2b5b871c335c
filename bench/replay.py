"""Replay on records that match nothing: how many a second on one core, and how much memory, by the size of the file."""

import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROUNDS = 7
RECORDS = {"small": 10_000, "large": 200_000}
# The kernel's own count since the process began to be Python: getrusage counts its parent's memory, too.
CHILD = """
import sys
from pathlib import Path
from console.cli import main
main(["replay", sys.argv[1], "--jobs", sys.argv[2]])
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""
EVENT = json.loads((Path(__file__).parents[1] / "tests" / "events" / "stop-logging.json").read_text())["detail"]


def measure(console: Console) -> None:
    """Print the table; a run's start, which every replay has, is in its time."""
    table = Table(title=f"replay, records that match nothing (medians of {ROUNDS})", box=None, title_justify="left")
    for heading in ("file", "records", "MB", "records/s", "peak MB"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    with tempfile.TemporaryDirectory() as folder:
        for size, many in RECORDS.items():
            for suffix in (".json", ".json.gz"):
                file = Path(folder) / f"{size}{suffix}"
                megabytes = write(file, many)
                seconds, peaks = zip(*(run(file) for _ in range(ROUNDS)), strict=True)
                speed = many / statistics.median(seconds)
                table.add_row(
                    file.name, f"{many:,}", f"{megabytes:.0f}", f"{speed:,.0f}", f"{statistics.median(peaks):.0f}"
                )
        each = Path(folder) / "many"
        each.mkdir()
        for number in range(8):
            write(each / f"{number}.json.gz", 50_000)
        alone, together = ([run(each, jobs)[0] for _ in range(ROUNDS)] for jobs in (1, 2))
    console.print(table)
    ratio = statistics.median(one / two for one, two in zip(alone, together, strict=True))
    console.print(
        f"eight files of 50,000 records, in two processes: {400_000 / statistics.median(together):,.0f} records/s, "
        f"{ratio:.2f} x one process (budget 1.70)",
        soft_wrap=True,
    )


def write(file: Path, many: int) -> float:
    """A log file as in S3; its size unpacked, in MB."""
    agent = EVENT["userAgent"] + " " + "x" * 600  # a record of 1.5 KB, as most are
    records = ({**EVENT, "eventName": "DescribeTrails", "userAgent": agent, "eventID": str(n)} for n in range(many))
    text = '{"Records":[' + ",".join(json.dumps(one, separators=(",", ":")) for one in records) + "]}"
    data = text.encode()
    file.write_bytes(gzip.compress(data, 6) if file.suffix == ".gz" else data)
    return len(data) / 1e6


def run(path: Path, jobs: int = 1) -> tuple[float, float]:
    """Seconds and peak MB of one replay in a process of its own."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", CHILD, path, str(jobs)], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, int(done.stderr) / 1024
