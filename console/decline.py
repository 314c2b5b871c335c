"""Decline what an execution would undo: nothing is done."""

import argparse

from console.approvals import Approvals, described


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The execution, and why."""
    parser.add_argument("execution", help="the execution's name or ARN, as the mail and `trailkeeper pending` show it")
    parser.add_argument("--reason", required=True, help="why: the mail says so")


def run(options: argparse.Namespace) -> int:
    """Answer no, under the operator's own name."""
    found = Approvals().answer(options.execution, approved=False, reason=options.reason)
    print(f"declined: {described(found.incident)}")
    return 0
