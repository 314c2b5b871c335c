"""Where moto's Step Functions interpreter differs from AWS: expressions, calls of functions, timeouts, history."""

import functools
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.awslambda.exceptions import UnknownFunctionException
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.parargs import Arguments
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import LambdaFunctionErrorException
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from localcloud.awslambda.environment import role_credentials
from localcloud.awslambda.runtime import Runtime, Throttled, find
from localcloud.iam.permissions import role_allows
from localcloud.stepfunctions.jsonata import EvaluationError, evaluate

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-task-executions
MAXIMUM_BYTES = 256 * 1024
# What States.ALL does not catch; nothing at all catches States.Runtime.
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
RUNTIME, TOO_LARGE = (
    StatesErrorName(kind)
    for kind in (StatesErrorNameType.StatesRuntime, StatesErrorNameType.StatesStatesDataLimitExceeded)
)
ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}

parse = functools.cache(AmazonStateLanguageParser.parse)
moto_add_event = EventManager.add_event
moto_arguments = Arguments._eval_body
moto_assign = AssignDecl._eval_body
moto_match_error = ErrorEqualsDecl._eval_body
moto_close_frame = Environment.close_frame
moto_evaluate_with_timeout = ExecutionState._evaluate_with_timeout


def evaluate_jsonata(self: StringJSONata, env: Environment) -> None:
    """Put the expression's value on the stack, or fail the state as AWS does."""
    store = env.variable_store
    scope = store._outer_scope | store._inner_scope | {"states": env.states._states_data}
    try:
        env.stack.append(evaluate(self.expression, scope))
    except EvaluationError as error:
        name = StatesErrorName(StatesErrorNameType.StatesQueryEvaluationError)
        raise _evaluation_failed(env, name, str(error)) from error


def _evaluation_failed(env: Environment, name: StatesErrorName, cause: str) -> FailureEventException:
    kind = HistoryEventType.EvaluationFailed
    failure = {"error": name.error_name, "cause": cause, "state": env.next_state_name}
    details: Any = {"evaluationFailedEventDetails": failure}
    env.event_manager.add_event(env.event_history_context, kind, details)
    return FailureEventException(FailureEvent(env, name, kind, details))


def within_quota(value: Any) -> bool:
    """Whether a task's result or a state's output may be passed on."""
    text = json.dumps(json.loads(to_json_str(value)), separators=(",", ":"), ensure_ascii=False)
    return len(text.encode()) <= MAXIMUM_BYTES


def arguments(self: Arguments, env: Environment) -> None:
    """Evaluate a task's arguments, which the quota limits like its result.

    moto goes on when the task has timed out, and would call with those that were ready by then.
    """
    moto_arguments(self, env)
    if not env.is_running():
        raise EvalTimeoutError
    if not within_quota(env.stack[-1]):
        raise _evaluation_failed(env, TOO_LARGE, "The arguments exceed the maximum number of bytes service limit.")


def assign(self: AssignDecl, env: Environment) -> None:
    """Assign variables: each, and all that a state assigns together, within the quota."""
    moto_assign(self, env)
    if sum(len(value.encode()) for value in env.variable_store.get_assigned_variables().values()) > MAXIMUM_BYTES:
        cause = "The variables that the state assigns exceed the maximum number of bytes service limit."
        raise _evaluation_failed(env, TOO_LARGE, cause)


def match_error(self: ErrorEqualsDecl, env: Environment) -> None:
    """Say whether a retrier or catcher matches the error."""
    if env.stack[-1] == RUNTIME or (env.stack[-1] == TOO_LARGE and TOO_LARGE not in self.error_names):
        env.stack[-1] = False
    else:
        moto_match_error(self, env)


def assigned_variables(self: VariableStore) -> dict[str, str]:
    """The variables that a state assigned, as JSON."""
    return {name: json.dumps(self.get(name), separators=(",", ":")) for name in self._declaration_tracing}


def add_event(
    self: EventManager,
    context: EventHistoryContext,
    event_type: HistoryEventType,
    event_details: EventDetails | None = None,
    timestamp: Any = None,
    update_source_event_id: bool = True,
) -> int:
    """Add an event to the history, once, if it does not come too late."""
    # A task that timed out, a branch that was stopped and an execution that ended add nothing more.
    # A failed expression inside a task is reported by both.
    closed = getattr(context, "closed", False) or getattr(self, "closed", False)
    repeated = event_details is not None and event_details is getattr(self, "last_details", None)
    if closed or repeated:
        return int(context.last_published_event_id)
    vars(self).update(last_details=event_details, closed=event_type in ENDS)
    return int(moto_add_event(self, context, event_type, event_details, timestamp, update_source_event_id))


def close_frame(self: Environment, frame: Environment) -> None:
    """Close the frame and those within it to events that come too late."""
    moto_close_frame(self, frame)
    frames = [frame]
    for open_frame in frames:
        vars(open_frame.event_history_context)["closed"] = True
        frames += open_frame._frames


def run_program(self: Program, env: Environment) -> None:
    """Run to the end, or until TimeoutSeconds: then the history says so at once, whatever is still running."""
    env.next_state_name = self.start_at.start_at_name
    if not self.timeout_seconds:
        return EvalComponent.eval(self, env)
    thread = threading.Thread(target=EvalComponent.eval, args=(self, env), daemon=True)
    thread.start()
    thread.join(self.timeout_seconds.timeout_seconds)
    if thread.is_alive():
        env.set_timed_out()
        details: Any = {"executionTimedOutEventDetails": {}}
        env.event_manager.add_event(env.event_history_context, HistoryEventType.ExecutionTimedOut, details)
    return None


def failure(service: str) -> Callable[[Any, Environment, Exception], FailureEvent]:
    """How a task of a service reports what went wrong: a time-out, or the service's error under its name."""

    def from_error(self: Any, env: Environment, ex: Exception) -> FailureEvent:
        if isinstance(ex, TimeoutError):
            timed_out: FailureEvent = self._get_timed_out_failure_event(env)
            return timed_out
        name, cause = f"{service}.{type(ex).__name__}", str(ex)
        if isinstance(ex, ClientError):
            name, cause = f"{service}.{ex.response['Error']['Code']}", ex.response["Error"]["Message"]
        kind = HistoryEventType.TaskFailed
        called = {"resourceType": self._get_sfn_resource_type(), "resource": self._get_sfn_resource()}
        details: Any = {"taskFailedEventDetails": {**called, "error": name, "cause": cause}}
        return FailureEvent(env, CustomErrorName(name), kind, details)

    return from_error


class Tasks:
    """How tasks call other services: as the role of their state machine."""

    def __init__(self, runtime: Runtime, endpoint: str) -> None:
        """Run functions in `runtime`, and call all else at `endpoint`."""
        self._runtime = runtime
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._making = threading.Lock()

    def client(self, region: str, service: str, state_credentials: Any) -> Any:
        """An AWS client for a task that calls a service directly; making one takes longer than most calls."""
        key = (region, service, state_credentials.role_arn)
        with self._making:
            if key not in self._clients:
                self._clients[key] = self._new_client(*key)
            return self._clients[key]

    def _new_client(self, region: str, service: str, role_arn: str) -> Any:
        role = role_credentials(role_arn, uuid.uuid4().hex, region)
        session: Any = boto3.Session()
        return session.client(
            service,
            region_name=region,
            endpoint_url=self._endpoint,
            aws_access_key_id=role["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=role["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=role["AWS_SESSION_TOKEN"],
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=99999999),
        )

    def wait_in_line(self, state: ExecutionState, env: Environment) -> None:
        """Wait for a free process before the clock of TimeoutSeconds starts: AWS has no such line."""
        if not isinstance(state, StateTaskLambda):
            return moto_evaluate_with_timeout(state, env)
        with self._runtime.place(state.resource.resource_arn):
            return moto_evaluate_with_timeout(state, env)

    def call_function(self, env: Environment, parameters: Any, region: str, state_credentials: Any) -> None:
        """Invoke the function if the role may, and put its answer on the stack."""
        arn = parameters["FunctionName"]
        role = state_credentials.role_arn
        if not role_allows(role, "lambda:InvokeFunction", arn):
            account, name = role.split(":")[4], role.split("/")[-1]
            user = f"arn:aws:sts::{account}:assumed-role/{name}/{uuid.uuid4().hex}"
            reason = (
                f"User: {user} is not authorized to perform: lambda:InvokeFunction on resource: {arn} "
                "because no identity-based policy allows the lambda:InvokeFunction action"
            )
            raise _not_called(env, "Lambda.AWSLambdaException", reason, 403, "AccessDeniedException")
        try:
            function = find(arn)
        except UnknownFunctionException as error:
            code = "ResourceNotFoundException"
            raise _not_called(env, f"Lambda.{code}", f"Function not found: {arn}", 404, code) from error
        try:
            answer = self._runtime.run(function, parameters["Payload"], str(uuid.uuid4()))
        except Throttled as throttled:
            code = "TooManyRequestsException"
            raise _not_called(env, f"Lambda.{code}", str(throttled), 429, code) from throttled
        payload = json.loads(answer.payload)
        if answer.error:
            raise LambdaFunctionErrorException(answer.error, json.dumps(payload, separators=(",", ":")))
        env.stack.append({"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": payload})


def _not_called(env: Environment, error: str, reason: str, status: int, code: str) -> FailureEventException:
    """The failure as seen on AWS, for instance in https://github.com/awslabs/aws-deployment-framework/issues/460."""
    request = f"Service: AWSLambda; Status Code: {status}; Error Code: {code}; Request ID: {uuid.uuid4()}; Proxy: null"
    details: Any = {"lambdaFunctionFailedEventDetails": {"error": error, "cause": f"{reason} ({request})"}}
    kind = HistoryEventType.LambdaFunctionFailed
    return FailureEventException(FailureEvent(env, CustomErrorName(error), kind, details))
