"""The command line: one subcommand a task, each in a file of its own."""

import argparse
import os
import subprocess
import sys
from importlib.metadata import version

from console import adopt, approve, cloud, decline, drill, init, pending, replay
from console.account import NoAnswer
from console.approvals import NotWaiting
from console.owners import NotAdopted
from trailkeeper.record import clean
from workflow.eventbridge import LimitError
from workflow.settings import FileError, SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; the exit code is 0 for success, 1 for a failed check, 2 for bad input or surroundings.

    Ctrl-C gives 130, and a reader that has enough 141.
    """
    parser = argparse.ArgumentParser(
        prog="trailkeeper",
        description="Rehearses Trailkeeper on a local cloud, and prepares its deployment.",
    )
    parser.add_argument("--version", action="version", version=f"trailkeeper {version('trailkeeper')}")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(metavar="COMMAND")
    for command in (drill, cloud, init, replay, pending, approve, decline, adopt):
        name = command.__name__.rpartition(".")[2]
        summary = (command.__doc__ or "").split("\n")[0]
        subparser = commands.add_parser(name, help=summary, description=summary)
        subparser.set_defaults(run=command.run)
        command.add_arguments(subparser)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal may lack letters
    options = parser.parse_args(arguments)
    if options.run is None:
        parser.print_help()
        return 0
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except subprocess.CalledProcessError as error:  # the app's own words about a setting
        print(error.stderr.strip(), file=sys.stderr)
        return error.returncode
    except (SettingsError, FileError, LimitError, NoAnswer, NotWaiting, NotAdopted) as error:
        print(error, file=sys.stderr)
        return 2
    except cloud.LocalCloudError as error:  # its lines stand above, as they came
        print(str(error).split("\n")[0].rstrip(":") + ": see above", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who reads has enough, such as `head`
        give_up_output()
        return 141
    except OSError as error:  # such as a disk that is full
        print(f"trailkeeper: {clean(str(error), 300)}", file=sys.stderr)
        give_up_output()
        return 2


def give_up_output() -> None:
    """Let what is still to be written go nowhere, where Python would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
