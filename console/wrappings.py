"""What CloudTrail's records come wrapped in: AWS's own envelopes, messages and exports, one within the other."""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]

DEEPEST = 12  # levels of lists, objects and texts within each other
# The columns of Athena's table are in small letters: https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html
MEMBERS = (
    *("eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress"),
    *("userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData"),
    *("requestID", "eventID", "resources", "eventType", "apiVersion", "readOnly", "recipientAccountId", "addendum"),
    *("serviceEventDetails", "sharedEventID", "vpcEndpointId", "vpcEndpointAccountId", "tlsDetails", "eventCategory"),
    *("managementEvent", "sessionCredentialFromConsole", "edgeDeviceDetails", "insightDetails", "eventContext"),
    # of userIdentity and its session
    *("principalId", "accountId", "accessKeyId", "userName", "sessionContext", "invokedBy", "sessionIssuer"),
    *("identityProvider", "mfaAuthenticated", "creationDate"),
)
CANONICAL = {name.lower(): name for name in MEMBERS}
AS_TEXT = ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")


class Aside(str):
    """What is neither a record nor damage: its kind, to be counted."""


class Misfit(str):
    """Why something is no record."""


INSIGHT, DIGEST, CONTROL = Aside("Insights event"), Aside("digest"), Aside("control message")
NO_RECORD = Misfit("not a CloudTrail record")
S3_NOTICE = Misfit("an S3 event notification, not a record: give the log file that it names")
FILE_NOTICE = Misfit("CloudTrail's notice of a log file, not a record: give the log file that it names")
OTHER_EVENT = Misfit("an event of EventBridge that is not CloudTrail's")


def unwrapped(value: Any, depth: int = 0) -> Iterator[Record | Aside | Misfit]:
    """The records in a value, each in EventBridge's envelope if it came in one."""
    if isinstance(value, str):
        value = decoded(value) if value.lstrip().startswith(("{", "[")) else unpacked(value)
    if depth > DEEPEST:
        yield NO_RECORD
    elif isinstance(value, list):
        for one in value:
            yield from unwrapped(one, depth + 1)
    elif not isinstance(value, dict):
        yield NO_RECORD
    elif str(value.get("eventSource")).startswith("aws:"):  # what Lambda gets: SQS, Kinesis, or S3's notices
        yield from [S3_NOTICE] if "s3" in value else within(value, depth)
    elif "eventName" in value:
        yield value
    elif "eventname" in value:
        yield from_athena(value)
    elif "insightDetails" in value or value.get("eventType") == "AwsCloudTrailInsight":
        yield INSIGHT
    elif "digestStartTime" in value or "digestS3Object" in value:
        yield DIGEST
    elif value.get("messageType") == "CONTROL_MESSAGE":  # CloudWatch Logs asks whether a subscription is there
        yield CONTROL
    elif "s3Bucket" in value and "s3ObjectKey" in value:
        yield FILE_NOTICE
    elif isinstance(detail := value.get("detail"), dict):
        inner = [value] if "eventName" in detail else list(unwrapped(detail, depth + 1))
        yield from [OTHER_EVENT] if inner == [NO_RECORD] else inner
    else:
        yield from within(value, depth)


def within(value: Record, depth: int) -> Iterator[Record | Aside | Misfit]:
    """The records in the members of a wrapping; those members that hold none are not what it wraps."""
    inner = [[*unwrapped(one, depth + 1)] for one in value.values() if isinstance(one, dict | list | str)]
    held = [one for found in inner if any(one is not NO_RECORD for one in found) for one in found]
    yield from held or [NO_RECORD]


def decoded(text: str | bytes) -> Any:
    """A text that is JSON; None if it is not."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def unpacked(data: str) -> Any:
    """What Kinesis, Firehose and CloudWatch Logs carry: JSON, often packed, in base64; None if it is not."""
    try:
        content = base64.b64decode(data, validate=True)
        return decoded(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    except (ValueError, OSError, EOFError, zlib.error):
        return None


def from_athena(row: Record) -> Record:
    """A row of Athena's table as the record that it was."""
    record: Record = canonical(row)
    for name in AS_TEXT:
        if isinstance(record.get(name), str):
            record[name] = decoded(record[name])
    if isinstance(resources := record.get("resources"), list):  # the one member whose "arn" is in capitals
        record["resources"] = [
            {"ARN" if name == "arn" else name: value for name, value in one.items()} if isinstance(one, dict) else one
            for one in resources
        ]
    return record


def canonical(value: Any) -> Any:
    """The names of members as CloudTrail writes them; what is written in text is left as it is."""
    if isinstance(value, dict):
        return {CANONICAL.get(name, name): canonical(one) for name, one in value.items()}
    return [canonical(one) for one in value] if isinstance(value, list) else value
