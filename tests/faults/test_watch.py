"""Each AWS call of Watch, and each way in which it can fail.

In every cell the trail is off, and no event tells of it. The run finds that all the same, or it fails and says at
which call: Lambda tries again, and then an alarm rings. The next run finds what this one could not.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config

from console.drill import TRAIL
from localcloud import ADMINISTRATOR, REGION
from tests.guarded import ARN, Guarded, guarded_cloud
from tests.proxy import FAULTS, break_with

CALLS = (
    *(("cloudtrail", call) for call in ("DescribeTrails", "ListEventDataStores", "GetEventDataStore", "LookupEvents")),
    *(("cloudtrail", call) for call in ("GetTrail", "GetEventSelectors", "GetInsightSelectors")),
    *(("cloudtrail", call) for call in ("GetEventConfiguration", "ListTags", "GetTrailStatus")),
    *(("events", "ListRules"), ("events", "ListTargetsByRule"), ("s3", "GetBucketPolicy"), ("kms", "DescribeKey")),
    *(("dynamodb", "GetItem"), ("dynamodb", "PutItem"), ("stepfunctions", "StartExecution")),
    *(("stepfunctions", "DescribeStateMachine"), ("sns", "GetTopicAttributes"), ("sqs", "GetQueueAttributes")),
    *(("lambda", "GetFunction"), ("cloudwatch", "PutMetricData")),
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The cloud, whose rules start nothing; what is told once a day of them has been told."""
    folder = tmp_path_factory.mktemp("guarded")
    with guarded_cloud(folder, undo={"StopLogging": "auto"}, through_proxy=True) as guarded:
        events = guarded.cloud.client("events", recorded=False)
        for rule in events.list_rules()["Rules"]:
            if "EventPattern" in rule:
                events.disable_rule(Name=rule["Name"])
        run(guarded)
        yield guarded


def run(guarded: Guarded) -> dict[str, Any]:
    """One run of Watch, and the end of what it started; why it failed, if it did."""
    functions = guarded.cloud.client("lambda").list_functions()["Functions"]
    (name,) = [one["FunctionName"] for one in functions if one["Handler"] == "watch.handler"]
    config = Config(read_timeout=150, retries={"total_max_attempts": 1})  # Watch may take two minutes
    session = boto3.Session(ADMINISTRATOR["AccessKeyId"], ADMINISTRATOR["SecretAccessKey"], region_name=REGION)
    invoke = session.client("lambda", endpoint_url=guarded.cloud.endpoint, config=config).invoke
    answer: Any = invoke(FunctionName=name, Payload="{}")
    found: dict[str, Any] = json.load(answer["Payload"])
    guarded.cloud.wait(
        lambda: all(one["status"] != "RUNNING" for one in guarded.cloud.executions()), "what was under way", 120
    )
    return found if "FunctionError" in answer else {}


def forget_the_day(guarded: Guarded) -> None:
    """Let the metric of the day be put again."""
    dynamodb = guarded.cloud.client("dynamodb", recorded=False)
    (table,) = dynamodb.list_tables()["TableNames"]
    dynamodb.delete_item(TableName=table, Key={"id": {"S": f"day#{datetime.now(UTC):%Y-%m-%d}"}})


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]}-{call[1]}")
def test_the_trail_is_found_to_be_off_or_the_run_fails_and_the_next_one_finds_it(
    guarded: Guarded, call: tuple[str, str], fault: str
) -> None:
    (service, operation), cloudtrail = call, guarded.cloud.client("cloudtrail", recorded=False)
    forget_the_day(guarded)
    cloudtrail.stop_logging(Name=TRAIL)
    break_with(guarded.proxy, {"service": service, "operation": operation, **FAULTS[fault]})
    try:
        failed = run(guarded)
    finally:
        break_with(guarded.proxy)
    restarted = cloudtrail.get_trail_status(Name=ARN)["IsLogging"]
    assert restarted or failed, "nobody would know"
    if operation not in ("GetTrailStatus", "StartExecution"):
        assert restarted, "one call that fails keeps nothing else from being done"
    assert not run(guarded)
    assert cloudtrail.get_trail_status(Name=ARN)["IsLogging"]
