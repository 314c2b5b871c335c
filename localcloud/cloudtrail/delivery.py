"""Whether a trail that is logging can still deliver, checked each time its status is read.

AWS reports an error after the next delivery, some minutes later, in the words of S3, KMS or CloudWatch Logs. Here it is
reported at once, by those services' error codes.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
"""

import json

from moto.cloudtrail.models import Trail
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from localcloud.cloudtrail import api
from localcloud.iam.permissions import key_fault
from localcloud.iam.resources import key_arn

_CODES = {
    "S3BucketDoesNotExistException": "NoSuchBucket",
    "InsufficientS3BucketPolicyException": "AccessDenied",
    "InvalidCloudWatchLogsLogGroupArnException": "ResourceNotFoundException",
    "InvalidCloudWatchLogsRoleArnException": "AccessDenied",
    "KmsKeyNotFoundException": "KMS.NotFoundException",
    "InsufficientEncryptionPolicyException": "AccessDenied",
}


def get_trail_status_response(self: CloudTrailResponse) -> str:
    """GetTrailStatus, with the errors of failing deliveries."""
    trail = self.cloudtrail_backend.get_trail(self._get_param("Name"))
    status = trail.status.description()
    return json.dumps(status | (errors(trail) if trail.status.is_logging else {}))


def errors(trail: Trail) -> dict[str, str]:
    """What GetTrailStatus reports of failing deliveries; empty if they work."""
    found = {}
    if bucket := _why(trail, logs=False):
        found["LatestDeliveryError"] = bucket
    if trail.cw_log_group_arn and (group := _why(trail, logs=True)):
        found["LatestCloudWatchLogsDeliveryError"] = group
    return found


def _why(trail: Trail, *, logs: bool) -> str | None:
    try:
        if logs:
            api.check_log_group(trail)
        else:
            api.check_bucket_and_key(trail)
            if trail.kms_key_id:
                fault = key_fault(key_arn(trail.kms_key_id, trail.region_name, trail.account_id))
                return f"KMS.{fault.code.removeprefix('KMS')}Exception" if fault else None
    except api.RoleLacksPermission:
        return "AccessDenied"
    except JsonRESTError as error:
        return _CODES.get(error.error_type, error.error_type)
    return None
