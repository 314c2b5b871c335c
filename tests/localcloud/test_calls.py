"""Requests that are no call: each gets one sentence, as its service writes it, and leaves no traceback."""

import socket
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud import ADMINISTRATOR, LocalCloud

JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded"
LOOKUP = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
FUNCTIONS = "/2015-03-31/functions"


def send(
    cloud: LocalCloud, service: str, path: str, body: bytes, method: str = "POST", **headers: str
) -> tuple[int, str]:
    """The status and the body of the answer to a signed request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, cloud.endpoint + path, data=body, headers=named)
    sign: Any = S3SigV4Auth if service == "s3" else SigV4Auth
    sign(Credentials(*ADMINISTRATOR.values()), service, "us-east-1").add_auth(request)
    connection = HTTPConnection(cloud.endpoint.removeprefix("http://"))
    connection.request(method, path, body, dict(request.headers.items()))
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b'"x"', b"7", b"\xff", b"", b"Action=LookupEvents"])
def test_a_body_that_is_no_json_object(cloud: LocalCloud, body: bytes) -> None:
    for service, target in (("cloudtrail", LOOKUP), ("events", "AWSEvents.PutRule"), ("sqs", "AmazonSQS.ListQueues")):
        status, answer = send(cloud, service, "/", body, Content_Type=JSON.replace("1.1", "1.0"), X_Amz_Target=target)
        assert status == 400
        assert "SerializationException" in answer and "The body is not " in answer
    status, answer = send(cloud, "lambda", FUNCTIONS, body, Content_Type="application/json")
    assert status == 400
    assert "InvalidRequestContentException" in answer and "The body is not " in answer


@pytest.mark.parametrize(
    ("service", "method", "path", "body", "headers", "status", "code"),
    [
        ("cloudtrail", "POST", "/", b"{}", {"Content_Type": JSON}, 400, "UnknownOperationException"),
        ("kms", "POST", "/", b"{}", {"Content_Type": JSON, "X_Amz_Target": "Odd"}, 400, "UnknownOperationException"),
        ("logs", "POST", "/", b"Action=x", {"Content_Type": FORM}, 400, "UnknownOperationException"),
        ("lambda", "GET", "/2015-03-31/nothing", b"", {}, 404, "UnknownOperationException"),
        ("lambda", "GET", f"{FUNCTIONS}/%ZZ", b"", {}, 400, "ValidationException"),
        ("lambda", "GET", f"{FUNCTIONS}/%ff", b"", {}, 400, "ValidationException"),
        ("lambda", "PUT", f"{FUNCTIONS}/f/configuration", b"", {}, 400, "InvalidRequestContentException"),
        ("iam", "POST", "/", b"", {"Content_Type": FORM}, 400, "InvalidAction"),
        ("iam", "POST", "/", b"{}", {"Content_Type": JSON}, 400, "InvalidAction"),
        ("monitoring", "POST", "/", b"[]", {"Content_Type": FORM}, 400, "InvalidAction"),
        ("sts", "GET", "/?Action=Odd", b"", {}, 400, "InvalidAction"),
        ("sns", "POST", "/", b"Action=Publish&Message=\xff", {"Content_Type": FORM}, 400, "InvalidAction"),
        ("s3", "PATCH", "/bucket", b"", {}, 405, "MethodNotAllowed"),
        ("s3", "PUT", "/bucket?versioning", b"{}", {}, 400, "MalformedXML"),
        ("s3", "PUT", "/bucket?lifecycle", b"<a/>", {}, 400, "MalformedXML"),
        ("s3", "POST", "/bucket?delete", b"<a/>", {}, 400, "MalformedXML"),
        ("s3", "GET", "/bucket?list-type=2&max-keys=abc", b"", {}, 400, "InvalidArgument"),
        ("rds", "POST", "/", b"Action=DescribeDBClusters", {"Content_Type": FORM}, 501, "The local cloud has no rds"),
        ("no-such-service", "GET", "/", b"", {}, 501, "The local cloud has no no-such-service: it has cloudformation"),
        ("..", "GET", "/", b"", {}, 501, "The local cloud has no .."),
    ],
)
def test_a_request_that_is_no_call(
    cloud: LocalCloud,
    service: str,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    answered, text = send(cloud, service, path, body, method, **headers)
    assert (answered, code in text) == (status, True), text
    assert "Traceback" not in text


@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n0\r\n\r\n", b"2\r\n{}XX0\r\n\r\n"])
def test_a_body_with_a_bad_chunk_gets_an_answer_and_ends_its_connection(cloud: LocalCloud, chunks: bytes) -> None:
    request = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: {JSON}\r\nX-Amz-Target: {LOOKUP}\r\nAuthorization: AWS4-HMAC-SHA256 Credential="
        "AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/cloudtrail/aws4_request, SignedHeaders=host, Signature=0\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(cloud.endpoint.rsplit(":", 1)[1])), timeout=30) as connection:
        connection.sendall(f"{request}\r\n".encode() + chunks)
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert "MalformedInput" in answer and "The body is cut badly" in answer
    assert "Connection: close" in answer
