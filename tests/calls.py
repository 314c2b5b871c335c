"""The events of every call of the catalogue, on what is watched."""

from typing import Any

from tests.samples import ARN, DESTINATIONS, event
from trailkeeper.calls import Call

DATA_STORE = "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/aaaaaaaa-bbbb-cccc-dddd-000000000001"
CHANNEL = "arn:aws:cloudtrail:us-east-1:123456789012:channel/aaaaaaaa-bbbb-cccc-dddd-000000000001"
MEMBER = "arn:aws:organizations::123456789012:account/o-1/111122223333"
OWN = "Trailkeeper-Part1A2B3C4D-abcdefghijkl"
RULE = "Trailkeeper-Tampering1A2B3C4D-abcdefghijkl"

# What the calls of a family are made on here: (as the request names it, as a denied call's message does).
RESOURCES = {
    ("trail", "trail"): ("TestTrail", ARN),
    ("organization", "delegated administrator"): ("111122223333", MEMBER),
    ("organization", "member account"): ("111122223333", MEMBER),
    ("organization", "trusted service"): ("cloudtrail.amazonaws.com", "*"),
    ("organization", "service-linked role"): ("AWSServiceRoleForCloudTrail", "role AWSServiceRoleForCloudTrail"),
    ("telemetry", "telemetry rule"): (
        "everything",
        "arn:aws:observabilityadmin:us-east-1:123456789012:telemetry-rule/x",
    ),
    ("event data store", "event data store"): (DATA_STORE, DATA_STORE),
    ("channel", "channel"): (CHANNEL, CHANNEL),
    ("channel", "resource policy"): (CHANNEL, CHANNEL),
    ("destination", "bucket"): ("trail-logs", "arn:aws:s3:::trail-logs"),
    ("destination", "key"): (DESTINATIONS[1], DESTINATIONS[1]),
    ("destination", "log group"): ("trail-log", DESTINATIONS[2] + ":log-stream:"),
    ("destination", "topic"): (DESTINATIONS[3], DESTINATIONS[3]),
    ("destination", "role"): ("CloudTrail_Logs", DESTINATIONS[4]),
    ("trailkeeper", "rule"): (RULE, f"arn:aws:events:us-east-1:123456789012:rule/{RULE}"),
    ("trailkeeper", "state machine"): (f"arn:aws:states:us-east-1:123456789012:stateMachine:{OWN}",) * 2,
    ("trailkeeper", "function"): (OWN, f"arn:aws:lambda:us-east-1:123456789012:function:{OWN}"),
    ("trailkeeper", "topic"): (f"arn:aws:sns:us-east-1:123456789012:{OWN}",) * 2,
    ("trailkeeper", "subscription"): (f"arn:aws:sns:us-east-1:123456789012:{OWN}:aaaaaaaa-bbbb-cccc-dddd-000000000001",)
    * 2,
    ("trailkeeper", "queue"): (
        f"https://sqs.us-east-1.amazonaws.com/123456789012/{OWN}",
        f"arn:aws:sqs:us-east-1:123456789012:{OWN}",
    ),
    ("trailkeeper", "role"): (OWN, f"role {OWN}"),
    ("trailkeeper", "alarm"): (OWN, f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{OWN}"),
    ("trailkeeper", "table"): (OWN, f"arn:aws:dynamodb:us-east-1:123456789012:table/{OWN}"),
    ("trailkeeper", "log group"): (
        "/aws/vendedlogs/states/Trailkeeper-1a2b",
        f"arn:aws:logs:us-east-1:123456789012:log-group:{OWN}:log-stream:",
    ),
    ("trailkeeper", "stack"): ("Trailkeeper", "arn:aws:cloudformation:us-east-1:123456789012:stack/Trailkeeper/aaaa"),
}


def happened(call: Call, name: Any = None, **changes: Any) -> dict[str, Any]:
    """The event of a call on what is watched, or on `name`."""
    given = name or RESOURCES[call.family, call.kind.name][0]
    request = {call.parameter: [given] if call.parameter == "alarmNames" else given} if call.parameter else {"x": "y"}
    source = f"{call.kind.source}.amazonaws.com"
    record = {"eventName": call.action, "eventSource": source, "requestParameters": request}
    return event("stop-logging", **(record | changes))


# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
DENIALS = (
    "because no identity-based policy allows the x:Y action",
    "with an explicit deny in a service control policy",
    "with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-1/p-1",
    "",  # the older form ends at the ARN
)


def denied(call: Call, why: str = DENIALS[0]) -> dict[str, Any]:
    """The event of a call that IAM refused."""
    what = RESOURCES[call.family, call.kind.name][1]
    message = (
        f"User: arn:aws:iam::123456789012:user/eve is not authorized to perform: x:Y on resource: {what} {why}".rstrip()
    )
    return happened(call, requestParameters=None, errorCode="AccessDenied", errorMessage=message)
