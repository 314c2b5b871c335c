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
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

# Where the name in the signature, which is also the one in eventSource, is not botocore's.
_MODELS = {"states": "stepfunctions", "monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}
# Their one endpoint signs for us-east-1, and their records carry that Region.
_GLOBAL = {"iam", "organizations"}


class _Refusal(ServiceException):
    """moto looks for an error's shape in the model of the module that defines its class: this one has none."""


class UnknownCall(Exception):
    """The request is not an AWS call that botocore's models know."""


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
    session_token: str | None
    request: Request

    @property
    def name(self) -> str:
        """The operation's name, such as StopLogging."""
        return str(self.operation.name)

    def refuse(self, code: str, message: str, status: int = 400) -> Response:
        """Answer with an error, as the service writes it."""
        serializer = get_serializer_class(self.operation.service_model.service_name, self.protocol)(self.operation)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # moto warns of codes that the model does not list
            answer = serializer.serialize(_Refusal(code, message))
        body = answer["body"].encode() if isinstance(answer["body"], str) else answer["body"]
        headers = {**answer["headers"], "x-amzn-RequestId": str(uuid.uuid4()), "Content-Length": str(len(body))}
        return Response(status, list(headers.items()), body)

    def parse(self, response: Response) -> dict[str, Any]:
        """Read the response as an SDK does: the output's members, or Error with Code and Message."""
        parser = botocore.parsers.create_parser(self.protocol)
        headers = {name.lower(): value for name, value in response.headers}
        raw = {"status_code": response.status, "headers": headers, "body": response.body}
        parsed: dict[str, Any] = parser.parse(raw, self.operation.output_shape)  # type: ignore[arg-type]  # may be None
        return parsed


def read(environ: WSGIEnvironment) -> Call:
    """Read the call out of a request, and put the body back for the next reader.

    Raises UnknownCall, with a sentence that says why.
    """
    request = Request(environ, populate_request=False)
    body = request.get_data()
    environ["wsgi.input"] = io.BytesIO(body)
    credential = _credential(request)
    if not credential:
        raise UnknownCall("Missing Authentication Token")
    access_key_id, _, region, service, _ = credential.split("/")
    if region not in _regions():
        raise UnknownCall(f"There is no Region {region}")
    model_name = _MODELS.get(service, service)
    try:
        model = get_service_model(model_name)
        operation, path = get_service_router(model_name).match(request)
    except (NotFound, ValueError) as error:
        raise UnknownCall(f"{request.method} {request.path} is not a known call of {service}") from error
    protocol = determine_request_protocol(model, request.content_type)
    return Call(
        service=service,
        operation=operation,
        protocol=protocol,
        parameters=PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": path,
            }
        ),
        region="us-east-1" if service in _GLOBAL else region,
        access_key_id=access_key_id,
        session_token=request.headers.get("X-Amz-Security-Token") or request.args.get("X-Amz-Security-Token"),
        request=request,
    )


@cache
def _regions() -> frozenset[str]:
    session = boto3.Session()
    partitions = session.get_available_partitions()
    return frozenset(one for name in partitions for one in session.get_available_regions("cloudtrail", name))


def _credential(request: Request) -> str | None:
    header = re.search(r"Credential=([^,\s]+)", request.headers.get("Authorization", ""))
    credential = header.group(1) if header else request.args.get("X-Amz-Credential", "")
    return credential if credential.count("/") == 4 else None


def refuse_unknown(reason: UnknownCall) -> Response:
    """Answer a request that is not a known call."""
    code = "MissingAuthenticationToken" if "Authentication" in str(reason) else "UnknownOperationException"
    body = json.dumps({"__type": code, "message": str(reason)}).encode()
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
    return Response(403 if code.startswith("Missing") else 404, headers, body)
