"""One AWS call as it comes over HTTP: what it asks for, and responses in its protocol."""

import io
import json
import re
import uuid
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any
from wsgiref.types import WSGIEnvironment

import boto3
import botocore.parsers
from botocore.exceptions import UnknownServiceError
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from localcloud import validation

# The services that this cloud has: the name in signatures, which is also the one in eventSource, and botocore's name.
SERVICES = {
    "cloudformation": "cloudformation",
    "cloudtrail": "cloudtrail",
    "dynamodb": "dynamodb",
    "events": "events",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "organizations": "organizations",
    "s3": "s3",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "stepfunctions",
    "sts": "sts",
}
# Their one endpoint signs for us-east-1, and their records carry that Region.
_GLOBAL = {"iam", "organizations"}
# How each protocol answers a call that its service does not have, and a value that cannot be read.
_NO_CALL = {
    "query": ("InvalidAction", 400),
    "rest-json": ("UnknownOperationException", 404),
    "rest-xml": ("MethodNotAllowed", 405),
}
_UNREADABLE = {"query": "MalformedInput", "rest-json": "InvalidRequestContentException", "rest-xml": "InvalidArgument"}


class _Refusal(ServiceException):
    """moto looks for an error's shape in the model of the module that defines its class: this one has none."""


class Refused(Exception):
    """The request is no call that can be passed on; `response` says why, as its service writes it."""

    def __init__(self, response: "Response") -> None:
        """Keep the answer."""
        super().__init__(response.body)
        self.response = response


@dataclass(frozen=True)
class Response:
    """An HTTP response, read in full."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Give a header's value, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True)
class Call:
    """A signed request, read by botocore's model of its service."""

    service: str
    operation: OperationModel
    protocol: str
    parameters: dict[str, Any]
    region: str
    access_key_id: str
    scope: str  # what the signature is for: date/Region/service/aws4_request
    session_token: str | None
    request: Request

    @property
    def name(self) -> str:
        """The operation's name, such as StopLogging."""
        return str(self.operation.name)

    def refuse(self, code: str, message: str, status: int = 400) -> Response:
        """Answer with an error, as the service writes it."""
        return _error(self.operation, self.protocol, code, message, status)

    def parse(self, response: Response) -> dict[str, Any]:
        """Read the response as an SDK does: the output's members, or Error with Code and Message."""
        parser = botocore.parsers.create_parser(self.protocol)
        headers = {name.lower(): value for name, value in response.headers}
        raw = {"status_code": response.status, "headers": headers, "body": response.body}
        parsed: dict[str, Any] = parser.parse(raw, self.operation.output_shape)  # type: ignore[arg-type]  # may be None
        return parsed


def read(environ: WSGIEnvironment) -> Call:
    """Read the call out of a request, and put the body back for the next reader.

    Raises Refused, with a sentence that says why.
    """
    request = Request(environ, populate_request=False)
    access_key_id, _, scope = _credential(request).partition("/")
    _, region, service, _ = scope.split("/") if scope else [""] * 4
    if not scope:
        raise Refused(_plain_error("MissingAuthenticationToken", "Missing Authentication Token", 403))
    if region not in _regions():
        raise Refused(_plain_error("UnknownOperationException", f"There is no Region {region}", 404))
    if service not in SERVICES:
        raise Refused(_no_service(service))
    model = get_service_model(SERVICES[service])
    protocol = _protocol(model, request)
    body = _body(request, model, protocol)
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        operation, path = get_service_router(SERVICES[service]).match(request)
    except (NotFound, NotImplementedError) as error:  # the latter: a content type of another protocol
        called = request.headers.get("X-Amz-Target") or request.values.get("Action") or request.path
        code, status = _NO_CALL.get(protocol, ("UnknownOperationException", 400))
        message = f"{request.method} {called} is not a known call of {service}"
        raise Refused(_error(_any_operation(model), protocol, code, message, status)) from error
    try:
        if service != "s3":
            validation.check_body(body, operation, protocol)
        parameters = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": path,
            }
        )
    except (ValueError, ArithmeticError, RecursionError, RequestParserError) as error:
        code, message = _UNREADABLE.get(protocol, "SerializationException"), str(error)
        if isinstance(error, RequestParserError):
            code, message = validation.MALFORMED_XML
        elif not isinstance(error, validation.Unreadable):  # int() and its like, which say the value last
            message = f"A value in the request is not of its member's type: {message.rpartition(': ')[2]}"
        raise Refused(_error(operation, protocol, code, message, 400)) from error
    return Call(
        service=service,
        operation=operation,
        protocol=protocol,
        parameters=parameters or {},
        region="us-east-1" if service in _GLOBAL else region,
        access_key_id=access_key_id,
        scope=scope,
        session_token=request.headers.get("X-Amz-Security-Token") or request.args.get("X-Amz-Security-Token"),
        request=request,
    )


@cache
def _regions() -> frozenset[str]:
    session = boto3.Session()
    partitions = session.get_available_partitions()
    return frozenset(one for name in partitions for one in session.get_available_regions("cloudtrail", name))


def _credential(request: Request) -> str:
    header = re.search(r"Credential=([^,\s]+)", request.headers.get("Authorization", ""))
    credential = header.group(1) if header else request.args.get("X-Amz-Credential", "")
    return credential if credential.count("/") == 4 else ""


def _protocol(model: ServiceModel, request: Request | None = None) -> str:
    """How the request is written; for a content type that the service does not take, how its other requests are."""
    spoken = [one for one in model.metadata.get("protocols", [model.protocol]) if one in PROTOCOL_PARSERS]
    try:
        asked = determine_request_protocol(model, request.content_type if request else None)
    except NotImplementedError:
        asked = ""
    return asked if asked in spoken else spoken[-1]


def _body(request: Request, model: ServiceModel, protocol: str) -> bytes:
    try:
        return request.get_data()
    except ValueError as error:  # the server cannot tell where the next chunk begins, so the connection ends
        answer = _error(_any_operation(model), protocol, "MalformedInput", f"The body is cut badly: {error}", 400)
        raise Refused(Response(400, [*answer.headers, ("Connection", "close")], answer.body)) from error


def _no_service(name: str) -> Response:
    message = f"The local cloud has no {name}: it has {', '.join(SERVICES)}"
    try:
        model = get_service_model(name)
        return _error(_any_operation(model), _protocol(model), "NotImplemented", message, 501)
    except (UnknownServiceError, IndexError):  # not known to botocore, or none of its protocols to moto
        return _plain_error("NotImplemented", message, 501)


def _any_operation(model: ServiceModel) -> OperationModel:
    """For the answer to a request that names none; all operations of a service write errors alike."""
    operation: OperationModel = model.operation_model(model.operation_names[0])
    return operation


def _error(operation: OperationModel, protocol: str, code: str, message: str, status: int) -> Response:
    serializer = get_serializer_class(operation.service_model.service_name, protocol)(operation)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto warns of codes that the model does not list
        answer = serializer.serialize(_Refusal(code, message))
    body = answer["body"].encode() if isinstance(answer["body"], str) else answer["body"]
    headers = {**answer["headers"], "x-amzn-RequestId": str(uuid.uuid4()), "Content-Length": str(len(body))}
    return Response(status, list(headers.items()), body)


def _plain_error(code: str, message: str, status: int) -> Response:
    body = json.dumps({"__type": code, "message": message}).encode()
    return Response(status, [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))], body)
