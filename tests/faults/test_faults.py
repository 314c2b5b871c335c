"""Each AWS call of each function, and each way in which it can fail: `make faults`, as it takes longer than the rest.

Every cell is an incident of its own on a trail of its own, on the local cloud, with a proxy before it that answers as
AWS does when something is wrong. It ends in a mail or a failure notice, and a trail that is as good as it can be.
"""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from console.cloud import synthesized
from console.drill import BUCKET, BUCKET_POLICY
from localcloud import LocalCloud
from tests.proxy import FAULTS, before, break_with, call_through
from tests.samples import event
from trailkeeper import aws, ledger, undo

# How the proxy tells the cells apart: by the trail in the request, by the Region, or not at all.
BY_TRAIL = "ends_with(Name || TrailName || '', '/{name}')"
BY_RESOURCE = "contains(to_string(@), '/{name}')"
BY_NAME = "Name == '{name}'"
BY_REGION, ALONE = "region", ""


class Call(NamedTuple):
    """One call of one function, in the incident that makes it; `acts`: without it, nothing is put back."""

    function: str
    incident: str
    service: str
    operation: str
    match: str
    acts: bool = False


CALLS = (
    Call("enrich", "StopLogging", "cloudtrail", "DescribeTrails", BY_REGION),
    Call("enrich", "StopLogging", "cloudtrail", "GetEventSelectors", BY_TRAIL),
    Call("enrich", "UpdateTrail", "cloudtrail", "LookupEvents", BY_REGION),
    Call("enrich", "StopLogging", "iam", "ListAccountAliases", ALONE),
    Call("restore", "StopLogging", "cloudtrail", "GetTrailStatus", BY_TRAIL),
    Call("restore", "StopLogging", "cloudtrail", "StartLogging", BY_TRAIL, acts=True),
    Call("restore", "UpdateTrail", "dynamodb", "GetItem", BY_RESOURCE, acts=True),
    Call("restore", "UpdateTrail", "dynamodb", "PutItem", BY_RESOURCE),
    Call("restore", "UpdateTrail", "cloudtrail", "GetTrail", BY_TRAIL),
    Call("restore", "UpdateTrail", "cloudtrail", "UpdateTrail", BY_TRAIL, acts=True),
    Call("restore", "PutEventSelectors", "cloudtrail", "GetEventSelectors", BY_TRAIL),
    Call("restore", "PutEventSelectors", "cloudtrail", "PutEventSelectors", BY_TRAIL, acts=True),
    Call("restore", "DeleteTrail", "cloudtrail", "CreateTrail", BY_NAME, acts=True),
    Call("restore", "DeleteTrail", "cloudtrail", "GetTrail", BY_TRAIL),
    Call("restore", "DeleteTrail", "cloudtrail", "GetInsightSelectors", BY_TRAIL),
    Call("restore", "DeleteTrail", "cloudtrail", "GetEventConfiguration", BY_TRAIL),
    Call("restore", "DeleteTrail", "cloudtrail", "ListTags", BY_RESOURCE),
    Call("restore", "DeleteTrail", "cloudtrail", "StartLogging", BY_TRAIL, acts=True),
    Call("notify", "StopLogging", "sns", "Publish", BY_RESOURCE),
    Call("notify", "StopLogging", "sns", "GetTopicAttributes", ALONE),
    Call("look_back", "StopLogging", "cloudtrail", "LookupEvents", BY_REGION),
)
CELLS = tuple((call, fault) for call in CALLS for fault in FAULTS)
QUIET = (
    "us-west-2",
    "eu-north-1",
    "ca-central-1",
    "sa-east-1",
    "il-central-1",
    "ca-west-1",
)  # for cells that the trail tells apart
BUSY = (
    *("ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1"),
    *("ap-southeast-2", "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-south-1", "me-south-1"),
    *("us-east-2", "us-west-1", "af-south-1", "ap-south-2", "ap-southeast-3", "eu-south-2", "eu-central-2"),
    "me-central-1",
)
ALL = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
READ_ONLY = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": []}]


class Outcome(NamedTuple):
    """What became of one cell."""

    as_wanted: bool
    told: bool
    end: str


def name_of(call: Call, fault: str) -> str:
    """The cell's trail."""
    return f"{call.function}-{call.incident}-{call.operation}-{fault}".replace("_", "-")


def region_of(number: int) -> str:
    """The Region of a cell: one of its own, where only that tells it apart."""
    call, _ = CELLS[number]
    busy = [one for one, (other, _) in enumerate(CELLS) if other.match == BY_REGION]
    return BUSY[busy.index(number)] if call.match == BY_REGION else QUIET[number % len(QUIET)]


def rule_of(number: int) -> dict[str, Any]:
    """The proxy's rule for a cell."""
    call, fault = CELLS[number]
    rule = {"service": call.service, "operation": call.operation, **FAULTS[fault]}
    if call.match == BY_REGION:
        return {**rule, "region": region_of(number)}
    return {**rule, "body": call.match.format(name=name_of(call, fault))} if call.match else rule


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Trailkeeper with undo auto, which reports at once and tries nothing again after the mail."""
    pace: Any = {
        **{"undo_hours": 0, "report_minutes": 0.01, "flood_minutes": 0.01},
        **{"restores_per_hour": 1000, "watch_minutes": 60},  # the watchdog would create the trails of past cells again
    }
    assembly = synthesized(str(tmp_path_factory.mktemp("assembly")), undo="auto", language="en", **pace)
    with LocalCloud() as running:
        running.deploy(assembly)
        running.confirm_all()
        s3 = running.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        policy = json.dumps(BUCKET_POLICY).replace('"StringEquals"', '"StringLike"')
        policy = re.sub(r"arn:aws:cloudtrail:[^\"]+", "arn:aws:cloudtrail:*:123456789012:trail/*", policy)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
        (table,) = running.client("dynamodb").list_tables()["TableNames"]
        with pytest.MonkeyPatch.context() as patched:  # this process reads and records trails as the functions do
            for name, value in {**running.environment(), "LEDGER": table}.items():
                patched.setenv(name, value)
            aws.client.cache_clear()
            yield running
        aws.client.cache_clear()


@pytest.fixture(scope="module")
def proxy(cloud: LocalCloud) -> Iterator[str]:
    """The proxy, which every function calls instead of the cloud."""
    with before(cloud) as endpoint:
        call_through(endpoint, cloud)
        yield endpoint


@pytest.fixture(scope="module")
def outcomes(cloud: LocalCloud, proxy: str) -> dict[str, Outcome]:
    """Every cell, eight at a time; those that nothing tells apart, one after another."""
    together = [number for number, (call, _) in enumerate(CELLS) if call.match]
    found = {}
    break_with(proxy, *map(rule_of, together))
    with ThreadPoolExecutor(8) as pool:
        for number, outcome in zip(together, pool.map(lambda number: run(cloud, number), together), strict=True):
            found[name_of(*CELLS[number])] = outcome
    for number in sorted({*range(len(CELLS))} - {*together}):
        break_with(proxy, rule_of(number))
        found[name_of(*CELLS[number])] = run(cloud, number)
    return found


def run(cloud: LocalCloud, number: int) -> Outcome:
    """One incident, from a trail that records to the end of its execution."""
    name, region, (call, _) = name_of(*CELLS[number]), region_of(number), CELLS[number]
    cloudtrail = cloud.client("cloudtrail", region)
    arn = cloudtrail.create_trail(Name=name, S3BucketName=BUCKET, EnableLogFileValidation=True)["TrailARN"]
    cloudtrail.put_event_selectors(TrailName=name, EventSelectors=ALL)
    cloudtrail.start_logging(Name=name)
    wanted = remember(arn)
    request: dict[str, Any] = {"name": arn}
    if call.incident == "StopLogging":
        cloudtrail.stop_logging(Name=name)
    elif call.incident == "UpdateTrail":
        cloudtrail.update_trail(Name=name, EnableLogFileValidation=False)
        request["enableLogFileValidation"] = False
    elif call.incident == "PutEventSelectors":
        cloudtrail.put_event_selectors(TrailName=name, EventSelectors=READ_ONLY)
        request = {"trailName": arn, "eventSelectors": [{"readWriteType": "ReadOnly", "includeManagementEvents": True}]}
    else:
        cloudtrail.delete_trail(Name=name)
    record = event("stop-logging", eventName=call.incident, requestParameters=request, awsRegion=region, eventID=name)
    states = cloud.client("stepfunctions")
    machine = next(one for one in states.list_state_machines()["stateMachines"] if one["name"].endswith("-Incidents"))
    started = states.start_execution(stateMachineArn=machine["stateMachineArn"], name=name, input=json.dumps(record))
    cloud.wait(lambda: cloud.has_ended(started["executionArn"]), f"the end of {name}", 120)
    ended = states.describe_execution(executionArn=started["executionArn"])
    told = bool(cloud.wait(lambda: any(f":{name}" in mail.get_content() for mail in cloud.mails()), f"word of {name}"))
    outcome = Outcome(is_as(arn, wanted), told, ended.get("error", ended["status"]))
    if cloudtrail.describe_trails(trailNameList=[arn])["trailList"]:
        cloudtrail.delete_trail(Name=arn)  # a Region takes five
    return outcome


def remember(arn: str) -> dict[str, Any]:
    """Record what the trail is, as the watchdog does, and return it."""
    fields = undo.whole(arn)
    ledger.save({"arn": arn, "fields": fields, "by": "first sight", "at": "2026-11-26T09:00:00.000Z"})
    return fields


def is_as(arn: str, wanted: dict[str, Any]) -> bool:
    """Whether the trail is what it was."""
    try:
        return undo.whole(arn) == wanted
    except ClientError as error:
        assert error.response["Error"]["Code"] == "TrailNotFoundException"
        return False


@pytest.mark.parametrize(("call", "fault"), CELLS, ids=[name_of(*cell) for cell in CELLS])
def test_every_fault_ends_in_word_of_it_and_a_trail_as_good_as_it_can_be(
    call: Call, fault: str, outcomes: dict[str, Outcome]
) -> None:
    found = outcomes[name_of(call, fault)]
    assert found.told
    took_effect = not call.acts or (fault == "truncated" and call.service != "dynamodb")
    assert found.as_wanted is took_effect, found
    if not found.as_wanted:
        assert found.end in ("RestoreFailed", "RestoreNotReadBack", "NotMailed"), "a person must look"
