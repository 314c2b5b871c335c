"""The mail as a whole: the article's four facts, whatever happens, and nothing that an attacker wrote does harm."""

import json
import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calls import denied, happened
from tests.samples import DENIED, DESTINATIONS, EXECUTION, NONE, OWN, SETTINGS, STOPPED, report
from trailkeeper.calls import catalogue
from trailkeeper.incident import Report, TrailState
from trailkeeper.mail import compose, report_json
from trailkeeper.mail.links import execution_link
from trailkeeper.mail.wording import defanged
from trailkeeper.record import INVISIBLE
from trailkeeper.settings import Language
from trailkeeper.verdict import judge

LANGUAGES: tuple[Language, ...] = get_args(Language)
UNREAD: TrailState = {"error": "ThrottlingException", "cause": '{"errorMessage": "Rate exceeded"}'}


def mailed(whole: Report, language: Language = "en") -> tuple[str, str]:
    """Subject and text."""
    return compose(whole, {**SETTINGS, "language": language})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["stop-logging", "stop-logging-denied", "delete-trail", "update-trail-one-region"])
def test_the_four_facts_of_the_article_are_always_there(name: str, language: Language) -> None:
    whole = report(name, UNREAD, {})
    incident = whole["incident"]
    text = mailed(whole, language)[1]
    assert incident["action"] in text
    assert defanged(incident["actor"]["name"]) in text
    assert (incident["time"] or "").replace("T", " ").replace("Z", " UTC") in text
    assert str(incident["region"]) in text


def test_an_event_that_could_not_be_judged_is_mailed_as_it_came_with_the_four_facts() -> None:
    raw = (
        '{"detail": {"eventName": "StopLogging", "eventTime": "2026-11-23T02:01:00Z", "awsRegion": "us-east-1", '
        '"userIdentity": {"type": "Root"}, "userAgent": "x"}}'
    )
    untriaged: Any = {"untriaged": {"error": "KeyError", "cause": '{"errorMessage": "oops"}'}, "event": raw}
    subject, text = mailed({"incident": untriaged, "trail": {}, "undo": {}, "execution": EXECUTION})
    assert subject == "[CRITICAL] CloudTrail event could not be judged"
    rows = dict(re.split(r" {2,}", line) for line in text.split("\n\n")[1].split("\n"))
    assert rows == {
        "What": "StopLogging",
        "When": "2026-11-23 02:01:00 UTC",
        "Who": "Root",
        "Region": "us-east-1",
        "Error": "an unexpected error; details are in the execution's history",
    }
    assert text.endswith(raw)


def test_a_mail_ends_with_its_links_and_its_technique() -> None:
    assert mailed(report("stop-logging", STOPPED, {}))[1].split("\n\n")[3:] == [
        "In the AWS console\n"
        "Event: https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1"
        "#/events/aaaaaaaa-bbbb-cccc-dddd-000000000001\n"
        "Trail: https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1"
        "#/trails/arn:aws:cloudtrail:us-east-1:123456789012:trail/TestTrail\n"
        "Execution: https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1"
        f"#/v2/executions/details/{EXECUTION}",
        "ATT&CK: T1562.008, T1685.002",
    ]
    unrelated = report("stop-logging", STOPPED, {})
    unrelated["incident"]["technique"] = []
    assert "ATT&CK" not in mailed(unrelated)[1]


@pytest.mark.parametrize("event", ["", "{", "[]", '{"detail": {}}', '{"detail": {"userIdentity": null}}'])
def test_whatever_could_not_be_judged_is_mailed_at_least_with_its_error(event: str) -> None:
    untriaged: Any = {"untriaged": {"error": "States.Timeout", "cause": ""}, "event": event}
    text = mailed({"incident": untriaged, "trail": {}, "undo": {}, "execution": EXECUTION})[1]
    assert "there was no answer in time" in text
    assert f"Execution: {execution_link(EXECUTION)}" in text


def test_programs_get_what_fits_of_an_event_that_could_not_be_judged() -> None:
    untriaged: Any = {"untriaged": {"error": "KeyError", "cause": ""}, "event": "x" * 9000}
    whole: Any = {"incident": untriaged, "trail": {}, "undo": {}, "execution": EXECUTION}
    found = report_json(whole, SETTINGS)
    assert found == {**whole, "incident": {**untriaged, "event": "x" * 8000}}


def test_programs_get_the_raw_error_that_the_mail_leaves_out() -> None:
    found = report_json(report("stop-logging", STOPPED, DENIED), SETTINGS)
    assert found["undo"]["cause"] == DENIED["cause"]
    assert "User is not authorized" in json.dumps(found)


hostile = st.text(min_size=1, max_size=400) | st.sampled_from(
    [
        "\r\nBcc: x",
        "\x1b]8;;https://evil.example\x07",
        "\u202e\u200b",
        "{actor}",
        "{0}",
        "%s",
        "<script>",
        "'; reboot #",
        "가" * 300,
    ]
)


@given(hostile, hostile, hostile, st.sampled_from(LANGUAGES))
def test_hostile_text_leaves_subject_and_mail_whole(name: str, agent: str, trail: str, language: Language) -> None:
    whole = report(
        "stop-logging",
        UNREAD,
        {},
        requestParameters={"name": trail},
        userIdentity={"type": "IAMUser", "userName": name, "accessKeyId": name, "arn": name},
        userAgent=agent,
        sourceIPAddress=agent,
        eventID=name,
    )
    subject, text = mailed(whole, language)
    assert len(subject) < 100
    assert subject.isprintable()
    assert text.replace("\n", "").isprintable()
    assert not set(text) & set(INVISIBLE)
    assert "evil.example" not in text
    commands = [line for line in text.split("\n") if line.startswith("   aws ")]
    assert all(re.fullmatch(r"   aws [\w=,.@:/+ '-]+", command, re.ASCII) for command in commands)


HOSTILE = (
    "a\r\nBcc: x",
    "\x1b]8;;https://evil.example\x07 \x1b[2J",
    "\u202eelbon\u200b\u2066",
    "https://evil.example/login www.evil.example",
    "<script>alert(1)</script><a href='https://evil.example'>x</a>",
    "'; reboot # $(reboot) `reboot`",
    "{actor} {0} %s",
    "가" * 300,
)


def poisoned(value: Any, text: str, kept: set[str]) -> Any:
    """A record with the text in every field, except for what makes it count."""
    if isinstance(value, dict):
        return {name: one if name in kept else poisoned(one, text, kept) for name, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, text, kept) for one in value]
    return text if isinstance(value, str) else value


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_every_field_of_every_call_reaches_the_mail_harmless(text: str, language: Language) -> None:
    settings: Any = {**SETTINGS, "destinations": list(DESTINATIONS)}
    beside: TrailState = {
        "coverage": {**NONE, "unread": [{"arn": text, "logging": True, "organization": True}]},
        "account_alias": text,
        "unread": [{"call": text, "on": text, "error": text}],
        "delivery_errors": [{"trail": None, "to": "bucket", "error": text}],
    }
    for call in catalogue():
        kept = {"eventSource", "eventName", "eventType"}
        if call.family in ("destination", "trailkeeper"):
            kept |= {call.parameter, "recipientAccountId", "awsRegion"}
            kept |= {"errorMessage"}
        if call.family == "organization":
            kept |= {"servicePrincipal", "roleName"}  # by another's name they are another's
        for happening in (happened(call), denied(call)):
            incident = judge(poisoned(happening["detail"], text, kept), settings, OWN)
            assert incident["verdict"] != "unrelated"
            subject, mail = mailed(
                {"incident": incident, "trail": beside, "undo": {}, "execution": EXECUTION}, language
            )
            assert len(subject) < 100
            assert subject.isprintable()
            assert mail.replace("\n", "").isprintable()
            assert not set(mail) & set(INVISIBLE)
            assert "evil.example" not in mail
            assert "://evil" not in mail
            commands = [line for line in mail.split("\n") if line.startswith("   aws ")]
            assert all(re.fullmatch(r"   aws [\w=,.@:/+ '-]+", command, re.ASCII) for command in commands)
            assert "reboot" not in "".join(commands)
