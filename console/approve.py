"""Approve what an execution would undo."""

import argparse

from console.approvals import Approvals, described


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The execution."""
    parser.add_argument("execution", help="the execution's name or ARN, as the mail and `trailkeeper pending` show it")


def run(options: argparse.Namespace) -> int:
    """Answer yes, under the operator's own name."""
    print(f"approved: {described(Approvals().answer(options.execution, approved=True).incident)}")
    return 0
