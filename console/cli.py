"""The command line: one subcommand a task, each in a file of its own."""

import argparse
import sys

from console import cloud, drill
from workflow.settings import SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; the exit code is 0 for success, 1 for a failed check, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="trailkeeper", description="Guards CloudTrail trails, and rehearses it here.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (drill, cloud):
        name = command.__name__.rpartition(".")[2]
        summary = (command.__doc__ or "").split("\n")[0]
        command.add_arguments(commands.add_parser(name, help=summary, description=summary))
    options = parser.parse_args(arguments)
    try:
        return {"drill": drill.run, "cloud": cloud.run}[options.command](options)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("ended", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
