"""Runs each Lambda function in processes of its own, as Lambda does: awslambdaric and a small Runtime API."""

import io
import json
import os
import selectors
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from queue import Empty, SimpleQueue
from socketserver import ThreadingTCPServer
from subprocess import PIPE, STDOUT, Popen
from typing import Any, NamedTuple

from moto.awslambda.models import LambdaFunction, lambda_backends

from localcloud.awslambda.environment import environment_variables
from localcloud.awslambda.log import FunctionLog, peak_megabytes

# Each function gets this many processes at most, and further calls wait in line; on AWS they would get further
# environments, up to 1,000 in an account.
CONCURRENCY = max(4, 2 * (os.cpu_count() or 1))
INIT_SECONDS = 30  # AWS gives 10 s to start; a laptop with 40 processes to start at once needs more

# Ends with the pipe to its parent, so that no process is ever left behind, and hides this project: a function imports
# only what was deployed. Otherwise it is `python -m awslambdaric HANDLER`.
START = """
import os, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
sys.path[:] = [entry for entry in sys.path if entry not in {hidden!r}]
from awslambdaric.__main__ import main
main(["bootstrap", {handler!r}])
"""
PROJECT = Path(__file__).resolve().parents[2]
# This project's folders on the path, apart from its virtual environment.
HIDDEN = [
    entry
    for entry in sys.path
    if entry
    and (folder := Path(entry).resolve()).is_relative_to(PROJECT)
    and not folder.is_relative_to(Path(sys.prefix).resolve())
]


class Throttled(Exception):
    """The function's reserved concurrency is 0: it is switched off."""

    def __init__(self) -> None:
        """Say it in Lambda's words."""
        super().__init__("Rate Exceeded.")


class Answer(NamedTuple):
    """What an invocation returned; `error` is None or the header X-Amz-Function-Error."""

    payload: bytes
    error: str | None = None
    status: str = "success"


class Invocation:
    """One invocation: `progress` receives None when the function starts on it, then its Answer."""

    def __init__(self, request: str, arn: str, payload: bytes, seconds: float) -> None:
        """Take the request's id, the function's ARN, its event as JSON, and its timeout."""
        self.id = request
        self.arn = arn
        self.payload = payload
        self.seconds = seconds
        self.began = self.ended = 0.0
        self.progress: SimpleQueue[Answer | None] = SimpleQueue()

    def begin(self) -> None:
        """The function starts on it now."""
        self.began = time.perf_counter()
        self.progress.put(None)

    def end(self, answer: Answer) -> None:
        """The function has answered, or failed."""
        self.ended = time.perf_counter()
        self.progress.put(answer)

    def fail(self, kind: str, message: str, status: str) -> None:
        """Answer as Lambda does for a function that gave no answer."""
        error = {"errorType": kind, "errorMessage": f"RequestId: {self.id} Error: {message}"}
        self.end(Answer(json.dumps(error).encode(), "Unhandled", status))


class RuntimeApi(BaseHTTPRequestHandler):
    """What awslambdaric talks to: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # Nagle and delayed ACK would add 40 ms to every call
    wbufsize = -1  # and headers and body leave in one packet
    server: "Environment"

    def do_GET(self) -> None:
        """Hand over the next invocation, when there is one."""
        if not self.path.endswith("/runtime/invocation/next"):
            return self.send_error(404)
        invocation = self.server.next()
        if invocation is None:
            self.close_connection = True
            return None
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + invocation.seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Content-Type": "application/json",
        }
        invocation.begin()
        return self._send(200, invocation.payload, headers)

    def do_POST(self) -> None:
        """Take the answer to the invocation, or the reason why the function could not start."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = Answer(body) if self.path.endswith("/response") else Answer(body, "Unhandled", "error")
        self._send(202, b'{"status":"OK"}', {"Content-Type": "application/json"})
        self.wfile.flush()
        self.server.answer(answer, final=self.path.endswith("/init/error"))

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the function has its own log."""


class Environment(ThreadingTCPServer):
    """One execution environment: a process that serves one invocation at a time, and its Runtime API."""

    daemon_threads = True
    alive = True
    _cold = True

    def __init__(self, function: LambdaFunction, code: Path, endpoint: str) -> None:
        """Start the process with the code in a folder, and AWS at `endpoint`."""
        super().__init__(("127.0.0.1", 0), RuntimeApi)
        self._waiting: SimpleQueue[Invocation | None] = SimpleQueue()
        self._current: Invocation | None = None
        self._log = FunctionLog(function)
        self._reading = threading.Lock()
        self._begun = b""  # a line without its end
        self._started = time.perf_counter()
        self._init_seconds: float | None = None
        script = START.format(hidden=HIDDEN, handler=function.handler)
        variables = environment_variables(function, code, endpoint, self._log) | {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server_address[1]}"
        }
        # -B: on Lambda the code's folder is read-only, so every cold start compiles it.
        self.process = Popen(
            [sys.executable, "-B", "-c", script],
            cwd=code, env=variables, stdin=PIPE, stdout=PIPE, stderr=STDOUT, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout
        os.set_blocking(self.process.stdout.fileno(), False)
        # It looks so rarely whether it was closed: half a second each, for tens of them, would be a load.
        threading.Thread(target=self.serve_forever, args=(10,), daemon=True).start()
        threading.Thread(target=self._follow, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report errors, except for a connection that a process closed by dying: `_follow` reports that."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def next(self) -> Invocation | None:
        """Wait for an invocation; None when the environment closes."""
        if self._init_seconds is None:
            self._init_seconds = time.perf_counter() - self._started
        return self._waiting.get()

    def answer(self, answer: Answer, final: bool) -> None:
        """Pass on the process's answer; after a final one, it ends."""
        self.alive = self.alive and not final
        if self._current:
            self._current.end(answer)

    def invoke(self, invocation: Invocation) -> Answer:
        """Have the process serve the invocation; the time to start does not count against its timeout."""
        self._current = invocation
        self._waiting.put(invocation)
        if not self.alive:  # it died while idle
            invocation.fail("Runtime.ExitError", "Runtime exited without providing a reason", "failure")
        try:
            answer = invocation.progress.get(timeout=INIT_SECONDS)
            if answer is None:
                answer = invocation.progress.get(timeout=invocation.seconds)
        except Empty:
            self._current = None
            self.close()
            self._log.write(f"{invocation.id} Task timed out after {invocation.seconds:.2f} seconds")
            invocation.fail("Sandbox.Timedout", f"Task timed out after {invocation.seconds:.2f} seconds", "timeout")
            answer = invocation.progress.get()
        self._current = None
        assert answer is not None
        self._drain()  # before the report, as on Lambda
        cold, self._cold = self._cold, False
        took = invocation.ended - (invocation.began or invocation.ended)
        init_seconds = self._init_seconds if cold else None
        self._log.report(invocation.id, answer.status, took, init_seconds, peak_megabytes(self.process.pid))
        return answer

    def close(self) -> None:
        """End the process; its Runtime API ends with it."""
        self.alive = False
        self.process.kill()

    def _follow(self) -> None:
        assert self.process.stdout and self.process.stdin
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while self._drain():
                selector.select()
        status = self.process.wait()
        self.alive = False
        if invocation := self._current:
            reason = f"signal: {-status}" if status < 0 else f"exit status {status}"
            invocation.fail("Runtime.ExitError", f"Runtime exited with error: {reason}", "failure")
        self._waiting.put(None)
        self.shutdown()
        self.server_close()
        with self._reading:
            self.process.stdout.close()
        self.process.stdin.close()

    def _drain(self) -> bool:
        """Log what the process has written so far; return whether more may come."""
        assert self.process.stdout
        with self._reading:
            while not self.process.stdout.closed:
                try:
                    data = os.read(self.process.stdout.fileno(), 65536)
                except BlockingIOError:
                    return True
                *lines, self._begun = (self._begun + data).split(b"\n")
                for line in lines if data else filter(None, [self._begun]):
                    self._log.write(line.decode("utf-8", "replace"))
                if not data:
                    return False
            return False


class Function:
    """The environments of one function as it is configured now."""

    def __init__(self) -> None:
        """Begin without any."""
        self.line = threading.BoundedSemaphore(CONCURRENCY)
        self.lock = threading.Lock()
        self.revision = ""
        self.idle: list[Environment] = []


class Runtime:
    """The environments of all functions."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        """Point the functions' AWS clients to `endpoint`, and unzip their code in `folder`."""
        self._endpoint = endpoint
        self._folder = folder
        self._lock = threading.Lock()
        self._functions: dict[str, Function] = {}

    def invoke(self, function: LambdaFunction, payload: bytes, request: str) -> Answer:
        """Wait in line, then run; `request` is the id of the request."""
        with self.place(function.function_arn):
            return self.run(function, payload, request)

    @contextmanager
    def place(self, arn: str) -> Iterator[None]:
        """Wait in line for one of the processes that the function may have at once."""
        with self._function(arn).line:
            yield

    def run(self, function: LambdaFunction, payload: bytes, request: str) -> Answer:
        """Invoke the function in an idle environment or a new one; the caller holds a place.

        Raises Throttled.
        """
        if function.reserved_concurrency == 0:
            raise Throttled
        state = self._function(function.function_arn)
        revision = json.dumps(function.get_configuration(), default=str)
        with state.lock:
            if state.revision != revision:  # its code or configuration was changed: its processes are out of date
                outdated, state.idle, state.revision = state.idle, [], revision
                for environment in outdated:
                    environment.close()
            state.idle = [environment for environment in state.idle if environment.alive]
            idle = state.idle.pop() if state.idle else None
        environment = idle or Environment(function, self._code(function), self._endpoint)
        answer = environment.invoke(Invocation(request, function.function_arn, payload, float(function.timeout)))
        with state.lock:
            if environment.alive and state.revision == revision:
                state.idle.append(environment)
            else:
                environment.close()
        return answer

    def close(self) -> None:
        """End every idle process; those at work end with this process."""
        for function in self._functions.values():
            for environment in function.idle:
                environment.close()

    def _function(self, arn: str) -> Function:
        with self._lock:
            return self._functions.setdefault(arn, Function())

    def _code(self, function: LambdaFunction) -> Path:
        with self._lock:
            folder = self._folder / str(function.code_digest)
            if not folder.exists():
                zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(folder)
            return folder


def find(arn: str) -> LambdaFunction:
    """The function with that ARN; raises Lambda's error if there is none."""
    _, _, _, region, account, *_ = arn.split(":")
    return lambda_backends[account][region].get_function(arn)
