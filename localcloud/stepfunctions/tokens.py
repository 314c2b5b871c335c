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
from moto.stepfunctions.responses import StepFunctionResponse


def send_task_success(self: StepFunctionResponse) -> ActionResult:
    """SendTaskSuccess: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html."""
    token = self._get_param("taskToken")
    return _answer(self, token, CallbackOutcomeSuccess(token, self._get_param("output")))


def send_task_failure(self: StepFunctionResponse) -> ActionResult:
    """SendTaskFailure: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html."""
    token = self._get_param("taskToken")
    return _answer(self, token, CallbackOutcomeFailure(token, self._get_param("error"), self._get_param("cause")))


def _answer(self: StepFunctionResponse, token: str, outcome: CallbackOutcome) -> ActionResult:
    machines: Any = self.stepfunction_backend.state_machines
    for execution in [one for machine in machines for one in machine.executions]:
        environment = execution.exec_worker and execution.exec_worker.env
        if not environment or not environment.callback_pool_manager.get(token):
            continue
        try:
            if execution.stop_date is None and environment.callback_pool_manager.notify(token, outcome):
                return ActionResult({})
        except CallbackNotifyConsumerError:
            pass
        raise JsonRESTError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    raise JsonRESTError("InvalidToken", "Invalid Token: 'Invalid token'")
