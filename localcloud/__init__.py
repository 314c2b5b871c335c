"""An AWS account on this machine: start it, deploy to it, call it, read its mails."""

import email
import email.policy
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.session
from botocore.config import Config

from localcloud import deploy

ACCOUNT = "123456789012"
REGION = "us-east-1"
# The key pairs that AWS's documentation uses. Here they belong to two IAM users: the administrator, and the watcher,
# which only reads executions, so that who watches the cloud goes on when the administrator's key is switched off.
ADMINISTRATOR = {
    "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
WATCHER = {
    "AccessKeyId": "AKIAI44QH8DHBEXAMPLE",
    "SecretAccessKey": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
}

END_SECONDS = 10
log = logging.getLogger(__name__)
UNRECORDED = "X-LocalCloud-Unrecorded"  # the header of calls that only watch: no trail and no history shows them

T = TypeVar("T")

# botocore reads its models and all endpoints anew for each session; moto and the clients here make hundreds of them.
botocore.session.create_loader = cache(botocore.session.create_loader)


class LocalCloudError(RuntimeError):
    """The local cloud did not start, or had errors; the lines after the first are what its process printed."""


class LocalCloud:
    """The local cloud as a context manager: `with LocalCloud() as cloud:` starts it, and ends all it started."""

    def __init__(self, port: int = 0, log_seconds: float = 5) -> None:
        """Use this port, or any free one for 0; log files reach a trail's bucket so many seconds after the call."""
        self._port, self._log_seconds = port, log_seconds
        self._clients: dict[tuple[str, str, str, bool], Any] = {}
        self._executions: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start the server process and wait until it answers."""
        self._folder = tempfile.TemporaryDirectory(prefix="localcloud-")
        self.mail_folder = Path(self._folder.name, "mail")
        self.mail_folder.mkdir()
        self._server = subprocess.Popen(
            [
                *(sys.executable, "-m", "localcloud", "--port", str(self._port)),
                *("--mail", self.mail_folder, "--log-seconds", str(self._log_seconds)),
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # moto reads naive times as local ones; a heap for each of a thousand threads would give nothing back.
            env=os.environ | {"TZ": "UTC", "MALLOC_ARENA_MAX": "1"},
            start_new_session=True,  # Ctrl-C is for this process; the server ends with its standard input
        )  # fmt: skip
        self.news = 0  # how often a mail has arrived, or an execution has begun or ended
        self.errors: list[str] = []  # lines of stderr; a test that expects one removes it
        assert self._server.stdout
        self._listeners = [threading.Thread(target=one, daemon=True) for one in (self._listen, self._watch)]
        self._listeners[0].start()
        ready = self._server.stdout.readline()
        self._listeners[1].start()
        if not ready:
            self._end()
            raise LocalCloudError(f"The local cloud did not start:\n{''.join(self.errors)}")
        self.endpoint: str = json.loads(ready)["endpoint"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server process; raise if its `errors` show a failure or a loss."""
        status = self._end()
        if error is None and (status or any(line.startswith(("Traceback", "LOST")) for line in self.errors)):
            raise LocalCloudError(f"The local cloud had errors (exit status {status}):\n{''.join(self.errors)}")

    def _end(self) -> int:
        assert self._server.stdin
        self._server.stdin.close()
        try:
            return self._server.wait(END_SECONDS)
        except subprocess.TimeoutExpired as late:
            self._server.kill()
            self._server.wait()
            raise RuntimeError(f"The local cloud did not end within {END_SECONDS} s, and was killed") from late
        finally:
            for listener in self._listeners:
                listener.join()
            self._folder.cleanup()

    def _listen(self) -> None:
        assert self._server.stderr
        with self._server.stderr as errors:
            for line in errors:
                self.errors.append(line)
                # Goes to standard error unless somebody takes it: pytest shows it with the test that fails.
                log.error(line.rstrip())

    def _watch(self) -> None:
        assert self._server.stdout
        with self._server.stdout as lines:
            for line in lines:
                told = json.loads(line)
                with self._lock:
                    if "executionArn" in told:
                        self._executions[told["executionArn"]] = told
                    self.news += 1

    def environment(self) -> dict[str, str]:
        """The variables with which any AWS client works on the local cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ADMINISTRATOR["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR["SecretAccessKey"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(
        self,
        service: str,
        region: str = REGION,
        credentials: Mapping[str, Any] = ADMINISTRATOR,
        *,
        recorded: bool = True,
    ) -> Any:
        """A boto3 client, for the administrator or with credentials from IAM (AccessKey) or STS.

        CloudTrail sees nothing of the calls of one that is not `recorded`: it is for watching the cloud from outside.
        """
        key = (service, region, credentials["AccessKeyId"], recorded)
        with self._lock:
            if key not in self._clients:
                session: Any = boto3.Session(
                    credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials.get("SessionToken"), region
                )
                # No retries: a failure here must be seen.
                config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
                client = self._clients[key] = session.client(service, endpoint_url=self.endpoint, config=config)
                if not recorded:
                    client.meta.events.register("before-call", _unrecorded)
            return self._clients[key]

    def deploy(self, assembly: Path) -> dict[str, str]:
        """Deploy the stacks of a cloud assembly (cdk.out) as the CDK CLI does; the stacks' outputs."""
        return deploy.deploy(assembly, self.client, ACCOUNT, REGION)

    def mails(self, known: int = 0, folder: str = "") -> list[EmailMessage]:
        """All mails delivered, oldest first, without those that ask to confirm a subscription.

        The first ones, which are `known`, are left out.
        """
        return [
            email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default)
            for path in sorted(Path(self.mail_folder, folder).glob("*.eml"))[known:]
        ]

    def confirmations(self, known: int = 0) -> list[EmailMessage]:
        """The mails that ask to confirm a subscription, oldest first, without the first ones, which are `known`."""
        return self.mails(known, "confirmations")

    def confirm_all(self) -> None:
        """Confirm every subscription by mail, as its reader does."""
        for mail in self.confirmations():
            self.confirm(mail)

    def confirm(self, mail: EmailMessage) -> str:
        """Confirm as a reader does, by the token in the link of the mail; the subscription's ARN."""
        link = re.search(r"https://sns\.[^\s\"]+", mail.get_content())
        assert link
        query = parse_qs(urlsplit(link[0]).query)
        (topic,), (token,) = query["TopicArn"], query["Token"]
        sns = self.client("sns", topic.split(":")[3])
        answer = sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
        return str(answer["SubscriptionArn"])

    def executions(self, region: str = REGION) -> list[dict[str, str]]:
        """All executions of all state machines in the order of their start: ARNs, name and status.

        The server tells of them by itself, so that watching them is no call.
        """
        with self._lock:
            return [one for one in self._executions.values() if one["executionArn"].split(":")[3] == region]

    def has_ended(self, arn: str) -> bool:
        """Whether the execution with that ARN has ended."""
        with self._lock:
            return self._executions.get(arn, {"status": "RUNNING"})["status"] != "RUNNING"

    def deliver_logs(self) -> None:
        """Have the log files delivered that are due in `log_seconds`: so much time seems to pass."""
        self._due("logs")

    def run_schedules(self) -> None:
        """Have every scheduled rule fire now, as if its time had come, and what has expired in tables go before."""
        self._due("schedules")

    def _due(self, what: str) -> None:
        assert self._server.stdin
        self._server.stdin.write(f"{what}\n")
        self._server.stdin.flush()

    def wait(self, condition: Callable[[], T | Literal[False] | None], what: str, timeout: float = 30) -> T:
        """Call the condition until it returns something true, and return that; a timeout's error shows `what`."""
        deadline, pause = time.monotonic() + timeout, 0.01
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"Waited {timeout:g} s for {what}; the last value was {value!r}")
            if self._server.poll() is not None:
                raise RuntimeError(f"The local cloud has ended:\n{''.join(self.errors)}")
            time.sleep(pause)
            pause = min(pause * 1.2, 0.1)  # each look may be a call
        return value


def _unrecorded(params: dict[str, Any], **_: Any) -> None:
    params["headers"][UNRECORDED] = "true"
