"""A proxy before the local cloud, microburst, that answers as AWS does when something is wrong."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from localcloud import LocalCloud

FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"error": {"code": "ThrottlingException", "status": 400}},
    "error-500": {"error": {"code": "InternalFailure", "status": 500}},
    "denied": {"error": {"code": "AccessDeniedException", "status": 400}},
    "not-found": {"error": {"code": "ResourceNotFoundException", "status": 400}},
    "timed-out": {"timeout_ms": 30_000},
    "reset": {"reset": True},
    "truncated": {"response": {"truncate_bytes": 5}},
}


@contextmanager
def before(cloud: LocalCloud) -> Iterator[str]:
    """The proxy's endpoint, as long as it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "microburst", "--upstream", cloud.endpoint, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        cloud.wait(lambda: answers(f"{endpoint}/_microburst/health"), "the proxy")
        yield endpoint
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    """Whether a server answers there."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def break_with(proxy: str, *rules: dict[str, Any]) -> None:
    """Have the proxy fail calls by these rules, and by no others."""
    requests.post(f"{proxy}/_microburst/rules", json=list(rules), timeout=30).raise_for_status()


def call_through(proxy: str, cloud: LocalCloud) -> None:
    """Let every function call AWS through the proxy."""
    functions = cloud.client("lambda")
    for function in functions.list_functions()["Functions"]:
        variables = function.get("Environment", {}).get("Variables", {}) | {"AWS_ENDPOINT_URL": proxy}
        functions.update_function_configuration(
            FunctionName=function["FunctionName"], Environment={"Variables": variables}
        )
