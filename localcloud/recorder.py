"""What stands before moto: lets a call through if its caller may make it, and records it as CloudTrail does."""

import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from localcloud import calls, cloudtrail_history, cloudtrail_trails, eventbridge_delivery, iam_permissions, sns_mailbox
from localcloud.calls import Call, Response
from localcloud.cloudtrail_records import envelope_of, is_management_event, record_of


class Recorder:
    """The WSGI application around moto's."""

    def __init__(self, app: WSGIApplication, mail_folder: Path) -> None:
        """Stand before `app`, and keep its topics' mails in `mail_folder`."""
        self._app = app
        sns_mailbox.open_folder(mail_folder)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            response = self._answer(calls.read(environ), environ)
        except calls.UnknownCall as reason:
            response = calls.refuse_unknown(reason)
        start_response(f"{response.status} {'OK' if response.status < 300 else 'Error'}", response.headers)
        # A body after a HEAD would be read as the answer to the connection's next request.
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    def _answer(self, call: Call, environ: WSGIEnvironment) -> Response:
        caller = iam_permissions.identify(call)
        if isinstance(caller, iam_permissions.Denial):
            return iam_permissions.refuse(call, caller)  # nobody that this account knows: on AWS, no record either
        recording = cloudtrail_trails.recording(
            call.region
        )  # before the call: what ends the recording is still recorded
        try:
            denial = iam_permissions.denial(caller, call)
            response = iam_permissions.refuse(call, denial) if denial else self._pass_on(environ)
        except NotImplementedError as error:
            reason = f"The local cloud cannot do {call.service}:{call.name}: {error}"
            print(reason, file=sys.stderr, flush=True)
            return call.refuse("NotImplemented", reason, 501)
        except Exception as error:
            traceback.print_exc()
            return call.refuse("InternalFailure", f"{type(error).__name__}: {error}", 500)
        if is_management_event(call):
            record = record_of(call, caller, response)
            cloudtrail_history.records[call.region].append(record)
            if any(selector.selects(record) for selector in recording):
                eventbridge_delivery.put_event(envelope_of(record), call.region)
        return response

    def _pass_on(self, environ: WSGIEnvironment) -> Response:
        status: list[str] = []
        headers: list[tuple[str, str]] = []

        def start_response(line: str, fields: list[tuple[str, str]], *_: object) -> object:
            status[:], headers[:] = [line], fields
            return None

        body = self._app(environ, start_response)  # type: ignore[arg-type]
        whole = b"".join(body)
        return Response(int(status[0].split()[0]), headers, whole)
