"""The CloudTrail record of a call, as AWS writes it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from botocore.model import ListShape, MapShape, Shape, StructureShape

from localcloud.calls import Call, Response
from localcloud.iam.permissions import Caller
from localcloud.iam.resources import key_arn
from localcloud.validation import is_json_object

Record = dict[str, Any]

# Data events: CloudTrail records them only where a trail asks for them, and EventBridge does not get them by default.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
_DATA_EVENTS = {
    "dynamodb": r"(Batch)?(Get|Put|Update|Delete|Write)Item|Query|Scan|TransactWriteItems|TransactGetItems",
    "events": r"PutEvents",
    "lambda": r"Invoke.*",
    "logs": r"PutLogEvents",
    "monitoring": r"PutMetricData|GetMetric.*",
    "s3": r"(?!.*ObjectLockConfiguration).*Object.*|.*MultipartUpload.*|UploadPart.*|ListParts|SelectObjectContent",
    "sns": r"Publish.*",
    "sqs": r"(Send|Receive|Delete|ChangeMessageVisibility)Message.*|ChangeMessageVisibility.*",
    "xray": r"Put.*",
}
_READ_ONLY = re.compile(
    r"(Get|List|Describe|Lookup|Head|Search|Filter|Query|Select|BatchGet|Test|Validate|Simulate|Estimate|Detect).*"
)
# Calls that CloudTrail counts as read-only, whatever their names.
_READ_ONLY_CALLS = {
    "kms": r"Decrypt|Encrypt|GenerateDataKey.*|GenerateMac|GenerateRandom|ReEncrypt|Sign|Verify.*",
    "sts": r".*",
}
# Lambda's records put the API's version into the name; these calls have a second version of their own.
_LAMBDA_V2 = {
    "AddPermission",
    "GetFunction",
    "GetPolicy",
    "RemovePermission",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
}
# S3's records have other names for these calls: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
_S3_NAMES = {
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
}
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def is_management_event(call: Call) -> bool:
    """Say whether the call is a management event: only these are recorded."""
    return not re.fullmatch(_DATA_EVENTS.get(call.service, ""), call.name)


def is_read_only(call: Call) -> bool:
    """Say whether CloudTrail counts the call as read-only."""
    calls = _READ_ONLY_CALLS.get(call.service, "")
    return bool(_READ_ONLY.fullmatch(call.name) or re.fullmatch(calls, call.name))


def record_of(call: Call, caller: Caller, response: Response) -> Record:
    """Write the record of a call and its response."""
    answer = call.parse(response)
    error = answer.get("Error") if response.status >= 300 else None
    denied = error and error["Code"] in ("AccessDenied", "AccessDeniedException", "AuthorizationError")
    read_only = is_read_only(call)
    return {
        "eventVersion": "1.11",
        "userIdentity": _identity(caller),
        "eventTime": _seconds(datetime.now(UTC)),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": _event_name(call),
        "awsRegion": call.region,
        "sourceIPAddress": call.request.remote_addr,
        "userAgent": _user_agent(call),
        **({"errorCode": "AccessDenied" if denied else error["Code"]} if error else {}),
        **({"errorMessage": error["Message"]} if error else {}),
        "requestParameters": None if denied and call.service != "s3" else _request_parameters(call),
        "responseElements": None if error or read_only or call.service == "s3" else _response_elements(call, answer),
        "requestID": response.header("x-amzn-requestid") or str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        **_resources(call, caller),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": caller.account,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": _host(call),
        },
    }


def envelope_of(record: Record) -> dict[str, Any]:
    """Wrap a record as EventBridge delivers it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{record['eventSource'].removesuffix('.amazonaws.com')}",
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }


def _identity(caller: Caller) -> dict[str, Any]:
    if caller.session and caller.role:
        return {
            "type": "AssumedRole",
            "principalId": caller.session.user_id,
            "arn": caller.arn,
            "accountId": caller.account,
            "accessKeyId": caller.access_key_id,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": caller.role.id,
                    "arn": caller.role.arn,
                    "accountId": caller.account,
                    "userName": caller.role.name,
                },
                "attributes": {
                    "creationDate": _seconds(caller.session.access_key.create_date),
                    "mfaAuthenticated": "false",
                },
            },
        }
    return {
        "type": "IAMUser",
        "principalId": caller.user.id if caller.user else None,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.access_key_id,
        "userName": caller.user.name if caller.user else None,
    }


def _event_name(call: Call) -> str:
    if call.service == "s3":
        return _S3_NAMES.get(call.name, call.name)
    if call.service != "lambda":
        return call.name
    version = call.operation.http_trait.path.split("/")[1].replace("-", "")
    return f"{call.name}{version}{'v2' if call.name in _LAMBDA_V2 else ''}"


def _user_agent(call: Call) -> str:
    agent = call.request.headers.get("User-Agent", "")
    return f"[{agent}]" if call.service == "s3" else agent


def _host(call: Call) -> str:
    if call.service == "iam":
        return "iam.amazonaws.com"
    bucket = f"{call.parameters['Bucket']}." if call.service == "s3" and call.parameters.get("Bucket") else ""
    return f"{bucket}{call.service}.{call.region}.amazonaws.com"


def _request_parameters(call: Call) -> dict[str, Any] | None:
    if call.service == "s3":  # not the call's members, but what its URL says
        bucket = {"bucketName": call.parameters["Bucket"]} if "Bucket" in call.parameters else {}
        acl = call.request.headers.get("x-amz-acl")
        return {
            **bucket,
            "Host": _host(call),
            **call.request.args.to_dict(),
            **({"x-amz-acl": acl} if acl else {}),
            **_s3_body(call),
        }
    return _lower(call.parameters, call.operation.input_shape) or None


def _s3_body(call: Call) -> dict[str, Any]:
    """The body of an S3 call, which is XML or a bucket's policy, as records show it."""
    body = call.request.get_data()
    if not body or not is_management_event(call):
        return {}
    if call.name == "PutBucketPolicy":
        policy = call.parameters["Policy"]
        return {"bucketPolicy": json.loads(policy) if is_json_object(policy) else policy}
    root = ElementTree.fromstring(body)
    namespace, _, name = root.tag.rpartition("}")
    value = _of_xml(root)
    xmlns = {"xmlns": namespace.lstrip("{")} if namespace else {}
    return {name: xmlns | value if isinstance(value, dict) else value}


def _of_xml(element: ElementTree.Element) -> Any:
    if not len(element):
        text = element.text or ""
        return {"true": True, "false": False}.get(text, int(text) if text.isdigit() else text)
    found: dict[str, Any] = {}
    for child in element:
        name = child.tag.rpartition("}")[2]
        value = _of_xml(child)
        if name in found:  # several make a list, a single one does not
            before = found[name]
            value = [*(before if isinstance(before, list) else [before]), value]
        found[name] = value
    return found


def _resources(call: Call, caller: Caller) -> dict[str, Any]:
    """The resource that the call acts on, which records of S3 and KMS show in a field of its own."""
    if call.service == "s3" and call.parameters.get("Bucket"):
        arn, kind = f"arn:aws:s3:::{call.parameters['Bucket']}", "AWS::S3::Bucket"
    elif call.service == "kms" and call.parameters.get("KeyId"):
        arn, kind = key_arn(call.parameters["KeyId"], call.region, caller.account), "AWS::KMS::Key"
    else:
        return {}
    return {"resources": [{"accountId": caller.account, "type": kind, "ARN": arn}]}


def _response_elements(call: Call, answer: dict[str, Any]) -> dict[str, Any] | None:
    return _lower(answer, call.operation.output_shape) or None


def _lower(value: Any, shape: Shape | None) -> Any:
    """Write a value as records do: members begin in lower case, keys of maps stay, secrets and blobs are hidden."""
    if shape is None:
        return None
    if shape.metadata.get("sensitive") or shape.type_name == "blob":
        return _HIDDEN
    if isinstance(shape, StructureShape):
        return {
            name[0].lower() + name[1:]: _lower(value[name], member)
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [_lower(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {key: _lower(item, shape.value) for key, item in value.items()}
    if isinstance(value, datetime):
        return f"{value:%b} {value.day}, {value.year}, {value.hour % 12 or 12}:{value:%M:%S %p}"
    return value


def _seconds(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
