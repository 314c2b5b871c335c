"""The resource that a call acts on, as IAM policies name it: an ARN, or "*" where the call has none.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable
from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.utilities.utils import get_partition

from localcloud.stepfunctions.tokens import waiting_execution

Parameters = dict[str, Any]


def resource_of(service: str, name: str, parameters: Parameters, region: str, account: str) -> str:
    """The ARN for a call's parameters; "*", the strictest value, for a service or call that is not known here."""
    find = _RESOURCES.get(service)
    return (find and find(name, parameters, f"arn:{get_partition(region)}:{service}:{region}:{account}")) or "*"


def _first(parameters: Parameters, *names: str) -> str | None:
    value = next((parameters[name] for name in names if parameters.get(name)), None)
    return value[0] if isinstance(value, list) else value


def _arn(prefix: str, name: str | None) -> str | None:
    return name if not name or name.startswith("arn:") else prefix + name


def _cloudtrail(name: str, parameters: Parameters, prefix: str) -> str | None:
    if name in ("DescribeTrails", "ListTrails", "LookupEvents", "ListEventDataStores"):
        return None
    if name.endswith("EventDataStore") or parameters.get("EventDataStore"):
        return _arn(f"{prefix}:eventdatastore/", _first(parameters, "EventDataStore") or "*")
    trail = _first(parameters, "Name", "TrailName", "ResourceId", "ResourceIdList", "ResourceArn")
    return _arn(f"{prefix}:trail/", trail)


def _cloudformation(name: str, parameters: Parameters, prefix: str) -> str | None:
    stack = _first(parameters, "StackName")
    return stack and (stack if stack.startswith("arn:") else f"{prefix}:stack/{stack}/*")


def _sns(name: str, parameters: Parameters, prefix: str) -> str | None:
    if parameters.get("SubscriptionArn"):  # these calls are about the subscription's topic
        return str(parameters["SubscriptionArn"]).rpartition(":")[0]
    return _arn(f"{prefix}:", _first(parameters, "TopicArn", "TargetArn", "ResourceArn", "Name"))


def _sqs(name: str, parameters: Parameters, prefix: str) -> str | None:
    queue = _first(parameters, "QueueUrl", "QueueName")
    return queue and f"{prefix}:{queue.rpartition('/')[2]}"


def _lambda(name: str, parameters: Parameters, prefix: str) -> str | None:
    return _arn(f"{prefix}:function:", _first(parameters, "FunctionName", "Resource"))


def _states(name: str, parameters: Parameters, prefix: str) -> str | None:
    if token := parameters.get("taskToken"):  # as the machine that waits for it
        found = waiting_execution(token)
        return found and str(found.state_machine.arn)
    arn = _first(parameters, "stateMachineArn", "executionArn", "activityArn", "resourceArn")
    return arn or _arn(f"{prefix}:stateMachine:", _first(parameters, "name"))


def _events(name: str, parameters: Parameters, prefix: str) -> str | None:
    if name == "PutEvents":
        bus = _first(parameters["Entries"][0], "EventBusName") or "default"
        return _arn(f"{prefix}:event-bus/", bus)
    bus = _first(parameters, "EventBusName") or "default"
    rule = _first(parameters, "ResourceARN", "Rule", "Name")
    return _arn(f"{prefix}:rule/" + ("" if bus == "default" else f"{bus.rpartition('/')[2]}/"), rule)


def _dynamodb(name: str, parameters: Parameters, prefix: str) -> str | None:
    return _arn(f"{prefix}:table/", _first(parameters, "TableName", "ResourceArn"))


def _logs(name: str, parameters: Parameters, prefix: str) -> str | None:
    # IAM sees every log group with its streams: this is why policies on log groups end with ":*".
    group = _first(parameters, "logGroupName", "logGroupIdentifier", "logGroupNamePrefix") or ""
    return f"{_arn(f'{prefix}:log-group:', group.removesuffix(':*')) or f'{prefix}:log-group:'}:log-stream:" + str(
        parameters.get("logStreamName", "")
    )


def _monitoring(name: str, parameters: Parameters, prefix: str) -> str | None:
    prefix = prefix.replace(":monitoring:", ":cloudwatch:")
    return _arn(f"{prefix}:alarm:", _first(parameters, "AlarmName", "AlarmNames", "ResourceARN"))


def _kms(name: str, parameters: Parameters, prefix: str) -> str | None:
    key = _first(parameters, "KeyId", "TargetKeyId")
    return key and key_arn(key, *prefix.split(":")[3:5])


def key_arn(key_id: str, region: str, account: str) -> str:
    """The ARN of a key, given its id, its alias, or the ARN of either."""
    if key_id.startswith("arn:"):
        region = key_id.split(":")[3]
    keys, name = kms_backends[account][region], key_id.rpartition(":")[2].removeprefix("key/")
    name = keys.get_key_id_from_alias(name) or name
    unknown = name if name.startswith("alias/") else f"key/{name}"
    return keys.keys[name].arn if name in keys.keys else f"arn:{get_partition(region)}:kms:{region}:{account}:{unknown}"


def _s3(name: str, parameters: Parameters, prefix: str) -> str | None:
    bucket, key = parameters.get("Bucket"), parameters.get("Key")
    root = ":".join([*prefix.split(":")[:2], "s3", "", ""])
    return bucket and f"{root}:{bucket}" + (f"/{key}" if key else "")


def _iam(name: str, parameters: Parameters, prefix: str) -> str | None:
    partition, account = prefix.split(":")[1], prefix.split(":")[4]
    backend = iam_backends[account][partition]
    root = f"arn:{partition}:iam::{account}"
    if role := _first(parameters, "RoleName"):
        paths = {known.name: known.path for known in list(backend.roles.values())}
        return f"{root}:role{paths.get(role) or parameters.get('Path') or '/'}{role}"
    if user := _first(parameters, "UserName"):
        known_user = backend.users.get(user)
        return f"{root}:user{(known_user and known_user.path) or parameters.get('Path') or '/'}{user}"
    if group := _first(parameters, "GroupName"):
        return f"{root}:group/{group}"
    return _first(parameters, "PolicyArn")


def _sts(name: str, parameters: Parameters, prefix: str) -> str | None:
    return _first(parameters, "RoleArn")


_RESOURCES: dict[str, Callable[[str, Parameters, str], str | None]] = {
    "cloudformation": _cloudformation,
    "cloudtrail": _cloudtrail,
    "dynamodb": _dynamodb,
    "events": _events,
    "iam": _iam,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "monitoring": _monitoring,
    "s3": _s3,
    "sns": _sns,
    "sqs": _sqs,
    "states": _states,
    "sts": _sts,
}
