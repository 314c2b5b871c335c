"""Notify, on moto: one publish, with text for people and JSON for programs."""

import json
from typing import Any

import boto3
import pytest

import aws
import notify
from tests.samples import DENIED, EXECUTION, RECORDING, RESTORED, SETTINGS, STOPPED, event, report


@pytest.fixture
def published(on_moto: None, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is published to a topic, as SNS takes it."""
    topic = boto3.client("sns", region_name="us-east-1").create_topic(Name="alerts")["TopicArn"]
    monkeypatch.setenv("TOPIC_ARN", topic)
    monkeypatch.setenv("SETTINGS", json.dumps(SETTINGS))
    calls: list[dict[str, Any]] = []
    client = aws.client("sns", "us-east-1")
    publish = client.publish

    def recorded(**call: Any) -> Any:
        calls.append(call)
        return publish(**call)

    monkeypatch.setattr(client, "publish", recorded)
    return calls


def test_one_publish_carries_the_mail_and_the_whole_report(published: list[dict[str, Any]]) -> None:
    told = report("stop-logging", STOPPED, RESTORED)
    notice = notify.handler(told, None)
    (call,) = published
    message = json.loads(call["Message"])
    assert message["email"].startswith("alice stopped the trail TestTrail")
    assert json.loads(message["default"]) == told
    assert call["MessageStructure"] == "json"
    assert notice["subject"] == call["Subject"]
    assert notice["message_id"]


def test_subscribers_can_filter_by_what_matters(published: list[dict[str, Any]]) -> None:
    notify.handler(report("stop-logging-denied", RECORDING, {}), None)
    assert {name: value["StringValue"] for name, value in published[0]["MessageAttributes"].items()} == {
        "verdict": "attempted",
        "severity": "medium",
        "family": "trail",
        "action": "StopLogging",
        "account": "123456789012",
        "region": "us-east-1",
    }


def test_the_mail_is_in_the_language_of_the_settings(
    published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTINGS", json.dumps({**SETTINGS, "language": "ko"}))
    assert notify.handler(report("stop-logging", STOPPED, DENIED), None)["subject"].startswith(
        "[심각] CloudTrail 중지됨"
    )


def test_an_event_of_any_size_that_triage_could_not_judge_is_mailed(published: list[dict[str, Any]]) -> None:
    raw = json.dumps(event("stop-logging", userAgent='"\\🦊' * 60_000), ensure_ascii=False)[:60_000]
    untriaged: Any = {"untriaged": {"error": "KeyError", "cause": ""}, "event": raw}
    notice = notify.handler({"incident": untriaged, "trail": {}, "undo": {}, "execution": EXECUTION}, None)
    assert "could not be judged" in notice["subject"]
    assert len(published[0]["Message"].encode()) < 256 * 1024


def test_a_refused_publish_fails_under_its_code(
    published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:missing")
    with pytest.raises(Exception, match="does not exist") as raised:
        notify.handler(report("stop-logging", STOPPED, RESTORED), None)
    assert type(raised.value).__name__ == "NotFound"
