"""Several files at once: in as many processes as there are cores, and in the order of the files."""

import json
import multiprocessing
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from console.files import Damage
from console.workers import EVERY, reading
from tests.samples import event

STOP = event("stop-logging")["detail"]
READ = json.dumps(event("stop-logging", eventName="DescribeTrails", userAgent="x" * 500)["detail"])
COMMAND = Path(sys.executable).with_name("trailkeeper")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Four files of a megabyte together and more, a stop at the end of each, and one that is damaged."""
    for number in range(4):
        stop = json.dumps({**STOP, "eventID": str(number)})
        (tmp_path / f"{number}.json").write_text(f'{{"Records": [{", ".join([READ] * 400 + [stop])}]}}')
    (tmp_path / "2x.json").write_text("{")
    return tmp_path


def held(logs: Path, wanted: set[str] | None, jobs: int) -> list[Any]:
    """What the files hold, in few words."""
    found: list[Any] = []
    for one in reading([str(path) for path in sorted(logs.iterdir())], wanted, jobs):
        if isinstance(one, dict):
            found += [one["eventID"]] if one["eventName"] == "StopLogging" else []
        else:
            found.append(str(one) if isinstance(one, Damage) else one)
    return found


@pytest.mark.parametrize("jobs", [1, 2, 9])
def test_whatever_reads_the_order_is_that_of_the_files(logs: Path, jobs: int) -> None:
    found = [one for one in held(logs, {"StopLogging"}, jobs) if isinstance(one, str)]
    assert found[:3] + found[4:] == ["0", "1", "2", "3"]
    assert found[3].startswith(f"{logs}/2x.json: at character 0")
    assert sum(one for one in held(logs, {"StopLogging"}, jobs) if isinstance(one, int)) == 1600
    assert [one for one in held(logs, None, jobs) if isinstance(one, str)] == found


def test_beside_threads_other_processes_are_started_anew(logs: Path) -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert held(logs, {"StopLogging"}, 2) == held(logs, {"StopLogging"}, 1)
    finally:
        ended.set()
        thread.join()


def test_a_file_given_twice_is_read_twice(logs: Path) -> None:
    path = str(logs / "0.json")
    assert sum(isinstance(one, dict) for one in reading([path, path], {"StopLogging"}, 2)) == 2


def test_what_is_passed_over_is_counted_now_and_then(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text("\n".join(['{"eventName": "x", "eventSource": "y"}'] * (EVERY + 1)))
    assert list(reading([str(file)], set(), 1)) == [EVERY, 1]


def test_two_processes_print_what_one_prints(logs: Path) -> None:
    one, two = (
        subprocess.run([COMMAND, "replay", logs, "--jobs", jobs], capture_output=True, text=True, check=False)
        for jobs in ("1", "2")
    )
    assert (one.returncode, one.stdout, one.stderr) == (two.returncode, two.stdout, two.stderr)
    assert one.stdout.endswith(
        "1,604 records read, 4 matched a rule, 4 would have raised a mail, 1 damaged (see above)\n"
    )


def test_a_process_that_is_ended_is_one_line(logs: Path) -> None:
    found = reading([str(path) for path in sorted(logs.iterdir())], None, 2)
    next(found)
    for child in multiprocessing.active_children():
        child.kill()
    with pytest.raises(ChildProcessError, match="try --jobs 1"):
        list(found)
