"""Notify, on moto: one publish, with text for people and JSON for programs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

import notify
from tests.conftest import moto_client
from tests.samples import CONTEXT, DENIED, EXECUTION, RECORDING, RESTORED, STOPPED, event, report
from trailkeeper import aws


@pytest.fixture
def published(on_moto: None, deployed: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is published to a topic, as SNS takes it."""
    topic = moto_client("sns").create_topic(Name="alerts")["TopicArn"]
    monkeypatch.setenv("TOPIC_ARN", topic)
    calls: list[dict[str, Any]] = []
    client = aws.client("sns", "us-east-1")
    publish = client.publish

    def recorded(**call: Any) -> Any:
        calls.append(call)
        return publish(**call)

    monkeypatch.setattr(client, "publish", recorded)
    return calls


def test_one_publish_carries_the_mail_and_the_whole_report(published: list[dict[str, Any]]) -> None:
    whole = report("stop-logging", STOPPED, RESTORED)
    notice = notify.handler(whole, CONTEXT)
    (call,) = published
    message = json.loads(call["Message"])
    assert message["email"].startswith("alice stopped the trail TestTrail")
    default = json.loads(message["default"])
    assert [fact.pop("text") for fact in default["incident"]["facts"]] == ["the call succeeded"]
    assert default == whole
    assert call["MessageStructure"] == "json"
    assert notice["subject"] == call["Subject"]
    assert notice["message_id"]
    assert (notice["next"], notice["end"], notice["resolved"]) == ("look_back", "NobodyTold", True)


def test_subscribers_can_filter_by_what_matters(published: list[dict[str, Any]]) -> None:
    notify.handler(report("stop-logging-denied", RECORDING, {}), CONTEXT)
    assert {name: value["StringValue"] for name, value in published[0]["MessageAttributes"].items()} == {
        "verdict": "attempted",
        "severity": "medium",
        "family": "trail",
        "action": "StopLogging",
        "account": "123456789012",
        "region": "us-east-1",
    }


def test_subscribers_are_told_what_could_not_be_judged_and_what_the_event_does_not_say(
    published: list[dict[str, Any]],
) -> None:
    untriaged: Any = {"untriaged": {"error": "KeyError", "cause": ""}, "event": "{}"}
    notify.handler({"incident": untriaged, "trail": {}, "undo": {}, "execution": EXECUTION}, CONTEXT)
    whole: Any = report("stop-logging", STOPPED, {})
    whole["incident"] |= {"family": None, "account": None, "region": None}
    notify.handler(whole, CONTEXT)
    first, second = (
        {name: value["StringValue"] for name, value in call["MessageAttributes"].items()} for call in published
    )
    assert first == {"verdict": "untriaged", "severity": "critical"}
    assert (second["family"], second["account"], second["region"]) == ("unknown", "unknown", "unknown")


def test_mail_and_facts_are_in_the_language_of_the_settings(
    published: list[dict[str, Any]], deployed: Callable[..., None]
) -> None:
    deployed(language="ko")
    assert notify.handler(report("stop-logging", STOPPED, DENIED), CONTEXT)["subject"].startswith(
        "[심각] CloudTrail 추적 중지됨"
    )
    assert json.loads(json.loads(published[0]["Message"])["default"])["incident"]["facts"][0]["text"] == "호출이 성공함"


def test_an_event_of_any_size_that_triage_could_not_judge_is_mailed(published: list[dict[str, Any]]) -> None:
    raw = json.dumps(event("stop-logging", userAgent='"\\🦊' * 60_000), ensure_ascii=False)[:60_000]
    untriaged: Any = {"untriaged": {"error": "KeyError", "cause": ""}, "event": raw}
    notice = notify.handler({"incident": untriaged, "trail": {}, "undo": {}, "execution": EXECUTION}, CONTEXT)
    assert "could not be judged" in notice["subject"]
    assert len(published[0]["Message"].encode()) < 256 * 1024


def test_a_refused_publish_fails_under_its_code(
    published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:missing")
    with pytest.raises(Exception, match="does not exist") as raised:
        notify.handler(report("stop-logging", STOPPED, RESTORED), CONTEXT)
    assert type(raised.value).__name__ == "NotFound"


def confirm(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """What the topic's attributes are, or the error instead."""

    def attributes(**_: str) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return {"Attributes": answer}

    monkeypatch.setattr(aws.client("sns", "us-east-1"), "get_topic_attributes", attributes)


@pytest.mark.parametrize(
    ("answer", "readers", "end"),
    [
        ({"SubscriptionsConfirmed": "2"}, 2, "Handled"),
        ({"SubscriptionsConfirmed": "0"}, 0, "NobodyTold"),
        ({}, None, "Handled"),
        (ClientError({"Error": {"Code": "AuthorizationError"}}, "GetTopicAttributes"), None, "Handled"),
    ],
)
def test_a_mail_that_nobody_gets_is_not_handled_but_one_whose_readers_are_unread_is_no_failure(
    answer: Any, readers: int | None, end: str, published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(monkeypatch, answer)
    notice = notify.handler(report("stop-logging", STOPPED, RESTORED), CONTEXT)
    assert len(published) == 1
    assert (notice["readers"], notice["end"]) == (readers, end)


def test_a_restore_that_failed_ends_the_execution_as_such(
    published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(monkeypatch, {"SubscriptionsConfirmed": "1"})
    assert notify.handler(report("stop-logging", STOPPED, DENIED), CONTEXT)["end"] == "RestoreFailed"


def test_a_publish_without_an_answer_is_tried_once_by_the_client(on_moto: None) -> None:
    assert aws.client("sns", "us-east-1").meta.config.retries["total_max_attempts"] == 1


def test_a_question_that_nobody_reads_waits_for_no_answer(
    published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    none = {"Attributes": {"SubscriptionsConfirmed": "0"}}
    monkeypatch.setattr(aws.client("sns", "us-east-1"), "get_topic_attributes", lambda **_: none)
    asked: Any = {**report("stop-logging", STOPPED, {}), "part": "ask", "ask": {"until": "2026-11-23T06:01:04Z"}}
    with pytest.raises(notify.NobodyTold):
        notify.handler(asked, CONTEXT)
