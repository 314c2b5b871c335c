"""A cloud on which everything that can be put back has its baseline, and the calls that tamper with it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from console.cloud import synthesized
from console.drill import BUCKET, BUCKET_POLICY, TRAIL
from localcloud import LocalCloud
from tests.proxy import before, call_through

READ_ONLY: Any = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": []}]


class Clients(NamedTuple):
    """The cloud, by service, as the intruder."""

    cloudtrail: Any
    s3: Any
    kms: Any
    events: Any


class Undone(NamedTuple):
    """A call that tampers, on what, and what is read to show that it was undone."""

    tamper: Callable[[Clients, dict[str, str]], Any]
    read: Callable[[Clients, dict[str, str]], Any]
    call: str


def settings(clients: Clients, on: dict[str, str]) -> Any:
    """What the trail is set to, and whether it records."""
    trail = clients.cloudtrail.get_trail(Name=TRAIL)["Trail"]
    return trail, clients.cloudtrail.get_trail_status(Name=TRAIL)["IsLogging"]


def store(clients: Clients, on: dict[str, str]) -> Any:
    """An event data store without its times."""
    found = clients.cloudtrail.get_event_data_store(EventDataStore=on["store"])
    return {name: found[name] for name in ("Status", "RetentionPeriod", "Name")}


def policy(clients: Clients, on: dict[str, str]) -> Any:
    """The bucket's policy."""
    return json.loads(clients.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])


def key(clients: Clients, on: dict[str, str]) -> Any:
    """The key's state."""
    return clients.kms.describe_key(KeyId=on["key"])["KeyMetadata"]["KeyState"]


def rule(clients: Clients, on: dict[str, str]) -> Any:
    """Whether Trailkeeper's rule is enabled, and what it starts."""
    state = clients.events.describe_rule(Name=on["rule"])["State"]
    return state, clients.events.list_targets_by_rule(Rule=on["rule"])["Targets"]


UNDONE: dict[str, Undone] = {
    "StopLogging": Undone(lambda to, on: to.cloudtrail.stop_logging(Name=TRAIL), settings, "StartLogging"),
    "UpdateTrail": Undone(
        lambda to, on: to.cloudtrail.update_trail(Name=TRAIL, IsMultiRegionTrail=False, RecursiveLogging=False),
        settings,
        "UpdateTrail",
    ),
    "PutEventSelectors": Undone(
        lambda to, on: to.cloudtrail.put_event_selectors(TrailName=TRAIL, EventSelectors=READ_ONLY),
        lambda to, on: to.cloudtrail.get_event_selectors(TrailName=TRAIL)["EventSelectors"],
        "PutEventSelectors",
    ),
    "PutInsightSelectors": Undone(
        lambda to, on: to.cloudtrail.put_insight_selectors(TrailName=TRAIL, InsightSelectors=[]),
        lambda to, on: to.cloudtrail.get_insight_selectors(TrailName=TRAIL)["InsightSelectors"],
        "PutInsightSelectors",
    ),
    "PutEventConfiguration": Undone(
        lambda to, on: to.cloudtrail.put_event_configuration(TrailName=TRAIL, MaxEventSize="Standard"),
        lambda to, on: to.cloudtrail.get_event_configuration(TrailName=TRAIL)["MaxEventSize"],
        "PutEventConfiguration",
    ),
    "DeleteTrail": Undone(lambda to, on: to.cloudtrail.delete_trail(Name=TRAIL), settings, "CreateTrail"),
    "StopEventDataStoreIngestion": Undone(
        lambda to, on: to.cloudtrail.stop_event_data_store_ingestion(EventDataStore=on["store"]),
        store,
        "StartEventDataStoreIngestion",
    ),
    "UpdateEventDataStore": Undone(
        lambda to, on: to.cloudtrail.update_event_data_store(EventDataStore=on["store"], RetentionPeriod=7),
        store,
        "UpdateEventDataStore",
    ),
    "DeleteEventDataStore": Undone(
        lambda to, on: to.cloudtrail.delete_event_data_store(EventDataStore=on["store"]), store, "RestoreEventDataStore"
    ),
    "PutBucketPolicy": Undone(
        lambda to, on: to.s3.put_bucket_policy(
            Bucket=BUCKET, Policy=json.dumps({**BUCKET_POLICY, "Statement": BUCKET_POLICY["Statement"][:1]})
        ),
        policy,
        "PutBucketPolicy",
    ),
    "DeleteBucketPolicy": Undone(lambda to, on: to.s3.delete_bucket_policy(Bucket=BUCKET), policy, "PutBucketPolicy"),
    "DisableKey": Undone(lambda to, on: to.kms.disable_key(KeyId=on["key"]), key, "EnableKey"),
    "ScheduleKeyDeletion": Undone(
        lambda to, on: to.kms.schedule_key_deletion(KeyId=on["key"]), key, "CancelKeyDeletion"
    ),
    "DisableRule": Undone(lambda to, on: to.events.disable_rule(Name=on["rule"]), rule, "EnableRule"),
    "RemoveTargets": Undone(
        lambda to, on: to.events.remove_targets(
            Rule=on["rule"], Ids=[one["Id"] for one in to.events.list_targets_by_rule(Rule=on["rule"])["Targets"]]
        ),
        rule,
        "PutTargets",
    ),
}


class Guarded:
    """A cloud on which everything has its baseline."""

    def __init__(self, cloud: LocalCloud, on: dict[str, str], arns: dict[str, str], proxy: str) -> None:
        self.cloud, self.on, self.arns, self.proxy = cloud, on, arns, proxy
        self.states = cloud.client("stepfunctions", recorded=False)
        clients = (cloud.client(name) for name in ("cloudtrail", "s3", "kms", "events"))
        self.clients = Clients(*clients)

    def execution(self, action: str) -> dict[str, Any] | None:
        """The latest execution for a call that somebody else than Trailkeeper made, once it has ended."""
        for one in reversed(self.cloud.executions()):
            described: dict[str, Any] = self.states.describe_execution(executionArn=one["executionArn"])
            if "RestoreRole" not in described["input"] and f'"{action}"' in described["input"]:
                return described if described["status"] != "RUNNING" else None
        return None


@contextmanager
def guarded_cloud(folder: Path, undo: object = "auto", through_proxy: bool = False) -> Iterator[Guarded]:
    """A trail that records all Regions, makes Insights and keeps large events, a store, a bucket and a key.

    The functions call the cloud through a proxy, if that is wanted.
    """
    with ExitStack() as stack:
        cloud = stack.enter_context(LocalCloud())
        key_arn = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
        pace: Any = {
            **{"report_minutes": 0, "undo_hours": 0, "flood_minutes": 0.01},
            **{"restores_per_hour": 1000, "watch_minutes": 60},
        }
        destinations = [f"arn:aws:s3:::{BUCKET}", key_arn]
        cloud.deploy(synthesized(str(folder), undo=undo, language="en", destinations=destinations, **pace))
        cloud.confirm_all()
        proxy = stack.enter_context(before(cloud)) if through_proxy else ""
        if proxy:
            call_through(proxy, cloud)
        s3, cloudtrail = cloud.client("s3"), cloud.client("cloudtrail")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(BUCKET_POLICY))
        cloudtrail.create_trail(Name=TRAIL, S3BucketName=BUCKET, IsMultiRegionTrail=True)
        cloudtrail.put_insight_selectors(TrailName=TRAIL, InsightSelectors=[{"InsightType": "ApiErrorRateInsight"}])
        cloudtrail.put_event_configuration(TrailName=TRAIL, MaxEventSize="Large")
        cloudtrail.start_logging(Name=TRAIL)
        store = cloudtrail.create_event_data_store(Name="Lake", TerminationProtectionEnabled=False)
        rules = cloud.client("events").list_rules(NamePrefix="Trailkeeper-Failure")["Rules"]
        on = {"store": store["EventDataStoreArn"], "key": key_arn.rpartition("/")[2], "rule": rules[0]["Name"]}
        arns = {"store": store["EventDataStoreArn"], "bucket": destinations[0], "key": key_arn, "rule": rules[0]["Arn"]}
        wanted = {*arns.values(), ARN}
        cloud.run_schedules()
        cloud.wait(lambda: wanted <= recorded(cloud), "the baselines")
        yield Guarded(cloud, on, {**arns, "trail": ARN}, proxy)


ARN = f"arn:aws:cloudtrail:us-east-1:123456789012:trail/{TRAIL}"


def recorded(cloud: LocalCloud) -> set[str]:
    """The ARNs that have a baseline."""
    dynamodb = cloud.client("dynamodb", recorded=False)
    (table,) = dynamodb.list_tables()["TableNames"]
    ids = [item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]]
    return {one.removeprefix("baseline#") for one in ids if one.startswith("baseline#")}
