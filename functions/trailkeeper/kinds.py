"""The kinds of things that are watched, a row each: how their names and ARNs look in requests, answers and messages."""

import re
from typing import Any, NamedTuple

from trailkeeper.incident import Incident, Trail
from trailkeeper.settings import Place

# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
TRAIL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")
TRAIL_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):cloudtrail:(?P<region>[a-z0-9-]+):(?P<account>[0-9]+):trail/(?P<name>[A-Za-z0-9._-]+)"
)
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")
# What stands before the name in an ARN or in the URL of a queue, whatever their place.
BEGINNING = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:|https?://[^/]+/\d+/")
# A denied call names what it was on in its message alone, in words that have changed over the years; IAM writes
# "role NAME" for the ARN, S3 puts it in quotes, and CloudFormation refuses "Stack [NAME]".
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
DENIED = re.compile(r'.*on resource: (?:role )?"?([^\s"]+)|Stack \[([^\]\s]+)\]', re.DOTALL)


class Kind(NamedTuple):
    """One kind of thing.

    `name` is its word in incidents, `source` its service in CloudTrail's eventSource and EventBridge's source, `rest`
    the end of its ARN. `before` and `end` are what stands before and behind a name there (regular expressions), `form`
    what a name may look like. `given` are the forms in which requests name it, for event patterns: `{name}`, `{arn}`,
    or with one `*` in front. `described` is the member of DescribeTrails by which a trail says that it writes there,
    `show` the command that shows what it is now, in which NAME stands for it.
    """

    name: str
    source: str
    rest: str = "{name}"
    before: str | None = None
    end: str = "[:/]"
    form: str = r"[\w./#+=,@-]{1,512}"
    given: tuple[str, ...] = ("{name}",)
    described: str | None = None
    show: str | None = None

    @property
    def arn(self) -> str:
        """Its ARN, with the blanks partition, region, account and name to fill in."""
        place = {"s3": "::", "iam": "::{account}"}.get(self.source, ":{region}:{account}")
        return f"arn:{{partition}}:{self.source}{place}:{self.rest}"


TRAIL = Kind("trail", "cloudtrail", "trail/{name}", form=TRAIL_NAME.pattern)
ADMINISTRATOR = Kind("delegated administrator", "cloudtrail")
MEMBER = Kind("member account", "organizations")
TRUSTED = Kind("trusted service", "organizations")
SERVICE_ROLE = Kind("service-linked role", "iam")
TELEMETRY = Kind("telemetry rule", "observabilityadmin")
SHOW_STORE = "aws cloudtrail get-event-data-store --event-data-store NAME"
EVENT_DATA_STORE = Kind(
    "event data store", "cloudtrail", "eventdatastore/{name}", form="[a-f0-9-]{36}", show=SHOW_STORE
)
CHANNEL = Kind("channel", "cloudtrail")
RESOURCE_POLICY = Kind("resource policy", "cloudtrail")
BUCKET = Kind(
    "bucket", "s3", form="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", described="S3BucketName",
    show="aws s3api head-bucket --bucket NAME"
)  # fmt: skip
KEY = Kind(
    "key", "kms", "key/{name}", given=("{arn}", "{name}"), described="KmsKeyId",
    show="aws kms describe-key --key-id NAME"
)  # fmt: skip
LOG_GROUP = Kind(
    "log group", "logs", "log-group:{name}", end=":", described="CloudWatchLogsLogGroupArn",
    show="aws logs describe-log-groups --log-group-name-prefix NAME"
)  # fmt: skip
TOPIC = Kind("topic", "sns", form=r"[\w-]{1,256}(?:\.fifo)?", given=("{arn}",), described="SnsTopicARN")
SUBSCRIPTION = Kind("subscription", "sns", given=("{arn}",))
RULE = Kind("rule", "events", "rule/{name}", "rule/(?:[^/]+/)?", show="aws events describe-rule --name NAME")
STATE_MACHINE = Kind(
    "state machine", "states", "stateMachine:{name}", "(?:stateMachine|execution|express):",
    given=("{arn}", "arn:{partition}:states:{region}:{account}:execution:{name}")
)  # fmt: skip
# Lambda takes a bare name, an ARN and several parts of one.
# https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
FUNCTION = Kind(
    "function", "lambda", "function:{name}", r"(?:[a-z]+(?:-[a-z]+)+-\d+:)?(?:\d+:)?(?:function:)?",
    given=("{name}", "*:{name}"), show="aws lambda get-function --function-name NAME"
)  # fmt: skip
QUEUE = Kind("queue", "sqs", given=("*/{name}",), show="aws sqs get-queue-url --queue-name NAME")
ROLE = Kind(
    "role", "iam", "role/{name}", "role/(?:.*/)?", described="CloudWatchLogsRoleArn",
    show="aws iam list-role-policies --role-name NAME"
)  # fmt: skip
ALARM = Kind("alarm", "monitoring", "alarm:{name}", end="$", show="aws cloudwatch describe-alarms --alarm-names NAME")
TABLE = Kind(
    "table", "dynamodb", "table/{name}", given=("{name}", "{arn}"), show="aws dynamodb describe-table --table-name NAME"
)
STACK = Kind(
    "stack", "cloudformation", "stack/{name}", given=("{name}", "{arn}"),
    show="aws cloudformation describe-stack-events --stack-name NAME"
)  # fmt: skip
KINDS = {
    kind.name: kind
    for kind in (
        *(TRAIL, ADMINISTRATOR, MEMBER, TRUSTED, SERVICE_ROLE, TELEMETRY, EVENT_DATA_STORE, CHANNEL, RESOURCE_POLICY),
        *(BUCKET, KEY, LOG_GROUP, TOPIC, SUBSCRIPTION),
        *(RULE, STATE_MACHINE, FUNCTION, QUEUE, ROLE, ALARM, TABLE, STACK),
    )
}
DESTINATIONS = tuple(kind for kind in KINDS.values() if kind.described)


def name_in(kind: Kind, given: str) -> str:
    """The name in an ARN, in a URL, or bare."""
    rest = BEGINNING.sub("", given, count=1)
    before = kind.before or re.escape(kind.rest.partition("{")[0])
    return re.split(kind.end, re.sub(f"^{before}", "", rest), maxsplit=1)[0]


def arn_of(kind: Kind, name: str, place: Place) -> str | None:
    """The ARN of what has the name, which may be an ARN itself; None where one of the two has not its form."""
    name = name_in(kind, name)
    if not re.fullmatch(kind.form, name, re.ASCII) or not REGION.fullmatch(place["region"]):
        return None
    return kind.arn.format(**place, name=name)


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
    found, partition = {}, described["TrailARN"].split(":")[1]
    for kind in DESTINATIONS:
        if value := str(described.get(kind.described or "") or "").removesuffix(":*"):
            found[value if value.startswith("arn:") else kind.arn.format(partition=partition, name=value)] = kind
    return found


def is_here(arn: str, region: str | None, account: str | None) -> bool:
    """Whether an ARN is of the Region and the account, as far as it says."""
    _, _, _, of_region, of_account, _ = arn.split(":", 5)
    return of_region in ("", region) and of_account in ("", account)


def writes_to(described: dict[str, Any], incident: Incident) -> bool:
    """Whether a trail of DescribeTrails writes to what the incident is about, or to any of that kind if nameless."""
    about = incident["resource"] or {"kind": "", "name": None}
    return any(
        kind.name == about["kind"] and about["name"] in (None, name_in(kind, arn))
        for arn, kind in destinations(described).items()
        if is_here(arn, incident["region"], incident["account"])
    )


def home_region(described: dict[str, Any]) -> str:
    """The home Region of a trail of DescribeTrails."""
    return str(described["TrailARN"]).split(":")[3]


def is_trail(described: dict[str, Any], trail: Trail) -> bool:
    """Whether a trail of DescribeTrails is the one that an event identifies: by account, home Region and name."""
    return described["TrailARN"] == trail["arn"] if trail["arn"] else is_at(described["TrailARN"], trail)


def is_one_of(trail: Trail, entries: list[str], account: str) -> bool:
    """Whether a list of trail names and ARNs includes this one; a bare name is that of a trail of our own account."""
    ours = trail["account"] == account
    return any((ours and entry == trail["name"]) or is_at(entry, trail) for entry in entries)


def is_at(arn: str, trail: Trail) -> bool:
    """Whether the ARN has the trail's name and account, and its home Region if that is known."""
    found = TRAIL_ARN.fullmatch(arn)
    same = found and (found["name"], found["account"]) == (trail["name"], trail["account"])
    return bool(found and same and trail["home_region"] in (None, found["region"]))
