"""Triage on events that nobody here wrote: those that other projects recorded, and generated ones."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import CATALOGUE
from incident import INVISIBLE, Incident
from samples import ARN, SETTINGS
from triage import judge

RECORDED = Path(__file__).parents[2] / "shared" / "events"
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
    """The verdicts that an index row of cloudtrail.amazonaws.com allows."""
    if row["expected"].startswith("tamper"):
        return {{"StopLogging": "stopped", "DeleteTrail": "deleted"}.get(row["event (source)"].split()[0], "narrowed")}
    return {"attempted"} if row["expected"].startswith("failed attempt") else {"harmless", "unrelated"}


@needs_recorded_events
@pytest.mark.parametrize("row", recorded("cloudtrail"))
def test_recorded_cloudtrail_events_get_the_verdict_expected(row: dict[str, str]) -> None:
    incident = judge(json.loads((RECORDED / row["file"]).read_text()), SETTINGS)
    assert incident["verdict"] in expected_verdicts(row), incident["reasons"]
    if row["expected"].startswith("tamper"):
        assert incident["severity"] == row["expected"].split()[1]


@needs_recorded_events
def test_no_recorded_event_of_any_service_crashes_triage_or_raises_a_false_alarm() -> None:
    rows = [parameter.values[0] for parameter in recorded()]
    assert len(rows) == 129
    for row in rows:
        incident = judge(json.loads((RECORDED / row["file"]).read_text()), SETTINGS)
        if "(cloudtrail)" not in row["event (source)"]:
            assert incident["verdict"] == "unrelated"


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
        "eventName": st.sampled_from([call.action for call in CATALOGUE]) | anything,
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
        assert incident["verdict"] == "stopped"


@given(records | st.fixed_dictionaries({"detail": records, "time": anything, "region": anything}) | anything)
def test_nothing_in_an_event_makes_triage_raise(generated: Any) -> None:
    assert_safe(judge(generated, SETTINGS))


@given(st.sampled_from(CATALOGUE), requests, anything)
def test_every_call_of_the_catalogue_gets_one_verdict_whatever_its_request(
    call: Any, request: Any, identity: Any
) -> None:
    record = {
        "eventSource": call.source,
        "eventName": call.action,
        "requestParameters": request,
        "userIdentity": identity,
    }
    incident = judge(record, SETTINGS)
    assert_safe(incident)
    assert incident["verdict"] != "unrelated"
