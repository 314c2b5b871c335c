"""Reads a CloudTrail record, in which nothing is trusted to exist, to be of its type or to be short."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trailkeeper.incident import Actor, CallError

Record = Mapping[str, Any]

# Seen on records of calls that succeeded.
NO_ERROR = ("", "200")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
PARTITIONS = {
    "cn": "aws-cn",
    "us-gov": "aws-us-gov",
    "us-iso": "aws-iso",
    "us-isob": "aws-iso-b",
    "us-isof": "aws-iso-f",
    "eu-isoe": "aws-iso-e",
    "eusc-de": "aws-eusc",
}
# Letters that show nothing and yet count as printable: joiners, fillers and variation selectors.
# https://www.unicode.org/reports/tr36/#Recommendations_General
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code)
    for start, end in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(start, end + 1)
}


def clean(text: str, limit: int) -> str:
    """`text` on one line without control, bidi and zero-width characters, at most `limit` characters long."""
    text = text[: limit * 4]
    if not text.isascii() or not text.isprintable():
        text = "".join(
            character if character.isprintable() and character not in INVISIBLE else " " if character.isspace() else ""
            for character in text
        )
    return text if len(text) <= limit else text[: limit - 1] + "…"


def text(value: Any, limit: int = 256) -> str | None:
    """A field as clean text; None if it holds none. Numbers count: anonymised account ids arrive as such."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**20 else None
    return clean(value, limit).strip() or None if isinstance(value, str) else None


def texts(values: Any, limit: int = 256) -> list[str]:
    """Those of a field's values that are text."""
    return [found for found in (text(value, limit) for value in one_or_more(values)) if found]


def mapping(value: Any) -> Mapping[str, Any]:
    """A field as a mapping; empty if it is anything else, such as null or the text "null"."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """A field that holds one mapping or a list of them, as XML and policies do."""
    return [mapping(one) for one in one_or_more(value)]


def items(value: Any) -> list[Any]:
    """A field as a list; empty if it is anything else."""
    return value if isinstance(value, list) else []


def one_or_more(value: Any) -> list[Any]:
    """A field of XML or of a policy, which holds one or a list of them."""
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def number(value: Any) -> int | None:
    """A field as a whole number, that records also carry as text; None if it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_true(value: Any) -> bool:
    """Records carry flags as booleans and as text."""
    return value is True or value == "true"


def is_false(value: Any) -> bool:
    """Records carry flags as booleans and as text; an absent flag is neither."""
    return value is False or value == "false"


def utc(value: Any) -> str | None:
    """An ISO 8601 time as `YYYY-MM-DDTHH:MM:SSZ`; None if it is not one, or before there were computers to write it."""
    try:
        moment = datetime.fromisoformat(value)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1970 else None


def lower_camel(value: Any) -> dict[str, Any]:
    """A mapping of the API with its keys as CloudTrail records spell them."""
    return {key[:1].lower() + key[1:]: field for key, field in mapping(value).items()}


def request_of(record: Record) -> Mapping[str, Any]:
    """The request's parameters; empty where the event does not hold them, or left them out as too large."""
    request = mapping(record.get("requestParameters"))
    return {} if "omitted" in request else request


def call_error(record: Record) -> CallError | None:
    """Why the call failed; None if it succeeded."""
    code = text(record.get("errorCode"))
    if code is None or code in NO_ERROR:
        return None
    return {"code": code, "message": text(record.get("errorMessage"), 1000)}


def actor(record: Record) -> Actor:
    """Who called, from where and with what."""
    identity = mapping(record.get("userIdentity"))
    session = mapping(identity.get("sessionContext"))
    issuer = mapping(session.get("sessionIssuer"))
    kind = text(identity.get("type")) or "Unknown"
    arn = text(identity.get("arn"), 512)
    invoked_by = text(identity.get("invokedBy"))
    mfa = mapping(session.get("attributes")).get("mfaAuthenticated")
    name = (
        ("root" if kind == "Root" else None)  # whose userName is the account's alias
        or text(identity.get("userName"))
        or (arn.rsplit("/", 1)[-1] if arn else None)
        or text(mapping(identity.get("onBehalfOf")).get("userId"))
        or text(identity.get("principalId"))
        or invoked_by
        or "unknown"
    )
    return {
        "type": kind,
        "arn": arn,
        "name": name,
        "issuer": text(issuer.get("arn"), 512) or text(issuer.get("userName")),
        "access_key_id": text(identity.get("accessKeyId"), 64),
        "source_ip": text(record.get("sourceIPAddress")),
        "user_agent": text(record.get("userAgent"), 512),
        "mfa": True if is_true(mfa) else False if is_false(mfa) else None,
        "console": is_true(record.get("sessionCredentialFromConsole")),
        "invoked_by": invoked_by,
    }


def partition(region: str | None) -> str:
    """The partition of a Region."""
    start = (region or "").rsplit("-", 2)[0]
    return PARTITIONS.get(start, "aws")


def made_id(event: Any) -> str:
    """An id for an event without one: the same event always gets the same."""
    import hashlib  # most events carry an id, and a cold start need not pay for this
    import json

    try:
        whole = json.dumps(event, sort_keys=True, default=str)
    except (RecursionError, TypeError):  # nested as no record of AWS is, or with keys that no JSON has
        record = mapping(mapping(event).get("detail")) or mapping(event)
        whole = repr([text(record.get(name)) for name in ("eventTime", "eventName", "eventSource", "requestID")])
    return "made-" + hashlib.sha256(whole.encode()).hexdigest()[:32]
