"""The local cloud's process: it can be called by any AWS client, and it ends with all it started."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Assemble, function, role
from localcloud import LocalCloud

# Starts a local cloud with an idle and a busy function, says whom to look for, and waits to be killed.
PARENT = """
import json, pathlib, sys, threading
from localcloud import LocalCloud

with LocalCloud() as cloud:
    cloud.deploy(pathlib.Path(sys.argv[1]))
    call = cloud.client("lambda").invoke
    idle = json.load(call(FunctionName="idle")["Payload"])
    path = pathlib.Path(sys.argv[2])
    threading.Thread(target=call, kwargs=dict(FunctionName="busy", Payload=json.dumps(str(path))), daemon=True).start()
    busy = int(cloud.wait(lambda: path.exists() and path.read_text(), "the busy function"))
    print(json.dumps([cloud._server.pid, idle, busy]), flush=True)
    threading.Event().wait()
"""
CODE = """
import os, pathlib, threading

def idle(event, context):
    return os.getpid()

def busy(event, context):
    pathlib.Path(event).write_text(str(os.getpid()))
    threading.Event().wait()
"""


@pytest.fixture(scope="module")
def two_functions(assemble: Assemble) -> Path:
    """An assembly with a function that returns and one that does not."""
    functions = {name: function("Two", f"code.{name}", FunctionName=name, Timeout=600) for name in ("idle", "busy")}
    return assemble("Two", {"FunctionRole": role("lambda"), **functions}, code={"code.py": CODE})


@pytest.fixture
def family(two_functions: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that runs a local cloud, and the processes of the server and of both functions."""
    command = [sys.executable, "-c", PARENT, str(two_functions), str(tmp_path / "busy")]
    # Who is killed can't clear up: TMPDIR is where it leaves its folder.
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert parent.stdout
    yield parent, json.loads(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()


def alive(process: int) -> bool:
    """Whether the process still runs; one that has ended and waits to be collected does not."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def test_the_aws_command_line_works_with_the_environment_that_it_tells(cloud: LocalCloud) -> None:
    aws = str(Path(sys.executable).with_name("aws"))
    command = [aws, "cloudtrail", "describe-trails", "--region", "eu-west-3"]
    answer = subprocess.run(command, env=os.environ | cloud.environment(), capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == {"trailList": []}


def test_nothing_is_left_when_the_parent_is_killed(
    family: tuple[subprocess.Popen[str], list[int]], cloud: LocalCloud
) -> None:
    parent, processes = family
    assert [alive(process) for process in processes] == [True, True, True]
    parent.kill()
    cloud.wait(lambda: not any(alive(process) for process in processes), "the server and the functions to end")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_function_is_left_when_the_server_is_ended(
    family: tuple[subprocess.Popen[str], list[int]], cloud: LocalCloud, number: signal.Signals
) -> None:
    _, processes = family
    assert [alive(process) for process in processes] == [True, True, True]
    os.kill(processes[0], number)
    cloud.wait(lambda: not any(alive(process) for process in processes), "the server and the functions to end")


def test_a_cloud_that_cannot_start_says_why(cloud: LocalCloud) -> None:
    port = int(cloud.endpoint.rsplit(":", 1)[1])
    with pytest.raises(RuntimeError, match=f"did not start:(.|\n)*{port}"), LocalCloud(port=port):
        pass


def test_a_failure_within_the_server_is_raised_when_the_cloud_ends() -> None:
    with pytest.raises(RuntimeError, match=r"had errors(.|\n)*Traceback(.|\n)*KeyError"), LocalCloud() as cloud:
        stop_parsing_templates(cloud)


def stop_parsing_templates(cloud: LocalCloud) -> None:
    """Ask for what moto trips over: a template without a type."""
    template = json.dumps({"Resources": {"A": {"Properties": {}}}})
    with pytest.raises(Exception, match="KeyError"):
        cloud.client("cloudformation").create_stack(StackName="Broken", TemplateBody=template)


def test_waiting_in_vain_tells_for_what_and_the_last_value(cloud: LocalCloud) -> None:
    with pytest.raises(TimeoutError, match=r"Waited 0\.05 s for the rain; the last value was \[\]"):
        cloud.wait(list, "the rain", timeout=0.05)


def test_waiting_ends_when_the_condition_holds(cloud: LocalCloud) -> None:
    arrived: Any = threading.Event()
    threading.Timer(0.05, arrived.set).start()
    assert cloud.wait(arrived.is_set, "the timer") is True


def test_clients_take_the_credentials_that_iam_and_sts_give(cloud: LocalCloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="guest")
    key = iam.create_access_key(UserName="guest")["AccessKey"]
    arn = cloud.client("sts", credentials=key).get_caller_identity()["Arn"]
    assert arn == "arn:aws:iam::123456789012:user/guest"
