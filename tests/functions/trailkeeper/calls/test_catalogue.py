"""The catalogue, call by call: what each request means, and that only what is watched counts."""

import copy
import re
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session

from tests.calls import CHANNEL, DATA_STORE, DENIALS, denied, happened
from tests.samples import DESTINATIONS, OWN, SETTINGS
from trailkeeper.calls import Call, bucket, catalogue
from trailkeeper.incident import Incident
from trailkeeper.kinds import KINDS
from trailkeeper.mail.wording import wording
from trailkeeper.verdict import judge

ALLOWS_CLOUDTRAIL = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": ["s3:PutObject", "s3:GetBucketAcl"],
    "Resource": ["arn:aws:s3:::trail-logs", "arn:aws:s3:::trail-logs/AWSLogs/*"],
}
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:*"}
READS = ANYBODY | {"Action": "s3:GetObject"}
WIDE_CONDITIONS: tuple[Any, ...] = (
    {"StringLike": {"aws:UserAgent": "*", "aws:PrincipalOrgID": "*"}},
    {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"Null": {"aws:PrincipalOrgID": "true"}},
    {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}},
    {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": ["x"]}},
    {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/x", "arn:*"]}},
    {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
    {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
    {"StringEquals": {"aws:PrincipalOrgID": []}},
)
NARROW_CONDITIONS: tuple[Any, ...] = (
    {"StringEquals": {"aws:PrincipalOrgID": ["o-1"]}},
    {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}},
    {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.7"]}},
)
KEY_POLICY = (
    '{"Statement": [{"Effect": "Allow", "Principal": {"Service": ["cloudtrail.amazonaws.com"]}, '
    '"Action": ["kms:GenerateDataKey*", "kms:DescribeKey"], "Resource": "*"}]}'
)


def policy(*statements: Any) -> dict[str, Any]:
    """A PutBucketPolicy."""
    return {"bucketPolicy": {"Version": "2012-10-17", "Statement": list(statements)}, "policy": ""}


def lifecycle(*rules: Any) -> dict[str, Any]:
    """A PutBucketLifecycle; a single rule stands in the record alone, as XML has it."""
    return {"LifecycleConfiguration": {"Rule": list(rules) if len(rules) != 1 else rules[0]}}


def grants(*grantees: Any) -> dict[str, Any]:
    """A PutBucketAcl with grants to others than canned ones."""
    given = [{"Grantee": {"xsi:type": "x", **grantee}, "Permission": "FULL_CONTROL"} for grantee in grantees]
    listed = {"Grant": given if len(given) != 1 else given[0]}
    return {"AccessControlPolicy": {"AccessControlList": listed, "Owner": {"ID": "owner"}}, "acl": ""}


def locked(**period: Any) -> dict[str, Any]:
    """A PutObjectLockConfiguration with a default retention."""
    return {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", **period}}}}


def replication(*rules: Any) -> dict[str, Any]:
    """A PutBucketReplication."""
    return {"ReplicationConfiguration": {"Rule": list(rules) if len(rules) != 1 else rules[0]}}


def basic(*selectors: Any) -> dict[str, Any]:
    """A PutEventSelectors with basic selectors."""
    return {"eventSelectors": list(selectors)}


def advanced(*fields: Any) -> dict[str, Any]:
    """A PutEventSelectors with one advanced selector."""
    return {"advancedEventSelectors": [{"name": "x", "fieldSelectors": list(fields)}]}


MANAGEMENT = {"field": "eventCategory", "equals": ["Management"]}
EXPIRES = {"Status": "Enabled", "Filter": {"Prefix": ""}}
KMS = {
    "ServerSideEncryptionConfiguration": {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}}
}
AES = {
    "ServerSideEncryptionConfiguration": {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}
}
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
INSIGHTS = [{"insightType": "ApiCallRateInsight"}, {"insightType": "ApiErrorRateInsight"}]

# family, action, the request beside the name, verdict, severity
ACCESS = {"servicePrincipal": "cloudtrail.amazonaws.com"}
OPEN = {"PublicAccessBlockConfiguration": {"BlockPublicAcls": "false"}}
CLOSED = {"PublicAccessBlockConfiguration": dict.fromkeys(bucket.BLOCKS, True)}
NEVER, SOME_DAY = {"expirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}, {"validTo": "Dec 31, 2026"}
LOGGED = {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "x"}}}
PAYS = {"Requester": ("narrowed", "high"), "BucketOwner": ("harmless", "info")}
TABLE: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
    ("trail", "StopLogging", {}, "stopped", "critical"),
    ("trail", "DeleteTrail", {}, "deleted", "critical"),
    ("trail", "UpdateTrail", {"isMultiRegionTrail": False}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"isMultiRegionTrail": "false"}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"isMultiRegionTrail": True}, "harmless", "info"),
    ("trail", "UpdateTrail", {"includeGlobalServiceEvents": False}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"enableLogFileValidation": False}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"isOrganizationTrail": False}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"s3BucketName": "elsewhere"}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"s3KeyPrefix": "p"}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"kmsKeyId": "k"}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"kmsKeyId": ""}, "harmless", "info"),
    ("trail", "UpdateTrail", {"cloudWatchLogsLogGroupArn": ""}, "narrowed", "high"),
    ("trail", "UpdateTrail", {"cloudWatchLogsLogGroupArn": DESTINATIONS[2]}, "narrowed", "low"),
    ("trail", "UpdateTrail", {"cloudWatchLogsRoleArn": "arn:aws:iam::1:role/x"}, "narrowed", "low"),
    ("trail", "UpdateTrail", {"snsTopicName": "t"}, "narrowed", "low"),
    ("trail", "UpdateTrail", {"recursiveLogging": False}, "narrowed", "low"),
    ("trail", "UpdateTrail", {"recursiveLogging": True}, "harmless", "info"),
    ("trail", "UpdateTrail", {"newSinceThisWasWritten": {"a": [1]}}, "narrowed", "high"),
    ("trail", "PutEventSelectors", basic({}), "harmless", "info"),
    ("trail", "PutEventSelectors", basic({"readWriteType": "All"}), "harmless", "info"),
    ("trail", "PutEventSelectors", basic({"readWriteType": "WriteOnly"}), "narrowed", "high"),
    (
        "trail",
        "PutEventSelectors",
        basic({"readWriteType": "WriteOnly"}, {"readWriteType": "ReadOnly"}),
        "harmless",
        "info",
    ),
    ("trail", "PutEventSelectors", basic({"includeManagementEvents": False}), "narrowed", "high"),
    ("trail", "PutEventSelectors", basic({"excludeManagementEventSources": ["kms.amazonaws.com"]}), "narrowed", "high"),
    ("trail", "PutEventSelectors", basic(), "narrowed", "high"),
    ("trail", "PutEventSelectors", advanced(MANAGEMENT), "harmless", "info"),
    ("trail", "PutEventSelectors", advanced(MANAGEMENT | {"notEquals": []}), "harmless", "info"),
    ("trail", "PutEventSelectors", advanced(MANAGEMENT, {"field": "readOnly", "equals": ["true"]}), "narrowed", "high"),
    (
        "trail",
        "PutEventSelectors",
        advanced(MANAGEMENT, {"field": "eventSource", "notEquals": ["kms.amazonaws.com"]}),
        "narrowed",
        "high",
    ),
    ("trail", "PutEventSelectors", advanced({"field": "eventCategory", "equals": ["Data"]}), "narrowed", "high"),
    ("trail", "PutInsightSelectors", {"insightSelectors": INSIGHTS}, "harmless", "info"),
    ("trail", "PutInsightSelectors", {"insightSelectors": INSIGHTS[:1]}, "narrowed", "low"),
    ("trail", "PutInsightSelectors", {"insightSelectors": []}, "narrowed", "low"),
    (
        "trail",
        "PutInsightSelectors",
        {"insightSelectors": [one | {"eventCategories": "Data"} for one in INSIGHTS]},
        "narrowed",
        "low",
    ),
    ("trail", "PutEventConfiguration", {"maxEventSize": "Standard"}, "narrowed", "low"),
    ("trail", "PutEventConfiguration", {"maxEventSize": "Large"}, "harmless", "info"),
    ("trail", "PutEventConfiguration", {"contextKeySelectors": []}, "narrowed", "low"),
    ("organization", "DeregisterOrganizationDelegatedAdmin", {}, "narrowed", "high"),
    ("event data store", "DeleteEventDataStore", {}, "deleted", "critical"),
    ("event data store", "StopEventDataStoreIngestion", {}, "stopped", "critical"),
    ("event data store", "UpdateEventDataStore", {"kmsKeyId": "alias/theirs"}, "narrowed", "high"),
    ("event data store", "UpdateEventDataStore", {"name": "sea"}, "harmless", "info"),
    ("event data store", "UpdateEventDataStore", {"multiRegionEnabled": False}, "narrowed", "high"),
    ("event data store", "UpdateEventDataStore", {"organizationEnabled": False}, "narrowed", "high"),
    ("event data store", "UpdateEventDataStore", {"terminationProtectionEnabled": False}, "narrowed", "high"),
    ("event data store", "UpdateEventDataStore", {"advancedEventSelectors": []}, "narrowed", "high"),
    ("event data store", "UpdateEventDataStore", {"retentionPeriod": 7}, "narrowed", "high"),
    ("event data store", "UpdateEventDataStore", {"retentionPeriod": 365}, "narrowed", "low"),
    ("event data store", "UpdateEventDataStore", {"billingMode": "x"}, "harmless", "info"),
    ("event data store", "PutInsightSelectors", {"insightSelectors": []}, "narrowed", "low"),
    ("event data store", "PutEventConfiguration", {"maxEventSize": "Standard"}, "narrowed", "low"),
    ("channel", "DeleteChannel", {}, "narrowed", "low"),
    ("channel", "DeleteResourcePolicy", {}, "narrowed", "low"),
    ("channel", "DeleteResourcePolicy", {"resourceArn": CHANNEL.replace("channel", "dashboard")}, "harmless", "info"),
    ("destination", "DeleteBucket", {}, "deleted", "critical"),
    ("destination", "PutBucketPolicy", policy(ALLOWS_CLOUDTRAIL), "harmless", "info"),
    ("destination", "PutBucketPolicy", policy(ALLOWS_CLOUDTRAIL, ANYBODY), "narrowed", "high"),
    (
        "destination",
        "PutBucketPolicy",
        policy(ALLOWS_CLOUDTRAIL, ANYBODY | {"Principal": {"AWS": ["*", "arn:aws:iam::1:root"]}}),
        "narrowed",
        "high",
    ),
    (
        "destination",
        "PutBucketPolicy",
        policy(ALLOWS_CLOUDTRAIL, {"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "s3:*"}),
        "narrowed",
        "high",
    ),
    *(
        ("destination", "PutBucketPolicy", policy(ALLOWS_CLOUDTRAIL, ANYBODY | {"Condition": wide}), "narrowed", "high")
        for wide in WIDE_CONDITIONS
    ),
    *(
        ("destination", "PutBucketPolicy", policy(ALLOWS_CLOUDTRAIL, READS | {"Condition": one}), "narrowed", "low")
        for one in NARROW_CONDITIONS
    ),
    ("destination", "PutBucketPolicy", {"bucketPolicy": {}}, "narrowed", "high"),
    ("destination", "DeleteBucketPolicy", {}, "narrowed", "high"),
    ("destination", "PutBucketLifecycle", lifecycle(EXPIRES | {"Expiration": {"Days": 1}}), "narrowed", "high"),
    ("destination", "PutBucketLifecycle", lifecycle(EXPIRES | {"Expiration": {"Days": "2555"}}), "narrowed", "low"),
    ("destination", "PutBucketLifecycle", lifecycle(EXPIRES | {"Expiration": {"Date": "2026"}}), "narrowed", "high"),
    (
        "destination",
        "PutBucketLifecycleConfiguration",
        lifecycle(EXPIRES, EXPIRES | {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}),
        "narrowed",
        "low",
    ),
    ("destination", "PutBucketLifecycle", lifecycle(EXPIRES | {"Transition": {"Days": 30}}), "harmless", "info"),
    (
        "destination",
        "PutBucketLifecycle",
        lifecycle({"Status": "Disabled", "Expiration": {"Days": 1}}),
        "harmless",
        "info",
    ),
    ("destination", "PutBucketLifecycle", lifecycle(EXPIRES | {"Expiration": ["x"]}), "narrowed", "high"),
    ("destination", "PutBucketLifecycle", lifecycle(EXPIRES | {"Expiration": {"Days": None}}), "narrowed", "high"),
    (
        "destination",
        "PutBucketLifecycle",
        lifecycle(EXPIRES | {"Expiration": {"ExpiredObjectDeleteMarker": True}}),
        "harmless",
        "info",
    ),
    ("destination", "PutBucketLifecycle", lifecycle("x"), "narrowed", "high"),
    ("destination", "PutBucketLifecycle", {"LifecycleConfiguration": ["x"]}, "narrowed", "high"),
    ("destination", "PutBucketLifecycle", {"lifecycle": ""}, "narrowed", "high"),
    ("destination", "DeleteBucketLifecycle", {}, "harmless", "info"),
    ("destination", "PutBucketVersioning", {"VersioningConfiguration": {"Status": "Suspended"}}, "narrowed", "high"),
    ("destination", "PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}, "harmless", "info"),
    (
        "destination",
        "PutBucketVersioning",
        {"VersioningConfiguration": {"Status": "Enabled", "MfaDelete": "Disabled"}},
        "narrowed",
        "high",
    ),
    ("destination", "PutBucketEncryption", KMS, "narrowed", "high"),
    ("destination", "PutBucketEncryption", AES, "harmless", "info"),
    ("destination", "PutBucketEncryption", {"ServerSideEncryptionConfiguration": {"Rule": []}}, "narrowed", "high"),
    ("destination", "PutBucketEncryption", {}, "narrowed", "high"),
    ("destination", "DeleteBucketEncryption", {}, "narrowed", "low"),
    ("destination", "PutBucketAcl", {"x-amz-acl": "private"}, "harmless", "info"),
    ("destination", "PutBucketAcl", {"x-amz-acl": ["public-read-write"]}, "narrowed", "high"),
    ("destination", "PutBucketAcl", {"x-amz-acl": "public-read"}, "narrowed", "low"),
    ("destination", "PutBucketAcl", {"AccessControlPolicy": {}}, "narrowed", "high"),
    ("destination", "PutBucketAcl", grants({"ID": "owner"}), "harmless", "info"),
    ("destination", "PutBucketAcl", grants({"ID": "owner"}, {"URI": LOG_DELIVERY}), "harmless", "info"),
    ("destination", "PutBucketAcl", grants({"ID": "owner"}, {"ID": "other"}), "narrowed", "high"),
    (
        "destination",
        "PutBucketAcl",
        grants({"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}),
        "narrowed",
        "high",
    ),
    (
        "destination",
        "PutBucketPublicAccessBlock",
        {"PublicAccessBlockConfiguration": dict.fromkeys(BLOCKS, True)},
        "harmless",
        "info",
    ),
    (
        "destination",
        "PutBucketPublicAccessBlock",
        {"PublicAccessBlockConfiguration": dict.fromkeys(BLOCKS, "false")},
        "narrowed",
        "low",
    ),
    ("destination", "DeleteBucketPublicAccessBlock", {}, "narrowed", "low"),
    ("destination", "PutObjectLockConfiguration", {"ObjectLockConfiguration": {}}, "narrowed", "high"),
    ("destination", "PutBucketObjectLockConfiguration", locked(Days=365), "harmless", "info"),
    ("destination", "PutBucketObjectLockConfiguration", locked(Years="1"), "harmless", "info"),
    ("destination", "PutBucketObjectLockConfiguration", locked(Days=1), "narrowed", "high"),
    ("destination", "PutBucketReplication", replication({"Status": "Enabled"}), "narrowed", "low"),
    ("destination", "PutBucketReplication", replication({"Status": "Disabled"}), "narrowed", "high"),
    ("destination", "PutBucketReplication", {"replication": ""}, "narrowed", "high"),
    ("destination", "DeleteBucketReplication", {}, "narrowed", "high"),
    ("destination", "DisableKey", {}, "narrowed", "high"),
    ("destination", "ScheduleKeyDeletion", {"pendingWindowInDays": 7}, "deleted", "critical"),
    ("destination", "DeleteImportedKeyMaterial", {}, "narrowed", "high"),
    ("destination", "PutKeyPolicy", {"policy": KEY_POLICY}, "harmless", "info"),
    ("destination", "PutKeyPolicy", {"policy": '{"Statement": []}'}, "narrowed", "high"),
    ("destination", "PutKeyPolicy", {"policy": "{"}, "narrowed", "high"),
    ("destination", "PutKeyPolicy", {}, "narrowed", "high"),
    ("destination", "DisableKeyRotation", {}, "narrowed", "low"),
    ("destination", "DeleteLogGroup", {}, "deleted", "critical"),
    ("destination", "DeleteLogStream", {}, "narrowed", "high"),
    ("destination", "PutRetentionPolicy", {"retentionInDays": 1}, "narrowed", "high"),
    ("destination", "PutRetentionPolicy", {"retentionInDays": 89}, "narrowed", "high"),
    ("destination", "PutRetentionPolicy", {"retentionInDays": 90}, "narrowed", "low"),
    ("destination", "DeleteSubscriptionFilter", {}, "narrowed", "high"),
    ("destination", "DeleteTopic", {}, "deleted", "critical"),
    ("trailkeeper", "DisableRule", {}, "stopped", "critical"),
    ("trailkeeper", "DeleteRule", {}, "deleted", "critical"),
    ("trailkeeper", "RemoveTargets", {}, "narrowed", "high"),
    ("trailkeeper", "PutTargets", {}, "narrowed", "high"),
    ("trailkeeper", "PutRule", {"state": "DISABLED"}, "stopped", "critical"),
    ("trailkeeper", "PutRule", {"eventPattern": "{}"}, "narrowed", "high"),
    ("trailkeeper", "DeleteStateMachine", {}, "deleted", "critical"),
    ("trailkeeper", "UpdateStateMachine", {}, "narrowed", "high"),
    ("trailkeeper", "StopExecution", {}, "narrowed", "high"),
    ("trailkeeper", "DeleteFunction20150331", {}, "deleted", "critical"),
    ("trailkeeper", "CreateFunction20150331", {}, "narrowed", "high"),
    ("trailkeeper", "UpdateFunctionCode20150331v2", {}, "narrowed", "high"),
    ("trailkeeper", "UpdateFunctionConfiguration20150331v2", {}, "narrowed", "high"),
    ("trailkeeper", "PutFunctionConcurrency20171031", {}, "narrowed", "high"),
    ("trailkeeper", "AddPermission20150331v2", {}, "narrowed", "high"),
    ("trailkeeper", "RemovePermission20150331v2", {}, "narrowed", "high"),
    ("trailkeeper", "DeleteTopic", {}, "deleted", "critical"),
    ("trailkeeper", "SetTopicAttributes", {}, "narrowed", "high"),
    ("trailkeeper", "RemovePermission", {}, "narrowed", "high"),
    ("trailkeeper", "Unsubscribe", {}, "deleted", "critical"),
    ("trailkeeper", "SetSubscriptionAttributes", {}, "narrowed", "high"),
    ("trailkeeper", "DeleteQueue", {}, "deleted", "critical"),
    ("trailkeeper", "PurgeQueue", {}, "narrowed", "high"),
    ("trailkeeper", "SetQueueAttributes", {}, "narrowed", "high"),
    ("trailkeeper", "DeleteTable", {}, "deleted", "critical"),
    ("trailkeeper", "UpdateTable", {"deletionProtectionEnabled": False}, "narrowed", "high"),
    (
        "trailkeeper",
        "UpdateContinuousBackups",
        {"pointInTimeRecoverySpecification": {"pointInTimeRecoveryEnabled": False}},
        "narrowed",
        "high",
    ),
    (
        "trailkeeper",
        "UpdateContinuousBackups",
        {"pointInTimeRecoverySpecification": {"pointInTimeRecoveryEnabled": True}},
        "harmless",
        "info",
    ),
    ("trailkeeper", "UpdateTimeToLive", {}, "narrowed", "high"),
    ("trailkeeper", "DeleteRole", {}, "deleted", "critical"),
    ("trailkeeper", "DeleteRolePolicy", {}, "narrowed", "high"),
    ("trailkeeper", "PutRolePolicy", {}, "narrowed", "high"),
    ("trailkeeper", "AttachRolePolicy", {}, "narrowed", "high"),
    ("trailkeeper", "DetachRolePolicy", {}, "narrowed", "high"),
    ("trailkeeper", "PutRolePermissionsBoundary", {}, "narrowed", "high"),
    ("trailkeeper", "UpdateAssumeRolePolicy", {}, "narrowed", "high"),
    ("trailkeeper", "DeleteAlarms", {}, "deleted", "critical"),
    ("trail", "CreateTrail", {}, "harmless", "info"),
    ("organization", "RegisterOrganizationDelegatedAdmin", {}, "narrowed", "high"),
    ("organization", "RegisterDelegatedAdministrator", ACCESS, "narrowed", "high"),
    ("organization", "RegisterDelegatedAdministrator", {"servicePrincipal": "x"}, "unrelated", "info"),
    ("organization", "RegisterDelegatedAdministrator", {"servicePrincipal": None}, "narrowed", "high"),
    ("organization", "DeregisterDelegatedAdministrator", ACCESS, "narrowed", "high"),
    ("organization", "DeregisterDelegatedAdministrator", {"servicePrincipal": "x"}, "unrelated", "info"),
    ("organization", "RemoveAccountFromOrganization", {}, "narrowed", "high"),
    ("organization", "LeaveOrganization", {}, "narrowed", "high"),
    ("organization", "DisableAWSServiceAccess", ACCESS, "narrowed", "high"),
    ("organization", "DisableAWSServiceAccess", {"servicePrincipal": "config.amazonaws.com"}, "unrelated", "info"),
    ("organization", "DeleteServiceLinkedRole", {}, "narrowed", "high"),
    ("organization", "DeleteServiceLinkedRole", {"roleName": "AWSServiceRoleForSupport"}, "unrelated", "info"),
    ("telemetry", "UpdateTelemetryRule", {"rule": {"resourceType": "AWS::CloudTrail"}}, "narrowed", "high"),
    ("telemetry", "UpdateTelemetryRule", {"rule": {"resourceType": "AWS::EC2::VPC"}}, "unrelated", "info"),
    ("telemetry", "UpdateTelemetryRule", {"rule": {"resourceType": None}}, "narrowed", "high"),
    ("telemetry", "UpdateTelemetryRuleForOrganization", {}, "narrowed", "high"),
    ("telemetry", "DeleteTelemetryRule", {}, "narrowed", "high"),
    ("telemetry", "DeleteTelemetryRuleForOrganization", {}, "narrowed", "high"),
    ("telemetry", "StopTelemetryEvaluation", {}, "narrowed", "high"),
    ("telemetry", "StopTelemetryEvaluationForOrganization", {}, "narrowed", "high"),
    ("channel", "UpdateChannel", {"destinations": []}, "narrowed", "low"),
    ("channel", "UpdateChannel", {"name": "x"}, "harmless", "info"),
    ("channel", "PutResourcePolicy", {"resourcePolicy": "{}"}, "narrowed", "low"),
    ("channel", "PutResourcePolicy", {"resourceArn": DATA_STORE}, "narrowed", "high"),
    ("channel", "PutResourcePolicy", {"resourceArn": CHANNEL.replace("channel", "dashboard")}, "harmless", "info"),
    ("destination", "PutAccountPublicAccessBlock", CLOSED, "harmless", "info"),
    ("destination", "PutAccountPublicAccessBlock", OPEN, "narrowed", "low"),
    ("destination", "DeleteAccountPublicAccessBlock", {}, "narrowed", "low"),
    *(
        ("destination", "PutBucketRequestPayment", {"RequestPaymentConfiguration": {"Payer": payer}}, *judged_as)
        for payer, judged_as in PAYS.items()
    ),
    ("destination", "PutBucketRequestPayment", {}, "narrowed", "high"),
    ("destination", "PutBucketAcl", {"x-amz-acl": "log-delivery-write"}, "harmless", "info"),
    ("destination", "PutBucketAcl", {"x-amz-acl": "bucket-owner-full-control"}, "harmless", "info"),
    ("destination", "PutBucketAcl", {"x-amz-acl": "bucket-owner-read"}, "harmless", "info"),
    ("destination", "PutBucketAcl", {"x-amz-acl": "authenticated-read"}, "narrowed", "low"),
    ("destination", "PutBucketAcl", {"x-amz-acl": []}, "narrowed", "high"),
    ("destination", "PutBucketAcl", grants({"ID": "owner", "URI": "x"}), "narrowed", "high"),
    ("destination", "PutBucketObjectLockConfiguration", locked(Days=90), "harmless", "info"),
    ("destination", "PutBucketObjectLockConfiguration", locked(Days=89), "narrowed", "high"),
    ("destination", "PutBucketReplication", replication({"Status": "Disabled"}, {}), "narrowed", "low"),
    *(
        (
            "destination",
            "PutBucketPublicAccessBlock",
            {"PublicAccessBlockConfiguration": {**dict.fromkeys(BLOCKS, True), block: False}},
            "narrowed",
            "low",
        )
        for block in BLOCKS
    ),
    ("destination", "PutBucketLogging", {"BucketLoggingStatus": {}}, "narrowed", "low"),
    ("destination", "PutBucketLogging", LOGGED, "harmless", "info"),
    ("destination", "DeleteKey", {}, "deleted", "critical"),
    ("destination", "ImportKeyMaterial", NEVER, "harmless", "info"),
    ("destination", "ImportKeyMaterial", SOME_DAY, "narrowed", "high"),
    ("destination", "DeleteExpiredKeyMaterial", {}, "narrowed", "high"),
    ("destination", "DisconnectCustomKeyStore", {}, "narrowed", "high"),
    ("destination", "DeleteCustomKeyStore", {}, "narrowed", "high"),
    ("destination", "DeleteRole", {}, "deleted", "critical"),
    ("destination", "DeleteRolePolicy", {}, "narrowed", "high"),
    ("destination", "PutRolePolicy", {}, "narrowed", "high"),
    ("destination", "AttachRolePolicy", {}, "narrowed", "high"),
    ("destination", "DetachRolePolicy", {}, "narrowed", "high"),
    ("destination", "PutRolePermissionsBoundary", {}, "narrowed", "high"),
    ("destination", "UpdateAssumeRolePolicy", {}, "narrowed", "high"),
    ("trailkeeper", "DisableAlarmActions", {}, "stopped", "critical"),
    ("trailkeeper", "PutMetricAlarm", {"alarmActions": ["arn:aws:sns:x"], "actionsEnabled": True}, "narrowed", "high"),
    (
        "trailkeeper",
        "PutMetricAlarm",
        {"alarmActions": ["arn:aws:sns:x"], "actionsEnabled": False},
        "stopped",
        "critical",
    ),
    ("trailkeeper", "PutMetricAlarm", {"alarmActions": []}, "stopped", "critical"),
    ("trailkeeper", "DeleteLogGroup", {}, "deleted", "critical"),
    ("trailkeeper", "DeleteLogStream", {}, "narrowed", "high"),
    ("trailkeeper", "PutRetentionPolicy", {"retentionInDays": 1}, "narrowed", "high"),
    ("trailkeeper", "DeleteStack", {}, "deleted", "critical"),
    ("trailkeeper", "UpdateStack", {}, "narrowed", "high"),
    ("trailkeeper", "ExecuteChangeSet", {}, "narrowed", "high"),
    ("trailkeeper", "UpdateTerminationProtection", {"enableTerminationProtection": False}, "narrowed", "high"),
    ("trailkeeper", "UpdateTerminationProtection", {"enableTerminationProtection": True}, "harmless", "info"),
)
WATCHING = {**SETTINGS, "destinations": list(DESTINATIONS)}
CATALOGUE = catalogue()
each_call = pytest.mark.parametrize("call", CATALOGUE, ids=lambda call: f"{call.family}-{call.action}")


def judged(happening: dict[str, Any], **settings: Any) -> Incident:
    """What Triage makes of it, with destinations to watch."""
    return judge(happening, copy.deepcopy({**WATCHING, **settings}), OWN)  # type: ignore[arg-type]


@pytest.mark.parametrize(("family", "action", "request_", "verdict", "severity"), TABLE)
def test_each_request_gets_its_verdict(
    family: str, action: str, request_: dict[str, Any], verdict: str, severity: str
) -> None:
    call = next(call for call in CATALOGUE if (call.family, call.action) == (family, action))
    happening = happened(call)
    happening["detail"]["requestParameters"] |= request_
    incident = judged(happening)
    assert (incident["verdict"], incident["severity"]) == (verdict, severity), incident["facts"]
    assert incident["family"] == family
    assert incident["facts"]
    assert {fact["code"] for fact in incident["facts"]} <= wording("en").FACTS.keys()


@pytest.mark.parametrize(
    ("action", "request_", "code", "detail"),
    [
        ("SetTopicAttributes", {"attributeName": "KmsMasterKeyId"}, "topic_key_changed", None),
        ("SetTopicAttributes", {"attributeName": "Policy"}, "part_changed", None),
        ("SetSubscriptionAttributes", {"attributeName": "FilterPolicy"}, "subscription_filtered", None),
        ("SetSubscriptionAttributes", {}, "subscription_filtered", None),
        ("SetSubscriptionAttributes", {"attributeName": "RawMessageDelivery"}, "part_changed", None),
        ("UpdateTable", {"deletionProtectionEnabled": False}, "no_deletion_protection", None),
        ("UpdateTable", {"billingMode": "PAY_PER_REQUEST"}, "part_changed", None),
        ("ImportKeyMaterial", {"validTo": "Nov 30, 2026"}, "key_expires", "Nov 30, 2026"),
        ("PutBucketLifecycle", lifecycle(EXPIRES | {"Expiration": {"Days": 7}}), "log_files_expire", "7"),
        (
            "PutBucketLifecycle",
            lifecycle(EXPIRES | {"Expiration": {"Date": "2027-01-01"}}),
            "log_files_expire_on",
            "2027-01-01",
        ),
        ("PutBucketLifecycle", lifecycle(EXPIRES | {"Expiration": {"Date": ["x"]}}), "log_files_expire_on", "unknown"),
        (
            "PutBucketLifecycle",
            lifecycle(EXPIRES | {"NoncurrentVersionExpiration": {"NoncurrentDays": 3}}),
            "old_versions_expire",
            "3",
        ),
    ],
)
def test_what_a_request_does_is_said_by_a_code_and_what_it_was_set_to(
    action: str, request_: dict[str, Any], code: str, detail: str | None
) -> None:
    happening = happened(next(call for call in CATALOGUE if call.action == action))
    happening["detail"]["requestParameters"] |= request_
    assert {"code": code, "detail": detail} in judged(happening)["facts"]


@pytest.mark.parametrize("row", [row for row in TABLE if row[3] in ("harmless", "unrelated")])
def test_what_would_have_done_nothing_does_nothing_where_it_fails(row: Any) -> None:
    family, action, request, verdict, severity = row
    call = next(call for call in CATALOGUE if (call.family, call.action) == (family, action))
    happening = happened(call, errorCode="ValidationException")
    happening["detail"]["requestParameters"] |= request
    incident = judged(happening)
    assert (incident["verdict"], incident["severity"]) == (verdict, severity)


def test_the_table_has_every_call_of_the_catalogue() -> None:
    assert {(family, action) for family, action, *_ in TABLE} == {(call.family, call.action) for call in CATALOGUE}


SESSION = get_session()
# What records call otherwise than the API, and what AWS does by itself.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
NO_OPERATIONS = {
    *("PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutBucketObjectLockConfiguration"),
    *("PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"),
    *("DeleteKey", "DeleteExpiredKeyMaterial"),
}


def operations(service: str) -> dict[str, Any]:
    """The calls of a service's API and what each takes, as botocore knows them."""
    model = SESSION.get_service_model({"monitoring": "cloudwatch", "states": "stepfunctions"}.get(service, service))
    return {name: model.operation_model(name).input_shape for name in model.operation_names}


@each_call
def test_a_call_and_its_parameter_are_those_of_the_api(call: Call) -> None:
    if call.action in NO_OPERATIONS:
        return
    found = operations(call.kind.source)[re.sub(r"\d{8}(v\d)?$", "", call.action)]  # Lambda's carry a version
    members = {name[:1].lower() + name[1:] for name in (found.members if found else ())}
    assert call.parameter in {"", "bucketName"} | members
    assert call.kind.source == "s3" or call.parameter != "bucketName"


COMMANDS = {
    *(line for call in CATALOGUE if call.command for line in call.command[1].split("\n")),
    *(kind.show for kind in KINDS.values() if kind.show),
}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_in_a_mail_is_one_of_the_aws_cli(command: str) -> None:
    aws, service, called, *options = command.split(" ")
    inputs = {xform_name(name, "-"): found for name, found in operations(service.replace("s3api", "s3")).items()}
    members = {f"--{xform_name(name, '-')}": name for name in inputs[called].members}
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert aws == "aws"
    assert {members[option] for option in given} >= {*inputs[called].required_members}
    assert "NAME" in given.values()


def test_a_command_stands_for_a_step_that_the_mail_knows() -> None:
    assert {call.command[0] for call in CATALOGUE if call.command} == {"put_back", "compare", "look"}
    assert wording("en").NEXT.keys() >= {"put_back", "compare", "look"}


def of_technique(*numbers: str) -> set[tuple[str, str]]:
    """The calls of a technique in ATT&CK."""
    return {(call.family, call.action) for call in CATALOGUE if call.technique == numbers}


def test_each_call_has_its_technique_in_attack() -> None:
    destroys = {"DeleteBucket", "ScheduleKeyDeletion", "DeleteKey", "DeleteLogGroup", "DeleteLogStream"}
    assert of_technique("T1485") == {("destination", action) for action in destroys}
    expires = {"PutBucketLifecycle", "PutBucketLifecycleConfiguration", "PutRetentionPolicy"}
    assert of_technique("T1485.001") == {("destination", action) for action in expires}
    tools = {(call.family, call.action) for call in CATALOGUE if call.family == "trailkeeper"}
    assert of_technique("T1562.001", "T1685") == tools
    assert len(of_technique("T1562.008", "T1685.002")) == len({(c.family, c.action) for c in CATALOGUE}) - len(
        tools
    ) - len(destroys) - len(expires)


@each_call
def test_a_denied_call_is_an_attempt_and_worse_by_root(call: Call) -> None:
    for why in DENIALS:
        incident = judged(denied(call, why))
        assert incident["resource"], why
        name = incident["resource"]["name"]
        # Of a trusted service IAM's message says "*".
        assert name or not call.parameter or call.kind.name == "trusted service", why
        assert " " not in (name or ""), f"the message's words are no name: {why}"
        assert (incident["verdict"], incident["severity"]) == ("attempted", "medium"), (why, incident["facts"])
    by_root = denied(call)
    by_root["detail"]["userIdentity"] = {"type": "Root", "arn": "arn:aws:iam::123456789012:root"}
    assert judged(by_root)["severity"] == "high"


@pytest.mark.parametrize(
    "call",
    [call for call in CATALOGUE if call.family in ("destination", "trailkeeper") and call.parameter],
    ids=lambda call: f"{call.family}-{call.action}",
)
def test_the_same_call_on_something_else_is_unrelated(call: Call) -> None:
    assert judged(happened(call, "arn:aws:any:us-east-1:123456789012:other"))["verdict"] == "unrelated"
    assert judged(denied(call), destinations=[], stack="Other")["verdict"] == "unrelated"


@each_call
def test_a_vpc_endpoints_copy_is_unrelated(call: Call) -> None:
    assert judged(happened(call, eventType="AwsVpceEvent"))["verdict"] == "unrelated"


@each_call
def test_an_announced_change_is_reported_and_not_undone(call: Call) -> None:
    entry = {
        "principal": "arn:aws:iam::123456789012:user/*",
        "actions": [call.action],
        "trails": [],
        "reason": "migration",
        "until": "2999-12-31",
    }
    incident = judged(happened(call), expected=[entry])
    if incident["verdict"] != "harmless":
        assert incident["severity"] == "info"
        assert incident["expected"] is not None
        assert incident["undo"]["mode"] == "off"
        assert incident["facts"][-1] == {"code": "announced", "detail": "migration"}


def test_a_large_request_that_the_event_leaves_out_counts_as_narrowing() -> None:
    for call in CATALOGUE:
        if callable(call.effect) and call.family == "trail":
            incident = judged(happened(call, requestParameters={"omitted": "true", "reason": "too large"}))
            assert incident["verdict"] == "narrowed"


def test_the_same_name_in_another_region_or_account_is_another() -> None:
    call = next(call for call in CATALOGUE if call.family == "destination" and call.action == "DeleteLogGroup")
    assert judged(happened(call))["verdict"] == "deleted"
    assert judged(happened(call, awsRegion="eu-west-1"))["verdict"] == "unrelated"
    assert judged(happened(call, recipientAccountId="111122223333"))["verdict"] == "unrelated"


def test_each_call_stands_in_the_catalogue_once_a_family() -> None:
    assert len({(call.family, call.kind.source, call.action) for call in CATALOGUE}) == len(CATALOGUE)


def test_a_policy_that_the_event_does_not_hold_may_deny() -> None:
    put = next(call for call in CATALOGUE if call.action == "PutRolePolicy" and call.family == "trailkeeper")
    assert callable(put.effect)
    assert [one.code for one in put.effect({}, None)] == ["permissions_denied"]  # type: ignore[union-attr]
