"""What the local cloud forgets, so that it does not grow: on AWS executions stay for 90 days, and logs for good."""

from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.parser.utils import TMP_THREADS

EXECUTIONS = 50  # of each state machine, and their logs
LINES = 200  # of each other log stream


def forget(account: str, region: str) -> None:
    """Forget the oldest, after an execution has ended; the caller sees to it that none starts meanwhile."""
    groups = [*logs_backends[account][region].groups.values()]
    for machine in stepfunctions_parser_backends[account][region].state_machines:
        # A new list: others may be looking through the old one.
        old = [one for one in machine.executions if one.stop_date][:-EXECUTIONS]
        machine.executions = [one for one in machine.executions if one not in old]
        for execution in old:
            for group in groups:
                group.streams.pop(f"states/{machine.name}/{execution.name}", None)
    for group in groups:
        for stream in [*group.streams.values()]:
            del stream.events[:-LINES]
    for topic in [*sns_backends[account][region].topics.values()]:
        topic.sent_notifications.clear()  # moto's own copy, which no call shows
    # moto keeps each thread, and with it the states of its execution.
    TMP_THREADS[:] = [thread for thread in TMP_THREADS if thread.is_alive()]
