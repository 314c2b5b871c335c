"""Serves the local cloud: localcloud.LocalCloud starts this process and ends it."""

import argparse
import gc
import socket
from pathlib import Path

from localcloud import unneeded


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the loopback port; 0 picks a free one")
    parser.add_argument("--mail", type=Path, required=True, help="the folder for delivered mails")
    parser.add_argument("--log-seconds", type=float, default=5, help="from a call to its log file in a trail's bucket")
    arguments = parser.parse_args()
    try:
        socket.create_server(("127.0.0.1", arguments.port)).close()
    except (OSError, OverflowError) as error:
        parser.error(f"--port {arguments.port}: {error}; choose another, or 0 for any free one")

    # What is imported stays; looking for garbage in it takes a third of the time to start.
    gc.disable()
    unneeded.leave_out()
    from localcloud.server import serve  # moto takes a second to import, and a port that is taken must fail at once

    gc.freeze()
    gc.enable()
    serve(arguments.port, arguments.mail, arguments.log_seconds)


main()
