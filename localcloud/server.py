"""The local cloud's process: moto's server on a loopback port, mended, with the functions' processes behind it."""

import json
import logging
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from localcloud import mends
from localcloud.recorder import Recorder
from localcloud.runtime import Runtime


class Handler(MotoRequestHandler):
    """Answers without delay and without a line on the console for each request."""

    disable_nagle_algorithm = True  # headers and body leave apart: Nagle and delayed ACK would add 40 ms

    def log_request(self, *args: Any) -> None:
        """Log nothing: failures are logged as errors."""


def serve(port: int, mail_folder: Path) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input; say the address in a line of JSON when ready."""
    # moto's interpreter logs each failing state as an error: here they are shown by the execution.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="localcloud-") as folder:
        server = make_server(
            "127.0.0.1", port, Recorder(DomainDispatcherApplication(create_backend_app), mail_folder),
            threaded=True, request_handler=Handler,
        )  # fmt: skip
        endpoint = f"http://127.0.0.1:{server.port}"
        runtime = Runtime(endpoint, Path(folder))
        mends.apply(runtime, endpoint)

        def end(*_: Any) -> None:
            threading.Thread(target=server.shutdown).start()

        def follow_parent() -> None:
            sys.stdin.buffer.read()
            end()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        threading.Thread(target=follow_parent, daemon=True).start()
        print(json.dumps({"endpoint": endpoint}), flush=True)
        server.serve_forever(poll_interval=0.05)  # how soon it sees that it shall end
        runtime.close()
    # Executions under way are of no use any more, and waiting for their threads could take minutes.
    os._exit(0)
