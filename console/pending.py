"""List what waits for approval."""

import argparse

from console.approvals import Approvals, described


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace) -> int:
    """Print each execution that waits, and until when it can be answered."""
    found = list(Approvals().waiting())
    for one in found:
        print(f"{one.name}\n  {described(one.incident)}\n  until {one.until}")
    print(f"{len(found) or 'nothing'} waiting for approval")
    return 0
