"""What hours of use cost the local cloud: `python -m bench soak`. Idle first, then thousands of incidents."""

import io
import os
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from console.cloud import synthesized, watch
from console.drill import TRAIL
from localcloud import LocalCloud

# Every stop is restored, and nothing comes after the mail.
EACH_BY_ITSELF: Any = {
    **{"restores_per_hour": 1000, "report_minutes": 0, "undo_hours": 0, "flood_minutes": 0.01, "watch_minutes": 0}
}
WARM_UP, IDLE_MINUTES, INCIDENTS = 50, 5, (1000, 5000)
AT_ONCE = 8


def measure(console: Console, create_trail: Any) -> None:
    """Print the table, a row after each part; every cloud is watched, as by `trailkeeper cloud`."""
    table = Table(title="the local cloud's process", box=None, title_justify="left")
    for heading in ("after", "records", "MB", "CPU s", "s"):
        table.add_column(heading, justify="left" if heading == "after" else "right")
    with tempfile.TemporaryDirectory() as folder, LocalCloud() as cloud:
        cloud.deploy(synthesized(folder, undo="auto", language="en", **EACH_BY_ITSELF))
        cloud.confirm_all()
        create_trail(cloud, TRAIL)
        create_trail(cloud, "Second")  # still records, so that each stop is seen
        ended = threading.Event()
        watcher = threading.Thread(target=watch, args=(Console(file=io.StringIO()), cloud, ended))
        watcher.start()
        stop(cloud, WARM_UP)
        table.add_row(f"{WARM_UP} incidents", *state(cloud), "")
        done, start = 0, time.monotonic()
        time.sleep(60 * IDLE_MINUTES)
        table.add_row(f"{IDLE_MINUTES} idle minutes", *state(cloud), f"{time.monotonic() - start:.0f}")
        for many in INCIDENTS:
            start = time.monotonic()
            stop(cloud, many - done)
            table.add_row(f"{many:,} incidents more", *state(cloud), f"{time.monotonic() - start:.0f}")
            done = many
        ended.set()
        watcher.join()
    console.print(table)


def stop(cloud: LocalCloud, many: int) -> None:
    """Stop the trail so often, a few at once; each stop ends in a mail and an execution that has ended."""
    before, cloudtrail = len(cloud.executions()), cloud.client("cloudtrail")
    for number in range(many + AT_ONCE):
        least = max(before, before + number - AT_ONCE)
        cloud.wait(partial(have_ended, cloud, least), f"{least} executions", 120)
        if number < many:
            cloudtrail.stop_logging(Name=TRAIL)


def have_ended(cloud: LocalCloud, least: int) -> bool:
    """Whether so many executions have ended; a stop that meets another one may end otherwise than well."""
    return sum(one["status"] != "RUNNING" for one in cloud.executions()) >= least


def state(cloud: LocalCloud) -> tuple[str, str, str]:
    """The event history's records, and the server's memory and CPU time so far."""
    history = cloud.client("cloudtrail", recorded=False).get_paginator("lookup_events").paginate()
    process = Path("/proc", str(cloud._server.pid))
    resident = int((process / "status").read_text().partition("VmRSS:")[2].split()[0]) / 1024
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return f"{sum(len(page['Events']) for page in history):,}", f"{resident:.0f}", f"{seconds:.1f}"
