"""Adopt: what differs is shown, somebody is asked, and then that is what the owners want."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from console import owners
from console.cli import main
from console.drill import BUCKET, BUCKET_POLICY, TRAIL
from localcloud import LocalCloud
from tests.account import Operator, deployed_with_trail
from tests.conftest import moto_client
from tests.samples import ARN, DESTINATIONS, OWN, SETTINGS, event
from trailkeeper import aws, kinds, ledger, undo
from trailkeeper.resource import keys_of
from trailkeeper.undo import Fields
from trailkeeper.verdict import judge

EVERYTHING: Any = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
READ_ONLY = [{**EVERYTHING, "ReadWriteType": "ReadOnly"}]
BREAKER = "restores#123456789012/us-east-1/trail/TestTrail"
Run = Callable[..., tuple[int, str, str]]


class Terminal(io.StringIO):
    """Somebody at a terminal, who types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def cloudtrail(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """CloudTrail with a trail that records everything; moto knows no event configuration."""
    monkeypatch.setattr(aws, "OWN_REGION", "us-east-1")
    monkeypatch.setattr(aws, "TRIES", 1)
    moto_client("s3").create_bucket(Bucket="trail-logs")
    client = moto_client("cloudtrail")
    client.create_trail(
        Name="TestTrail", S3BucketName="trail-logs", IsMultiRegionTrail=True, EnableLogFileValidation=True
    )
    client.put_event_selectors(TrailName="TestTrail", EventSelectors=[EVERYTHING])
    client.start_logging(Name="TestTrail")
    own = aws.client("cloudtrail", "us-east-1")
    monkeypatch.setattr(own, "get_event_configuration", lambda **_: {"TrailARN": ARN, "MaxEventSize": "Standard"})
    return client


def deploy(outputs: dict[str, str]) -> None:
    """A stack of Trailkeeper's name with these outputs."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    cloudformation = moto_client("cloudformation")
    cloudformation.create_stack(StackName="Trailkeeper", TemplateBody=json.dumps(template))


@pytest.fixture
def run(cloudtrail: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("TestTrail", typed="y")`: exit code, output and errors of `adopt`, where Trailkeeper watches all trails."""
    deploy({"LedgerName": "Ledger", "WatchedTrails": "*"})

    def adopt(*arguments: str, typed: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Terminal(typed))
        code = main(["adopt", *arguments])
        return code, *capsys.readouterr()

    return adopt


def record(arn: str = ARN, by: str = "first sight", **changes: Any) -> Fields:
    """Take what is for what its owners want."""
    fields = {**undo.whole(arn), **changes}
    ledger.save({"arn": arn, "fields": fields, "by": by, "at": "2026-11-26T09:00:00.000Z"})
    return fields


def baseline(arn: str = ARN) -> Any:
    """What the ledger has; None if nothing."""
    return ledger.baseline(arn)


@pytest.fixture
def breaker(ledger: Any) -> Callable[[], bool]:
    """The count of restores by which Trailkeeper restores the trail no more; whether it is still there."""
    ledger.put_item(Item={"id": BREAKER, "counted": 4})
    return lambda: "Item" in ledger.get_item(Key={"id": BREAKER})


def test_what_differs_is_shown_adopted_and_restored_again(
    run: Run, cloudtrail: Any, breaker: Callable[[], bool]
) -> None:
    record()
    cloudtrail.update_trail(Name="TestTrail", IsMultiRegionTrail=False)
    code, out, errors = run("TestTrail", "--yes")
    assert (code, errors) == (0, "")
    assert "its baseline: first sight, 2026-11-26 09:00:00 UTC" in out
    assert [line.strip() for line in out.splitlines() if " -> " in line] == ["IsMultiRegionTrail: true -> false"]
    assert "narrowed: it covers one Region only" in out
    assert out.endswith("adopted: TestTrail; its breaker is closed, and restores are counted anew\n")
    found = baseline()
    assert (found["by"], found["fields"]["IsMultiRegionTrail"], breaker()) == ("adopted", False, False)


@pytest.mark.parametrize(("typed", "adopted"), [("y\n", True), ("Yes\n", True), ("\n", False), ("", False)])
def test_only_a_yes_adopts_and_anything_else_leaves_baseline_and_breaker(
    run: Run, cloudtrail: Any, breaker: Callable[[], bool], typed: str, adopted: bool
) -> None:
    record()
    cloudtrail.stop_logging(Name="TestTrail")
    code, out, _ = run("TestTrail", typed=typed)
    assert "Logging: true -> false" in out.split("Adopt this as what TestTrail should be? [y/N]")[0]
    assert "narrowed: NOT recording" in out
    assert (code, baseline()["fields"]["Logging"], breaker()) == (0 if adopted else 1, not adopted, not adopted)


def test_without_a_terminal_it_takes_a_yes_beforehand(run: Run, cloudtrail: Any) -> None:
    record()
    cloudtrail.stop_logging(Name="TestTrail")
    code, _, errors = run("TestTrail")
    assert (code, errors.count("\n"), "--yes" in errors) == (2, 1, True)
    assert baseline()["fields"]["Logging"] is True


def test_where_nothing_differs_nobody_is_asked_and_the_breaker_is_closed(run: Run, breaker: Callable[[], bool]) -> None:
    record()
    code, out, errors = run("TestTrail")
    assert (code, errors, "nothing differs" in out) == (0, "", True)
    assert out.endswith("nothing to adopt: TestTrail; its breaker is closed, and restores are counted anew\n")
    assert (baseline()["by"], breaker()) == ("first sight", False)


def test_what_was_first_seen_narrowed_is_said_and_asked_about_until_somebody_adopts_it(
    run: Run, cloudtrail: Any
) -> None:
    cloudtrail.put_event_selectors(TrailName="TestTrail", EventSelectors=READ_ONLY)
    record()
    assert run("TestTrail")[0] == 2
    out = run("TestTrail", "--yes")[1]
    assert "narrowed: its event selectors leave out: write events" in out
    assert baseline()["by"] == "adopted"
    assert run("TestTrail")[0] == 0


def test_a_dry_run_writes_nothing(run: Run, cloudtrail: Any, breaker: Callable[[], bool]) -> None:
    record()
    cloudtrail.stop_logging(Name="TestTrail")
    code, out, _ = run("TestTrail", "--dry-run")
    assert (code, "Would adopt this as what TestTrail should be" in out) == (0, True)
    assert (baseline()["fields"]["Logging"], breaker()) == (True, True)


def test_a_first_baseline_shows_what_is_set(run: Run) -> None:
    code, out, _ = run("TestTrail", "--yes")
    assert (code, baseline()["by"]) == (0, "adopted")
    assert "it has no baseline" in out
    assert "S3BucketName: - -> trail-logs" in out
    assert "S3KeyPrefix" not in out


def test_the_baseline_of_a_trail_that_is_gone_is_forgotten_once_somebody_says_so(
    run: Run, cloudtrail: Any, breaker: Callable[[], bool]
) -> None:
    record()
    cloudtrail.delete_trail(Name="TestTrail")
    code, out, _ = run("TestTrail", typed="n\n")
    assert (code, "it is gone" in out, baseline()["arn"]) == (1, True, ARN)
    code, out, _ = run("TestTrail", typed="y\n")
    assert (code, out.endswith("forgotten: TestTrail; its breaker is closed, and restores are counted anew\n")) == (
        0,
        True,
    )
    assert (baseline(), breaker()) == (None, False)


def test_without_a_name_it_is_every_watched_trail_whose_home_is_here(cloudtrail: Any, run: Run) -> None:
    cloudtrail.create_trail(Name="Second", S3BucketName="trail-logs")
    moto_client("s3", "us-west-2").create_bucket(
        Bucket="west-logs", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    west = moto_client("cloudtrail", "us-west-2")
    west.create_trail(Name="West", S3BucketName="west-logs", IsMultiRegionTrail=True)
    out = run("--dry-run")[1]
    assert ("/TestTrail\n" in out, "/Second\n" in out, "/West\n" in out) == (True, True, False)


def test_trails_that_are_not_watched_are_left_out_and_refused(
    cloudtrail: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy({"LedgerName": "Ledger", "WatchedTrails": "Second"})
    cloudtrail.create_trail(Name="Second", S3BucketName="trail-logs")
    assert main(["adopt", "--dry-run"]) == 0
    assert "TestTrail" not in capsys.readouterr().out
    assert main(["adopt", "TestTrail"]) == 2
    assert capsys.readouterr().err == "TestTrail is not watched: add it to the setting trails, and deploy again\n"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("Gone", "there is no trail Gone in account 123456789012, Region us-east-1, and no baseline of one"),
        ("x", "x is not a trail's name, or the ARN of a trail"),
        (ARN.replace("us-east-1", "eu-west-1"), "correct it, or run this where it is"),
        ("arn:aws:sqs:us-east-1:123456789012:queue", "is not a trail's name, or the ARN of a trail"),
        ("arn:aws:events:us-east-1:123456789012:rule/Other", "is no rule of Trailkeeper's"),
        ("arn:aws:s3:::no-such-bucket", "there is no bucket no-such-bucket"),
        ("\x1b[2J\u202eevil", "[2Jevil is not a trail's name"),
    ],
)
def test_what_is_not_there_is_a_line(run: Run, given: str, line: str) -> None:
    code, out, errors = run(given, "--yes")
    assert (code, out, errors.count("\n"), line in errors) == (2, "", 1, True)


def test_a_trail_of_another_home_region_is_adopted_there(run: Run) -> None:
    moto_client("s3", "us-west-2").create_bucket(
        Bucket="west-logs", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    west = moto_client("cloudtrail", "us-west-2")
    west.create_trail(Name="West", S3BucketName="west-logs", IsMultiRegionTrail=True)
    assert run("West")[::2] == (2, "West: its home Region is us-west-2: run this there\n")


@pytest.mark.parametrize(
    ("outputs", "line"),
    [
        (None, "there is no stack Trailkeeper in account 123456789012, Region us-east-1: deploy it there"),
        ({"StateMachineArn": "x"}, "the stack Trailkeeper in account 123456789012, Region us-east-1 is older"),
        ({"LedgerName": "Lost", "WatchedTrails": "*"}, "the ledger Lost does not exist in account 123456789012"),
    ],
)
def test_without_a_ledger_it_says_so(
    cloudtrail: Any, capsys: pytest.CaptureFixture[str], outputs: dict[str, str] | None, line: str
) -> None:
    if outputs:
        deploy(outputs)
    assert main(["adopt", "TestTrail", "--yes"]) == 2
    errors = capsys.readouterr().err
    assert (errors.startswith(line), errors.count("\n")) == (True, 1)


def test_without_credentials_it_is_a_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    assert main(["adopt"]) == 2
    errors = capsys.readouterr().err
    assert (errors.count("\n"), "no-such-profile" in errors, "Trailkeeper-Owners" in errors) == (1, True, True)


# ---- What is narrowed


NARROWED: list[tuple[str, Callable[[Any], Any], str]] = [
    ("S3BucketName", lambda client: client.update_trail(Name=TRAIL, S3BucketName="other-logs"),
     "where it delivers has changed: s3BucketName: trail-logs → other-logs"),
    ("EnableLogFileValidation", lambda client: client.update_trail(Name=TRAIL, EnableLogFileValidation=False),
     "log file validation is off"),
    ("EventSelectors", lambda client: client.put_event_selectors(TrailName=TRAIL, EventSelectors=READ_ONLY),
     "the event selectors record fewer management events than before"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "harm", "words"), NARROWED, ids=[field for field, _, _ in NARROWED])
def test_what_the_owners_would_lose_is_said(
    run: Run, cloudtrail: Any, field: str, harm: Callable[[Any], Any], words: str
) -> None:
    moto_client("s3").create_bucket(Bucket="other-logs")
    record()
    assert "narrowed" not in run(TRAIL, "--dry-run")[1]
    harm(cloudtrail)
    out = run(TRAIL, "--dry-run")[1]
    assert (f"  {field}: " in out, f"  narrowed: {words}\n" in out) == (True, True), out


@pytest.mark.parametrize(
    ("wanted", "difference", "words"),
    [
        ({"MaxEventSize": "Large"}, "MaxEventSize: Large -> Standard", "the size of events is limited: Standard"),
        ({"ContextKeySelectors": [{"Type": "x"}]}, "ContextKeySelectors: ", "what is added to events has changed"),
        ({"InsightSelectors": [{"InsightType": "x"}]}, "InsightSelectors: ", "Insights find less than before"),
    ],
)
def test_what_is_found_in_events_or_added_to_them_is_said(
    run: Run, wanted: Fields, difference: str, words: str
) -> None:
    record(**wanted)
    out = run(TRAIL, "--dry-run")[1]
    assert (f"  {difference}" in out, f"  narrowed: {words}\n" in out) == (True, True), out


# ---- Long values


def test_of_a_long_value_the_lines_that_differ_are_shown_cut_and_clean(run: Run) -> None:
    s3, arn = moto_client("s3"), "arn:aws:s3:::trail-logs"
    s3.put_bucket_policy(Bucket="trail-logs", Policy=json.dumps(BUCKET_POLICY))
    record(arn)
    changed = json.loads(json.dumps(BUCKET_POLICY))
    changed["Statement"][0]["Sid"] = "\u202eevil" + "x" * 1000
    changed["Statement"] += [{**changed["Statement"][1], "Sid": f"more{number}"} for number in range(10)]
    s3.put_bucket_policy(Bucket="trail-logs", Policy=json.dumps(changed))
    out = run(arn, "--dry-run")[1]
    assert "Policy: - wanted, + found" in out
    assert '-    "Sid": "AWSCloudTrailAclCheck"' in out
    assert '+    "Sid": "evilxxx' in out
    assert "AWSCloudTrailWrite" not in out  # which is as it was
    assert "lines more" in out
    assert max(map(len, out.splitlines())) < 210


# ---- Other things than trails


def test_a_buckets_policy_is_adopted_and_what_it_refuses_is_said(run: Run) -> None:
    arn = "arn:aws:s3:::trail-logs"
    moto_client("s3").put_bucket_policy(
        Bucket="trail-logs", Policy=json.dumps({**BUCKET_POLICY, "Statement": BUCKET_POLICY["Statement"][:1]})
    )
    code, out, _ = run(arn, "--yes")
    assert (code, "narrowed: the policy does not allow CloudTrail this call" in out) == (0, True)
    moto_client("s3").delete_bucket_policy(Bucket="trail-logs")
    assert "narrowed: CloudTrail may no longer write to the bucket" in run(arn, "--yes")[1]
    assert baseline(arn)["fields"] == {"Policy": ""}


def test_a_key_and_a_rule_are_adopted(run: Run) -> None:
    kms, events = moto_client("kms"), moto_client("events")
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    assert "narrowed: CloudTrail can no longer encrypt" in run(key["Arn"], "--yes")[1]
    rule = events.put_rule(Name="Trailkeeper-Tampering", EventPattern="{}", State="DISABLED")["RuleArn"]
    out = run(rule, "--yes")[1]
    assert "narrowed: the rule is disabled" in out
    assert "narrowed: the rule no longer starts anything" in out
    fields = {"State": "DISABLED", "EventPattern": "{}", "ScheduleExpression": "", "Targets": []}
    assert baseline(rule)["fields"] == fields


def test_an_event_data_store_is_adopted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"Name": "Lake", "MultiRegionEnabled": True, "RetentionPeriod": 7, "Status": "STOPPED_INGESTION"}
    monkeypatch.setattr(aws.client("cloudtrail", "us-east-1"), "get_event_data_store", lambda **_: found, raising=False)
    arn = ARN.replace("trail/TestTrail", "eventdatastore/aaaaaaaa-bbbb-cccc-dddd-000000000001")
    out = run(arn, "--yes")[1]
    assert "narrowed: It no longer ingests events" in out
    assert "narrowed: days until its events are deleted: 7" in out
    assert baseline(arn)["fields"] == found


STORE = "aaaaaaaa-bbbb-cccc-dddd-000000000001"
STORE_ARN = f"arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/{STORE}"
RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule/Trailkeeper-Tampering"


@pytest.mark.parametrize(
    ("source", "action", "request_", "arn"),
    [
        ("cloudtrail", "StopLogging", {"name": "TestTrail"}, ARN),
        ("cloudtrail", "DeleteTrail", {"name": ARN}, ARN),
        ("cloudtrail", "DeleteEventDataStore", {"eventDataStore": STORE}, STORE_ARN),
        ("cloudtrail", "DeleteEventDataStore", {"eventDataStore": STORE_ARN}, STORE_ARN),
        ("s3", "DeleteBucketPolicy", {"bucketName": "trail-logs"}, DESTINATIONS[0]),
        ("kms", "DisableKey", {"keyId": DESTINATIONS[1]}, DESTINATIONS[1]),
        ("events", "DisableRule", {"name": "Trailkeeper-Tampering"}, RULE_ARN),
    ],
)
def test_the_breaker_is_found_by_the_key_that_incidents_have(
    source: str, action: str, request_: dict[str, str], arn: str
) -> None:
    record = {
        **event("stop-logging")["detail"],
        "eventSource": f"{source}.amazonaws.com",
        "eventName": action,
        "requestParameters": request_,
    }
    incident = judge(record, {**SETTINGS, "destinations": [*DESTINATIONS]}, OWN)
    kind = next(kind for kind in owners.KINDS if kinds.arn_of(kind, arn, OWN) == arn)
    assert incident["dedup_key"] in keys_of(kind, arn, OWN)


# ---- On the local cloud, where IAM counts


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud with Trailkeeper deployed, which restores a trail once an hour, and a trail."""
    settings = {"undo": {"StopLogging": "auto"}, "report_minutes": 0, "flood_minutes": 0.01}
    limits = {"restores_per_hour": 1, "undo_hours": 0, "destinations": [f"arn:aws:s3:::{BUCKET}"]}
    with deployed_with_trail(tmp_path_factory.mktemp("adopting"), **settings, **limits) as cloud:
        yield cloud


def stop(cloud: LocalCloud) -> bool:
    """Let the trail record and stop it; whether Trailkeeper let it record again."""
    cloudtrail = cloud.client("cloudtrail")
    before = len(cloud.executions())
    cloudtrail.start_logging(Name=TRAIL)
    cloudtrail.stop_logging(Name=TRAIL)

    def ended() -> Any:
        found = cloud.executions()
        return len(found) > before and all(one["status"] != "RUNNING" for one in found)

    cloud.wait(ended, "the end of its execution")
    return bool(cloudtrail.get_trail_status(Name=TRAIL)["IsLogging"])


def test_an_owner_with_the_policy_alone_closes_the_breaker_and_nobody_else_does(deployed: LocalCloud) -> None:
    olivia, eve = Operator(deployed, "olivia", "Owners"), Operator(deployed, "eve")
    assert olivia.run("adopt", "--yes")[0] == 0  # a first baseline
    assert (stop(deployed), stop(deployed)) == (True, False)
    code, out, errors = eve.run("adopt", "--yes")
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert "is not authorized to perform: cloudformation:DescribeStacks" in errors
    code, out, errors = olivia.run("adopt", TRAIL, "--yes")
    assert (code, errors, "its breaker is closed" in out) == (0, "", True)
    assert stop(deployed) is True


def test_an_owner_adopts_a_buckets_policy_and_a_rule(deployed: LocalCloud) -> None:
    oscar = Operator(deployed, "oscar", "Owners")
    rules = deployed.client("events").list_rules()["Rules"]
    rule = next(rule["Arn"] for rule in rules if "Tampering" in rule["Name"])
    code, out, errors = oscar.run("adopt", f"arn:aws:s3:::{BUCKET}", rule, "--yes")
    assert (code, errors, out.count("adopted: "), "narrowed" in out) == (0, "", 2, False)


def test_an_owner_may_not_touch_the_trail_itself(deployed: LocalCloud) -> None:
    otto = Operator(deployed, "otto", "Owners")
    cloudtrail = deployed.client("cloudtrail", credentials=otto.key)
    with pytest.raises(cloudtrail.exceptions.ClientError, match="not authorized to perform: cloudtrail:StopLogging"):
        cloudtrail.stop_logging(Name=TRAIL)
