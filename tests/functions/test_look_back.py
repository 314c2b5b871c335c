"""Look back: what event history tells of the time without recording, by pages, Region by Region."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

import look_back
from tests.samples import CONTEXT, RESTORED, SETTINGS, STOPPED, event
from trailkeeper import aws
from trailkeeper.coverage import GLOBAL_REGIONS
from trailkeeper.verdict import judge

STOP = judge(event("stop-logging"), SETTINGS)
WHO = {"arn": STOP["actor"]["arn"], "accessKeyId": STOP["actor"]["access_key_id"]}
ORDER: look_back.Order = {"incident": STOP, "trail": {**STOPPED, "multi_region": False}, "undo": RESTORED}
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "LookupEvents")
NOT_ENABLED = [
    ClientError({"Error": {"Code": code, "Message": "invalid"}}, "LookupEvents")
    for code in ("UnrecognizedClientException", "InvalidClientTokenId", "OptInRequired")
]
DELIVERED = datetime(2026, 11, 23, 2, 6, tzinfo=UTC)


def record(number: int, action: str = "CreateUser", source: str = "iam", **changes: Any) -> dict[str, Any]:
    """A record in event history, by the incident's actor."""
    return {
        "eventID": f"id-{number}",
        "eventTime": f"2026-11-23T02:01:{number:02}Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": action,
        "awsRegion": "us-east-1",
        "userIdentity": WHO,
        "requestParameters": {"userName": "backdoor"},
        "readOnly": False,
        **changes,
    }


class CloudTrail:
    """CloudTrail with an event history of its own in each Region: a list of records, or an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, histories: dict[str, Any], **status: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.histories, self.status = histories, {"IsLogging": True, "LatestDeliveryTime": DELIVERED, **status}
        monkeypatch.setattr(look_back, "PAUSE", 0)
        monkeypatch.setattr(aws, "client", self.client)

    def client(self, service: str, region: str, attempts: int = 1) -> Any:
        return SimpleNamespace(
            get_trail_status=lambda Name: self.status, lookup_events=lambda **given: self.lookup(region, given)
        )

    def lookup(self, region: str, given: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((region, given))
        history = self.histories.get(region, [])
        if isinstance(history, Exception):
            raise history
        start = int(given.get("NextToken", 0))
        more = {"NextToken": str(start + 50)} if len(history) > start + 50 else {}
        return {"Events": [{"CloudTrailEvent": json.dumps(one)} for one in history[start : start + 50]], **more}


def test_it_tells_what_was_changed_the_worst_first_and_counts_what_was_only_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    CloudTrail(
        monkeypatch,
        {
            "us-east-1": [
                record(1, "RunInstances", "ec2", requestParameters=None),
                record(2, "PutBucketPolicy", "s3", resources=[{"ARN": "arn:aws:s3:::data"}]),
                record(3, "CreateAccessKey", errorCode="AccessDenied"),
                record(4, "ListUsers", readOnly=True),
                record(2, "PutBucketPolicy", "s3"),
                record(9, "StopLogging", "cloudtrail", eventID=STOP["id"]),
            ]
        },
    )
    found = look_back.handler(ORDER, CONTEXT)["look_back"]
    assert found["regions"] == ["us-east-1"]
    assert [(call["action"], call["on"], call["error"]) for call in found["calls"]] == [
        ("CreateAccessKey", "backdoor", "AccessDenied"),
        ("PutBucketPolicy", "backdoor", None),
        ("RunInstances", None, None),
    ], "each event once, and not the stop itself"
    assert (found["reads"], found["more"], found["left_out"]) == (1, False, 0)
    assert (found["since"], found["until"]) == (STOP["time"], RESTORED["started_at"])


def test_it_asks_by_key_and_by_name_in_the_regions_of_the_trail_and_in_that_of_global_services(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloudtrail = CloudTrail(monkeypatch, {})
    look_back.handler(ORDER, CONTEXT)
    assert {region for region, _ in cloudtrail.asked} == {"us-east-1"} == {GLOBAL_REGIONS["aws"]}
    assert [given["LookupAttributes"][0] for _, given in cloudtrail.asked] == [
        {"AttributeKey": "AccessKeyId", "AttributeValue": STOP["actor"]["access_key_id"]},
        {"AttributeKey": "Username", "AttributeValue": STOP["actor"]["name"]},
    ]
    for _, given in cloudtrail.asked:
        assert given["StartTime"] == datetime.fromisoformat(STOP["time"] or "")
        assert given["EndTime"] == datetime.fromisoformat(RESTORED["started_at"] or "")
    look_back.handler({**ORDER, "trail": {**STOPPED, "multi_region": True}}, CONTEXT)
    assert {"eu-central-1", "ap-northeast-2", "us-east-1"} <= {region for region, _ in cloudtrail.asked}


def test_anothers_session_of_the_same_name_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"arn": "arn:aws:sts::123456789012:assumed-role/Other/alice", "accessKeyId": "ASIAOTHEREXAMPLE0000"}
    CloudTrail(monkeypatch, {"us-east-1": [record(1, userIdentity=other), record(2)]})
    assert [call["time"] for call in look_back.handler(ORDER, CONTEXT)["look_back"]["calls"]] == [
        "2026-11-23T02:01:02Z"
    ]


def test_the_same_user_with_another_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    CloudTrail(monkeypatch, {"us-east-1": [record(1, userIdentity={**WHO, "accessKeyId": "AKIAOTHEREXAMPLE0000"})]})
    assert len(look_back.handler(ORDER, CONTEXT)["look_back"]["calls"]) == 1


@pytest.mark.parametrize("not_enabled", NOT_ENABLED, ids=str)
def test_a_region_that_cannot_be_asked_is_named_and_one_that_is_not_enabled_is_not(
    not_enabled: ClientError, monkeypatch: pytest.MonkeyPatch
) -> None:
    CloudTrail(monkeypatch, {"us-east-1": [record(1)], "eu-central-1": THROTTLED, "af-south-1": not_enabled})
    found = look_back.handler({**ORDER, "trail": {**STOPPED, "multi_region": True}}, CONTEXT)["look_back"]
    assert len(found["calls"]) == 1, "what was read is not lost"
    assert found["unread"] == [{"call": "LookupEvents", "on": "eu-central-1", "error": "ThrottlingException"}]
    assert not {"eu-central-1", "af-south-1"} & {*found["regions"]}


def test_pages_are_bounded_and_the_report_carries_no_more_than_a_reader_takes_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = [record(number % 60, eventID=f"id-{number}") for number in range(1000)]
    cloudtrail = CloudTrail(monkeypatch, {"us-east-1": history})
    found = look_back.handler(ORDER, CONTEXT)["look_back"]
    assert len(cloudtrail.asked) == 2 * look_back.MOST_PAGES
    assert (len(found["calls"]), found["left_out"], found["more"]) == (100, 200, True)


def test_delivery_is_proven_by_a_delivery_after_the_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    CloudTrail(monkeypatch, {})
    assert look_back.handler(ORDER, CONTEXT)["look_back"]["delivered_at"] == "2026-11-23T02:06:00.000Z"
    CloudTrail(monkeypatch, {}, LatestDeliveryTime=datetime(2026, 11, 23, 1, 59, tzinfo=UTC))
    assert look_back.handler(ORDER, CONTEXT)["look_back"]["delivered_at"] is None
    CloudTrail(monkeypatch, {}, LatestDeliveryError="AccessDenied")
    assert look_back.handler(ORDER, CONTEXT)["look_back"]["delivery_error"] == "AccessDenied"


def test_the_status_of_the_trail_is_told_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    started, stopped = datetime(2026, 11, 23, 2, 7, tzinfo=UTC), datetime(2026, 11, 23, 2, 8, tzinfo=UTC)
    CloudTrail(monkeypatch, {}, IsLogging=False, StartLoggingTime=started, StopLoggingTime=stopped)
    found = look_back.handler(ORDER, CONTEXT)["trail"]
    assert (found["logging"], found["started_at"], found["stopped_at"]) == (
        *(False, "2026-11-23T02:07:00.000Z", "2026-11-23T02:08:00.000Z"),
    )


def test_calls_stand_by_what_they_are_on_and_then_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    services = [
        *("iam", "sts", "organizations", "sso", "sso-directory", "identitystore", "signin"),
        *("kms", "secretsmanager", "ssm"),
        *("s3", "dynamodb", "rds", "redshift", "glacier", "backup", "elasticfilesystem"),
        *("ec2", "elasticloadbalancing", "route53", "lambda", "ecs", "eks"),
        *("athena", "sns"),
    ]
    # Within a rank, by time: the later in this list, the later.
    history = [record(number, "Call", service) for number, service in enumerate(services)]
    CloudTrail(monkeypatch, {"us-east-1": history[::-1]})
    found = look_back.handler(ORDER, CONTEXT)["look_back"]
    assert [call["service"] for call in found["calls"]] == services


def test_an_actor_without_credentials_in_the_event_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudtrail = CloudTrail(monkeypatch, {})
    nobody: Any = {**STOP, "actor": {**STOP["actor"], "arn": None, "access_key_id": None}}
    found = look_back.handler({**ORDER, "incident": nobody}, CONTEXT)
    assert (found["look_back"], found["trail"]["logging"]) == ({"error": "no_credentials"}, True)
    assert cloudtrail.asked == []


@pytest.mark.parametrize(
    ("resources", "on"),
    [([{"ARN": "arn:aws:s3:::data"}], "arn:aws:s3:::data"), ([], "backdoor"), ("x", "backdoor"), (["x"], "backdoor")],
)
def test_what_a_call_was_on_is_said_by_its_resources_or_else_by_a_name_in_its_request(resources: Any, on: str) -> None:
    call, _ = look_back.later_call(record(1, resources=resources), "us-east-1")
    assert call["on"] == on


def test_what_was_read_until_the_time_was_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    CloudTrail(monkeypatch, {"us-east-1": [record(number % 60, eventID=f"id-{number}") for number in range(1000)]})
    records, more = look_back.lookup("us-east-1", STOP, STOP["time"] or "", "2026-11-23T03:00:00Z", until=0)
    assert (len(records), more) == (50, True)


def test_of_a_trail_that_cannot_be_read_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudtrail = CloudTrail(monkeypatch, {"us-east-1": [record(1)]})
    cloudtrail.status = None  # type: ignore[assignment]
    monkeypatch.setattr(aws, "client", lambda *_: SimpleNamespace(lookup_events=lambda **_: {"Events": []}))
    nameless: Any = {**STOP, "trail": {**STOP["trail"], "arn": None, "name": None}}
    found = look_back.handler({**ORDER, "incident": nameless}, CONTEXT)
    assert (found["trail"], found["look_back"]["delivered_at"]) == ({}, None)
