"""What moto's Lambda leaves out of a function: to run it, and some of its settings."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse

from localcloud.runtime import Runtime

create_only = LambdaFunction.__init__
get_configuration_only = LambdaFunction.get_configuration
update_configuration_only = LambdaFunction.update_configuration
enrich_response_only = LambdaResponse._enrich_response


def create(self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    """Create the function with its logging configuration."""
    self.logging_config = spec.get("LoggingConfig", {})  # type: ignore[attr-defined]
    create_only(self, account_id, spec, region, version)


def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    """Show the logging configuration, too."""
    default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
    return get_configuration_only(self, on_create) | {"LoggingConfig": default | self.logging_config}  # type: ignore[attr-defined]


def update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    """Take the logging and tracing configuration, too."""
    self.logging_config = config_updates.get("LoggingConfig", self.logging_config)  # type: ignore[attr-defined]
    self.tracing_config = config_updates.get("TracingConfig", self.tracing_config)
    return update_configuration_only(self, config_updates)


def keep_request_id(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    """Answer an invocation with the id that the function and its log know."""
    given = {name: headers[name] for name in ("x-amzn-requestid",) if name in headers}
    headers, body = enrich_response_only(headers, body)
    return headers | given, body


def invoke_with(runtime: Runtime) -> Callable[[LambdaFunction, Any, Any, dict[str, str]], bytes]:
    """Make the method that runs a function; an invocation of type Event is not waited for."""

    def invoke(self: LambdaFunction, body: Any, request_headers: Any, response_headers: dict[str, str]) -> bytes:
        payload = (body.encode() if isinstance(body, str) else body) or b"{}"
        kind = request_headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return b""
        request = response_headers["x-amzn-requestid"] = str(uuid.uuid4())
        if kind == "Event":
            threading.Thread(target=runtime.invoke, args=(self, payload, request), daemon=True).start()
            return b""
        answer = runtime.invoke(self, payload, request)
        response_headers["x-amz-executed-version"] = "$LATEST"
        if answer.error:
            response_headers["x-amz-function-error"] = answer.error
        return answer.payload

    return invoke
