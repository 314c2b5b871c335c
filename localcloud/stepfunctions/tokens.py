"""Answers to tasks that wait for one, by their token."""

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackNotifyConsumerError,
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse


def send_task_success(self: StepFunctionResponse) -> ActionResult:
    """SendTaskSuccess: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html."""
    token = self._get_param("taskToken")
    return _answer(token, CallbackOutcomeSuccess(token, self._get_param("output")))


def send_task_failure(self: StepFunctionResponse) -> ActionResult:
    """SendTaskFailure: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html."""
    token = self._get_param("taskToken")
    return _answer(token, CallbackOutcomeFailure(token, self._get_param("error"), self._get_param("cause")))


def waiting_execution(token: str) -> Any:
    """The execution in which a task waits, or waited, for this token; None where there is none."""
    for backends in stepfunctions_parser_backends.values():
        for backend in backends.values():
            executions: list[Any] = [one for machine in backend.state_machines for one in machine.executions]
            for execution in executions:
                environment = execution.exec_worker and execution.exec_worker.env
                if environment and environment.callback_pool_manager.get(token):
                    return execution
    return None


def _answer(token: str, outcome: CallbackOutcome) -> ActionResult:
    execution = waiting_execution(token)
    if not execution:
        raise JsonRESTError("InvalidToken", "Invalid Token: 'Invalid token'")
    try:
        if execution.stop_date is None and execution.exec_worker.env.callback_pool_manager.notify(token, outcome):
            return ActionResult({})
    except CallbackNotifyConsumerError:
        pass
    raise JsonRESTError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
