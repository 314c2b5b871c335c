"""What a request does to the recording: one function a kind of request, each a list of facts, none if it does no harm.

A function takes the request's parameters, and what the same fields were before where that is known: only then can it
tell a change from a repetition. A `low` fact costs no management event; all others do, or let no one trust them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import event_selectors
from fields import fits, is_false, is_true, items, mapping, number, one_or_more, text
from incident import NOT_IN_EVENT, NOT_RECEIVED, ONE_REGION, Fact

Request = Mapping[str, Any]

# The keys of conditions that say where a caller belongs.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
PLACES = {
    *("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourceip"),
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "kms:calleraccount"),
}
# The operators by which they do, and values that leave neither account, organization nor network open.
NAMES_A_PLACE = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
PLACE = re.compile(
    r"[^*?/]+|o-[^*?]+/.*|arn:[^:]*:[^:]*:[^:]*:\d{12}:.*|[\d.]+/(?:[89]|[1-3]\d)|[0-9a-fA-F:]+/[1-9]\d+"
)
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
LEAST_DAYS = 90  # what event history keeps, whatever happens to trails


def update_trail(request: Request, before: Request | None) -> list[Fact]:
    """UpdateTrail: the CLI and SDKs send only what changes, the console every field.

    Who calls chooses what is sent, so a request that looks like the console's is no excuse: only what the trail was
    before is. `kmsKeyId: ""` comes from ordinary updates.
    """
    facts = []
    for field, told in {
        "isMultiRegionTrail": ONE_REGION.told,
        "includeGlobalServiceEvents": "global service events such as IAM's are left out",
        "enableLogFileValidation": "log file validation is off",
        "isOrganizationTrail": "it no longer covers the organization",
    }.items():
        if is_false(request.get(field)) and not (before and is_false(before.get(field))):
            facts.append(Fact(told))
    for field, named, empty, low in (
        ("s3BucketName", "bucket", None, False),
        ("s3KeyPrefix", "prefix", "/", False),
        ("kmsKeyId", "encryption key", None, False),
        ("cloudWatchLogsLogGroupArn", "log group", "none", False),
        ("cloudWatchLogsRoleArn", "log group's role", "none", True),
        ("snsTopicName", "topic", "none", True),
    ):
        if field not in request or (empty is None and not request[field]):
            continue
        now = text(request[field]) or empty or "unknown"
        if before is None:
            # Log files go on as before, whatever log group the events are sent to beside them.
            beside = field == "cloudWatchLogsLogGroupArn" and now != "none"
            facts.append(Fact(f"the request sets the {named}: {now}", low or beside))
            continue
        was = text(before.get(field)) or empty or "none"
        # Where nothing was, logs now go to one place more, or are encrypted: that takes none away.
        if was == "none" and field not in ("s3BucketName", "s3KeyPrefix"):
            if field == "kmsKeyId" and now.startswith("arn:") and now.split(":")[4:5] != [before.get("account")]:
                facts.append(Fact(f"another account's key encrypts: {now}"))
        elif was != now:
            facts.append(Fact(f"the {named} has changed: {was} → {now}", low))
    return facts


def put_event_selectors(request: Request, before: Request | None) -> list[Fact]:
    """PutEventSelectors: shows the result, never the change."""
    if "management" not in request:
        return [NOT_IN_EVENT]
    management, data = request["management"], request["data"]
    facts = []
    if not event_selectors.records_all(management):
        if before is None:
            facts.append(Fact("the event selectors do not record all management events"))
        elif not event_selectors.covers(management, before["management"]):
            facts.append(Fact("the event selectors record fewer management events than before"))
    if before is not None and not event_selectors.covers(data, before["data"]):
        facts.append(Fact("the event selectors record fewer data events than before", low=True))
    return facts


def put_insight_selectors(request: Request, before: Request | None) -> list[Fact]:
    """PutInsightSelectors: which insights are made of the events; the events themselves are recorded as before."""
    asked = insight_types(request)
    if before is None:
        every = {"ApiCallRateInsight", "ApiErrorRateInsight"}
        return [] if every <= asked else [Fact("Insights are off, or find less", low=True)]
    return [] if insight_types(before) <= asked else [Fact("Insights find less than before", low=True)]


def insight_types(request: Request) -> set[str]:
    """The types of insights that a request asks for."""
    return {text(mapping(one).get("insightType")) or "unknown" for one in items(request.get("insightSelectors"))}


def put_event_configuration(request: Request, before: Request | None) -> list[Fact]:
    """PutEventConfiguration: how much of each event is kept, and what is told along with it."""
    size = text(request.get("maxEventSize"))
    if size == "Large":
        return []
    return [Fact(f"events are kept in the size: {size}" if size else "what events tell is changed", low=True)]


def update_event_data_store(request: Request, before: Request | None) -> list[Fact]:
    """UpdateEventDataStore: the fields of a store that make it keep less."""
    facts = [
        Fact(told)
        for field, told in {
            "multiRegionEnabled": ONE_REGION.told,
            "organizationEnabled": "it no longer covers the organization",
            "terminationProtectionEnabled": "its termination protection is off",
        }.items()
        if is_false(request.get(field))
    ]
    if "advancedEventSelectors" in request and not event_selectors.records_all(
        event_selectors.management([], request["advancedEventSelectors"])
    ):
        facts.append(Fact("the event selectors do not record all management events"))
    if "retentionPeriod" in request:
        facts += kept_for(number(request["retentionPeriod"]), "its events are deleted after days")
    return facts


def delete_resource_policy(request: Request, before: Request | None) -> list[Fact]:
    """DeleteResourcePolicy: of a channel, whom events came from; of a store or a dashboard, who may look at it."""
    return [NOT_RECEIVED] if ":channel/" in (text(request.get("resourceArn"), 2000) or "") else []


def put_bucket_policy(request: Request, before: Request | None) -> list[Fact]:
    """PutBucketPolicy: whether CloudTrail may still write.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    statements = [*map(mapping, one_or_more(mapping(request.get("bucketPolicy")).get("Statement")))]
    facts = []
    if not any(lets_cloudtrail(statement, "s3:PutObject") for statement in statements):
        facts.append(Fact("the policy does not let CloudTrail write to the bucket"))
    return [*facts, *refusals_and_strangers(statements, "s3:PutObject", "s3:GetBucketAcl")]


def put_key_policy(request: Request, before: Request | None) -> list[Fact]:
    """PutKeyPolicy: whether CloudTrail may still encrypt; the record carries the policy as text or not at all."""
    policy = policy_of(request.get("policy"))
    if policy is None:
        return [NOT_IN_EVENT]
    statements = [*map(mapping, one_or_more(policy.get("Statement")))]
    facts = []
    if not any(lets_cloudtrail(statement, "kms:GenerateDataKey") for statement in statements):
        facts.append(Fact("the policy does not let CloudTrail use the key"))
    return [*facts, *refusals_and_strangers(statements, "kms:GenerateDataKey", "kms:DescribeKey")]


def policy_of(value: Any) -> Mapping[str, Any] | None:
    """A policy document out of a record's text; None if it is none."""
    try:
        return mapping(json.loads(value)) or None
    except (TypeError, ValueError, RecursionError):
        return None


def lets_cloudtrail(statement: Request, action: str) -> bool:
    """Whether a policy's statement allows CloudTrail an action; its conditions are taken as fulfilled."""
    services = one_or_more(mapping(statement.get("Principal")).get("Service"))
    granted = one_or_more(statement.get("Action"))
    return (
        statement.get("Effect") == "Allow"
        and "cloudtrail.amazonaws.com" in services
        and any(isinstance(one, str) and fits(one.lower(), action.lower()) for one in granted)
    )


def refusals_and_strangers(statements: list[Request], *needed: str) -> Iterator[Fact]:
    """The statements that could refuse CloudTrail an action that it needs, or let anybody in."""
    for statement in statements:
        if statement.get("Effect") == "Deny":
            if may_refuse_cloudtrail(statement, needed):
                yield Fact("the policy denies what CloudTrail needs")
                return
        elif means(statement, "*") and not keeps_strangers_out(mapping(statement.get("Condition"))):
            yield Fact("the policy lets anybody in")
            return


def may_refuse_cloudtrail(statement: Request, needed: Sequence[str]) -> bool:
    """Whether a Deny may be meant for CloudTrail and for an action of those.

    One that refuses only what comes without TLS is in most bucket policies; CloudTrail comes with it. Other conditions
    are taken as fulfilled.
    """
    if not means(statement, "*", "cloudtrail.amazonaws.com"):
        return False
    for key, value in mapping(mapping(statement.get("Condition")).get("Bool")).items():
        values = one_or_more(value)
        if str(key).lower() == "aws:securetransport" and values and all(map(is_false, values)):
            return False
    denied = [one.lower() for one in one_or_more(statement.get("Action", "*")) if isinstance(one, str)]
    return any(fits(one, action.lower()) for one in denied for action in needed)


def means(statement: Request, *principals: str) -> bool:
    """Whether a statement is for one of those; one that only tells whom it is not for is for anybody."""
    given = statement.get("Principal", "*")
    named = [*one_or_more(mapping(given).get("AWS")), *one_or_more(mapping(given).get("Service"))]
    return given == "*" or any(one in principals for one in named)


def keeps_strangers_out(condition: Request) -> bool:
    """Whether a condition is one that only callers of somewhere in particular fulfil."""
    return any(
        str(operator).lower().removeprefix("foranyvalue:") in NAMES_A_PLACE
        and str(key).lower() in PLACES
        and all(isinstance(one, str) and PLACE.fullmatch(one) for one in one_or_more(value))
        for operator, tests in condition.items()
        for key, value in mapping(tests).items()
        if value
    )


def put_bucket_lifecycle(request: Request, before: Request | None) -> list[Fact]:
    """PutBucketLifecycle: whether log files are deleted after some time.

    `before` tells under which prefixes trails write to the bucket.
    """
    if "expirations" not in request:
        return [NOT_IN_EVENT]
    facts: list[Fact] = []
    for expires in request["expirations"]:
        if before and not any(may_meet(expires["prefix"], prefix) for prefix in before["prefixes"]):
            facts.append(Fact(f"files beside the known trails' log files are deleted: {expires['prefix']}", low=True))
        elif expires["date"]:
            facts.append(Fact(f"log files are deleted on: {expires['date']}"))
        else:
            facts += kept_for(expires["days"], "log files are deleted after days")
    return facts


def may_meet(prefix: str, of_trail: str) -> bool:
    """Whether names that begin so may be those of a trail's log files, or of one that is not known.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    logs = f"{of_trail.strip('/')}/AWSLogs/".lstrip("/")
    last = prefix.rpartition("/")[2]
    return "AWSLogs/" in prefix or logs.startswith(prefix) or (last != "" and "AWSLogs".startswith(last))


def put_retention_policy(request: Request, before: Request | None) -> list[Fact]:
    """PutRetentionPolicy: events in the log group are deleted after some time."""
    return [*kept_for(number(request.get("retentionInDays")), "log events are deleted after days")]


def kept_for(days: int | None, told: str) -> list[Fact]:
    """The fact of a retention, which harms only where it ends before an investigation would."""
    return [Fact(f"{told}: {days}" if days is not None else f"{told}: unknown", low=(days or 0) >= LEAST_DAYS)]


def put_bucket_versioning(request: Request, before: Request | None) -> list[Fact]:
    """PutBucketVersioning: whether what is overwritten or deleted is kept."""
    versioning = mapping(request.get("VersioningConfiguration"))
    facts = [] if versioning.get("Status") == "Enabled" else [Fact("what is overwritten or deleted is not kept")]
    return [*facts, *([Fact("deleting needs no MFA any more")] if versioning.get("MfaDelete") == "Disabled" else [])]


def put_bucket_encryption(request: Request, before: Request | None) -> list[Fact]:
    """PutBucketEncryption: a key whose policy does not let CloudTrail in makes deliveries fail."""
    configuration = mapping(request.get("ServerSideEncryptionConfiguration"))
    keys = []
    for rule in map(mapping, one_or_more(configuration.get("Rule"))):
        default = mapping(rule.get("ApplyServerSideEncryptionByDefault"))
        if default.get("SSEAlgorithm") != "AES256":
            keys.append(text(default.get("KMSMasterKeyID")) or "unknown")
    if not configuration:
        return [NOT_IN_EVENT]
    return [Fact(f"the bucket encrypts with the key: {key}") for key in keys]


def put_bucket_acl(request: Request, before: Request | None) -> list[Fact]:
    """PutBucketAcl: whether others than the owner and AWS's log delivery get in."""
    canned = request.get("x-amz-acl")
    canned = text(canned[0] if isinstance(canned, list) and canned else canned)
    if canned in ("private", "log-delivery-write", "bucket-owner-full-control", "bucket-owner-read"):
        return []
    if canned in ("public-read", "authenticated-read"):
        return [Fact("anybody may list the bucket", low=True)]
    if canned is None and (grantees := granted(request)) is not None and not grantees:
        return []
    return [Fact(f"others may get into the bucket: {canned or 'by grants of their own'}")]


def granted(request: Request) -> list[Any] | None:
    """Whom a bucket's list of grants lets in, but for the owner and AWS's log delivery; None where there is none."""
    policy = mapping(request.get("AccessControlPolicy"))
    grants = one_or_more(mapping(policy.get("AccessControlList")).get("Grant"))
    grantees = [mapping(mapping(grant).get("Grantee")) for grant in grants]
    owner = text(mapping(policy.get("Owner")).get("ID"))
    others = [
        one
        for one in grantees
        if one.get("URI") != LOG_DELIVERY and not (owner and one.get("ID") == owner and not one.get("URI"))
    ]
    return others if grants else None


def put_public_access_block(request: Request, before: Request | None) -> list[Fact]:
    """PutBucketPublicAccessBlock: whether the public could be let in."""
    block = mapping(request.get("PublicAccessBlockConfiguration"))
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return [] if all(is_true(block.get(name)) for name in names) else [Fact("public access is not blocked", low=True)]


def put_object_lock(request: Request, before: Request | None) -> list[Fact]:
    """PutObjectLockConfiguration: whether log files can be deleted before their time."""
    configuration = mapping(request.get("ObjectLockConfiguration"))
    retention = mapping(mapping(configuration.get("Rule")).get("DefaultRetention"))
    days = number(retention.get("Days")) or 365 * (number(retention.get("Years")) or 0)
    if days >= LEAST_DAYS:
        return []
    told = f"new log files are locked against deletion for days: {days}"
    return [Fact(told if retention else "new log files are not locked against deletion")]


def put_bucket_replication(request: Request, before: Request | None) -> list[Fact]:
    """PutBucketReplication: whether log files are copied elsewhere, or no longer are."""
    configuration = mapping(request.get("ReplicationConfiguration"))
    if not configuration:
        return [NOT_IN_EVENT]
    if any(mapping(rule).get("Status") != "Disabled" for rule in one_or_more(configuration.get("Rule"))):
        return [Fact("log files are copied elsewhere", low=True)]
    return [Fact("log files are no longer copied elsewhere")]


def put_rule(request: Request, before: Request | None) -> list[Fact]:
    """PutRule: the rule's pattern or state."""
    if request.get("state") == "DISABLED":
        return [Fact("the rule is disabled")]
    return [Fact("the rule is changed")]


def update_termination_protection(request: Request, before: Request | None) -> list[Fact]:
    """UpdateTerminationProtection: whether the stack can be deleted."""
    return [] if is_true(request.get("enableTerminationProtection")) else [Fact("the stack can be deleted")]
