"""The local cloud's process: it can be called by any AWS client, and it ends with all it started."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import localcloud
from localcloud import LocalCloud
from tests.account import rule
from tests.conftest import Assemble, function, role

# Starts a local cloud with an idle and a busy function, prints their processes, and waits to be killed.
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
import http.client, os, pathlib, threading

def idle(event, context):
    return os.getpid()

def busy(event, context):
    pathlib.Path(event).write_text(str(os.getpid()))
    threading.Event().wait()

def calling(event, context):
    connection = http.client.HTTPConnection(os.environ["AWS_ENDPOINT_URL"].removeprefix("http://"))
    connection.request("GET", "/")
    return connection.getresponse().status
"""
# A server whose threads stop serving at once.
FAILING = """
import pathlib, sys
from cheroot.wsgi import Server
Server.serve = lambda self: 1 / 0
from localcloud.server import serve
serve(0, pathlib.Path(sys.argv[1]), 5)
"""


@pytest.fixture(scope="module")
def functions(assemble: Assemble) -> Path:
    """An assembly with a function that returns, one that does not, and one that calls the cloud."""
    functions = {
        name: function("Server", f"code.{name}", FunctionName=name, Timeout=600) for name in ("idle", "busy", "calling")
    }
    return assemble("Server", {"FunctionRole": role("lambda"), **functions}, code={"code.py": CODE})


@pytest.fixture(scope="module")
def parents(functions: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[subprocess.Popen[str]]]:
    """A process that runs a local cloud for each test that ends one, started at once: each takes a while."""
    with ExitStack() as stack:
        started = []
        for _ in range(3):
            # A killed process cannot clean up: TMPDIR is where it leaves its folder.
            folder = tmp_path_factory.mktemp("parent")
            command = [sys.executable, "-c", PARENT, str(functions), str(folder / "busy")]
            environment = os.environ | {"TMPDIR": str(folder)}
            parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
            stack.enter_context(parent)
            stack.callback(parent.kill)
            started.append(parent)
        yield started


@pytest.fixture
def family(parents: list[subprocess.Popen[str]]) -> tuple[subprocess.Popen[str], list[int]]:
    """A process that runs a local cloud, and the processes of the server and of both functions."""
    parent = parents.pop()
    assert parent.stdout
    return parent, json.loads(parent.stdout.readline())


def alive(process: int) -> bool:
    """Whether the process still runs; a zombie does not."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def test_the_aws_command_line_works_with_its_environment(cloud: LocalCloud) -> None:
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_function_is_left_when_the_server_is_ended(
    family: tuple[subprocess.Popen[str], list[int]], cloud: LocalCloud, number: signal.Signals
) -> None:
    _, processes = family
    assert [alive(process) for process in processes] == [True, True, True]
    os.kill(processes[0], number)
    cloud.wait(lambda: not any(alive(process) for process in processes), "the server and the functions to end")


def test_a_cloud_that_cannot_start_says_why(cloud: LocalCloud) -> None:
    port = int(cloud.endpoint.rsplit(":", 1)[1])
    with pytest.raises(RuntimeError, match=f"did not start:(.|\n)*--port {port}: "), LocalCloud(port=port):
        pass


def test_functions_are_served_however_many_requests_wait_for_functions(cloud: LocalCloud, functions: Path) -> None:
    cloud.deploy(functions)
    call = cloud.client("lambda").invoke
    with ThreadPoolExecutor(80) as callers:
        answers = callers.map(lambda _: json.load(call(FunctionName="calling")["Payload"]), range(80))
        assert list(answers) == [403] * 80


def test_a_region_that_does_not_exist_is_refused_in_words(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match="There is no Region us-esat-1"):
        cloud.client("cloudtrail", "us-esat-1").describe_trails()


def test_silent_connections_do_not_block_others(cloud: LocalCloud) -> None:
    address = ("127.0.0.1", int(cloud.endpoint.rsplit(":", 1)[1]))
    with ExitStack() as silent:
        for _ in range(80):
            silent.enter_context(socket.create_connection(address))
        assert cloud.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_server_that_stops_serving_ends_and_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FAILING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        assert "ZeroDivisionError" in server.stderr.read()
        assert server.wait() == 1


def test_a_server_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localcloud, "END_SECONDS", 0.1)
    with pytest.raises(RuntimeError, match=r"did not end within 0\.1 s"), LocalCloud() as cloud:
        os.kill(cloud._server.pid, signal.SIGSTOP)
    assert cloud._server.returncode == -signal.SIGKILL
    assert not cloud.mail_folder.exists()


def test_a_failure_within_the_server_is_raised_when_the_cloud_ends() -> None:
    with pytest.raises(RuntimeError, match=r"had errors(.|\n)*Traceback(.|\n)*KeyError"), LocalCloud() as cloud:
        stop_parsing_templates(cloud)


def test_an_event_that_was_lost_is_raised_when_the_cloud_ends() -> None:
    with pytest.raises(RuntimeError, match=r"had errors(.|\n)*LOST(.|\n)*NO_RESOURCE"), LocalCloud() as cloud:
        rule(cloud, "nowhere", "us-east-1", {"source": ["lost"]}, "arn:aws:sqs:us-east-1:123456789012:none")
        cloud.client("events").put_events(Entries=[{"Source": "lost", "DetailType": "Test", "Detail": "{}"}])
        cloud.wait(lambda: cloud.errors, "the report of the loss")


def test_what_the_cloud_prints_is_logged_so_that_pytest_shows_it_only_with_a_test_that_fails(
    cloud: LocalCloud, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Exception, match="NotImplemented"):
        cloud.client("cloudtrail").list_imports()
    cloud.wait(lambda: "cannot do cloudtrail:ListImports" in caplog.text, "the line in the log")


def stop_parsing_templates(cloud: LocalCloud) -> None:
    """Ask for what moto trips over: a template without a type."""
    template = json.dumps({"Resources": {"A": {"Properties": {}}}})
    with pytest.raises(Exception, match="KeyError"):
        cloud.client("cloudformation").create_stack(StackName="Broken", TemplateBody=template)


def test_a_timeout_says_what_was_waited_for_and_the_last_value(cloud: LocalCloud) -> None:
    with pytest.raises(TimeoutError, match=r"Waited 0\.05 s for the rain; the last value was \[\]"):
        cloud.wait(list, "the rain", timeout=0.05)


def test_waiting_ends_when_the_condition_holds(cloud: LocalCloud) -> None:
    arrived: Any = threading.Event()
    threading.Timer(0.05, arrived.set).start()
    assert cloud.wait(arrived.is_set, "the timer") is True


def test_clients_accept_credentials_from_iam_and_sts(cloud: LocalCloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="guest")
    key = iam.create_access_key(UserName="guest")["AccessKey"]
    arn = cloud.client("sts", credentials=key).get_caller_identity()["Arn"]
    assert arn == "arn:aws:iam::123456789012:user/guest"


def test_a_server_whose_parent_is_gone_before_it_is_ready_ends(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "localcloud", "--port", "0", "--mail", str(tmp_path), "--log-seconds", "5"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert server.stdout and server.stderr and server.stdin
    server.stdout.close()
    assert b"BrokenPipeError" in server.stderr.read()
    assert server.wait(30) == 1
    server.stdin.close()
