"""Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html."""

import hashlib
import hmac
import re
from functools import cache
from urllib.parse import quote, unquote_to_bytes

from botocore.utils import normalize_url_path

from localcloud.calls import Call


def is_signed_with(secret: str, call: Call) -> bool:
    """Say whether this secret key signed the call, in its header or in its address."""
    headers, arguments = call.request.headers, call.request.args
    in_header = dict(re.findall(r"(\w+)=([^,\s]+)", headers.get("Authorization", "")))
    names = in_header.get("SignedHeaders") or arguments.get("X-Amz-SignedHeaders", "")
    signature = in_header.get("Signature") or arguments.get("X-Amz-Signature", "")
    time = headers.get("X-Amz-Date") or arguments.get("X-Amz-Date", "")
    path, _, query = call.request.environ["RAW_URI"].partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair and not pair.startswith("X-Amz-Signature=")]
    payload = headers.get("X-Amz-Content-SHA256")
    if not payload and call.service == "s3" and not in_header:
        payload = "UNSIGNED-PAYLOAD"
    canonical = "\n".join(
        [
            call.request.method,
            _encoded(path, "/~") if call.service == "s3" else quote(normalize_url_path(path), "/~"),
            "&".join(f"{name}={value}" for name, value in sorted((_encoded(n), _encoded(v)) for n, _, v in pairs)),
            *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in names.split(";")),
            "",
            names,
            payload or hashlib.sha256(call.request.get_data()).hexdigest(),
        ]
    )
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", time, call.scope, digest])
    expected = hmac.digest(_key(secret, call.scope), to_sign.encode(), "sha256").hex()
    return hmac.compare_digest(expected, signature)


def _encoded(text: str, safe: str = "-_.~") -> str:
    return quote(unquote_to_bytes(text), safe)


@cache
def _key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
