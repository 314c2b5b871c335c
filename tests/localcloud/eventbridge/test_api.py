"""EventBridge's calls on the local cloud, where moto differs from AWS."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.account import ACCOUNT, queue, received, rule

REGION = "eu-west-2"  # used by these tests only


def code_of(call: Any, *arguments: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(*arguments, **options)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_nobody_but_aws_sends_as_aws(cloud: LocalCloud) -> None:
    url, arn = queue(cloud, "genuine", REGION)
    rule(cloud, "genuine", REGION, {"source": ["aws.cloudtrail", "own"]}, arn)
    entry = {"DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps({"eventName": "StopLogging"})}
    forged, own = {"Source": "aws.cloudtrail", **entry}, {"Source": "own", **entry}
    answer = cloud.client("events", REGION).put_events(Entries=[forged, own])
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    body = json.loads(received(cloud, url, REGION)["Body"])
    assert body["id"] == answer["Entries"][1]["EventId"]
    assert set(body) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}


def test_a_pattern_that_aws_refuses_is_refused(cloud: LocalCloud) -> None:
    put_rule = cloud.client("events", REGION).put_rule
    code, message = code_of(put_rule, Name="bad", EventPattern=json.dumps({"source": [{"regex": "a.*"}]}))
    assert code == "InvalidEventPatternException"
    assert "Unrecognized match type regex" in message


def test_targets_that_would_never_run_are_refused(cloud: LocalCloud) -> None:
    events = cloud.client("events", REGION)
    events.put_rule(Name="to-stream", EventPattern=json.dumps({"source": ["x"]}))
    stream = {"Id": "1", "Arn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"}
    assert "kinesis" in code_of(events.put_targets, Rule="to-stream", Targets=[stream])[1]


def test_a_pattern_can_be_tested_on_an_event(cloud: LocalCloud) -> None:
    event = {"id": "1", "account": ACCOUNT, "time": "2026-11-25T00:00:00Z", "region": REGION}
    event |= {"source": "aws.cloudtrail", "detail-type": "AWS API Call via CloudTrail"}

    def matches(**pattern: Any) -> bool:
        asked = {"EventPattern": json.dumps(pattern), "Event": json.dumps(event)}
        return bool(cloud.client("events", REGION).test_event_pattern(**asked)["Result"])

    assert matches(source=["aws.cloudtrail"], detail={"errorCode": [{"exists": False}]}) is True
    assert matches(source=["aws.s3"]) is False
