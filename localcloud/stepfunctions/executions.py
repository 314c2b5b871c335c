"""The life of an execution where moto differs from AWS: how it starts and ends, and what is reported of it."""

import json
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.logs.models import logs_backends
from moto.stepfunctions.exceptions import ValidationException
from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.eval.event.logging import CloudWatchLoggingConfiguration, CloudWatchLoggingSession
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError, ProgramTimedOut
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from localcloud.cloudwatch.alarms import count
from localcloud.eventbridge import delivery
from localcloud.memory import forget
from localcloud.stepfunctions.interpreter import MAXIMUM_BYTES

LOCK = threading.RLock()  # an execution starts once, even if two calls use one name, and ends once

moto_start_execution = StepFunctionsParserBackend.start_execution
moto_start = Execution.start
moto_run = ExecutionWorker._execution_logic


def start_execution(
    self: StepFunctionsParserBackend,
    state_machine_arn: str,
    name: str | None = None,
    execution_input: str = "{}",
) -> Execution:
    """Start under the given name, or a new one; the same name with the same input starts nothing new."""
    self._validate_name(name or "")
    if len(execution_input.encode()) > MAXIMUM_BYTES:
        raise ValidationException(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less "
            f"than or equal to {MAXIMUM_BYTES}"
        )
    with LOCK:
        return moto_start_execution(self, state_machine_arn, name or str(uuid.uuid4()), execution_input)


def start(self: Execution) -> None:
    """Start, with a log if the state machine has one."""
    state_machine: Any = self.state_machine
    configuration = CloudWatchLoggingConfiguration.from_logging_configuration(
        state_machine.arn, state_machine.loggingConfiguration
    )
    if configuration:
        self._cloud_watch_logging_session = CloudWatchLoggingSession(self.exec_arn, configuration)
    moto_start(self)


def run(self: ExecutionWorker) -> None:
    """Announce the execution to EventBridge, and run it."""
    communication: Any = self._execution_communication
    announce(communication.execution)
    moto_run(self)  # type: ignore[no-untyped-call]


def terminated(self: BaseExecutionWorkerCommunication) -> None:
    """Record how the interpreter ended."""
    execution = self.execution
    environment = environment_of(execution)
    state = environment.program_state()
    if isinstance(state, ProgramEnded):
        end(execution, ExecutionStatus.SUCCEEDED, output=environment.states.get_input())
    elif isinstance(state, ProgramError):
        error = state.error or {}
        end(execution, ExecutionStatus.FAILED, error=error.get("error"), cause=error.get("cause"))
    elif isinstance(state, ProgramTimedOut):
        end(execution, ExecutionStatus.TIMED_OUT)


def stop(execution: Execution, error: str | None, cause: str | None) -> None:
    """Abort at once, whatever is still running."""
    environment = environment_of(execution)
    details: Any = {"executionAbortedEventDetails": {"error": error, "cause": cause}}
    with LOCK:
        if execution.stop_date is None:
            context = environment.event_history_context
            context.source_event_id = 0
            environment.event_manager.add_event(context, HistoryEventType.ExecutionAborted, details)
            environment.set_stop(datetime.now(UTC), cause, error)
    end(execution, ExecutionStatus.ABORTED, error=error, cause=cause)


def environment_of(execution: Execution) -> Any:
    """The interpreter's environment, which exists a moment after the start."""
    worker: Any = execution.exec_worker
    while worker.env is None:
        time.sleep(0.001)
    return worker.env


def end(
    execution: Execution,
    status: ExecutionStatus,
    *,
    output: Any = None,
    error: str | None = None,
    cause: str | None = None,
) -> None:
    """Set how the execution ended, once, and announce it to EventBridge."""
    with LOCK:
        if execution.stop_date is not None:
            return
        execution.stop_date = datetime.now(UTC)
        execution.output, execution.error, execution.cause = output, error, cause
        execution.exec_status = status  # last: whoever sees it also sees the rest
        forget(execution.account_id, execution.region_name)
    if status is ExecutionStatus.FAILED:
        count("ExecutionsFailed", execution.region_name, execution.state_machine.arn)
    announce(execution)


def announce(execution: Execution) -> None:
    """Send the event of https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html.

    Whoever started this process reads of it on standard output: to watch so takes no call, and leaves no record.
    """
    details: Any = execution.to_describe_output()
    output = details.get("output")
    at = execution.stop_date or execution.start_date
    event: dict[str, Any] = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": execution.account_id,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": execution.region_name,
        "resources": [execution.exec_arn],
        "detail": {
            "executionArn": execution.exec_arn,
            "stateMachineArn": execution.state_machine.arn,
            "name": execution.name,
            "status": details["status"].value,
            "startDate": _milliseconds(execution.start_date),
            "stopDate": execution.stop_date and _milliseconds(execution.stop_date),
            "input": execution.execution_input,
            "inputDetails": {"included": True},
            "output": output,
            "outputDetails": None if output is None else {"included": True},
            "stateMachineVersionArn": None,
            "stateMachineAliasArn": None,
            "redriveCount": 0,
            "redriveDate": None,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": None,
            "error": details.get("error"),
            "cause": details.get("cause"),
        },
    }
    shown = ("executionArn", "stateMachineArn", "name", "status")
    sys.stdout.write(json.dumps({name: event["detail"][name] for name in shown}) + "\n")
    sys.stdout.flush()
    delivery.put_event(event, execution.region_name)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def publish_history_log(self: CloudWatchLoggingSession, history_log: Any) -> None:
    """Write one history event to the state machine's log group."""
    configuration = self.configuration
    logs = logs_backends[configuration.log_account_id][configuration.log_region]
    _, _, _, _, _, _, state_machine, name = self.execution_arn.split(":")
    stream = f"states/{state_machine}/{name}"
    at = _milliseconds(datetime.fromisoformat(history_log["event_timestamp"]))
    if configuration.log_group_name not in logs.groups:
        return  # deleted meanwhile; on AWS, too, logging is best effort
    if stream not in logs.groups[configuration.log_group_name].streams:
        logs.create_log_stream(configuration.log_group_name, stream)
    message = json.dumps(history_log | {"event_timestamp": str(at)})
    logs.put_log_events(configuration.log_group_name, stream, [{"timestamp": at, "message": message}])


def describe_execution(self: StepFunctionResponse) -> ActionResult:
    """DescribeExecution, in full."""
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    details = execution.to_describe_output() | {"input": execution.execution_input}
    return ActionResult(_known(details))


def list_executions(self: StepFunctionResponse) -> ActionResult:
    """ListExecutions, with the end of those that timed out."""
    if not self._get_param("stateMachineArn"):
        raise ValidationException("Must provide a StateMachine ARN or MapRun ARN")
    executions, token = self.stepfunction_backend.list_executions(
        self._get_param("stateMachineArn"),
        status_filter=self._get_param("statusFilter"),
        max_results=self._get_int_param("maxResults"),
        next_token=self._get_param("nextToken"),
    )
    found: list[Any] = executions
    listed = [_known(execution.to_execution_list_item()) for execution in found]
    return ActionResult({"executions": listed, "nextToken": token})


def stop_execution(self: StepFunctionResponse) -> ActionResult:
    """StopExecution, with its error and cause."""
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    stop(execution, self._get_param("error"), self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def get_execution_history(self: StepFunctionResponse) -> str:
    """GetExecutionHistory, in either order; the whole history is one page.

    The events are as the API has them; moto would look on each for all 41 members, by two names each.
    """
    history = self.stepfunction_backend.get_execution_history(self._get_param("executionArn"))
    events = history["events"]
    if self._get_bool_param("reverseOrder"):
        events = events[::-1]
    return json.dumps({"events": events}, default=datetime.timestamp)


def status(self: Execution) -> str:
    """RUNNING from the first moment on."""
    return str((self.exec_status or ExecutionStatus.RUNNING).value)


def _known(details: Any) -> dict[str, Any]:
    return {name: value for name, value in details.items() if value is not None}
