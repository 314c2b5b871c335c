"""The first paragraph and the subject: true for any verdict with any outcome of any family, in each language."""

import itertools
import re
from typing import Any, cast, get_args

import pytest

from tests.calls import denied, happened
from tests.samples import (
    ARN,
    DENIED,
    DESTINATIONS,
    EXECUTION,
    GONE,
    NONE,
    OWN,
    RECORDING,
    RESTORED,
    SETTINGS,
    STOPPED,
    on_destination,
    report,
)
from trailkeeper.calls import catalogue
from trailkeeper.incident import Report, TrailState, UndoResult, Verdict
from trailkeeper.mail import clauses, compose
from trailkeeper.mail.wording import wording
from trailkeeper.settings import Language
from trailkeeper.standing import standing
from trailkeeper.verdict import judge

LANGUAGES: tuple[Language, ...] = get_args(Language)
UNREAD: TrailState = {"error": "ThrottlingException", "cause": '{"errorMessage": "Rate exceeded"}'}
STARTED = cast(UndoResult, {key: value for key, value in RESTORED.items() if key in ("call", "called_at", "retries")})
NOT_READ_BACK: UndoResult = {**STARTED, "logging": None, "unread": "AccessDeniedException"}
HANGING: UndoResult = {"call": "StartLogging", "error": "Sandbox.Timedout", "cause": "", "logging": None}
DENIED_ROLE = "Trailkeeper's role was denied by its own policy or one of the organization (SCP)"


def mailed(whole: Report, language: Language = "en") -> tuple[str, str]:
    """Subject and text."""
    return compose(whole, {**SETTINGS, "language": language})


def on_store(action: str) -> Report:
    """A call on an event data store."""
    store = {"eventDataStore": ARN.replace("trail/TestTrail", "eventdatastore/aaaa")}
    nothing_more: TrailState = {"coverage": NONE, "unread": []}
    return report("stop-logging", nothing_more, {}, eventName=action, requestParameters=store)


@pytest.mark.parametrize(
    ("whole", "subject", "sentence"),
    [
        (
            report("stop-logging", STOPPED, RESTORED),
            "[CRITICAL] CloudTrail trail stopped, recording again: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. Trailkeeper called StartLogging. The trail is recording again.",
        ),
        (
            report("stop-logging", RECORDING, {}),
            "[CRITICAL] CloudTrail trail stopped, recording again: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. The trail is recording again.",
        ),
        (
            report("stop-logging", STOPPED, DENIED),
            "[CRITICAL] CloudTrail trail stopped, restart FAILED: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. Trailkeeper called StartLogging, but the call failed: "
            f"{DENIED_ROLE}. The trail is NOT recording.",
        ),
        (
            report("stop-logging", UNREAD, DENIED),
            "[CRITICAL] CloudTrail trail stopped, restart FAILED: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. Trailkeeper called StartLogging, but the call failed: "
            f"{DENIED_ROLE}. Its status could not be read: assume that it is NOT recording.",
        ),
        (
            report("stop-logging", UNREAD, NOT_READ_BACK),
            "[CRITICAL] CloudTrail trail stopped, restart not confirmed: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. Trailkeeper called StartLogging, and AWS accepted it. "
            "Whether the trail is recording again could not be read (access was denied): check it now.",
        ),
        (
            report("stop-logging", UNREAD, HANGING),
            "[CRITICAL] CloudTrail trail stopped, restart FAILED: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. Trailkeeper called StartLogging but does not know whether it took "
            "effect: there was no answer in time. Its status could not be read: assume that it is NOT recording.",
        ),
        (
            report("stop-logging", {**RECORDING, "read_at": "2999-01-01T00:00:00.000Z"}, HANGING),
            "[CRITICAL] CloudTrail trail stopped, recording again: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. Trailkeeper called StartLogging but does not know whether it took "
            "effect: there was no answer in time. The trail is recording again.",
        ),
        (
            report("stop-logging", STOPPED, {}),
            "[CRITICAL] CloudTrail trail stopped, NOT recording: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. The trail is NOT recording.",
        ),
        (
            report("stop-logging", UNREAD, {}),
            "[CRITICAL] CloudTrail trail stopped, state unknown: TestTrail (123456789012 us-east-1)",
            "alice stopped the trail TestTrail. Its status could not be read: assume that it is NOT recording.",
        ),
        (
            report("delete-trail", GONE, {}),
            "[CRITICAL] CloudTrail trail deleted: TestTrail (123456789012 us-east-1)",
            "alice@example[.]com (role Admin) deleted the trail TestTrail. It no longer records anything.",
        ),
        (
            report("delete-trail", RECORDING, {}),
            "[CRITICAL] CloudTrail trail deleted, exists again: TestTrail (123456789012 us-east-1)",
            "alice@example[.]com (role Admin) deleted the trail TestTrail. "
            "A trail of that name exists again and is recording.",
        ),
        (
            report("delete-trail", {"exists": True, "coverage": NONE}, {}),
            "[CRITICAL] CloudTrail trail deleted, state unknown: TestTrail (123456789012 us-east-1)",
            "alice@example[.]com (role Admin) deleted the trail TestTrail. "
            "A trail of that name exists again; whether it is recording could not be read.",
        ),
        (
            report("stop-logging-denied", RECORDING, {}),
            "[MEDIUM] StopLogging attempted, still recording: TestTrail (123456789012 us-east-1)",
            "alice tried StopLogging on the trail TestTrail, but the call failed (AccessDenied). "
            "The trail is recording.",
        ),
        (
            report("update-trail-one-region", RECORDING, {}),
            "[HIGH] CloudTrail trail narrowed: TestTrail (123456789012 us-east-1)",
            "alice changed the trail TestTrail to record less, or elsewhere, as far as the request shows. "
            "The trail is recording.",
        ),
        (
            report("stop-logging", {"exists": None, "coverage": NONE}, {}, recipientAccountId="111122223333"),
            "[CRITICAL] CloudTrail trail stopped, state unknown: TestTrail (111122223333 us-east-1)",
            "alice stopped the trail TestTrail of account 111122223333. "
            "Its status was not read, as it belongs to another account.",
        ),
        (
            on_store("DeleteEventDataStore"),
            "[CRITICAL] CloudTrail's event data store scheduled for deletion: aaaa (123456789012 us-east-1)",
            "alice scheduled the deletion of the event data store "
            "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/aaaa: it no longer works, "
            "but the deletion can still be cancelled. It no longer ingests events.",
        ),
    ],
)
def test_subject_and_first_paragraph_say_what_was_done_and_how_it_stands(
    whole: Report, subject: str, sentence: str
) -> None:
    assert mailed(whole)[0] == subject
    assert mailed(whole)[1].split("\n")[0] == sentence


def test_only_the_trail_that_was_read_is_said_to_be_off() -> None:
    both: TrailState = {**STOPPED, "affected": [ARN, ARN.replace("TestTrail", "Second")]}
    text = mailed(on_destination("DeleteBucketPolicy", {"bucketName": "trail-logs"}, both))[1]
    assert (
        "The trail TestTrail is not logging either. Other trails use it too, and their delivery was not read: Second."
        in text
    )


def test_what_the_event_does_not_hold_is_not_reported_as_done() -> None:
    omitted = {"requestParameters": {"omitted": "true", "reason": "too large"}}
    text = mailed(report("update-trail-one-region", RECORDING, {}, **omitted))[1]
    assert "; what changed is not known, as the event does not hold the request. The trail is recording." in text


def test_a_call_that_failed_changed_nothing() -> None:
    failed = {"errorCode": "InvalidEventSelectorsException"}
    subject, text = mailed(report("put-event-selectors-all", RECORDING, {}, **failed))
    assert subject.startswith("[INFO] PutEventSelectors failed, nothing lost: ")
    assert (
        "tried PutEventSelectors on the trail TestTrail, but the call failed (InvalidEventSelectorsException). "
        "No management event would have been lost."
    ) in text


DELETED = "alice deleted the watched bucket trail-logs."
SECOND = ARN.replace("TestTrail", "Second")
FAILING = {"trail": SECOND, "to": "bucket", "error": "AccessDenied"}


@pytest.mark.parametrize(
    ("trail", "meaning"),
    [
        ({"affected": [ARN], "logging": True}, "No failed delivery of TestTrail has been reported so far"),
        ({"affected": [ARN], "logging": False}, "The trail TestTrail is not logging either."),
        ({"affected": [ARN]}, "Whether logs still arrive there could not be read."),
        ({"affected": [ARN, SECOND]}, "Whether logs still arrive there could not be read. Other trails use it too"),
        (
            {"affected": [ARN, SECOND], "logging": True, "delivery_errors": [FAILING]},
            "The delivery of Second FAILS: AccessDenied. Other trails use it too",
        ),
        (
            {"affected": [ARN], "logging": True, "delivery_errors": [{**FAILING, "trail": None}]},
            "The delivery of TestTrail FAILS: AccessDenied.",
        ),
        ({"affected": [], "coverage": NONE}, "No trail found uses it now."),
        ({"affected": [], "coverage": {**NONE, "answer": None}}, "Whether logs still arrive there could not be read."),
        ({}, "Whether logs still arrive there could not be read."),
    ],
)
def test_a_call_on_a_destination_says_what_becomes_of_the_logs(trail: Any, meaning: str) -> None:
    first = mailed(on_destination("DeleteBucket", {"bucketName": "trail-logs"}, trail))[1].split("\n")[0]
    assert first.startswith(f"{DELETED} {meaning}")
    for verdict in ("harmless", "attempted"):
        whole: Any = on_destination("DeleteBucket", {"bucketName": "trail-logs"}, trail)
        whole["incident"]["verdict"] = verdict
        assert meaning not in mailed(whole)[1].split("\n")[0]


@pytest.mark.parametrize(
    ("family", "verdict", "severity", "code", "headline"),
    [
        ("trail", "stopped", "critical", "x", "CloudTrail bucket stopped"),
        ("destination", "stopped", "critical", "x", "watched bucket disabled"),
        ("trailkeeper", "stopped", "critical", "x", "Trailkeeper's bucket disabled"),
        ("destination", "deleted", "critical", "x", "watched bucket deleted"),
        ("trail", "narrowed", "high", "one_region", "CloudTrail bucket narrowed"),
        ("trail", "narrowed", "high", "no_global_events", "CloudTrail bucket narrowed"),
        ("trail", "narrowed", "high", "no_organization", "CloudTrail bucket narrowed"),
        ("trail", "narrowed", "high", "destination_set", "CloudTrail bucket narrowed"),
        ("trail", "narrowed", "high", "destination_changed", "CloudTrail bucket narrowed"),
        ("trail", "narrowed", "high", "management_events_left_out", "CloudTrail bucket narrowed"),
        ("trail", "narrowed", "high", "fewer_management_events", "CloudTrail bucket narrowed"),
        ("trail", "narrowed", "high", "no_validation", "DeleteBucket on CloudTrail bucket"),
        ("destination", "narrowed", "high", "one_region", "DeleteBucket on watched bucket"),
        ("destination", "narrowed", "low", "x", "watched bucket changed, low impact"),
        ("destination", "attempted", "medium", "x", "DeleteBucket attempted"),
        ("destination", "harmless", "info", "x", "watched bucket changed, nothing lost"),
        ("destination", "unrelated", "info", "x", "watched bucket changed, nothing lost"),
    ],
)
def test_the_subject_says_what_was_done_in_one_word(
    family: Any, verdict: Any, severity: Any, code: str, headline: str
) -> None:
    whole = on_destination("DeleteBucket", {"bucketName": "trail-logs"}, {})
    facts: Any = [{"code": code, "detail": None}]
    whole["incident"] |= {"family": family, "verdict": verdict, "severity": severity}
    whole["incident"]["facts"] = facts if code != "x" else [{"code": "no_versions", "detail": None}]
    start = f"[{severity.upper()}] {headline}"
    subject = mailed(whole)[0]
    assert subject.startswith((f"{start}: ", f"{start}, ")), subject


def test_a_key_is_scheduled_for_deletion_and_not_yet_deleted() -> None:
    subject, text = mailed(on_destination("ScheduleKeyDeletion", {"keyId": DESTINATIONS[1]}, {}))
    assert subject.startswith("[CRITICAL] watched key scheduled for deletion: ")
    assert "but the deletion can still be cancelled" in text.split("\n")[0]
    assert mailed(on_destination("DeleteKey", {"keyId": DESTINATIONS[1]}, {}))[0].startswith(
        "[CRITICAL] watched key deleted: "
    )


def test_a_store_that_stops_takes_in_no_events_and_one_that_only_changes_still_does() -> None:
    said = wording("en").NOT_INGESTING
    assert said in mailed(on_store("DeleteEventDataStore"))[1]
    assert said in mailed(on_store("StopEventDataStoreIngestion"))[1]
    changed = on_store("UpdateEventDataStore")
    changed["incident"]["verdict"] = "narrowed"
    assert said not in mailed(changed)[1]


@pytest.mark.parametrize(
    ("name", "trail", "tail"),
    [
        ("stop-logging", GONE, "CloudTrail trail stopped, trail gone"),
        ("stop-logging-denied", STOPPED, "StopLogging attempted, NOT recording"),
        ("stop-logging-denied", UNREAD, "StopLogging attempted, state unknown"),
        ("stop-logging-denied", GONE, "StopLogging attempted, no such trail"),
        ("update-trail-one-region", STOPPED, "CloudTrail trail narrowed, NOT recording"),
        ("update-trail-one-region", GONE, "CloudTrail trail narrowed, trail gone"),
    ],
)
def test_the_subject_says_how_the_trail_stands(name: str, trail: TrailState, tail: str) -> None:
    assert f"] {tail}: TestTrail (" in mailed(report(name, trail, {}))[0]


def test_a_long_name_is_cut_and_a_long_arn_is_told_by_its_end() -> None:
    subject = mailed(report("stop-logging", STOPPED, {}, requestParameters={"name": "a" * 128}))[0]
    assert len(subject) == 99
    assert subject.endswith("a… (123456789012 us-east-1)")
    assert (
        ": aaaaaaaa-2222-3333-4444-55555555aaaa ("
        in mailed(on_destination("DisableKey", {"keyId": DESTINATIONS[1]}, {}))[0]
    )


def test_only_what_trailkeeper_needs_to_notice_and_mail_leaves_calls_unnoticed() -> None:
    guarding = {
        *("PurgeQueue", "DeleteQueue", "SetQueueAttributes", "DeleteAlarms", "DisableAlarmActions", "PutMetricAlarm"),
        *("DeleteTable", "UpdateTable", "UpdateContinuousBackups", "UpdateTimeToLive"),
        *("DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy", "StopExecution", "UpdateTerminationProtection"),
    }
    unguarded = wording("en").UNGUARDED
    for call in catalogue():
        if call.family == "trailkeeper":
            whole: Any = {"trail": {}, "undo": {}, "execution": EXECUTION}
            whole["incident"] = judge(happened(call), SETTINGS, OWN)
            assert (unguarded in mailed(whole)[1]) is (call.action not in guarding), call.action
            announced = {"principal": "x", "reason": None, "until": None, "expired": False}
            whole["incident"]["expected"] = announced
            assert unguarded not in mailed(whole)[1], "it was meant"
            whole["incident"]["expected"] = {**announced, "reason": "x", "until": "2020-01-01", "expired": True}
            assert (unguarded in mailed(whole)[1]) is (call.action not in guarding)
            whole["incident"]["verdict"] = "attempted"
            assert unguarded not in mailed(whole)[1], "nothing happened"


def test_an_announced_change_says_so() -> None:
    entry = {"principal": "arn:aws:iam::123456789012:user/*", "actions": ["StopLogging"], "trails": []}
    for until, said in (("2999-12-31", "announced: move (until 2999-12-31)"), ("2020-01-01", "expired on 2020-01-01")):
        whole = report("stop-logging", STOPPED, {})
        expected: Any = [{**entry, "reason": "move", "until": until}]
        from tests.samples import event

        whole["incident"] = judge(event("stop-logging"), {**SETTINGS, "expected": expected}, OWN)
        subject, text = mailed(whole)
        assert said in text
        assert ("as announced" in subject) is (until == "2999-12-31")


# ---- The whole product: every call, made or denied, with every outcome

UNDOS: tuple[Any, ...] = (
    {},
    RESTORED,
    NOT_READ_BACK,
    {**STARTED, "logging": False, "unread": None, "read_at": "2026-11-23T02:01:05.000Z", "stopped_at": None},
    DENIED,
    HANGING,
    {**DENIED, "error": "TrailNotFoundException", "unread": "TrailNotFoundException"},
    {"call": "StartLogging", "error": "KeyError", "cause": "Traceback ..."},
    {"call": "StartLogging", "error": "States.QueryEvaluationError", "cause": "{}"},
)
TRAILS: tuple[TrailState, ...] = (
    RECORDING,
    STOPPED,
    {**RECORDING, "read_at": "2999-01-01T00:00:00.000Z"},
    {**STOPPED, "read_at": "2999-01-01T00:00:00.000Z"},
    {**STOPPED, "affected": [ARN, ARN.replace("TestTrail", "Second")]},
    {**RECORDING, "affected": [ARN], "delivery_errors": [{"trail": None, "to": "bucket", "error": "AccessDenied"}]},
    GONE,
    UNREAD,
    {"error": "States.QueryEvaluationError", "cause": "{}"},
    {"exists": None, "coverage": {**NONE, "answer": None}, "unread": []},
    {},
)


def incidents() -> Any:
    """Incidents for every row of the catalogue: made, denied, failed, another account's, and with other verdicts."""
    settings: Any = {**SETTINGS, "destinations": list(DESTINATIONS)}
    for call in catalogue():
        elsewhere = {"recipientAccountId": "111122223333"}
        for happening in (
            happened(call),
            denied(call),
            happened(call, errorCode="ConflictException"),
            happened(call, **elsewhere) if call.family == "trail" else happened(call, requestParameters=None),
        ):
            found = judge(happening, settings, OWN)
            yield found
            for verdict in get_args(Verdict) if call.action in ("StopLogging", "DisableRule", "DeleteBucket") else ():
                yield {**found, "verdict": verdict, "severity": "info" if verdict == "harmless" else "low"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_verdict_with_any_outcome_of_any_family_makes_a_true_mail(language: Language) -> None:
    words = wording(language)
    off, on = words.STATES["not_recording"], words.STATES["recording"]
    seen = set()
    for number, incident in enumerate(incidents()):
        undos = UNDOS if incident["family"] == "trail" else UNDOS[:1]
        for (place, trail), undo in itertools.product(enumerate(TRAILS), undos):
            whole: Report = {"incident": incident, "trail": trail, "undo": undo, "execution": EXECUTION}
            subject, paragraph = clauses.subject(whole, words), clauses.first_paragraph(whole, words)
            first, now = paragraph.split("\n")[0], standing(whole)
            if undo is undos[(number + place) % len(undos)]:  # the whole mail takes longer
                assert mailed(whole, language)[1].startswith(first)
            assert len(subject) < 100
            broken = r"[{}]|None|Traceback|QueryEvaluationError|이\(가\)"
            assert not re.search(broken, f"{subject} {first}"), (subject, first)
            if incident["family"] != "trail":
                continue
            seen.add((incident["verdict"], now.done, now.state))
            said = f"{subject} {first}"
            if language == "en":
                assert ("NOT recording" in first) is (
                    now.state == "not_recording" or (now.state == "unread" and "assume that" in first)
                ), (now, first)
                assert ("is recording" in first) is (
                    now.state == "recording" or bool(re.search("[Ww]hether (it|the trail) is recording", first))
                ), (now, first)
            if now.state == "recording":
                assert off not in said and words.TAILS["restart_failed"] not in said
            if now.state == "not_recording":
                assert words.TAILS["recording_again"] not in said
            assert (words.DID["restarted"].format(call="StartLogging") in first) is (now.done == "restarted")
            assert on
    assert {(done, state) for _, done, state in seen} >= {
        *itertools.product(("nothing", "started", "failed", "no_answer"), ("not_recording", "unread")),
        ("restarted", "recording"),
        ("failed", "recording"),
        ("failed", "gone"),
        ("nothing", "gone"),
    }


def test_the_longest_subject_keeps_account_and_region() -> None:
    stops = [incident for incident in incidents() if incident["action"] == "StopLogging"]
    for language, trail, undo, incident in itertools.product(LANGUAGES, TRAILS, UNDOS, stops):
        seoul = {**incident, "region": "ap-northeast-2"}
        whole: Any = {"incident": seoul, "trail": trail, "undo": undo, "execution": EXECUTION}
        assert "ap-northeast-2)" in clauses.subject(whole, wording(language))


@pytest.mark.parametrize("name", ["stop-logging", "stop-logging-denied", "delete-trail", "update-trail-one-region"])
def test_another_accounts_trail_is_named_with_its_account_whatever_was_called(name: str) -> None:
    foreign: TrailState = {"exists": None, "coverage": NONE, "unread": []}
    request = {"requestParameters": {"name": "TestTrail", "isMultiRegionTrail": False}, "responseElements": None}
    text = mailed(report(name, foreign, {}, recipientAccountId="111122223333", errorMessage=None, **request))[1]
    assert " of account 111122223333" in text.split("\n")[0]
    assert "Its status was not read, as it belongs to another account." in text


def test_a_trail_that_never_was_is_not_said_to_be_gone() -> None:
    subject, text = mailed(report("stop-logging", GONE, {}, errorCode="TrailNotFoundException", errorMessage="x"))
    assert subject.startswith("[MEDIUM] StopLogging attempted, no such trail: TestTrail")
    assert text.split("\n")[0].endswith("CloudTrail knows no such trail.")


def test_who_is_not_known_is_not_called_unknown() -> None:
    text = mailed(report("stop-logging", STOPPED, {}, userIdentity={}))[1]
    assert text.startswith("Somebody whom the event does not name stopped the trail TestTrail.")
    assert "Find out who made the call" in text


def test_a_change_that_records_as_much_as_before_is_not_said_to_record_less() -> None:
    request = {"name": "TestTrail", "enableLogFileValidation": False}
    subject, text = mailed(report("update-trail-one-region", RECORDING, {}, requestParameters=request))
    assert subject.startswith("[HIGH] UpdateTrail on CloudTrail trail: TestTrail")
    assert text.startswith("alice called UpdateTrail on the trail TestTrail. The trail is recording.")


def test_an_announcement_that_ends_on_a_day_says_the_day_and_one_that_ends_at_a_time_the_time() -> None:
    assert clauses.until("2026-12-31", wording("en")) == "2026-12-31"
    assert clauses.until("2026-12-31T10:00:00Z", wording("en")) == "2026-12-31 10:00:00 UTC"
