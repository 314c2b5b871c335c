"""Log files: what a trail records lands in its bucket some seconds later, and its status then tells how that went.

AWS takes five minutes or so. Digest files are not written, and nothing is written to a trail's log group, of which only
an error is reported. Errors have the codes of S3, KMS and CloudWatch Logs.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

import gzip
import json
import random
import string
import threading
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from moto.cloudtrail.models import Trail
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError
from moto.s3.models import s3_backends

from localcloud.cloudtrail import api
from localcloud.cloudtrail.records import Record
from localcloud.iam.permissions import key_fault
from localcloud.iam.resources import key_arn

seconds = 5.0  # from a file's first record to its delivery, unless that is asked for before
_CODES = {
    "S3BucketDoesNotExistException": "NoSuchBucket",
    "InsufficientS3BucketPolicyException": "AccessDenied",
    "InvalidCloudWatchLogsLogGroupArnException": "ResourceNotFoundException",
    "InvalidCloudWatchLogsRoleArnException": "AccessDenied",
    "KmsKeyNotFoundException": "KMS.NotFoundException",
    "InsufficientEncryptionPolicyException": "AccessDenied",
}

_files: dict[tuple[Trail, str], list[Record]] = {}  # begun, by trail and Region
_lock = threading.Lock()
_told: WeakKeyDictionary[Trail, dict[str, Any]] = WeakKeyDictionary()  # of each trail's last delivery


def log(trail: Trail, region: str, record: Record) -> None:
    """Write a record into the trail's next log file of the Region."""
    with _lock:
        if (trail, region) not in _files:
            _files[trail, region] = []
            threading.Timer(seconds, _deliver, (trail, region)).start()
        _files[trail, region].append(record)


def deliver_now() -> None:
    """Deliver all files that were begun."""
    for trail, region in [*_files]:
        _deliver(trail, region)


def get_trail_status_response(self: CloudTrailResponse) -> str:
    """GetTrailStatus, as the last delivery left it."""
    trail = self.cloudtrail_backend.get_trail(self._get_param("Name"))
    status = trail.status.description()
    status.pop("LatestDeliveryTime", None)
    return json.dumps(status | {"LatestDeliveryAttemptTime": ""} | _told.get(trail, {}))


def _deliver(trail: Trail, region: str) -> None:
    with _lock:
        records = _files.pop((trail, region), None)
    if records is None:
        return  # delivered meanwhile
    now = datetime.now(UTC)
    told = _told.get(trail, {}) | {"LatestDeliveryAttemptTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    told |= {
        "LatestDeliveryError": _bucket_error(trail, region),
        "LatestCloudWatchLogsDeliveryError": _group_error(trail),
    }
    if not told["LatestDeliveryError"]:
        _put(trail, region, now, records)
        told |= {
            "LatestDeliveryAttemptSucceeded": told["LatestDeliveryAttemptTime"],
            "LatestDeliveryTime": now.timestamp(),
        }
    _told[trail] = {name: value for name, value in told.items() if value}


def _put(trail: Trail, region: str, now: datetime, records: list[Record]) -> None:
    """Put the file straight into the bucket: CloudTrail's own PutObject leaves no management event."""
    unique = "".join(random.choices(string.ascii_letters + string.digits, k=16))
    name = f"{trail.account_id}_CloudTrail_{region}_{now:%Y%m%dT%H%MZ}_{unique}.json.gz"
    key = f"{api.log_folder(trail)}/CloudTrail/{region}/{now:%Y/%m/%d}/{name}"
    body = gzip.compress(json.dumps({"Records": records}, separators=(",", ":"), ensure_ascii=False).encode())
    s3_backends[trail.account_id][trail.partition].put_object(
        trail.bucket_name, key, body, encryption=trail.kms_key_id and "aws:kms", kms_key_id=trail.kms_key_id
    )


def _bucket_error(trail: Trail, region: str) -> str | None:
    try:
        api.check_bucket_and_key(trail, region)
    except JsonRESTError as error:
        return _CODES.get(error.error_type, error.error_type)
    if trail.kms_key_id and (fault := key_fault(key_arn(trail.kms_key_id, trail.region_name, trail.account_id))):
        return f"KMS.{fault.code.removeprefix('KMS')}Exception"
    return None


def _group_error(trail: Trail) -> str | None:
    try:
        if trail.cw_log_group_arn:
            api.check_log_group(trail)
    except api.RoleLacksPermission:
        return "AccessDenied"
    except JsonRESTError as error:
        return _CODES.get(error.error_type, error.error_type)
    return None
