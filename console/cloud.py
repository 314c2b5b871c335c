"""Run a local cloud with Trailkeeper deployed, and show every mail and execution as it happens."""

import argparse
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from rich.console import Console

from console import display
from localcloud import WATCHER, LocalCloud
from localcloud import LocalCloudError as LocalCloudError  # for cli.py, which knows nothing of the local cloud
from workflow.settings import Settings

APP = Path(__file__).parents[1] / "app.py"
# What takes an hour or a quarter of one on AWS takes a minute or seconds here.
LOCAL_PACE = {"undo_hours": 1 / 60, "report_minutes": 0.1, "flood_minutes": 1, "watch_minutes": 1}
EMAIL = "security@example.com"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The settings of `cloud`'s deployment."""
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--undo", default="off", help='the setting `undo`: off, auto, or {"StopLogging": "auto"}')
    parser.add_argument("--language", default="en", help="the setting `language`: en or ko")
    parser.add_argument(
        "--destinations",
        default="",
        help="the setting `destinations`: ARNs with commas between, or a JSON list",
    )


def run(options: argparse.Namespace) -> int:
    """Stay up until Ctrl-C."""
    console = display.Screen()
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the last one may linger
        try:
            free.bind(("127.0.0.1", options.port))
        except (OSError, OverflowError) as error:
            print(f"--port {options.port}: {error}; choose another, or 0 for any free one", file=sys.stderr)
            return 2
    with tempfile.TemporaryDirectory() as folder:
        assembly = synthesized(
            folder,
            undo=options.undo,
            language=options.language,
            destinations=options.destinations,
        )
        with LocalCloud(port=options.port) as cloud:
            cloud.deploy(assembly)
            cloud.confirm_all()
            stay_up(console, cloud)
    return 0


def stay_up(console: Console, cloud: LocalCloud) -> None:
    """Say how to use the cloud, and show what happens on it until Ctrl-C."""
    console.print("In another terminal, for the AWS CLI or any other AWS client:\n")
    for name, value in cloud.environment().items():
        console.print(f"export {name}={shlex.quote(value)}", soft_wrap=True)
    console.print(
        '\nVersion 1 of the AWS CLI also needs `aws sqs --endpoint-url "$AWS_ENDPOINT_URL"`, or it calls AWS itself.'
    )
    console.print(
        f"\nBoth topics have a reader, {EMAIL}, confirmed for you; on AWS a reader confirms by a link in a mail."
    )
    console.print("Mails and executions follow as they happen. Ctrl-C ends the cloud and all that it started.")
    ended = threading.Event()

    def end(*_: object) -> None:
        ended.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # who presses it once more does not wait

    # A KeyboardInterrupt could come where Python only prints it, as in a finalizer, and then nothing would end.
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    watch(console, cloud, ended)
    console.print("ended")


def at_local_pace(
    *, undo: object, language: str, destinations: str | list[str] = "", **settings: float
) -> dict[str, object]:
    """The stack's settings, whatever cdk.json says; hours and minutes at a local pace. Raises SettingsError."""
    given = {"emails": EMAIL, "undo": undo, "language": language, "destinations": destinations}
    others = {"timezone": "UTC", "trails": [], "expected": [], "notify_info": False}
    context = {**given, **others, **LOCAL_PACE, **settings}
    Settings.from_context(context)
    return context


def synthesized(folder: str, **settings: Any) -> Path:
    """The cloud assembly of the stack with these settings, which are those of `at_local_pace`.

    In a process of its own, as the CDK CLI does: the Node that aws_cdk starts would complain of a Ctrl-C here.
    """
    environment = os.environ | {"CDK_OUTDIR": folder, "CDK_CONTEXT_JSON": json.dumps(at_local_pace(**settings))}
    subprocess.run([sys.executable, APP], env=environment, check=True, capture_output=True, text=True)
    return Path(folder)


def watch(console: Console, cloud: LocalCloud, end: threading.Event) -> None:
    """Print each mail and each finished execution once, as they come, until the end."""
    stepfunctions = cloud.client("stepfunctions", credentials=WATCHER, recorded=False)
    news, mails, asked, ended = -1, 0, len(cloud.confirmations()), set[str]()
    while not end.wait(0.2):
        if news == cloud.news:
            continue
        news = cloud.news
        for message in cloud.confirmations(asked):
            asked += 1
            display.mail(console, message)
        for message in cloud.mails(mails):
            mails += 1
            display.mail(console, message)
        for execution in cloud.executions():
            if execution["status"] != "RUNNING" and execution["executionArn"] not in ended:
                ended.add(execution["executionArn"])
                try:
                    display.execution(console, stepfunctions, execution["executionArn"])
                except stepfunctions.exceptions.ExecutionDoesNotExist:  # the cloud keeps the latest fifty
                    console.print(f"execution {execution['status']} {execution['name']}, forgotten meanwhile")
