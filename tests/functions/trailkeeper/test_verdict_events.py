"""The first judgement of events that nobody here wrote: those that other projects recorded, and generated ones."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calls import happened
from tests.samples import ARN, DESTINATIONS, SETTINGS
from trailkeeper.calls import catalogue
from trailkeeper.incident import Incident
from trailkeeper.record import INVISIBLE
from trailkeeper.verdict import judge

RECORDED = Path(__file__).parents[4] / "shared" / "events"
needs_recorded_events = pytest.mark.skipif(
    not RECORDED.exists(), reason="the recorded events are not part of the project"
)


def recorded(source: str | None = None) -> list[Any]:
    """The rows of the recorded events' index, one test parameter each."""
    if not RECORDED.exists():
        return []
    with (RECORDED / "index.tsv").open() as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    return [
        pytest.param(row, id=row["file"]) for row in rows if source is None or f"({source})" in row["event (source)"]
    ]


def expected_verdicts(row: dict[str, str]) -> set[str]:
    """The verdicts that an index row allows where its resource is watched."""
    expected, (action, source) = row["expected"], row["event (source)"].split()
    if expected.startswith("failed attempt"):
        return {"attempted"} if "adjacent" not in expected else {"unrelated"}
    if expected.startswith(("tamper", "conditional")):
        return {{"StopLogging": "stopped"}.get(action, "deleted" if action.startswith("Delete") else "narrowed")}
    return {"harmless", "unrelated"} if source in ("(cloudtrail)", "(s3)") else {"unrelated"}


@needs_recorded_events
@pytest.mark.parametrize("row", recorded("cloudtrail"))
def test_recorded_cloudtrail_events_get_the_verdict_expected(row: dict[str, str]) -> None:
    incident = judge(json.loads((RECORDED / row["file"]).read_text()), SETTINGS)
    assert incident["verdict"] in expected_verdicts(row), incident["facts"]
    if row["expected"].startswith("tamper"):
        assert incident["severity"] == row["expected"].split()[1]
    elif incident["verdict"] == "attempted":
        assert incident["severity"] == "medium"


@needs_recorded_events
def test_recorded_events_of_every_service_count_only_where_their_resource_is_watched() -> None:
    """All 129, with and without what they are about among the destinations or, for rules, in our own stack."""
    both_ways = 0
    rows = [parameter.values[0] for parameter in recorded()]
    assert len(rows) == 129
    for row in rows:
        record = json.loads((RECORDED / row["file"]).read_text())
        if "(cloudtrail)" in row["event (source)"]:
            continue
        if "LeaveOrganization" in row["event (source)"]:  # adjacent for the index, a row of the catalogue here
            assert judge(record, SETTINGS)["verdict"] == "attempted"
            continue
        assert judge(record, SETTINGS)["verdict"] == "unrelated"
        if "known non-trail bucket" in row["expected"]:
            continue
        incident = judge(named_in_stack(record), {**SETTINGS, "destinations": about(record)})
        assert incident["verdict"] in expected_verdicts(row), (row, incident["facts"])
        both_ways += "tamper" in row["expected"]
    assert both_ways == 17


def about(record: Any) -> list[str]:
    """What a record is about, as the ARNs of destinations."""
    request = record.get("requestParameters") or {}
    groups = f"arn:aws:logs:{record.get('awsRegion')}:{record.get('recipientAccountId')}:log-group:"
    found = [f"arn:aws:s3:::{request['bucketName']}"] if "bucketName" in request else []
    if "logGroupName" in request:
        found.append(groups + request["logGroupName"])
    if denied := re.search(r"log-group:(\w+)", record.get("errorMessage", "")):
        found.append(groups + denied[1])
    return found


def named_in_stack(record: Any) -> Any:
    """The record with its rule or alarm under a name of Trailkeeper's own stack."""
    return json.loads(re.sub("TrailDiscover(Rule|Alarm)", r"Trailkeeper-\1", json.dumps(record)))


hostile = st.text(max_size=400) | st.sampled_from(
    ["", "null", "\n\r\x1b[31m", "‮evil", "​", "https://evil.example", "가" * 300, ARN]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=8,
)


def any_of(fields: str) -> dict[str, Any]:
    """Each of the fields, with any value."""
    return dict.fromkeys(fields.split(), anything)


requests = st.fixed_dictionaries(
    {},
    optional=any_of(
        "name trailName s3BucketName s3KeyPrefix kmsKeyId isMultiRegionTrail omitted "
        "eventSelectors advancedEventSelectors"
    ),
)
identities = st.fixed_dictionaries({}, optional=any_of("type arn userName sessionContext invokedBy principalId"))
records = st.fixed_dictionaries(
    {
        "eventSource": st.just("cloudtrail.amazonaws.com") | anything,
        "eventName": st.sampled_from([call.action for call in catalogue()]) | anything,
    },
    optional={
        "userIdentity": identities | anything,
        "requestParameters": requests | anything,
        **any_of("responseElements eventTime awsRegion eventID errorCode errorMessage sourceIPAddress userAgent"),
        **any_of("recipientAccountId eventType"),
    },
)


def assert_safe(incident: Incident) -> None:
    """The promises that hold for every incident, whatever the event was."""
    assert incident["verdict"] in ("stopped", "deleted", "narrowed", "attempted", "harmless", "unrelated")
    text = json.dumps(incident, ensure_ascii=False)
    assert len(text.encode("utf-8")) < 60_000
    assert text.isprintable()
    assert not set(text) & set(INVISIBLE)
    if incident["undo"]["call"]:
        assert incident["verdict"] in ("stopped", "deleted", "narrowed", "harmless")
        assert str(incident["undo"]["on"]).startswith("arn:")


@given(records | st.fixed_dictionaries({"detail": records, "time": anything, "region": anything}) | anything)
def test_nothing_in_an_event_makes_triage_raise(generated: Any) -> None:
    assert_safe(judge(generated, SETTINGS))


# What the judges read in requests, at any depth.
PARTS = (
    "Statement Effect Principal Service AWS Action Condition Bool Rule Status Expiration Days Date "
    "NoncurrentVersionExpiration NoncurrentDays DefaultRetention ApplyServerSideEncryptionByDefault "
    "SSEAlgorithm fieldSelectors field equals notEquals readWriteType includeManagementEvents "
    "excludeManagementEventSources dataResources type values insightType "
    "AccessControlList Grant Grantee Owner ID URI Filter And Prefix Years"
)
shaped = st.recursive(
    anything
    | st.sampled_from(["Allow", "Deny", "*", "cloudtrail.amazonaws.com", "s3:*", "Enabled", "All", "Management"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(PARTS.split()), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "isMultiRegionTrail s3BucketName s3KeyPrefix kmsKeyId cloudWatchLogsLogGroupArn snsTopicName "
    "eventSelectors advancedEventSelectors insightSelectors maxEventSize retentionPeriod retentionInDays "
    "bucketPolicy policy omitted LifecycleConfiguration VersioningConfiguration "
    "ServerSideEncryptionConfiguration x-amz-acl AccessControlPolicy PublicAccessBlockConfiguration "
    "ObjectLockConfiguration ReplicationConfiguration state enableTerminationProtection multiRegionEnabled"
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(FIELDS.split()), shaped, max_size=5), anything)
def test_every_call_of_the_catalogue_gets_one_verdict_whatever_its_request(request: Any, identity: Any) -> None:
    for call in catalogue():
        named = happened(call, userIdentity=identity)
        named["detail"]["requestParameters"] |= request
        incident = judge(named, {**SETTINGS, "destinations": list(DESTINATIONS)})
        assert_safe(incident)
        assert incident["verdict"] != "unrelated"


statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Principal": st.just("*") | st.dictionaries(st.sampled_from(["AWS", "Service"]), shaped) | anything,
        "Action": st.lists(st.text(alphabet="s3:Put*?[]", max_size=60)) | anything,
        "Condition": st.dictionaries(
            st.just("Bool"), st.dictionaries(st.just("aws:SecureTransport"), shaped) | anything
        ),
    },
)


@given(statements)
def test_every_policy_gets_one_verdict_whatever_its_statements(statement: Any) -> None:
    policy = {"Statement": [statement]}
    for action, request in (
        ("PutBucketPolicy", {"bucketPolicy": policy}),
        ("PutKeyPolicy", {"policy": json.dumps(policy)}),
    ):
        call = next(call for call in catalogue() if (call.family, call.action) == ("destination", action))
        named = happened(call)
        named["detail"]["requestParameters"] |= request
        assert_safe(judge(named, {**SETTINGS, "destinations": list(DESTINATIONS)}))
