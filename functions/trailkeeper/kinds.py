"""The kinds of things that are watched, a row each: how their names and ARNs look in requests, answers and messages."""

import re
from typing import Any, NamedTuple

from trailkeeper.incident import Incident, Trail

# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
TRAIL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")
TRAIL_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):cloudtrail:(?P<region>[a-z0-9-]+):(?P<account>[0-9]+):trail/(?P<name>[A-Za-z0-9._-]+)"
)
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")


class Kind(NamedTuple):
    """One kind of thing.

    `name` is its word in incidents. `source` is its service in eventSource (without .amazonaws.com) and in the source
    of EventBridge. `names` finds the name, its one group, in all that calls and messages take for one: a bare name, an
    ARN or a part of one, a URL. `given` are the forms in which requests name it, for event patterns: `{name}`, `{arn}`,
    or with one `*` in front. `arn` is its ARN with blanks to fill in, `form` what a name may look like in it.
    `described` is the member of DescribeTrails by which a trail says that it writes there. `show` is the command that
    shows what it is now, in which NAME stands for it.
    """

    name: str
    source: str
    names: str = "(.+)"
    given: tuple[str, ...] = ()
    arn: str = ""
    form: str = r"[\w./#+=,@-]{1,512}"
    described: str | None = None
    show: str | None = None


TRAIL = Kind("trail", "cloudtrail", arn="arn:{partition}:cloudtrail:{region}:{account}:trail/{name}")
ACCOUNT = Kind("account", "cloudtrail")
EVENT_DATA_STORE = Kind(
    "event data store", "cloudtrail", show="aws cloudtrail get-event-data-store --event-data-store NAME"
)
CHANNEL = Kind("channel", "cloudtrail")
RESOURCE_POLICY = Kind("resource policy", "cloudtrail")
BUCKET = Kind(
    "bucket",
    "s3",
    names=r"(?:arn:[\w-]+:s3:::)?([^/:]+)(?:/.*)?",
    given=("{name}",),
    arn="arn:{partition}:s3:::{name}",
    form="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    described="S3BucketName",
    show="aws s3api head-bucket --bucket NAME",
)
KEY = Kind(
    "key",
    "kms",
    names=r"(?:arn:[\w-]+:kms:[\w-]+:\d+:key/)?([\w-]+)",
    given=("{arn}", "{name}"),
    arn="arn:{partition}:kms:{region}:{account}:key/{name}",
    form=r"[\w-]{1,128}",
    described="KmsKeyId",
    show="aws kms describe-key --key-id NAME",
)
LOG_GROUP = Kind(
    "log group",
    "logs",
    names=r"(?:arn:[\w-]+:logs:[\w-]+:\d+:log-group:)?([^:]+)(?::.*)?",
    given=("{name}",),
    arn="arn:{partition}:logs:{region}:{account}:log-group:{name}",
    form=r"[\w./#-]{1,512}",
    described="CloudWatchLogsLogGroupArn",
    show="aws logs describe-log-groups --log-group-name-prefix NAME",
)
TOPIC = Kind(
    "topic",
    "sns",
    names=r"(?:arn:[\w-]+:sns:[\w-]+:\d+:)?([^:]+)",
    given=("{arn}",),
    arn="arn:{partition}:sns:{region}:{account}:{name}",
    form=r"[\w-]{1,256}(?:\.fifo)?",
    described="SnsTopicARN",
)
SUBSCRIPTION = Kind(
    "subscription",
    "sns",
    names=r"(?:arn:[\w-]+:sns:[\w-]+:\d+:)?([^:]+)(?::.*)?",
    given=("{arn}",),
    arn="arn:{partition}:sns:{region}:{account}:{name}",
)
RULE = Kind(
    "rule",
    "events",
    names=r"(?:arn:[\w-]+:events:[\w-]+:\d+:rule/(?:[^/]+/)?)?([^/:]+)",
    given=("{name}",),
    show="aws events describe-rule --name NAME",
)
STATE_MACHINE = Kind(
    "state machine",
    "states",
    names=r"arn:[\w-]+:states:[\w-]+:\d+:(?:stateMachine|execution|express):([^:/]+)(?:[:/].*)?",
    given=(
        "arn:{partition}:states:{region}:{account}:stateMachine:{name}",
        "arn:{partition}:states:{region}:{account}:execution:{name}",
    ),
)
# Lambda takes a bare name, an ARN and several parts of one.
# https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
FUNCTION = Kind(
    "function",
    "lambda",
    names=r"(?:arn:[\w-]+:lambda:)?(?:[a-z]+(?:-[a-z]+)+-\d+:)?(?:\d+:)?(?:function:)?([^:]+)(?::.*)?",
    given=("{name}", "*:{name}"),
    show="aws lambda get-function --function-name NAME",
)
QUEUE = Kind(
    "queue",
    "sqs",
    names=r"(?:https?://[^/]+/\d+/|arn:[\w-]+:sqs:[\w-]+:\d+:)?([^/:]+)",
    given=("*/{name}",),
    show="aws sqs get-queue-url --queue-name NAME",
)
ROLE = Kind(
    "role",
    "iam",
    names=r"(?:arn:[\w-]+:iam::\d+:role/(?:.*/)?)?([^/:]+)",
    given=("{name}",),
    show="aws iam list-role-policies --role-name NAME",
)
ALARM = Kind(
    "alarm",
    "monitoring",
    names=r"(?:arn:[\w-]+:cloudwatch:[\w-]+:\d+:alarm:)?(.+)",
    given=("{name}",),
    show="aws cloudwatch describe-alarms --alarm-names NAME",
)
STACK = Kind(
    "stack",
    "cloudformation",
    names=r"(?:arn:[\w-]+:cloudformation:[\w-]+:\d+:stack/)?([^/:]+)(?:/.*)?",
    given=("{name}", "{arn}"),
    arn="arn:{partition}:cloudformation:{region}:{account}:stack/{name}",
    show="aws cloudformation describe-stack-events --stack-name NAME",
)
KINDS = {
    kind.name: kind
    for kind in (
        *(TRAIL, ACCOUNT, EVENT_DATA_STORE, CHANNEL, RESOURCE_POLICY, BUCKET, KEY, LOG_GROUP, TOPIC, SUBSCRIPTION),
        *(RULE, STATE_MACHINE, FUNCTION, QUEUE, ROLE, ALARM, STACK),
    )
}
# What a trail can write to.
DESTINATIONS = tuple(kind for kind in KINDS.values() if kind.described)

# A denied call names what it was on in its message alone, in words that have changed over the years; IAM writes
# "role NAME" for the ARN, S3 puts it in quotes, and CloudFormation refuses "Stack [NAME]".
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
DENIED = re.compile(r'.*on resource: (?:role )?"?([^\s"]+)|Stack \[([^\]\s]+)\]', re.DOTALL)


def name_in(kind: Kind, given: str) -> str:
    """The name in an ARN, in a URL, or bare; what is none of these is taken whole."""
    match = re.fullmatch(kind.names, given)
    return match[1] if match else given


def denied_resource(message: str | None) -> str | None:
    """What a denied call was on, as its message says: "User: ARN is not authorized to perform: ... on resource: ARN".

    The last of these counts: who calls could have a name that looks like one.
    """
    found = DENIED.match(message or "")
    resource = found and (found[1] or found[2])
    return resource.rstrip(".") if resource and resource != "*" else None


def destination(arn: str) -> Kind | None:
    """The kind of an ARN that a trail can write to; None for any other, and for what is not well formed."""
    for kind in DESTINATIONS:
        blanks = {"partition": "aws[a-z-]*", "region": "[a-z0-9-]+", "account": r"\d{12}", "name": kind.form}
        if re.fullmatch(kind.arn.format(**blanks), arn, re.ASCII):
            return kind
    return None


def destinations(described: dict[str, Any]) -> dict[str, Kind]:
    """The ARNs of what a trail of DescribeTrails writes to, and their kinds."""
    partition = str(described["TrailARN"]).split(":")[1]
    found = {}
    for kind in DESTINATIONS:
        value = str(described.get(kind.described or "") or "").removesuffix(":*")
        if value:
            found[value if value.startswith("arn:") else kind.arn.format(partition=partition, name=value)] = kind
    return found


def writes_to(described: dict[str, Any], incident: Incident) -> bool:
    """Whether a trail of DescribeTrails writes to what the incident is about: by kind, account, Region and name."""
    resource = incident["resource"]
    for arn, kind in destinations(described).items() if resource else ():
        _, _, _, region, account, _ = arn.split(":", 5)
        here = region in ("", incident["region"]) and account in ("", incident["account"])
        if here and resource and (kind.name, name_in(kind, arn)) == (resource["kind"], resource["name"]):
            return True
    return False


def home_region(described: dict[str, Any]) -> str:
    """The home Region of a trail of DescribeTrails."""
    return str(described["TrailARN"]).split(":")[3]


def is_trail(described: dict[str, Any], trail: Trail) -> bool:
    """Whether a trail of DescribeTrails is the one that an event identifies: by account, home Region and name."""
    if trail["arn"]:
        return bool(described["TrailARN"] == trail["arn"])
    arn = TRAIL_ARN.fullmatch(described["TrailARN"])
    return (
        arn is not None
        and (arn["name"], arn["account"]) == (trail["name"], trail["account"])
        and trail["home_region"] in (None, arn["region"])
    )


def is_one_of(trail: Trail, entries: list[str]) -> bool:
    """Whether a list of trail names and ARNs includes this one."""
    for entry in entries:
        arn = TRAIL_ARN.fullmatch(entry)
        if arn is None:
            if entry == trail["name"]:
                return True
        elif (arn["name"], arn["account"]) == (trail["name"], trail["account"]) and trail["home_region"] in (
            None,
            arn["region"],
        ):
            return True
    return False
