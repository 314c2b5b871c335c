"""The local cloud's process: moto's server on a loopback port, patched, with the functions' processes behind it."""

import json
import logging
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path
from queue import SimpleQueue
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cheroot.workers.threadpool import ThreadPool
from cheroot.wsgi import Server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from localcloud import patches
from localcloud.awslambda.runtime import Runtime
from localcloud.cloudtrail import delivery
from localcloud.dynamodb import expiry
from localcloud.eventbridge import schedule
from localcloud.iam import users
from localcloud.recorder import Recorder

SPARE = 25  # threads that are ready for the next requests
THREADS = 1000  # requests at a time, at most
CONNECTIONS = 1000  # that may wait or stay open between requests, as on AWS; moto's own server closes each one
IDLE_SECONDS = 60


class Threads(ThreadPool):
    """As many threads as are needed: a request that invokes a function waits for it, and its own calls need others.

    Each thread keeps some 100 KB of what was freed on it, so that a thousand would seem to leak for hours.
    https://sourceware.org/glibc/wiki/MallocInternals#Thread_Local_Cache_.28tcache.29
    """

    def put(self, obj: object) -> None:
        """Hand over a connection with a request, to a new thread if no other would be left."""
        if self.idle < self.qsize + SPARE:
            self.grow(SPARE)
        super().put(obj)


def serve(port: int, mail_folder: Path, log_seconds: float) -> None:
    """Serve, and end this process: whatever happens, as its threads would keep it."""
    status = 1
    try:
        status = served(port, mail_folder, log_seconds)
    except BaseException:
        traceback.print_exc()
    finally:
        # Running executions no longer matter, and waiting for their threads could take minutes.
        os._exit(status)


def served(port: int, mail_folder: Path, log_seconds: float) -> int:
    """Serve until SIGTERM, SIGINT or the end of standard input, each line of which says what is due at once.

    Prints lines of JSON: the address when ready, then each mail, and each execution as it starts and as it ends.
    """
    delivery.seconds = log_seconds
    # moto's interpreter logs each failing state as an error; here the execution shows it.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    # A function that still runs may write into it.
    with tempfile.TemporaryDirectory(prefix="localcloud-", ignore_cleanup_errors=True) as folder:
        app = Recorder(DomainDispatcherApplication(create_backend_app), mail_folder)
        server = Server(
            ("127.0.0.1", port),
            raw_addresses(app),
            request_queue_size=CONNECTIONS,
            timeout=IDLE_SECONDS,
        )
        server.requests = Threads(server, min=2 * SPARE, max=THREADS)
        server.keep_alive_conn_limit = CONNECTIONS
        server.expiration_interval = IDLE_SECONDS / 4  # between two looks for connections that have been idle
        server.prepare()
        endpoint = f"http://127.0.0.1:{server.bind_addr[1]}"
        runtime = Runtime(endpoint, Path(folder))
        patches.apply(runtime, endpoint)
        users.create()
        expiry.start()

        ended: SimpleQueue[int] = SimpleQueue()  # takes the exit status

        def end(*_: object) -> None:
            ended.put(0)

        due = {"logs": [delivery.deliver_now], "schedules": [expiry.delete_expired, schedule.fire_all]}

        def follow_parent() -> None:
            for line in sys.stdin:
                for act in due[line.strip()]:
                    act()
            end()

        def answer() -> None:
            try:
                server.serve()
            except BaseException:
                traceback.print_exc()
            ended.put(1)  # nobody asked it to stop

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        threading.Thread(target=follow_parent, daemon=True).start()
        threading.Thread(target=answer, daemon=True).start()
        print(json.dumps({"endpoint": endpoint}), flush=True)
        status = ended.get()
        runtime.close()
    return status


def raw_addresses(app: WSGIApplication) -> WSGIApplication:
    """The application, with each address as it was sent: moto decodes the names in it itself."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return app(environ | {"RAW_URI": environ["REQUEST_URI"]}, start_response)

    return wrapped
