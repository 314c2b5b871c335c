"""What stands before moto: lets a call through if its caller may make it, and records it as CloudTrail does."""

import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from localcloud import UNRECORDED, calls, validation
from localcloud.calls import Call, Response
from localcloud.cloudtrail import history, trails
from localcloud.cloudtrail.delivery import log
from localcloud.cloudtrail.records import envelope_of, is_management_event, record_of
from localcloud.eventbridge.delivery import put_event
from localcloud.iam import permissions
from localcloud.sns import mailbox


class Recorder:
    """The WSGI application around moto's."""

    def __init__(self, app: WSGIApplication, mail_folder: Path) -> None:
        """Wrap `app`, and keep its topics' mails in `mail_folder`."""
        self._app = app
        mailbox.open_folder(mail_folder)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            response = self._answer(calls.read(environ), environ)
        except calls.Refused as refused:
            response = refused.response
        start_response(f"{response.status} {'OK' if response.status < 300 else 'Error'}", response.headers)
        # A body after a HEAD would be read as the response to the connection's next request.
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    def _answer(self, call: Call, environ: WSGIEnvironment) -> Response:
        caller = permissions.identify(call)
        if isinstance(caller, permissions.Denial):
            return permissions.refuse(call, caller)  # an unknown caller: AWS records nothing either
        # Read before the call: the call that ends the recording is still recorded.
        recording = trails.recording(call.region)
        try:
            if invalid := validation.refusal(call.service, call.operation, call.parameters):
                response = call.refuse(*invalid)
            elif denial := permissions.denial(caller, call):
                response = permissions.refuse(call, denial)
            else:
                response = self._pass_on(environ)
        except NotImplementedError as error:
            reason = f"The local cloud cannot do {call.service}:{call.name}: {error}"
            print(reason, file=sys.stderr, flush=True)
            return call.refuse("NotImplemented", reason, 501)
        except Exception as error:
            traceback.print_exc()
            return call.refuse("InternalFailure", f"{type(error).__name__}: {error}", 500)
        if is_management_event(call) and UNRECORDED not in call.request.headers:
            record = record_of(call, caller, response)
            history.records[call.region].append(record)
            selected = [trail for trail, selectors in recording if selectors.selects(record)]
            for trail in selected:
                log(trail, call.region, record)
            if selected:
                put_event(envelope_of(record), call.region)
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
