"""The catalogue: a row for each call that can blind CloudTrail, by the trail, by what trails write to, or by the guard.

Triage judges by it, and the patterns of the EventBridge rules are built from it. Names are those of CloudTrail's
records, which for some calls are not the API's: Lambda's carry a version, S3's name the bucket.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
"""

from typing import NamedTuple

from incident import NOT_RECEIVED, Fact, Family, Kind, Verdict


class By(NamedTuple):
    """Judged by the function of judges.py that is called so.

    Named and not imported: most of a cold start is reading files, and StopLogging needs none of them.
    """

    function: str


class Call(NamedTuple):
    """One API call that counts.

    `named_in` is the request parameter that names what it acts on. `judge` says what a successful call means: the
    verdict, the one fact by which it narrows, or By the function that finds such facts in its request. `undo` is the
    call that reverses it, or None.
    """

    family: Family
    kind: Kind
    source: str
    action: str
    named_in: str
    judge: Verdict | Fact | By
    undo: str | None = None


def of(family: Family, source: str, *calls: Call) -> tuple[Call, ...]:
    """The rows of one family and service."""
    return tuple(call._replace(family=family, source=f"{source}.amazonaws.com") for call in calls)


def row(kind: Kind, action: str, named_in: str, judge: Verdict | Fact | By, undo: str | None = None) -> Call:
    """A row whose family and service are given around it."""
    return Call("trail", kind, "", action, named_in, judge, undo)


NOT_ENCRYPTED = Fact("CloudTrail can no longer encrypt, so nothing is delivered")

CATALOGUE: tuple[Call, ...] = (
    *of(
        "trail",
        "cloudtrail",
        row("trail", "StopLogging", "name", "stopped", undo="StartLogging"),
        row("trail", "DeleteTrail", "name", "deleted"),
        row("trail", "UpdateTrail", "name", By("update_trail")),
        row("trail", "PutEventSelectors", "trailName", By("put_event_selectors")),
        row("trail", "PutInsightSelectors", "trailName", By("put_insight_selectors")),
        row("trail", "PutEventConfiguration", "trailName", By("put_event_configuration")),
    ),
    *of(
        "organization",
        "cloudtrail",
        row(
            "account",
            "DeregisterOrganizationDelegatedAdmin",
            "delegatedAdminAccountId",
            Fact("the account can no longer manage the organization's trails"),
        ),
    ),
    *of(
        "event data store",
        "cloudtrail",
        row("event data store", "DeleteEventDataStore", "eventDataStore", "deleted"),
        row("event data store", "StopEventDataStoreIngestion", "eventDataStore", "stopped"),
        row("event data store", "UpdateEventDataStore", "eventDataStore", By("update_event_data_store")),
        row("event data store", "PutInsightSelectors", "eventDataStore", By("put_insight_selectors")),
        row("event data store", "PutEventConfiguration", "eventDataStore", By("put_event_configuration")),
    ),
    *of(
        "channel",
        "cloudtrail",
        row("channel", "DeleteChannel", "channel", NOT_RECEIVED),
        row("resource policy", "DeleteResourcePolicy", "resourceArn", By("delete_resource_policy")),
    ),
    *of(
        "destination",
        "s3",
        row("bucket", "DeleteBucket", "bucketName", "deleted"),
        row("bucket", "PutBucketPolicy", "bucketName", By("put_bucket_policy")),
        row("bucket", "DeleteBucketPolicy", "bucketName", Fact("CloudTrail may no longer write to the bucket")),
        row("bucket", "PutBucketLifecycle", "bucketName", By("put_bucket_lifecycle")),
        row("bucket", "PutBucketLifecycleConfiguration", "bucketName", By("put_bucket_lifecycle")),
        row("bucket", "DeleteBucketLifecycle", "bucketName", "harmless"),
        row("bucket", "PutBucketVersioning", "bucketName", By("put_bucket_versioning")),
        row("bucket", "PutBucketEncryption", "bucketName", By("put_bucket_encryption")),
        row("bucket", "DeleteBucketEncryption", "bucketName", Fact("the bucket's own key is not used", low=True)),
        row("bucket", "PutBucketAcl", "bucketName", By("put_bucket_acl")),
        row("bucket", "PutBucketPublicAccessBlock", "bucketName", By("put_public_access_block")),
        row("bucket", "DeleteBucketPublicAccessBlock", "bucketName", By("put_public_access_block")),
        row("bucket", "PutObjectLockConfiguration", "bucketName", By("put_object_lock")),
        row("bucket", "PutBucketObjectLockConfiguration", "bucketName", By("put_object_lock")),
        row("bucket", "PutBucketReplication", "bucketName", By("put_bucket_replication")),
        row("bucket", "DeleteBucketReplication", "bucketName", Fact("log files are no longer copied elsewhere")),
    ),
    *of(
        "destination",
        "kms",
        row("key", "DisableKey", "keyId", NOT_ENCRYPTED),
        row("key", "ScheduleKeyDeletion", "keyId", "deleted"),
        row("key", "DeleteImportedKeyMaterial", "keyId", NOT_ENCRYPTED),
        row("key", "PutKeyPolicy", "keyId", By("put_key_policy")),
        row("key", "DisableKeyRotation", "keyId", Fact("the key no longer rotates", low=True)),
    ),
    *of(
        "destination",
        "logs",
        row("log group", "DeleteLogGroup", "logGroupName", "deleted"),
        row("log group", "DeleteLogStream", "logGroupName", Fact("the log events of a stream are gone")),
        row("log group", "PutRetentionPolicy", "logGroupName", By("put_retention_policy")),
        row("log group", "DeleteSubscriptionFilter", "logGroupName", Fact("log events are no longer forwarded")),
    ),
    *of("destination", "sns", row("topic", "DeleteTopic", "topicArn", "deleted")),
    *of(
        "guard",
        "events",
        row("rule", "DisableRule", "name", "stopped"),
        row("rule", "DeleteRule", "name", "deleted"),
        row("rule", "RemoveTargets", "rule", Fact("the rule starts nothing any more")),
        row("rule", "PutTargets", "rule", Fact("what the rule starts is changed")),
        row("rule", "PutRule", "name", By("put_rule")),
    ),
    *of(
        "guard",
        "states",
        row("state machine", "DeleteStateMachine", "stateMachineArn", "deleted"),
        row("state machine", "UpdateStateMachine", "stateMachineArn", Fact("the flow is changed")),
        row("state machine", "StopExecution", "executionArn", Fact("the handling of an incident is cut short")),
    ),
    *of(
        "guard",
        "lambda",
        row("function", "DeleteFunction20150331", "functionName", "deleted"),
        row("function", "UpdateFunctionCode20150331v2", "functionName", Fact("the code is changed")),
        row("function", "UpdateFunctionConfiguration20150331v2", "functionName", Fact("the configuration is changed")),
        row("function", "PutFunctionConcurrency20171031", "functionName", Fact("the concurrency is capped")),
        row("function", "AddPermission20150331v2", "functionName", Fact("others may call the function")),
        row("function", "RemovePermission20150331v2", "functionName", Fact("the permissions are changed")),
    ),
    *of(
        "guard",
        "sns",
        row("topic", "DeleteTopic", "topicArn", "deleted"),
        row("topic", "SetTopicAttributes", "topicArn", Fact("the topic is changed")),
        row("topic", "RemovePermission", "topicArn", Fact("the permissions are changed")),
        row("subscription", "Unsubscribe", "subscriptionArn", "deleted"),
        row("subscription", "SetSubscriptionAttributes", "subscriptionArn", Fact("the subscription is changed")),
    ),
    *of(
        "guard",
        "sqs",
        row("queue", "DeleteQueue", "queueUrl", "deleted"),
        row("queue", "PurgeQueue", "queueUrl", Fact("the events that could not be delivered are gone")),
        row("queue", "SetQueueAttributes", "queueUrl", Fact("the queue is changed")),
    ),
    *of(
        "guard",
        "kms",
        row("key", "DisableKey", "keyId", "stopped"),
        row("key", "ScheduleKeyDeletion", "keyId", "deleted"),
        row("key", "PutKeyPolicy", "keyId", Fact("the permissions are changed")),
        row("key", "DisableKeyRotation", "keyId", Fact("the key no longer rotates", low=True)),
    ),
    *of(
        "guard",
        "iam",
        row("role", "DeleteRole", "roleName", "deleted"),
        row("role", "DeleteRolePolicy", "roleName", Fact("the permissions are changed")),
        row("role", "PutRolePolicy", "roleName", Fact("the permissions are changed")),
        row("role", "AttachRolePolicy", "roleName", Fact("the permissions are changed")),
        row("role", "DetachRolePolicy", "roleName", Fact("the permissions are changed")),
        row("role", "PutRolePermissionsBoundary", "roleName", Fact("the permissions are changed")),
        row("role", "UpdateAssumeRolePolicy", "roleName", Fact("who may take the role is changed")),
    ),
    *of(
        "guard",
        "monitoring",
        row("alarm", "DeleteAlarms", "alarmNames", "deleted"),
        row("alarm", "DisableAlarmActions", "alarmNames", "stopped"),
        row("alarm", "PutMetricAlarm", "alarmName", Fact("the alarm is changed")),
    ),
    *of(
        "guard",
        "logs",
        row("log group", "DeleteLogGroup", "logGroupName", "deleted"),
        row("log group", "DeleteLogStream", "logGroupName", Fact("the log events of a stream are gone")),
        row("log group", "PutRetentionPolicy", "logGroupName", By("put_retention_policy")),
    ),
    *of(
        "guard",
        "cloudformation",
        row("stack", "DeleteStack", "stackName", "deleted"),
        row("stack", "UpdateStack", "stackName", Fact("the stack is changed")),
        row("stack", "ExecuteChangeSet", "stackName", Fact("the stack is changed")),
        row("stack", "UpdateTerminationProtection", "stackName", By("update_termination_protection")),
    ),
)
