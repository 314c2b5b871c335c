"""Who calls, and whether AWS would let them: identity policies, resource policies, boundaries, session policies.

The administrator may do everything, whatever a policy says: nothing locks out who rehearses. Service control policies,
iam:PassRole and other accounts are not evaluated.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.awslambda.utils import get_backend as lambda_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from moto.iam.models import Role, User, get_account_id_from, iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from localcloud.calls import Call, Response
from localcloud.iam import resources, signatures
from localcloud.iam.policies import Effect, Principal, Request, effects

_ACTION_PREFIXES = {"monitoring": "cloudwatch", "sns": "SNS"}
# Where the permission has another name than the call.
_ACTIONS = {
    "SNS:PublishBatch": "SNS:Publish",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
# The condition keys that AWS sets; None means that one is known to be absent. Every client counts as using TLS.
_CONTEXT: dict[str, str | None] = {
    "aws:SecureTransport": "true",
    "aws:SourceArn": None,
    "aws:SourceAccount": None,
    "aws:SourceOwner": None,
    "aws:SourceOrgID": None,
    "aws:PrincipalArn": None,
    "aws:PrincipalAccount": None,
    "aws:PrincipalOrgID": None,
    "aws:PrincipalIsAWSService": None,
    "aws:RequestedRegion": None,
    "events:source": None,
    "lambda:SourceFunctionArn": None,
    "cloudwatch:namespace": None,
    "aws:MultiFactorAuthPresent": None,
    "aws:ViaAWSService": None,
    "kms:CallerAccount": None,
    "kms:ViaService": None,
    "kms:EncryptionContext:aws:sns:topicArn": None,
    "kms:EncryptionContext:aws:sqs:arn": None,
    "s3:x-amz-acl": None,
}
# The permissions for publishing to an encrypted topic, or sending to an encrypted queue.
_ENCRYPT = ("kms:GenerateDataKey", "kms:Decrypt")


@dataclass(frozen=True)
class Caller:
    """Who a request comes from: an IAM user or a role's session."""

    access_key_id: str
    arn: str
    account: str
    user: User | None = None
    role: Role | None = None
    session: AssumedRole | None = None

    @property
    def is_limited(self) -> bool:
        """Whether policies decide what it may do."""
        return not (self.user and self.user.name == "administrator")


@dataclass(frozen=True)
class Denial:
    """Why not: the error as AWS words it."""

    code: str
    message: str
    status: int = 400


def identify(call: Call) -> Caller | Denial:
    """Say whose access key signed the call. A key belongs to one partition: aws-cn knows none of aws."""
    key, partition = call.access_key_id, get_partition(call.region)
    account = get_account_id_from(key)
    session = sts_backends[account][partition].get_assumed_role_from_access_key(key)
    # The token alone proves a session: a proxy in between, as in tests of faults, changes the host that was signed.
    if session and session.session_token == call.session_token:
        if session.expiration < utcnow():
            code = "ExpiredTokenException" if "json" in call.protocol else "ExpiredToken"
            return Denial(code, "The security token included in the request is expired", 403)
        if role := find_role(session.role_arn):
            return Caller(key, session.arn, account, role=role, session=session)
    known = iam_backends[account][partition].access_keys.get(key)
    user = iam_backends[account][partition].users.get(known.user_name or "") if known else None
    if user and known and known.status == "Active":
        if not signatures.is_signed_with(known.secret_access_key, call):
            return _bad_signature(call)
        return Caller(key, user.arn, account, user=user)
    if call.service == "s3":
        return Denial("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
    code, status = ("UnrecognizedClientException", 400) if "json" in call.protocol else ("InvalidClientTokenId", 403)
    return Denial(code, "The security token included in the request is invalid.", status)


def _bad_signature(call: Call) -> Denial:
    code = "InvalidSignatureException" if "json" in call.protocol else "SignatureDoesNotMatch"
    what = "key and" if call.service == "s3" else "AWS Secret Access Key and"
    message = (
        "The request signature we calculated does not match the signature you provided. Check your {} signing method."
    )
    return Denial(code, message.format(what), 400 if call.protocol == "json" else 403)


def action_of(call: Call) -> str:
    """Name the permission that a call needs, such as cloudtrail:StopLogging."""
    action = f"{_ACTION_PREFIXES.get(call.service, call.service)}:{call.name}"
    return _ACTIONS.get(action, action)


def denial(caller: Caller, call: Call) -> Denial | None:
    """Say why AWS would refuse the call, or None."""
    action = action_of(call)
    if action == "sts:GetCallerIdentity" or not (caller.is_limited or action == "SNS:Publish"):
        return None
    resource = resources.resource_of(call.service, call.name, call.parameters, call.region, caller.account)
    context = {"aws:RequestedRegion": call.region}
    if function := getattr(caller.session, "source_function", None):
        context["lambda:SourceFunctionArn"] = function
    if action == "events:PutEvents":
        context["events:source"] = call.parameters["Entries"][0].get("Source", "")
    if action == "cloudwatch:PutMetricData":
        context["cloudwatch:namespace"] = call.parameters.get("Namespace", "")
    if caller.is_limited and (reason := _refusal(caller, action, resource, context)):
        if call.service in ("sns", "sqs") or "json" not in call.protocol:
            return Denial("AuthorizationError" if call.service == "sns" else "AccessDenied", reason, 403)
        return Denial("AccessDeniedException", reason, 403 if call.service == "lambda" else 400)
    return _key_denial(caller, resource) if action == "SNS:Publish" else None


def refuse(call: Call, refused: Denial) -> Response:
    """Answer a call with its denial."""
    return call.refuse(refused.code, refused.message, refused.status)


def role_allows(role_arn: str, action: str, resource: str) -> bool:
    """Say whether the role may do this, by its own policies and the resource's; a role that does not exist may not."""
    role = find_role(role_arn)
    return bool(role) and not _refusal(Caller("", role_arn, role_arn.split(":")[4], role=role), action, resource, {})


def find_role(arn: str) -> Role | None:
    """The role with that ARN."""
    if not arn.startswith("arn:"):
        return None
    _, partition, _, _, account, _ = arn.split(":", 5)
    return next((role for role in list(iam_backends[account][partition].roles.values()) if role.arn == arn), None)


def service_may_assume(role_arn: str, service: str, context: Mapping[str, str] | None = None) -> bool:
    """Say whether the role's trust policy lets the service assume it; a role that does not exist cannot be assumed."""
    role = find_role(role_arn)
    trust = role.assume_role_policy_document if role else None
    return service_allowed(trust, service, "sts:AssumeRole", role_arn, context)


def service_allowed(
    policy: str | bytes | dict[str, Any] | None,
    service: str,
    action: str,
    resource: str,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Say whether a resource policy lets a service principal (events.amazonaws.com) do this.

    `context` holds the condition keys that the service sends along, such as aws:SourceArn.
    """
    context_keys = {**_CONTEXT, "aws:PrincipalIsAWSService": "true", **(context or {})}
    found = effects(policy, Request(action, resource, context_keys, Principal(service=service)))
    return "Allow" in found and "Deny" not in found


def service_may_use_key(key_id: str, service: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Say whether a service can use the key of this topic or queue: it must be enabled, and its policy must allow it.

    The policies of AWS-managed keys never do.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    arn = _key_of(key_id, resource)
    keys = {**_encryption_context(resource), **(context or {})}
    return (
        not _is_aws_managed(key_id)
        and not key_fault(arn)
        and all(service_allowed(resource_policy(arn, action), service, action, arn, keys) for action in _ENCRYPT)
    )


def queue_refusal(arn: str, service: str, context: Mapping[str, str]) -> str | None:
    """Say why a service cannot send to a queue: its policy or its key forbids it, or it does not exist; or None."""
    _, _, _, region, account, name = arn.split(":", 5)
    queue = sqs_backends[account][region].queues.get(name)
    if not queue:
        return f"the queue {arn} does not exist"
    if not service_allowed(queue.policy, service, "sqs:SendMessage", arn, context):
        return f"the policy of {arn} does not let {service} send for {context['aws:SourceArn']}"
    key: str | None = queue.kms_master_key_id  # type: ignore[attr-defined]  # moto sets it by its name
    if key and not service_may_use_key(key, service, arn, context):
        return f"{arn}'s key is disabled, or its policy does not let {service} use it"
    return None


def _key_denial(caller: Caller, topic_arn: str) -> Denial | None:
    if not topic_arn.startswith("arn:"):  # a phone number
        return None
    topic = sns_backends[caller.account][topic_arn.split(":")[3]].topics.get(topic_arn)
    if not topic or not topic.kms_master_key_id or _is_aws_managed(topic.kms_master_key_id):
        return None
    key = _key_of(topic.kms_master_key_id, topic_arn)
    if (fault := key_fault(key)) or not caller.is_limited:
        return fault
    reasons = (_refusal(caller, action, key, _encryption_context(topic_arn)) for action in _ENCRYPT)
    return next((Denial("KMSAccessDenied", reason) for reason in reasons if reason), None)


def key_fault(arn: str) -> Denial | None:
    """Say why nobody can use the key: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors."""
    _, _, _, region, account, name = arn.split(":", 5)
    key = kms_backends[account][region].keys.get(name.removeprefix("key/"))
    if not key:
        return Denial("KMSNotFound", f"Key '{arn}' does not exist")
    faults = {"Disabled": Denial("KMSDisabled", f"{arn} is disabled.")}
    unusable = Denial("KMSInvalidState", f"{arn} is {key.key_state}.")
    return None if key.enabled else faults.get(key.key_state, unusable)


def _is_aws_managed(key_id: str) -> bool:
    """Say whether the key is one that everybody in the account may use through its service, and no AWS service may."""
    return key_id.rpartition(":")[2].startswith("alias/aws/")


def _key_of(key_id: str, resource: str) -> str:
    return resources.key_arn(key_id, *resource.split(":")[3:5])


def _encryption_context(resource: str) -> dict[str, str]:
    name = "topicArn" if ":sns:" in resource else "arn"
    return {f"kms:EncryptionContext:aws:{resource.split(':')[2]}:{name}": resource}


def _refusal(caller: Caller, action: str, resource: str, context: Mapping[str, str]) -> str | None:
    context_keys = {**_CONTEXT, "aws:PrincipalArn": caller.role.arn if caller.role else caller.arn, **context}
    context_keys |= {"aws:PrincipalAccount": caller.account, "kms:CallerAccount": caller.account}
    arns = (caller.arn, caller.role.arn) if caller.role else (caller.arn,)
    request = Request(action, resource, context_keys)
    resource_request = Request(action, resource, context_keys, Principal(arns=arns, account=caller.account))

    by_resource = effects(resource_policy(resource, action), resource_request)
    by_identity = {effect for policy in _identity_policies(caller) for effect in effects(policy, request)}
    limits: dict[str, set[Effect]] = {kind: effects(policy, request) for kind, policy in _limits(caller).items()}

    start = f"User: {caller.arn} is not authorized to perform: {action}"
    start += "" if resource == "*" else f" on resource: {resource}"
    for kind, found in {"identity-based policy": by_identity, "resource-based policy": by_resource, **limits}.items():
        if "Deny" in found:
            return f"{start} with an explicit deny in a{'n' if kind.startswith('i') else ''} {kind}"
    # A key's or a role's own policy decides whether identity policies count: it must allow the account.
    closed = resource.split(":")[2:3] == ["kms"] or action.startswith("sts:AssumeRole")
    allowed = "Allow" in by_identity and (not closed or "Delegate" in by_resource)
    if not allowed and "Allow" not in by_resource:
        return f"{start} because no identity-based policy allows the {action} action"
    for kind, found in limits.items():
        if "Allow" not in found:
            return f"{start} because no {kind} allows the {action} action"
    return None


def _identity_policies(caller: Caller) -> list[str]:
    holders: list[Any] = [caller.user or caller.role]
    if caller.user:
        holders += iam_backends[caller.account][caller.arn.split(":")[1]].get_groups_for_user(caller.user.name)
    inline = [policy for holder in holders for policy in holder.policies.values()]
    managed = [_default_version(policy) for holder in holders for policy in holder.managed_policies.values()]
    return inline + managed


def _default_version(policy: Any) -> str:
    document: str = next(version.document for version in policy.versions if version.is_default)
    return document


def _limits(caller: Caller) -> dict[str, str]:
    found = {}
    boundary = caller.role.permissions_boundary_arn if caller.role else None
    if boundary:
        policies = iam_backends[caller.account][boundary.split(":")[1]].managed_policies
        found["permissions boundary"] = _default_version(policies[boundary])
    if caller.session and caller.session.policy:
        found["session policy"] = caller.session.policy
    return found


def resource_policy(arn: str, action: str) -> str | bytes | dict[str, Any] | None:
    """The policy that is attached to a resource, if it decides about the action."""
    if arn.count(":") < 5:
        return None
    _, partition, service, region, account, name = arn.split(":", 5)
    holder: Any = None
    match service:
        case "sns":
            holder = sns_backends[account][region].topics.get(arn)
        case "sqs":
            holder = sqs_backends[account][region].queues.get(name)
        case "kms":
            holder = kms_backends[account][region].keys.get(name.removeprefix("key/"))
        case "s3":
            holder = s3_backends[DEFAULT_ACCOUNT_ID][partition].buckets.get(name.partition("/")[0])
        case "lambda":
            functions = lambda_backend(account, region).list_functions()
            statements = [function.policy.statements for function in functions if function.function_arn == arn]
            return {"Statement": statements[0]} if statements else None
        case "iam" if action.startswith("sts:AssumeRole"):
            holder = find_role(arn)
            return holder and holder.assume_role_policy_document  # type: ignore[no-any-return]
    policy: str | bytes | None = holder and holder.policy
    return policy
