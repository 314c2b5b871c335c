"""Tasks that wait for an answer, by their token."""

from typing import Any

from moto.stepfunctions.parser.models import stepfunctions_parser_backends


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
