"""The log stream of one execution environment: what the function writes, and Lambda's report of each invocation."""

import json
import math
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from moto.awslambda.models import LambdaFunction
from moto.logs.models import logs_backends

from localcloud.iam.permissions import role_allows
from localcloud.iam.resources import resource_of


class FunctionLog:
    """A new stream in the function's log group, in the format that its logging configuration asks for."""

    def __init__(self, function: LambdaFunction) -> None:
        """Create the stream, and the group if there is none, as Lambda does: if the function's role allows it."""
        configuration = function.get_configuration()
        self.json = configuration["LoggingConfig"]["LogFormat"] == "JSON"
        self.group: str = configuration["LoggingConfig"]["LogGroup"]
        self.stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[$LATEST]{uuid.uuid4().hex}"
        self._memory = configuration["MemorySize"]
        self._logs = logs_backends[function.account_id][function.region]
        self._written = self._create(function)

    def _create(self, function: LambdaFunction) -> bool:
        """Whether there is a stream that the role may write to: without that permission, Lambda drops the log.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
        """

        def may(action: str) -> bool:
            names = {"logGroupName": self.group, "logStreamName": self.stream}
            arn = resource_of("logs", action, names, function.region, function.account_id)
            return role_allows(function.role, f"logs:{action}", arn)

        if self.group not in self._logs.groups and not may("CreateLogGroup"):
            return False
        if not may("CreateLogStream"):
            return False
        self._logs.ensure_log_group(self.group)
        self._logs.create_log_stream(self.group, self.stream)
        return may("PutLogEvents")

    def write(self, message: str) -> None:
        """Add one line."""
        if not self._written:
            return
        self._logs.put_log_events(self.group, self.stream, [{"timestamp": int(time.time() * 1000), "message": message}])

    def report(self, request: str, status: str, seconds: float, init_seconds: float | None, megabytes: int) -> None:
        """Report in a JSON log what the invocation took: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html."""
        if not self.json:
            return
        milliseconds = round(seconds * 1000, 3)
        metrics = {
            "durationMs": milliseconds,
            "billedDurationMs": math.ceil(milliseconds + (init_seconds or 0) * 1000),
            "memorySizeMB": self._memory,
            "maxMemoryUsedMB": megabytes,
        }
        if init_seconds is not None:
            metrics["initDurationMs"] = round(init_seconds * 1000, 3)
        record = {"requestId": request, "metrics": metrics, "status": status}
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.write(json.dumps({"time": now, "type": "platform.report", "record": record}))


def peak_megabytes(process: int) -> int:
    """The peak memory of the process; 0 if it has ended, or where no file of Linux tells."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)
