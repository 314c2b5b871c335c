"""What moto's Lambda lacks: running functions, some of their settings, and what AWS refuses."""

import json
import sys
import threading
import uuid
from collections.abc import Callable
from typing import Any

from botocore.session import get_session
from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.sqs.models import sqs_backends

from localcloud.awslambda.runtime import Runtime, Throttled
from localcloud.iam.permissions import role_allows, service_may_assume

_MODEL: Any = get_session().get_service_model("lambda")
RETRIES = 2  # of an asynchronous invocation
RUNTIMES: list[str] = _MODEL.shape_for("Runtime").enum

moto_create = LambdaFunction.__init__
moto_get_configuration = LambdaFunction.get_configuration
moto_update_configuration = LambdaFunction.update_configuration
moto_invoke = LambdaResponse.invoke
moto_enrich_response = LambdaResponse._enrich_response


def create(self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    """Create the function with its logging configuration, unless AWS would refuse."""
    _check(spec)
    self.logging_config = spec.get("LoggingConfig", {})  # type: ignore[attr-defined]
    self.dead_letters = spec.get("DeadLetterConfig", {})  # type: ignore[attr-defined]
    moto_create(self, account_id, spec, region, version)


def _check(settings: dict[str, Any]) -> None:
    """Refuse what AWS refuses: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    if "Role" in settings and not service_may_assume(settings["Role"], "lambda.amazonaws.com"):
        raise InvalidParameterValueException("The role defined for the function cannot be assumed by Lambda.")
    if settings.get("Runtime", RUNTIMES[0]) not in RUNTIMES:
        raise InvalidParameterValueException(
            f"Value {settings['Runtime']} at 'runtime' failed to satisfy constraint: Member must satisfy enum value "
            f"set: [{', '.join(RUNTIMES)}]"
        )
    variables = json.dumps(settings.get("Environment", {}).get("Variables", {}), separators=(",", ":"))
    if len(variables.encode()) > 4096:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {variables}"
        )


def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    """Include the logging configuration and the dead-letter queue."""
    default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
    dead_letters = {"DeadLetterConfig": self.dead_letters} if self.dead_letters else {}  # type: ignore[attr-defined]
    logging = {"LoggingConfig": default | self.logging_config}  # type: ignore[attr-defined]
    return moto_get_configuration(self, on_create) | logging | dead_letters


def update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    """Update the logging and tracing configuration and the dead-letter queue, too, unless AWS would refuse."""
    _check(config_updates)
    self.logging_config = config_updates.get("LoggingConfig", self.logging_config)  # type: ignore[attr-defined]
    self.tracing_config = config_updates.get("TracingConfig", self.tracing_config)
    self.dead_letters = config_updates.get("DeadLetterConfig", self.dead_letters)  # type: ignore[attr-defined]
    return moto_update_configuration(self, config_updates)


def keep_request_id(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    """Keep the request id that the function and its log have."""
    given = {name: headers[name] for name in ("x-amzn-requestid",) if name in headers}
    headers, body = moto_enrich_response(headers, body)
    return headers | given, body


def invoke_qualified(self: LambdaResponse) -> Any:
    """Invoke the version or alias asked for, where moto looks for it under another name, and then in the payload."""
    self.querystring["qualifier"] = self.querystring.get("Qualifier", [None])
    return moto_invoke(self)


class _Refusal(LambdaClientError):
    """An error with its HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(code, message)
        self.code = status


def _invoke_later(runtime: Runtime, function: LambdaFunction, payload: bytes, request: str) -> None:
    """Twice more after an error, without AWS's minutes between; then the event goes to the dead-letter queue.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    for _ in range(1 + RETRIES):
        try:
            answer = runtime.invoke(function, payload, request)
        except Throttled as reason:  # on AWS it is tried again for six hours
            failure = ("200", str(reason))
            break
        if not answer.error:
            return
        failure = ("200", str(json.loads(answer.payload).get("errorMessage", answer.error)))
    _give_up(function, payload, {"RequestID": request, "ErrorCode": failure[0], "ErrorMessage": failure[1][:1024]})


def _give_up(function: LambdaFunction, payload: bytes, reason: dict[str, str]) -> None:
    """Send the event to the function's dead-letter queue, with the function's own role."""
    queue, fate = function.dead_letters.get("TargetArn", ""), "LOST, no dead-letter queue"  # type: ignore[attr-defined]
    if queue and role_allows(function.role, "sqs:SendMessage", queue):
        _, _, _, region, account, name = queue.split(":", 5)
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in reason.items()}
        sqs_backends[account][region].send_message(name, payload.decode(), message_attributes=attributes)
        fate = f"to the dead-letter queue {queue}"
    elif queue:
        fate = f"LOST, {function.role} is not authorized to perform sqs:SendMessage on {queue}"
    print(f"{fate}: {function.function_arn}, {reason}", file=sys.stderr, flush=True)


def invoke_with(runtime: Runtime) -> Callable[[LambdaFunction, Any, Any, dict[str, str]], bytes]:
    """Make the method that runs a function; it does not wait for an invocation of type Event."""

    def invoke(self: LambdaFunction, body: Any, request_headers: Any, response_headers: dict[str, str]) -> bytes:
        payload = (body.encode() if isinstance(body, str) else body) or b"{}"
        kind = request_headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind not in ("RequestResponse", "Event"):
            raise NotImplementedError(f"the local cloud has no invocations of type {kind}")
        try:
            json.loads(payload)
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            raise _Refusal("InvalidRequestContentException", message, 400) from error
        request = response_headers["x-amzn-requestid"] = str(uuid.uuid4())
        if kind == "Event":
            threading.Thread(target=_invoke_later, args=(runtime, self, payload, request), daemon=True).start()
            return b""
        try:
            answer = runtime.invoke(self, payload, request)
        except Throttled as reason:
            raise _Refusal("TooManyRequestsException", str(reason), 429) from reason
        response_headers["x-amz-executed-version"] = "$LATEST"
        if answer.error:
            response_headers["x-amz-function-error"] = answer.error
        return answer.payload

    return invoke
