"""What CloudTrail's records come wrapped in: AWS's own envelopes, messages and exports, one within the other."""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]

DEEPEST = 8
# Log files, subscriptions and the AWS CLI: `lookup-events`, `filter-log-events`, `receive-message`.
LISTS = ("Records", "records", "Events", "events", "logEvents", "Messages")
# lookup-events, CloudWatch Logs, SNS, SQS as Lambda gets it and as the AWS CLI shows it.
TEXTS = ("CloudTrailEvent", "message", "Message", "body", "Body")
# SNS as Lambda gets it, CloudWatch Logs and Kinesis likewise, and S3 Select of a whole record.
OBJECTS = ("Sns", "awslogs", "kinesis", "s", "_1")
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


INSIGHT, DIGEST = Aside("Insights event"), Aside("digest")
NO_RECORD = Misfit("not a CloudTrail record")
S3_NOTICE = Misfit("an S3 event notification, not a record: give the log file that it names")
FILE_NOTICE = Misfit("CloudTrail's notice of a log file, not a record: give the log file that it names")
OTHER_EVENT = Misfit("an event of EventBridge that is not CloudTrail's")


def unwrapped(value: Any, depth: int = 0) -> Iterator[Record | Aside | Misfit]:
    """The records in a value, each in EventBridge's envelope if it came in one."""
    if not isinstance(value, dict) or depth > DEEPEST:
        yield NO_RECORD
    elif "eventName" in value:
        yield S3_NOTICE if str(value.get("eventSource")).startswith("aws:") else value
    elif isinstance(value.get("detail"), dict):
        yield value if "eventName" in value["detail"] else OTHER_EVENT
    elif "eventname" in value:
        yield from_athena(value)
    elif "insightDetails" in value or value.get("eventType") == "AwsCloudTrailInsight":
        yield INSIGHT
    elif "digestStartTime" in value or "digestS3Object" in value:
        yield DIGEST
    elif "s3Bucket" in value and "s3ObjectKey" in value:
        yield FILE_NOTICE
    elif (inner := held(value)) is not None:
        for one in inner:
            yield from unwrapped(one, depth + 1)
    else:
        yield NO_RECORD


def held(value: Record) -> list[Any] | None:
    """What a wrapping holds; None if it is none."""
    for name in LISTS:
        if isinstance(value.get(name), list):
            return list(value[name])
    for name in TEXTS:
        if isinstance(value.get(name), str):
            return [decoded(value[name])]
    for name in OBJECTS:
        if isinstance(value.get(name), dict):
            return [value[name]]
    if isinstance(value.get("data"), str):
        return [unpacked(value["data"])]
    return None


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
    except (binascii.Error, OSError, EOFError, zlib.error):
        return None


def from_athena(row: Record) -> Record:
    """A row of Athena's table as the record that it was."""
    record: Record = canonical(row)
    for name in AS_TEXT:
        if isinstance(record.get(name), str):
            record[name] = decoded(record[name])
    return record


def canonical(value: Any) -> Any:
    """The names of members as CloudTrail writes them; what is written in text is left as it is."""
    if isinstance(value, dict):
        return {CANONICAL.get(name, name): canonical(one) for name, one in value.items()}
    return [canonical(one) for one in value] if isinstance(value, list) else value
