"""CloudTrail's calls where moto differs from AWS: home Regions, selectors, times, event history."""

import copy
import json
import math
import re
from datetime import datetime
from typing import Any

from moto.cloudtrail.exceptions import TrailNameTooShort, TrailNotFoundException
from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time
from moto.logs.models import logs_backends
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.utilities.utils import get_partition

from localcloud.cloudtrail import history, selectors
from localcloud.cloudtrail.history import fail
from localcloud.cloudtrail.trails import DEFAULT_SELECTOR, Selectors, all_trails
from localcloud.iam.permissions import key_fault, resource_policy, role_allows, service_allowed, service_may_assume
from localcloud.iam.resources import key_arn

CLOUDTRAIL = "cloudtrail.amazonaws.com"
MAXIMUM_TRAILS = 5  # with the same home Region

moto_check_name = Trail.check_name
moto_check_bucket_exists = Trail.check_bucket_exists
moto_description = Trail.description
moto_update = Trail.update
moto_create_trail = CloudTrailBackend.create_trail
moto_create_response = CloudTrailResponse.create_trail
moto_update_response = CloudTrailResponse.update_trail


def _arn(backend: CloudTrailBackend, name: str) -> str:
    if len(name) < 3:
        raise TrailNameTooShort(actual_length=len(name))
    if not name.startswith("arn:"):
        region = backend.region_name
        return f"arn:{get_partition(region)}:cloudtrail:{region}:{backend.account_id}:trail/{name}"
    if not re.fullmatch(r"arn:[\w-]+:cloudtrail:[\w-]+:\d+:trail/.+", name):
        fail("CloudTrailARNInvalidException", f"The ARN {name} is not a trail's: expected arn:...:trail/NAME.")
    return name


def get_trail(self: CloudTrailBackend, name_or_arn: str) -> Trail:
    """A trail as this Region shows it: its own by name or ARN, a shadow trail by ARN only.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    """
    arn = _arn(self, name_or_arn)
    for trail in self.describe_trails(include_shadow_trails=True):
        if trail.arn == arn:
            return trail
    raise TrailNotFoundException(account_id=self.account_id, name=arn)


def home_trail(backend: CloudTrailBackend, name: str) -> Trail:
    """The trail for a call that changes it; such calls work only in its home Region."""
    arn = _arn(backend, name)
    known = {trail.arn: trail for trail in all_trails()}
    shadows = [trail for trail in known.values() if trail.trail_name == name and trail.is_multi_region]
    trail = known.get(arn) or next(iter(shadows), None)
    if not trail:
        raise TrailNotFoundException(account_id=backend.account_id, name=arn)
    if trail.region_name != backend.region_name:
        # The wording is ours: AWS documents only the code.
        fail(
            "InvalidHomeRegionException",
            f"The home Region of the trail {trail.arn} is {trail.region_name}: call it there, not in "
            f"{backend.region_name}.",
        )
    return trail


def get_trail_status(self: CloudTrailBackend, name: str) -> Any:
    """The status of one of this Region's trails, or of a shadow trail by ARN."""
    return self.get_trail(name).status


def seconds(date: datetime) -> float:
    """A naive UTC time as CloudTrail returns it: with milliseconds, rounded down so that it is not in the future."""
    return math.floor(unix_time(date) * 1000) / 1000


def create_trail(self: CloudTrailBackend, name: str, *arguments: Any, **options: Any) -> Trail:
    """Refuse a name that this Region already shows, and a sixth trail.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
    """
    if any(trail.trail_name == name for trail in self.describe_trails(include_shadow_trails=True)):
        fail("TrailAlreadyExistsException", f"Trail {name} already exists for customer: {self.account_id}")
    if len(self.trails) >= MAXIMUM_TRAILS:
        fail(
            "MaximumNumberOfTrailsExceededException",
            f"User: {self.account_id} already has {MAXIMUM_TRAILS} trails in {self.region_name}.",
        )
    trail = moto_create_trail(self, name, *arguments, **options)
    trail.event_selectors = [DEFAULT_SELECTOR]
    return trail


class RoleLacksPermission(JsonRESTError):
    """The role of a trail's log group is trusted, and may not write there."""


def check_name(self: Trail) -> None:
    """Refuse also what looks like an IP address, or has two of `.`, `_` and `-` in a row."""
    moto_check_name(self)
    if re.search(r"[._-]{2}|^[\d.]+$", self.trail_name):
        fail("InvalidTrailNameException", f"{self.trail_name}: no two of . _ - in a row, and no IP address.")


def check_bucket(self: Trail) -> None:
    """The bucket must exist, and its policy must let CloudTrail write; likewise the key and the log group, if any."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", self.bucket_name):
        fail("InvalidS3BucketNameException", f"Bucket name {self.bucket_name} is not valid.")
    if len(self.s3_key_prefix or "") > 200:
        fail("InvalidS3PrefixException", "Maximum length of the prefix is 200 characters.")
    if self.is_org_trail:
        _check_organization(self)
    if self.cw_log_group_arn or self.cw_role_arn:
        check_log_group(self)
    check_bucket_and_key(self, self.region_name)
    if self.kms_key_id and (fault := key_fault(self.kms_key_id)):
        fail("KmsException", fault.message)


def _check_organization(trail: Trail) -> None:
    """See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-an-organizational-trail-prepare.html."""
    organizations = organizations_backends[trail.account_id][trail.partition]
    if not organizations.org:
        fail("OrganizationsNotInUseException", "Your account is not a member of an organization.")
    if CLOUDTRAIL not in [service["ServicePrincipal"] for service in organizations.services]:
        message = "your organization hasn't enabled CloudTrail service access. Enable it, and then try again."
        fail("CloudTrailAccessNotEnabledException", f"The request could not be processed because {message}")


def topic_arn(self: Trail) -> str | None:
    """The topic, which SnsTopicName may give by its name or its ARN."""
    name = self.sns_topic_name
    if not name or name.startswith("arn:"):
        return name
    return f"arn:{self.partition}:sns:{self.region_name}:{self.account_id}:{name}"


def check_topic(self: Trail) -> None:
    """See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html."""
    if not self.topic_arn:
        return
    topic = sns_backends[self.account_id][self.topic_arn.split(":")[3]].topics.get(self.topic_arn)
    context = {"aws:SourceArn": self.arn, "aws:SourceAccount": self.account_id}
    if not topic or not service_allowed(topic.policy, CLOUDTRAIL, "SNS:Publish", self.topic_arn, context):
        message = "SNS Topic does not exist or the topic policy is incorrect!"
        fail("InsufficientSnsTopicPolicyException", message)


def log_folder(trail: Trail) -> str:
    """Where in the bucket the account's log files are: an organization trail has its organization's id in between.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    organization = organizations_backends[trail.account_id][trail.partition].org if trail.is_org_trail else None
    parts = [trail.s3_key_prefix, "AWSLogs", organization and organization.id, trail.account_id]
    return "/".join(part for part in parts if part)


def check_bucket_and_key(self: Trail, region: str) -> None:
    """The bucket, its policy for the log files of a Region, and the key.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    moto_check_bucket_exists(self)
    if self.kms_key_id:
        _check_key(self)
    policy = s3_backends[self.account_id][self.partition].get_bucket(self.bucket_name).policy
    bucket = f"arn:{self.partition}:s3:::{self.bucket_name}"
    log = f"{bucket}/{log_folder(self)}/CloudTrail/{region}/log.json.gz"
    context = {
        "aws:SourceArn": self.arn,
        "aws:SourceAccount": self.account_id,
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    if not (
        service_allowed(policy, CLOUDTRAIL, "s3:GetBucketAcl", bucket, context)
        and service_allowed(policy, CLOUDTRAIL, "s3:PutObject", log, context)
    ):
        fail(
            "InsufficientS3BucketPolicyException",
            f"Incorrect S3 bucket policy is detected for bucket: {self.bucket_name}",
        )


def _check_key(trail: Trail) -> None:
    """See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html."""
    arn = key_arn(trail.kms_key_id, trail.region_name, trail.account_id)
    policy = resource_policy(arn, "kms:GenerateDataKey")
    if not policy:
        fail("KmsKeyNotFoundException", f"The KMS key {trail.kms_key_id} does not exist.")
    context = {
        "aws:SourceArn": trail.arn,
        "aws:SourceAccount": trail.account_id,
        "kms:EncryptionContext:aws:cloudtrail:arn": trail.arn,
    }
    if not service_allowed(policy, CLOUDTRAIL, "kms:GenerateDataKey", arn, context):
        fail("InsufficientEncryptionPolicyException", f"The policy of {arn} does not let CloudTrail encrypt with it.")
    trail.kms_key_id = arn  # whatever name it was given by: AWS answers with the key's ARN


def check_log_group(trail: Trail) -> None:
    """See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html."""
    role, group = trail.cw_role_arn or "", (trail.cw_log_group_arn or "").removesuffix(":*")
    if not role:
        fail("InvalidCloudWatchLogsRoleArnException", "You must specify a role ARN as well as a log group.")
    if group.rpartition(":")[2] not in logs_backends[trail.account_id][trail.region_name].groups:
        message = "Check the log group ARN: CloudTrail can't validate it."
        fail("InvalidCloudWatchLogsLogGroupArnException", message)
    stream = f"{group}:log-stream:{trail.account_id}_CloudTrail_{trail.region_name}"
    context = {"aws:SourceArn": trail.arn, "aws:SourceAccount": trail.account_id}
    if not service_may_assume(role, CLOUDTRAIL, context):
        message = "Access denied. Check the trust relationships for your role."
        fail("InvalidCloudWatchLogsRoleArnException", message)
    if not all(role_allows(role, action, stream) for action in ("logs:CreateLogStream", "logs:PutLogEvents")):
        message = "Access denied. Check the permissions for your role."
        raise RoleLacksPermission("InvalidCloudWatchLogsLogGroupArnException", message)


def update(self: Trail, **changes: Any) -> None:
    """Change the trail, if CloudTrail can then write to its bucket."""
    changed = copy.copy(self)
    moto_update(changed, **changes)
    changed.check_bucket_exists()
    changed.check_topic_exists()
    if changed.is_multi_region and not changed.include_global_service_events:
        message = "Multi-Region trail must include global service events."
        fail("InvalidParameterCombinationException", message)
    moto_update(self, **changes)
    self.kms_key_id = changed.kms_key_id


def update_trail(self: CloudTrailBackend, name: str, **changes: Any) -> Trail:
    """UpdateTrail, only in the home Region."""
    trail = home_trail(self, name)
    trail.update(**changes)
    return trail


def start_logging(self: CloudTrailBackend, name: str) -> None:
    """StartLogging, only in the home Region."""
    home_trail(self, name).start_logging()


def stop_logging(self: CloudTrailBackend, name: str) -> None:
    """StopLogging, only in the home Region."""
    home_trail(self, name).stop_logging()


def delete_trail(self: CloudTrailBackend, name: str) -> None:
    """DeleteTrail, only in the home Region; a later trail of the same name starts without its tags."""
    trail = home_trail(self, name)
    self.tagging_service.delete_all_tags_for_resource(trail.arn)
    del self.trails[trail.trail_name]


def put_event_selectors(
    self: CloudTrailBackend,
    trail_name: str,
    event_selectors: list[dict[str, Any]] | None,
    advanced_event_selectors: list[dict[str, Any]] | None,
) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """Basic and advanced selectors replace each other; what a basic one leaves out has its default."""
    trail = home_trail(self, trail_name)
    for fault in selectors.faults(event_selectors or [], advanced_event_selectors or []):
        fail("InvalidEventSelectorsException", fault)
    trail.event_selectors = [{**DEFAULT_SELECTOR, **selector} for selector in event_selectors or []]
    trail.advanced_event_selectors = advanced_event_selectors or []
    return trail.arn, trail.event_selectors, trail.advanced_event_selectors


def put_insight_selectors(
    self: CloudTrailBackend, trail_name: str, insight_selectors: list[dict[str, str]]
) -> tuple[str, list[dict[str, str]]]:
    """The new selectors replace the old ones."""
    trail = home_trail(self, trail_name)
    recorded = Selectors(trail.event_selectors, trail.advanced_event_selectors)
    for fault in selectors.insight_faults(insight_selectors, recorded):
        fail("InvalidInsightSelectorsException", fault)
    trail.insight_selectors = insight_selectors
    return trail.arn, insight_selectors


def description(self: Trail, include_region: bool = False) -> dict[str, Any]:
    """The trail, and whether it has selectors of its own."""
    return {
        **moto_description(self, include_region),
        "HasCustomEventSelectors": self.event_selectors != [DEFAULT_SELECTOR],
        "HasInsightSelectors": bool(self.insight_selectors),
        "RecursiveLogging": getattr(self, "recursive_logging", True),
    }


def create_trail_response(self: CloudTrailResponse) -> str:
    """CreateTrail, with RecursiveLogging, and without tags that only AWS sets."""
    if any(tag["Key"].lower().startswith("aws:") for tag in self._get_param("TagsList", [])):
        fail("InvalidTagParameterException", "A tag's key cannot begin with aws:, which AWS keeps for itself.")
    return _with_recursive_logging(self, moto_create_response(self))


def update_trail_response(self: CloudTrailResponse) -> str:
    """UpdateTrail, with RecursiveLogging."""
    return _with_recursive_logging(self, moto_update_response(self))


def _with_recursive_logging(response: CloudTrailResponse, answer: str) -> str:
    """Set it, where it is given: no delivery of this cloud is an event."""
    trail: Any = home_trail(response.cloudtrail_backend, json.loads(answer)["TrailARN"])
    trail.recursive_logging = response._get_bool_param("RecursiveLogging", getattr(trail, "recursive_logging", True))
    return json.dumps({**json.loads(answer), "RecursiveLogging": trail.recursive_logging})


def get_trail_response(self: CloudTrailResponse) -> str:
    """GetTrail, with the home Region."""
    trail = self.cloudtrail_backend.get_trail(self._get_param("Name"))
    return json.dumps({"Trail": trail.description(include_region=True)})


def describe_trails_response(self: CloudTrailResponse) -> str:
    """DescribeTrails: all, or those in trailNameList; a name stands for a trail of this Region, an ARN for any."""
    backend = self.cloudtrail_backend
    wanted = [_arn(backend, name) for name in self._get_param("trailNameList") or []]
    shadows = self._get_bool_param("includeShadowTrails", True)
    shown = all_trails() if wanted else backend.describe_trails(shadows)
    found = [trail for trail in shown if not wanted or trail.arn in wanted]
    return json.dumps({"trailList": [trail.description(include_region=True) for trail in found]})


def put_event_selectors_response(self: CloudTrailResponse) -> str:
    """PutEventSelectors, with the kind of selectors that the trail has."""
    asked = json.loads(self.body)
    selectors = asked.get("EventSelectors"), asked.get("AdvancedEventSelectors")
    return _selectors(self.cloudtrail_backend.put_event_selectors(asked["TrailName"], *selectors))


def get_event_selectors_response(self: CloudTrailResponse) -> str:
    """GetEventSelectors, with the kind of selectors that the trail has."""
    return _selectors(self.cloudtrail_backend.get_event_selectors(self._get_param("TrailName")))


def _selectors(answer: tuple[str, list[dict[str, Any]], list[dict[str, Any]]]) -> str:
    arn, basic, advanced = answer
    kind = {"AdvancedEventSelectors": advanced} if advanced else {"EventSelectors": basic}
    return json.dumps({"TrailARN": arn, **kind})


def get_insight_selectors_response(self: CloudTrailResponse) -> str:
    """GetInsightSelectors, an error where there are none."""
    arn, selectors = self.cloudtrail_backend.get_insight_selectors(self._get_param("TrailName"))
    if not selectors:
        fail(
            "InsightNotEnabledException",
            f"Trail {arn} does not have Insights enabled. Edit the trail settings to enable Insights, and then try "
            "the operation again.",
        )
    return json.dumps({"TrailARN": arn, "InsightSelectors": selectors})


def lookup_events(self: CloudTrailResponse) -> str:
    """LookupEvents."""
    return json.dumps(history.lookup(self.region, json.loads(self.body)))
