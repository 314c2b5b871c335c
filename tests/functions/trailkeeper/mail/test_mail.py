"""The mail: what a reader must find in it, in both languages, whatever an attacker wrote."""

import re
from typing import Any, cast

import pytest
from catalogue import CATALOGUE
from hypothesis import given
from hypothesis import strategies as st
from incident import INVISIBLE, Report, TrailState, UndoResult
from mail import compose, outcome
from wording import WORDING, defanged

from tests.calls import denied, happened
from tests.samples import (
    ARN,
    DENIED,
    DESTINATIONS,
    EXECUTION,
    GONE,
    RECORDING,
    RESTORED,
    SETTINGS,
    STOPPED,
    on_destination,
    report,
)
from triage import judge

UNREAD: TrailState = {"error": "ThrottlingException", "cause": '{"errorMessage": "Rate exceeded"}'}
ALREADY = cast(UndoResult, {**RESTORED, "called": False, "was_logging": True})


def on_store(action: str) -> Report:
    """A call on an event data store."""
    store = {"eventDataStore": ARN.replace("trail/TestTrail", "eventdatastore/aaaa")}
    nothing_more: TrailState = {"other_trails": [], "unread_trails": [], "unknown": []}
    return report("stop-logging", nothing_more, {}, eventName=action, requestParameters=store)


@pytest.mark.parametrize(
    ("told", "subject", "sentence"),
    [
        (
            report("stop-logging", STOPPED, RESTORED),
            "[CRITICAL] CloudTrail stopped, recording again: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail; Trailkeeper started it, and it is recording again.",
        ),
        (
            report("stop-logging", RECORDING, ALREADY),
            "[CRITICAL] CloudTrail stopped, recording again: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail, but it is recording again.",
        ),
        (
            report("stop-logging", STOPPED, DENIED),
            "[CRITICAL] CloudTrail stopped, restart FAILED: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail and Trailkeeper could not start it again: it is NOT recording, because "
            "Trailkeeper's role was denied by its own policy or one of the organization (SCP).",
        ),
        (
            report("stop-logging", UNREAD, DENIED),
            "[CRITICAL] CloudTrail stopped, restart FAILED: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail and Trailkeeper could not start it again, because Trailkeeper's role "
            "was denied by its own policy or one of the organization (SCP): take it that it is NOT recording.",
        ),
        (
            report("stop-logging", STOPPED, {}),
            "[CRITICAL] CloudTrail stopped, NOT recording: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail: it is NOT recording.",
        ),
        (
            report("stop-logging", UNREAD, {}),
            "[CRITICAL] CloudTrail stopped, state unknown: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail, and its state could not be read: take it that it is NOT recording.",
        ),
        (
            report("delete-trail", GONE, {}),
            "[CRITICAL] CloudTrail trail deleted: TestTrail (123456789012 us-east-1)",
            "alice@example[.]com (role Admin) deleted the trail TestTrail: it is gone and records nothing.",
        ),
        (
            report("stop-logging-denied", RECORDING, {}),
            "[MEDIUM] StopLogging attempted, still recording: TestTrail (123456789012 us-east-1)",
            "alice tried StopLogging on the trail TestTrail and failed (AccessDenied): the trail is recording.",
        ),
        (
            report("update-trail-one-region", RECORDING, {}),
            "[HIGH] CloudTrail narrowed: TestTrail (123456789012 us-east-1)",
            "alice changed the trail TestTrail to record less, or elsewhere, as far as the request tells; "
            "it is still logging.",
        ),
        (
            on_store("DeleteEventDataStore"),
            "[CRITICAL] CloudTrail's event data store switched off, to be deleted: aaaa (123456789012 us-east-1)",
            "alice scheduled the deletion of the event data store "
            "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/aaaa: it is of no use any more, but can still be "
            "put back. It takes in no event any more.",
        ),
    ],
)
def test_subject_and_first_sentence_tell_verdict_and_outcome(told: Report, subject: str, sentence: str) -> None:
    assert compose(told, "en")[0] == subject
    assert compose(told, "en")[1].split("\n")[0] == sentence


def lines(text: str) -> dict[str, str]:
    """The aligned lines by their labels; what is indented belongs to the label above."""
    found: dict[str, str] = {}
    label = ""
    for line in text.split("\n\n")[1].split("\n"):
        head, _, value = re.sub(r" {2,}", "\t", line, count=1).partition("\t")
        label = head or label
        found[label] = f"{found[label]}; {value}" if label in found else value
    return found


def test_the_lines_tell_what_when_who_from_where_and_what_was_done() -> None:
    assert lines(compose(report("stop-logging", STOPPED, RESTORED), "en")[1]) == {
        "What": "StopLogging, succeeded",
        "When": "2026-11-23 02:01:00 UTC",
        "Trail": f"TestTrail; {ARN}; home Region us-east-1, all Regions; bucket trail-logs",
        "State": "recording since 2026-11-23 02:01:04 UTC",
        "Account": "123456789012 (production)",
        "Region": "us-east-1",
        "Who": "alice (IAMUser); arn:aws:iam::123456789012:user/alice",
        "Key": "AKIAI44QH8DHBEXAMPLE",
        "MFA": "unknown",
        "From": "198.51.100.7",
        "Agent": "aws-cli/2.31.0 md/command#cloudtrail[.]StopLogging",
        "Undo": "StartLogging at 2026-11-23 02:01:04 UTC; read before: not recording, read after: recording",
        "Blind": "4.2 s, 2026-11-23 02:01:00 UTC to 2026-11-23 02:01:04 UTC",
        "Coverage": "No other trail records the management events of us-east-1.",
    }


def test_the_role_behind_a_session_its_mfa_and_the_service_in_between_are_told() -> None:
    told = report("delete-trail", GONE, {})
    told["incident"]["actor"]["invoked_by"] = "cloudformation.amazonaws.com"
    found = lines(compose(told, "en")[1])
    assert found["Who"].endswith("role arn:aws:iam::123456789012:role/Admin")
    assert (found["MFA"], found["Via"]) == ("yes", "cloudformation.amazonaws.com")


def test_only_the_trail_that_was_read_is_told_to_be_off() -> None:
    both: TrailState = {**STOPPED, "affected": [ARN, ARN.replace("TestTrail", "Second")]}
    text = compose(on_destination("DeleteBucketPolicy", {"bucketName": "trail-logs"}, both), "en")[1]
    assert "The logging of TestTrail is off, too. Used by others, too, whose delivery was not read: Second." in text


def test_what_the_event_does_not_hold_is_not_told_as_done() -> None:
    omitted = {"requestParameters": {"omitted": "true", "reason": "too large"}}
    text = compose(report("update-trail-one-region", RECORDING, {}, **omitted), "en")[1]
    assert "or elsewhere, unless nothing changed: the event does not hold the request; it is still logging." in text


def test_a_call_that_failed_changed_nothing() -> None:
    failed = {"errorCode": "InvalidEventSelectorsException"}
    subject, text = compose(report("put-event-selectors-all", RECORDING, {}, **failed), "en")
    assert subject.startswith("[INFO] CloudTrail call failed, nothing lost: ")
    assert (
        "tried PutEventSelectors on the trail TestTrail and failed (InvalidEventSelectorsException); it would" in text
    )


def test_a_long_subject_keeps_account_and_region() -> None:
    call = on_store("UpdateEventDataStore")
    call["incident"]["severity"], call["incident"]["region"] = "low", "ap-southeast-2"
    assert compose(call, "en")[0].endswith("(123456789012 ap-southeast-2)")


def test_an_open_blind_window_says_so() -> None:
    assert lines(compose(report("stop-logging", STOPPED, DENIED), "en")[1])["Blind"].endswith("still open")
    assert lines(compose(report("delete-trail", GONE, {}), "en")[1])["Blind"].endswith("still open")
    assert lines(compose(report("stop-logging", UNREAD, {}), "en")[1])["Blind"].endswith("could not be read")
    assert lines(compose(report("stop-logging-denied", RECORDING, {}), "en")[1])["Blind"] == "none"


def test_what_failed_and_what_could_not_be_read_is_told() -> None:
    found = lines(compose(report("stop-logging", UNREAD, DENIED), "en")[1])
    assert found["Undo"] == "StartLogging FAILED: AccessDeniedException: User is not authorized"
    assert found["State"] == "could not be read: ThrottlingException: Rate exceeded"
    assert "is not known: ThrottlingException" in found["Coverage"]


def test_other_trails_that_still_record_are_named() -> None:
    others = [ARN.replace("TestTrail", "org"), ARN.replace("TestTrail", "second")]
    found = lines(compose(report("stop-logging", {**STOPPED, "other_trails": others}, {}), "en")[1])
    assert found["Coverage"] == "Other trails still record the management events of us-east-1: org, second"


def test_trails_that_could_not_be_asked_are_not_called_silent() -> None:
    told: TrailState = {
        **STOPPED,
        "unread_trails": [ARN],
        "unknown": [f"get_trail_status {ARN}: AccessDeniedException"],
    }
    found = lines(compose(report("stop-logging", told, {}), "en")[1])["Coverage"]
    assert "No other trail is known to record" in found
    assert "Could not be read: get_trail_status" in found


def test_a_restart_by_an_earlier_try_is_not_denied() -> None:
    found = lines(compose(report("stop-logging", STOPPED, cast(UndoResult, {**ALREADY, "retries": 1})), "en")[1])
    assert found["Undo"] == "the trail records; an earlier try of Trailkeeper called StartLogging, or somebody else did"


@pytest.mark.parametrize("language", sorted(WORDING))
@pytest.mark.parametrize("error", sorted(WORDING["en"].RESTORE_ERRORS))
def test_each_known_failure_to_restore_says_that_the_trail_is_not_recording_and_why(error: str, language: str) -> None:
    words = WORDING[language]
    told = compose(report("stop-logging", STOPPED, {**DENIED, "error": error}), language)
    if error == "TrailNotFoundException":
        assert told[1].startswith(words.SENTENCES["stopped", "gone"].format(actor="alice", trail="TestTrail"))
        return
    why = words.RESTORE_ERRORS[error]
    assert told[1].startswith(words.SENTENCES["stopped", "failed"].format(actor="alice", trail="TestTrail", why=why))
    assert told[0].startswith(f"[{words.SEVERITY['critical']}] {words.HEADLINES['stopped', 'failed']}: TestTrail")


def test_a_trail_that_records_but_does_not_deliver_says_so() -> None:
    found = lines(
        compose(report("update-trail-one-region", {**RECORDING, "delivery_errors": ["S3: AccessDenied"]}, {}), "en")[1]
    )
    assert "delivery fails: S3: AccessDenied" in found["State"]


def test_the_undo_setting_is_told_when_nothing_was_undone() -> None:
    told = report("stop-logging", STOPPED, {})
    told["incident"]["undo"] = {"call": "StartLogging", "mode": "off", "why": "the setting undo is off"}
    assert lines(compose(told, "en")[1])["Undo"] == "not done: the setting undo is off"
    assert lines(compose(told, "ko")[1])["복구"] == "하지 않음: 설정 undo가 off임"


@pytest.mark.parametrize("language", WORDING)
@pytest.mark.parametrize("name", ["stop-logging", "stop-logging-denied", "delete-trail", "update-trail-one-region"])
def test_the_four_facts_of_the_article_are_always_there(name: str, language: str) -> None:
    told = report(name, UNREAD, {})
    incident = told["incident"]
    text = compose(told, language)[1]
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
    subject, text = compose({"incident": untriaged, "trail": {}, "undo": {}, "execution": EXECUTION}, "en")
    assert subject == "[CRITICAL] CloudTrail event could not be judged"
    assert lines(text) == {
        "What": "StopLogging",
        "When": "2026-11-23T02:01:00Z",
        "Who": "Root",
        "Region": "us-east-1",
        "Error": "KeyError: oops",
    }
    assert text.endswith(raw)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://evil.example/x", "https[:]//evil[.]example/x"),
        ("see www.evil.example", "see www[.]evil[.]example"),
        ("evil.xn--p1ai", "evil[.]xn--p1ai"),
        ("한글.한국", "한글[.]한국"),
        ("aws-cli/2.31.0 os/linux#5.10", "aws-cli/2.31.0 os/linux#5.10"),
        ("cloudformation.amazonaws.com", "cloudformation.amazonaws.com"),
        ("s3.amazonaws.com/evil/page.html", "s3[.]amazonaws[.]com/evil/page[.]html"),
        ("198.51.100.7", "198.51.100.7"),
        ("evil\u3002example", "evil[.]example"),
    ],
)
def test_an_actor_cannot_plant_a_link(text: str, shown: str) -> None:
    assert defanged(text) == shown
    assert defanged(shown) == shown


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


@given(hostile, hostile, hostile, st.sampled_from(sorted(WORDING)))
def test_hostile_text_leaves_subject_and_mail_whole(name: str, agent: str, trail: str, language: str) -> None:
    told = report(
        "stop-logging",
        UNREAD,
        {},
        requestParameters={"name": trail},
        userIdentity={"type": "IAMUser", "userName": name, "accessKeyId": name, "arn": name},
        userAgent=agent,
        sourceIPAddress=agent,
        eventID=name,
    )
    subject, text = compose(told, language)
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


@pytest.mark.parametrize("language", sorted(WORDING))
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_every_field_of_every_call_reaches_the_mail_harmless(text: str, language: str) -> None:
    settings: Any = {**SETTINGS, "destinations": list(DESTINATIONS)}
    beside: TrailState = {"other_trails": [], "unread_trails": [], "account_alias": text, "unknown": [text]}
    for call in CATALOGUE:
        kept = {"eventSource", "eventName", "eventType"}
        if call.family in ("destination", "guard"):
            kept |= {call.named_in, "recipientAccountId", "awsRegion"}
            kept |= {"errorMessage"}
        for happening in (happened(call), denied(call)):
            incident = judge(poisoned(happening["detail"], text, kept), settings)
            assert incident["verdict"] != "unrelated"
            subject, mail = compose(
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


def test_whatever_the_branches_return_there_is_a_mail() -> None:
    broken: TrailState = {"error": "States.QueryEvaluationError", "cause": ""}
    nameless: TrailState = {**GONE, "exists": None}
    not_tried: Any = {"call": None, "error": "States.QueryEvaluationError", "cause": ""}
    lagging: UndoResult = {**DENIED, "error": "NotRecordingError"}
    seen = set()
    for name in ("stop-logging", "stop-logging-denied", "delete-trail", "update-trail-one-region"):
        for trail in (RECORDING, STOPPED, GONE, UNREAD, broken, nameless):
            undos = [{}, not_tried] + ([RESTORED, ALREADY, DENIED, lagging] if name == "stop-logging" else [])
            for undo in undos:
                told = report(name, trail, cast(UndoResult, undo))
                seen.add((told["incident"]["verdict"], outcome(told)))
                for language in WORDING:
                    assert "TestTrail" in compose(told, language)[1]
    assert seen == set(WORDING["en"].SENTENCES)


def test_the_longest_subject_keeps_account_and_region() -> None:
    for language, words in WORDING.items():
        for verdict, now in words.HEADLINES:
            told = report("stop-logging", UNREAD, {}, requestParameters={"name": "x" * 128}, awsRegion="ap-northeast-2")
            told["incident"]["verdict"] = verdict
            trails = {"recording": RECORDING, "not_recording": STOPPED, "failed": STOPPED, "gone": GONE}
            trail = trails.get(now, UNREAD)
            undo = {"restored": RESTORED, "failed": DENIED, "failed_unread": DENIED}.get(now, {})
            told = cast(Report, {**told, "trail": trail, "undo": undo})
            assert outcome(told) == now
            subject = compose(told, language)[0]
            assert len(subject) < 100
            assert "(123456789012 ap-northeast-2)" in subject
