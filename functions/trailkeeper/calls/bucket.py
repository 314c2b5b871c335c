"""Calls on the buckets that trails deliver their log files to."""

from collections.abc import Iterator
from typing import Any

from trailkeeper import delivery
from trailkeeper.calls import (
    BY_LIFECYCLE,
    CLOUD_LOGS,
    DESTRUCTION,
    LEAST_DAYS,
    Call,
    Compared,
    Finding,
    Known,
    Request,
    kept_for,
)
from trailkeeper.kinds import BUCKET
from trailkeeper.record import Record, is_true, mapping, mappings, number, one_or_more, request_of, text

LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
NOT_IN_EVENT = Finding("request_not_in_event")


def put_bucket_policy(request: Request, known: Known | None) -> list[Finding]:
    """Whether CloudTrail may still write."""
    return delivery.findings(request, delivery.to_bucket, known) if request.get("policy") else [NOT_IN_EVENT]


def asked_of_policy(record: Record) -> dict[str, Any]:
    """The policy and its bucket."""
    request = request_of(record)
    document, name = mapping(request.get("bucketPolicy")), text(request.get("bucketName")) or ""
    return delivery.asked_of_policy(record, document, BUCKET, name)


def put_bucket_lifecycle(request: Request, known: Known | None) -> list[Finding]:
    """Whether log files are deleted after some time; `known` has the prefixes under which trails write."""
    if "expirations" not in request:
        return [NOT_IN_EVENT]
    findings: list[Finding] = []
    for expires in request["expirations"]:
        if known and not any(may_meet(expires["prefix"], trail["prefix"]) for trail in known["trails"]):
            findings.append(Finding("other_files_expire", expires["prefix"], minor=True))
        elif expires["noncurrent"]:
            findings.append(kept_for("old_versions_expire", expires["days"])._replace(minor=True))
        elif expires["date"]:
            findings.append(Finding("log_files_expire_on", expires["date"]))
        else:
            findings.append(kept_for("log_files_expire", expires["days"]))
    return findings


def asked_of_lifecycle(record: Record) -> dict[str, Any] | None:
    """What a PutBucketLifecycle deletes, and when."""
    rules = mappings(mapping(request_of(record).get("LifecycleConfiguration")).get("Rule"))
    if not rules or not all(rules):
        return None
    return {"expirations": [one for rule in rules for one in expirations(rule)]}


def expirations(rule: Request) -> Iterator[dict[str, Any]]:
    """What a rule of a bucket's lifecycle deletes: by a date or after days."""
    filtered = mapping(rule.get("Filter"))
    prefix = mapping(filtered.get("And")).get("Prefix") or filtered.get("Prefix") or rule.get("Prefix")
    if rule.get("Status") == "Disabled":
        return
    for name, days in (("Expiration", "Days"), ("NoncurrentVersionExpiration", "NoncurrentDays")):
        given = mapping(rule.get(name))
        # An ExpiredObjectDeleteMarker alone removes what is left of a file that was deleted before.
        if rule.get(name) and set(given) != {"ExpiredObjectDeleteMarker"}:
            date = given.get("Date") and (text(given["Date"]) or "unknown")
            # CloudTrail never overwrites a file, so what expires as noncurrent was deleted or overwritten before.
            of = {"prefix": text(prefix, 1024) or "", "noncurrent": name != "Expiration"}
            yield of | {"date": date, "days": number(given.get(days))}


def may_meet(prefix: str, of_trail: str) -> bool:
    """Whether names that begin so may be those of a trail's log files, or of one that is not known.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    logs = f"{of_trail.strip('/')}/AWSLogs/".lstrip("/")
    last = prefix.rpartition("/")[2]
    return "AWSLogs/" in prefix or logs.startswith(prefix) or (last != "" and "AWSLogs".startswith(last))


def put_bucket_versioning(request: Request, known: Known | None) -> list[Finding]:
    """Whether what is overwritten or deleted is kept."""
    versioning = mapping(request.get("VersioningConfiguration"))
    findings = [] if versioning.get("Status") == "Enabled" else [Finding("no_versions")]
    return [*findings, *([Finding("no_mfa_delete")] if versioning.get("MfaDelete") == "Disabled" else [])]


def put_bucket_encryption(request: Request, known: Known | None) -> list[Finding]:
    """A key whose policy does not let CloudTrail in makes deliveries fail."""
    configuration = mapping(request.get("ServerSideEncryptionConfiguration"))
    keys, rules = [], mappings(configuration.get("Rule"))
    for rule in rules:
        default = mapping(rule.get("ApplyServerSideEncryptionByDefault"))
        if default.get("SSEAlgorithm") != "AES256":
            keys.append(text(default.get("KMSMasterKeyID")))
    return [Finding("bucket_key", key) for key in keys] if rules else [NOT_IN_EVENT]


def put_bucket_request_payment(request: Request, known: Known | None) -> list[Finding]:
    """A bucket where the requester pays takes no log files.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    payer = mapping(request.get("RequestPaymentConfiguration")).get("Payer")
    return [] if payer == "BucketOwner" else [Finding("requester_pays")]


def put_bucket_logging(request: Request, known: Known | None) -> list[Finding]:
    """Whether it is still recorded who reads the bucket."""
    status = mapping(request.get("BucketLoggingStatus"))
    return [] if status.get("LoggingEnabled") else [Finding("access_logs_off", minor=True)]


def put_bucket_acl(request: Request, known: Known | None) -> list[Finding]:
    """Whether others than the owner and AWS's log delivery get in."""
    canned = request.get("x-amz-acl")
    canned = text(canned[0] if isinstance(canned, list) and canned else canned)
    if canned in ("private", "log-delivery-write", "bucket-owner-full-control", "bucket-owner-read"):
        return []
    if canned in ("public-read", "authenticated-read"):
        return [Finding("bucket_listed_by_anyone", minor=True)]
    if canned is None and (grantees := granted(request)) is not None and not grantees:
        return []
    return [Finding("bucket_open_to_others", canned)]


def granted(request: Request) -> list[Any] | None:
    """Whom a bucket's list of grants lets in, but for the owner and AWS's log delivery; None where there is none."""
    acl = mapping(request.get("AccessControlPolicy"))
    grants = mappings(mapping(acl.get("AccessControlList")).get("Grant"))
    grantees = [mapping(grant.get("Grantee")) for grant in grants]
    owner = text(mapping(acl.get("Owner")).get("ID"))
    others = [
        one
        for one in grantees
        if one.get("URI") != LOG_DELIVERY and not (owner and one.get("ID") == owner and not one.get("URI"))
    ]
    return others if grants else None


def put_public_access_block(request: Request, known: Known | None) -> list[Finding]:
    """Whether the public could be let in."""
    block = mapping(request.get("PublicAccessBlockConfiguration"))
    return [] if all(is_true(block.get(name)) for name in BLOCKS) else [Finding("public_access_possible", minor=True)]


def put_object_lock(request: Request, known: Known | None) -> list[Finding]:
    """Whether log files can be deleted before their time."""
    configuration = mapping(request.get("ObjectLockConfiguration"))
    retention = mapping(mapping(configuration.get("Rule")).get("DefaultRetention"))
    days = number(retention.get("Days")) or 365 * (number(retention.get("Years")) or 0)
    if days >= LEAST_DAYS:
        return []
    return [Finding("locked_for_days", str(days)) if retention else Finding("not_locked")]


def put_bucket_replication(request: Request, known: Known | None) -> list[Finding]:
    """Whether log files are copied elsewhere, or no longer are."""
    configuration = mapping(request.get("ReplicationConfiguration"))
    if not configuration:
        return [NOT_IN_EVENT]
    if any(mapping(rule).get("Status") != "Disabled" for rule in one_or_more(configuration.get("Rule"))):
        return [Finding("copied_elsewhere", minor=True)]
    return [Finding("no_longer_copied")]


def on_bucket(action: str, effect: Any, show: str | None = None, compared: Compared | None = None, **more: Any) -> Call:
    """A row; `show` is the call of the AWS CLI that shows what was changed."""
    command = ("look", f"aws s3api {show} --bucket NAME") if show else None
    more = {"parameter": "bucketName", "technique": CLOUD_LOGS, **more}
    return Call("destination", BUCKET, action, effect=effect, command=command, compared=compared, **more)


EXPIRY = "get-bucket-lifecycle-configuration"
LIFECYCLE, POLICY = Compared(asked_of_lifecycle), Compared(asked_of_policy, always=True)

CALLS = (
    on_bucket("DeleteBucket", "deleted", technique=DESTRUCTION),
    on_bucket("PutBucketPolicy", put_bucket_policy, "get-bucket-policy", POLICY, undo="PutBucketPolicy"),
    on_bucket("DeleteBucketPolicy", Finding("bucket_closed"), "get-bucket-policy", undo="PutBucketPolicy"),
    on_bucket("PutBucketLifecycle", put_bucket_lifecycle, EXPIRY, LIFECYCLE, technique=BY_LIFECYCLE),
    on_bucket("PutBucketLifecycleConfiguration", put_bucket_lifecycle, EXPIRY, LIFECYCLE, technique=BY_LIFECYCLE),
    on_bucket("DeleteBucketLifecycle", "harmless"),
    on_bucket("PutBucketVersioning", put_bucket_versioning, "get-bucket-versioning"),
    on_bucket("PutBucketEncryption", put_bucket_encryption, "get-bucket-encryption"),
    on_bucket("DeleteBucketEncryption", Finding("no_bucket_key", minor=True), "get-bucket-encryption"),
    on_bucket("PutBucketAcl", put_bucket_acl, "get-bucket-acl"),
    on_bucket("PutBucketPublicAccessBlock", put_public_access_block, "get-public-access-block"),
    on_bucket("DeleteBucketPublicAccessBlock", put_public_access_block, "get-public-access-block"),
    # The account's own, which counts for all buckets: the request names none.
    on_bucket("PutAccountPublicAccessBlock", put_public_access_block, parameter=""),
    on_bucket("DeleteAccountPublicAccessBlock", put_public_access_block, parameter=""),
    on_bucket("PutBucketRequestPayment", put_bucket_request_payment, "get-bucket-request-payment"),
    on_bucket("PutBucketLogging", put_bucket_logging, "get-bucket-logging"),
    on_bucket("PutObjectLockConfiguration", put_object_lock, "get-object-lock-configuration"),
    on_bucket("PutBucketObjectLockConfiguration", put_object_lock, "get-object-lock-configuration"),
    on_bucket("PutBucketReplication", put_bucket_replication, "get-bucket-replication"),
    on_bucket("DeleteBucketReplication", Finding("no_longer_copied"), "get-bucket-replication"),
)
