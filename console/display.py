"""Shows mails and executions in a terminal. Their texts are an attacker's: they are printed, never interpreted."""

import json
from email.message import EmailMessage
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from console.history import states_walked
from trailkeeper.record import clean


class Screen(Console):
    """A terminal, or a pipe whose reader may have enough: rich would end with 1, as if something had failed."""

    def __init__(self) -> None:
        """Leave numbers and addresses as they are."""
        super().__init__(highlight=False)

    def on_broken_pipe(self) -> None:
        """Let the command line say so."""
        raise BrokenPipeError


COLOURS = {"SUCCEEDED": "green", "RUNNING": "yellow"}


def mail(console: Console, message: EmailMessage) -> None:
    """One mail as it arrived, with its subject on top."""
    console.print(Text(f"mail: {clean(message['Subject'], 200)}", style="bold cyan"), soft_wrap=True)
    for line in message.get_content().rstrip().split("\n"):
        for part in fitted(console, clean(line, 10_000)):
            console.print(Text.assemble(("  | ", "cyan"), part), soft_wrap=True)


def fitted(console: Console, line: str) -> list[str]:
    """The line as a terminal has room for it; commands, links and what a pipe gets stay whole, to be copied."""
    if not console.is_terminal or "://" in line or line.startswith("   "):
        return [line]
    wrapped = Text(line).wrap(console, max(console.width - 4, 20))
    return [str(part) for part in wrapped] or [line]


def execution(console: Console, stepfunctions: Any, arn: str) -> None:
    """One execution: its status, and the states walked with their times."""
    described = stepfunctions.describe_execution(executionArn=arn)
    events = stepfunctions.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    verdict = (
        json.loads(described["output"]).get("incident", {}).get("verdict")
        if "output" in described
        else described.get("error")
    )
    colour = COLOURS.get(described["status"], "red")
    heading = Text.assemble("execution ", (described["status"], colour), f" {clean(str(verdict or ''), 100)}")
    table = Table(box=None, padding=(0, 2), show_header=False)
    start = described["startDate"]
    for state in states_walked(events):
        at = f"+{(state.entered - start).total_seconds():.2f} s"
        took = "" if state.seconds is None else f"{state.seconds * 1000:.0f} ms"
        table.add_row(at, Text(state.name), took, Text(clean(state.error or "", 100), style="red"))
    console.print(heading)
    console.print(Padding(table, (0, 0, 0, 2)))
