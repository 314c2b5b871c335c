"""Patches of moto's Step Functions."""

import sys

from moto.core.config import default_user_config
from moto.core.exceptions import AWSError
from moto.stepfunctions.parser import api
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.parargs import Arguments
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata, StringVariableSample
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils, state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events import (
    StateTaskServiceEvents,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.event.logging import CloudWatchLoggingSession
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from localcloud.awslambda.runtime import Runtime
from localcloud.patches import replace
from localcloud.stepfunctions import executions, interpreter, machines
from localcloud.stepfunctions.interpreter import Tasks


def apply(runtime: Runtime, endpoint: str) -> None:
    """Apply them; tasks run functions in `runtime`, and call other services at `endpoint`."""
    state_machines_run()
    state_machines_are_checked()
    errors_have_codes()
    jsonata_is_evaluated()
    variables_may_hold_quotes()
    sizes_are_limited()
    definitions_are_parsed_once()
    tasks_act_as_their_role(Tasks(runtime, endpoint))
    ended_executions_stay_ended()
    executions_time_out_at_once()
    executions_are_started_once()
    execution_status_reaches_eventbridge()
    execution_logs_are_written()
    executions_are_described_in_full()
    service_tasks_fail_by_name()


def state_machines_run() -> None:
    """moto only pretends to run state machines unless it is asked to: https://docs.getmoto.org/en/latest/docs/services/stepfunctions.html."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}


def state_machines_are_checked() -> None:
    """moto accepts a role that Step Functions may not assume, and a log group that the role may not write to: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html."""
    replace(StepFunctionsParserBackend, "create_state_machine", machines.create_state_machine)
    replace(StepFunctionsParserBackend, "update_state_machine", machines.update_state_machine)


def errors_have_codes() -> None:
    """moto keeps the codes of its interpreter's errors where its server does not look: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/api.py#L6.

    For upstream: call the codes TYPE, which AWSError reads: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/api.py#L229
    """
    for error in AWSError.__subclasses__():
        if error.__module__ == api.__name__:
            replace(error, "TYPE", error.code)


def jsonata_is_evaluated() -> None:
    """moto has no evaluator, and writes values into the expression as text: https://github.com/getmoto/moto/issues/10105."""
    replace(StringJSONata, "_eval_body", interpreter.evaluate_jsonata)
    replace(StringVariableSample, "_eval_body", interpreter.evaluate_jsonata)


def variables_may_hold_quotes() -> None:
    """moto writes a text variable into the history without escaping it: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StateExitedEventDetails.html.

    For upstream: write text as JSON, too: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/eval/variable_store.py#L77
    """
    replace(VariableStore, "get_assigned_variables", interpreter.assigned_variables)


def sizes_are_limited() -> None:
    """moto counts escaped characters, limits no variable or argument, and lets States.ALL catch all: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html.

    For upstream: measure what AWS measures, without escapes, and check variables and arguments by it: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/quotas.py#L10
    """
    replace(ErrorEqualsDecl, "_eval_body", interpreter.match_error)
    replace(AssignDecl, "_eval_body", interpreter.assign)
    replace(Arguments, "_eval_body", interpreter.arguments)
    for module in (state, state_task_lambda, state_task_service):
        replace(module, "is_within_size_quota", interpreter.within_quota)


def definitions_are_parsed_once() -> None:
    """moto parses the definition for each execution, which takes longer than running it: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/parse/asl_parser.py#L53.

    For upstream: keep the parsed definition with its state machine: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/parse/asl_parser.py#L53
    """
    replace(AmazonStateLanguageParser, "parse", staticmethod(interpreter.parse))


def tasks_act_as_their_role(tasks: Tasks) -> None:
    """moto's tasks call without a role; on AWS they act as the role of their state machine: https://docs.aws.amazon.com/step-functions/latest/dg/concept-create-iam-advanced.html."""
    replace(lambda_eval_utils, "execute_lambda_function_integration", tasks.call_function)
    replace(ExecutionState, "_evaluate_with_timeout", lambda state, env: tasks.wait_in_line(state, env))
    client_for = boto_client.boto_client_for
    for module in list(sys.modules.values()):
        if getattr(module, "boto_client_for", None) is client_for:
            replace(module, "boto_client_for", tasks.client)


def ended_executions_stay_ended() -> None:
    """moto lets a task that timed out, or a branch that was stopped, still add to the history: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/eval/event/event_manager.py#L75."""
    replace(EventManager, "add_event", interpreter.add_event)
    replace(Environment, "close_frame", interpreter.close_frame)


def executions_time_out_at_once() -> None:
    """moto writes ExecutionTimedOut only when the running task is done: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/component/program/program.py#L78.

    For upstream: add ExecutionTimedOut where the time-out is noticed: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/component/program/program.py#L78
    """
    replace(Program, "eval", interpreter.run_program)


def executions_are_started_once() -> None:
    """moto names an execution without a name "None", takes any name, and starts two if two calls of one name coincide: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html.

    For upstream: make up a name when none is given, validate it, and hold a lock from the look-up to the start: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/models.py#L161
    """
    replace(StepFunctionsParserBackend, "start_execution", executions.start_execution)


def execution_status_reaches_eventbridge() -> None:
    """moto sends no events, and shows a status before its error and output: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html."""
    replace(ExecutionWorker, "_execution_logic", executions.run)
    replace(BaseExecutionWorkerCommunication, "terminated", executions.terminated)
    replace(Execution, "status", property(executions.status))


def execution_logs_are_written() -> None:
    """moto has the code, but never turns it on, and it fails: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html."""
    replace(Execution, "start", executions.start)
    replace(CloudWatchLoggingSession, "publish_history_log", executions.publish_history_log)


def executions_are_described_in_full() -> None:
    """moto leaves out the end of executions that timed out, the error given to StopExecution, and reverseOrder: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/responses.py#L316.

    For upstream: use the interpreter's to_describe_output, and pass error, cause and reverseOrder on: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/responses.py#L316
    """
    replace(StepFunctionResponse, "describe_execution", executions.describe_execution)
    replace(StepFunctionResponse, "list_executions", executions.list_executions)
    replace(StepFunctionResponse, "stop_execution", executions.stop_execution)
    replace(StepFunctionResponse, "get_execution_history", executions.get_execution_history)


def service_tasks_fail_by_name() -> None:
    """moto names what goes wrong in a task of DynamoDB or EventBridge otherwise, a time-out among it: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html.

    For upstream: name errors DynamoDB.CODE, and tell a time-out from other failures: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/component/state/exec/state_task/service/state_task_service_dynamodb.py#L99
    """
    replace(StateTaskServiceDynamoDB, "_from_error", interpreter.failure("DynamoDB"))
    replace(StateTaskServiceEvents, "_from_error", interpreter.failure("EventBridge"))
