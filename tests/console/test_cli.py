"""The commands, as a person runs them."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any, Literal
from unittest.mock import MagicMock, Mock

import boto3
import pytest
from rich.console import Console

from console import drill
from console.cli import main
from console.drill import BUCKET, BUCKET_POLICY, Drill, DrillError
from localcloud import LocalCloudError

BIN = Path(sys.executable).parent


def test_the_drill_passes_and_ends_with_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill"]) == 0
    out = capsys.readouterr().out
    last = out.rstrip().split("\n")[-1]
    assert re.fullmatch(r"drill passed: \d+ checks, recording again after \d+\.\d\d s", last), out
    assert "[CRITICAL] CloudTrail trail stopped, recording again: TestTrail (123456789012 us-east-1)" in out
    assert "[MEDIUM] StopLogging attempted, still recording: TestTrail (123456789012 us-east-1)" in out
    assert "[CRITICAL] CloudTrail trail deleted, exists again: TestTrail (123456789012 us-east-1)" in out
    assert "[CRITICAL] Report: CloudTrail trail stopped, recording again: TestTrail (123456789012 us-east-1)" in out
    assert "[CRITICAL] Approval needed: CloudTrail trail stopped, NOT recording: Test… (123456789012 us-east-1)" in out
    assert "[CRITICAL] Update: CloudTrail trail stopped, recording again: TestTrail (123456789012 us-east-1)" in out
    assert "[CRITICAL] CloudTrail trail narrowed: TestTrail (123456789012 us-east-1)" in out
    assert f"[CRITICAL] DeleteBucketPolicy on watched bucket: {BUCKET} (123456789012 us-east-1)" in out
    assert "[HIGH] Trailkeeper's rule disabled: Trailkeeper-Tampering" in out
    assert "[HIGH] UpdateStack on Trailkeeper's stack: Trailkeeper (123456789012 us-east-1)" in out
    assert 'ALARM: "Trailkeeper-ExecutionsAlarm' in out


def test_a_drill_that_finds_something_else_fails_and_says_what_was_expected(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = Drill(Console(), Mock(), "ko")
    with pytest.raises(DrillError, match=r"^the answer: expected 42, found 41$") as failed:
        drill.check("the answer", 42, 41)
    monkeypatch.setattr("console.drill.LocalCloud", MagicMock())
    monkeypatch.setattr("console.drill.synthesized", Mock(side_effect=failed.value))
    assert main(["drill"]) == 1
    assert capsys.readouterr().out.rstrip().endswith("\ndrill failed: the answer: expected 42, found 41")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["drill", "--language", "fr"], "language: 'fr' is not allowed; allowed: en or ko"),
        (["cloud", "--undo", "maybe"], "undo: 'maybe' is not allowed; allowed: off or shadow or approve or auto"),
        (["cloud", "--port", "99999"], "--port 99999: "),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_alone_it_prints_its_help_and_it_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: trailkeeper ")
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out[:12]) == (0, "trailkeeper ")


class Cloud:
    """`trailkeeper cloud` in a process of its own, with its lines as they come."""

    def __init__(self) -> None:
        command = [str(BIN / "trailkeeper"), "cloud", "--undo", "auto"]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.lines: Queue[str] = Queue()
        self.seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line)

    def read_until(self, text: str) -> str:
        """The first line from here on that holds the text."""
        while text not in (line := self.lines.get(timeout=30)):
            self.seen.append(line)
        self.seen.append(line)
        return line

    def end(self) -> int:
        """Press Ctrl-C, which a terminal sends to the whole group; the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=15)


@pytest.fixture
def running() -> Iterator[Cloud]:
    """The command, running."""
    cloud = Cloud()
    yield cloud
    if cloud.process.poll() is None:
        os.killpg(cloud.process.pid, signal.SIGKILL)


def test_the_ordinary_aws_cli_works_on_the_cloud_and_ctrl_c_ends_it_whole(running: Cloud, tmp_path: Path) -> None:
    running.read_until("Mails and executions follow")
    exports = dict(line.strip()[7:].split("=", 1) for line in running.seen if line.startswith("export "))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | exports

    def aws(*arguments: str) -> str:
        return subprocess.run(
            [BIN / "aws", *arguments], env=environment, check=True, capture_output=True, text=True
        ).stdout

    def client(service: Literal["s3", "cloudtrail"]) -> Any:
        return boto3.client(
            service,
            endpoint_url=exports["AWS_ENDPOINT_URL"],
            aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
        )

    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(BUCKET_POLICY))
    cloudtrail = client("cloudtrail")
    cloudtrail.create_trail(Name="TestTrail", S3BucketName=BUCKET)
    cloudtrail.start_logging(Name="TestTrail")
    aws("cloudtrail", "stop-logging", "--name", "TestTrail")
    assert "stopped, recording again: TestTrail" in running.read_until("mail: ")
    assert "SUCCEEDED stopped" in running.read_until("execution ")
    assert '"IsLogging": true' in aws("cloudtrail", "get-trail-status", "--name", "TestTrail")
    cloudtrail.delete_trail(Name="TestTrail")
    assert "trail deleted: TestTrail" in running.read_until("mail: ")

    everything = descendants(running.process.pid)
    assert len(everything) >= 5  # the server, and a process for each function
    assert running.end() == 0
    assert not [pid for pid in everything if is_alive(pid)]


def descendants(pid: int) -> list[int]:
    """All processes that a process started, and those started."""
    table = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    children: dict[int, list[int]] = {}
    for line in table.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child)
    return found


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be buried does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_errors_of_the_local_cloud_are_reported_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise LocalCloudError("The local cloud had errors (exit status 0):\nTraceback ...")

    monkeypatch.setattr(drill, "run", fail)
    assert main(["drill"]) == 1
    assert capsys.readouterr().err == "The local cloud had errors (exit status 0): see above\n"
