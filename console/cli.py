"""The command line: one subcommand a task, each in a file of its own."""

import argparse
import os
import subprocess
import sys

from console import cloud, drill, init, replay
from workflow.settings import SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; the exit code is 0 for success, 1 for a failed check, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="trailkeeper", description="Guards CloudTrail trails, and rehearses it here.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (drill, cloud, init, replay):
        name = command.__name__.rpartition(".")[2]
        summary = (command.__doc__ or "").split("\n")[0]
        subparser = commands.add_parser(name, help=summary, description=summary)
        subparser.set_defaults(run=command.run)
        command.add_arguments(subparser)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except subprocess.CalledProcessError as error:  # the app's own words about a setting
        print(error.stderr.strip(), file=sys.stderr)
        return error.returncode
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who reads has enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


if __name__ == "__main__":
    sys.exit(main())
