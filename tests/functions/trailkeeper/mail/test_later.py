"""The mails after the first, and what a first one says of a flood, a war and a ledger that is out of reach."""

from typing import Any, get_args

import pytest

from tests.samples import DENIED, EXECUTION, RESTORED, SETTINGS, STOPPED, report
from trailkeeper.incident import LookBack, Part
from trailkeeper.mail import compose, report_json
from trailkeeper.mail.wording import wording
from trailkeeper.settings import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
FOUND: LookBack = {
    "calls": [
        {
            "time": "2026-11-23T02:01:02Z",
            "region": "us-east-1",
            "service": "iam",
            "action": "CreateUser",
            "on": "https://evil.example/\x1b[31m",
            "error": "AccessDenied",
        }
    ],
    "left_out": 7,
    "reads": 12,
    "more": False,
    "since": "2026-11-23T02:01:00Z",
    "until": "2026-11-23T02:01:04Z",
    "regions": ["us-east-1"],
    "unread": [{"call": "LookupEvents", "on": "eu-central-1", "error": "ThrottlingException"}],
    "delivered_at": "2026-11-23T02:06:00.000Z",
    "delivery_error": None,
}


def mailed(part: Part, language: Language = "en", undo: Any = RESTORED, **known: Any) -> tuple[str, str]:
    """Subject and text of a mail about a stopped trail."""
    whole: Any = {**report("stop-logging", STOPPED, undo), "part": part, **known}
    return compose(whole, {**SETTINGS, "language": language})


def test_the_report_tells_of_the_delivery_and_of_each_call_with_its_limits() -> None:
    subject, text = mailed("report", look_back=FOUND)
    assert subject.startswith("[CRITICAL] Report: CloudTrail trail stopped, recording again")
    paragraphs = text.split("\n\n")
    assert paragraphs[1:4] == [
        "Log files of TestTrail arrive again: the latest was delivered at 2026-11-23 02:06:00 UTC.",
        "What the same credentials changed from 2026-11-23 02:01:00 UTC to 2026-11-23 02:01:04 UTC, the worst first:\n"
        "  2026-11-23 02:01:02 UTC  us-east-1  iam CreateUser https[:]//evil[.]example/[31m (failed: AccessDenied)\n"
        "  ... and 7 more",
        "They also made 12 calls that only read. Not read: eu-central-1. Event history holds management events only, "
        "Region by Region, and may lag by some minutes.",
    ]


def test_of_a_trail_that_does_not_record_no_delivery_is_expected() -> None:
    text = mailed("report", undo={}, look_back={**FOUND, "delivered_at": None})[1]
    assert "delivered" not in text


def test_a_report_of_nothing_says_so_and_one_that_could_not_be_made_says_why() -> None:
    nothing = {**FOUND, "calls": [], "left_out": 0, "reads": 0, "unread": []}
    assert "Event history shows nothing that the same credentials changed" in mailed("report", look_back=nothing)[1]
    text = mailed("report", look_back={"error": "States.Timeout"})[1]
    assert "What was done in the meantime could not be read: there was no answer in time." in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"delivery_error": "AccessDenied"}, "The trail TestTrail is recording but NOT delivering: AccessDenied."),
        ({"delivered_at": None}, "No log file of TestTrail has been delivered since then: check the trail."),
    ],
)
def test_a_trail_that_delivers_nothing_is_told(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in mailed("report", look_back={**FOUND, **changes})[1]


def test_a_question_says_what_would_be_done_until_when_and_how_to_answer_and_keeps_the_token() -> None:
    ask = {"until": "2026-11-23T06:01:04.000Z", "token": "secret-token"}
    subject, text = mailed("ask", undo={}, ask=ask)
    assert subject.startswith("[CRITICAL] Approval needed: CloudTrail trail stopped")
    assert "Trailkeeper waits for approval to call StartLogging, until 2026-11-23 06:01:04 UTC." in text
    name = EXECUTION.rpartition(":")[2]
    assert f"   trailkeeper approve {name}\n   trailkeeper decline {name} --reason WHY" in text
    whole: Any = {**report("stop-logging", STOPPED, {}), "part": "ask", "ask": ask}
    for_programs = report_json(whole, SETTINGS)
    assert "secret-token" not in subject + text + str(for_programs)
    assert for_programs["ask"] == {"until": ask["until"]}


@pytest.mark.parametrize(
    ("answer", "undo", "sentences"),
    [
        (
            {"approved": True, "by": "arn:aws:iam::1:user/a", "reason": None},
            RESTORED,
            "arn:aws:iam::1:user/a approved StartLogging. Trailkeeper called StartLogging. "
            "The trail is recording again.",
        ),
        (
            {"approved": False, "by": "arn:aws:iam::1:user/a", "reason": "planned"},
            {},
            "arn:aws:iam::1:user/a declined StartLogging (planned), so nothing was done. The trail is NOT recording.",
        ),
        (
            {"approved": False, "by": None, "reason": None},
            {},
            "Nobody approved StartLogging in time, so nothing was done. The trail is NOT recording.",
        ),
    ],
)
def test_the_answer_and_what_came_of_it_are_told(answer: Any, undo: Any, sentences: str) -> None:
    assert sentences in mailed("again", undo=undo, answer=answer)[1]


def test_who_gave_up_says_so() -> None:
    text = mailed("again", undo=DENIED)[1]
    assert "Trailkeeper has stopped trying. The trail is NOT recording." in text


def test_a_flood_is_told_with_its_number_and_its_calls() -> None:
    flood = {"counted": 1997, "calls": ["DeleteTrail", "StopLogging"], "since": "2026-11-23T02:00:00Z"}
    subject, text = mailed("first", flood=flood)
    assert subject.startswith("[CRITICAL] 1997 more: CloudTrail trail stopped")
    assert "The same was done 1997 more times since 2026-11-23 02:00:00 UTC: DeleteTrail, StopLogging." in text


def test_who_keeps_changing_a_trail_is_named_and_that_it_stays_as_it_is() -> None:
    text = mailed("first", undo={"held": "breaker"})[1]
    assert text.startswith("alice stopped the trail TestTrail. Somebody keeps changing this:")
    assert "The trail is NOT recording." in text
    assert "Undo       not done: restored too often within the hour" in text


def test_what_came_before_on_the_same_thing_is_told() -> None:
    first = {"action": "StopLogging", "at": "2026-11-23T02:00:00Z", "execution": EXECUTION}
    text = mailed("first", before=first)[1]
    assert f"StopLogging at 2026-11-23 02:00:00 UTC (execution {EXECUTION.rpartition(':')[2]})" in text


def test_a_ledger_that_is_out_of_reach_is_told() -> None:
    assert "may come twice" in mailed("first", ledger={"error": "States.Timeout"})[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", get_args(Part))
def test_each_mail_exists_in_each_language_with_a_short_subject(part: Part, language: Language) -> None:
    ask = {"until": "2026-11-23T06:01:04.000Z", "token": "x"}
    for undo in ({}, RESTORED, DENIED, {"held": "breaker"}):
        for answer in (
            {},
            {"approved": True, "by": "x", "reason": None},
            {"approved": False, "by": None, "reason": None},
        ):
            known = {"look_back": FOUND, "ask": ask, "answer": answer}
            subject, text = mailed(part, language, undo, **known)
            assert len(subject) < 100
            assert wording(language).SUBJECTS[part].format(headline="")[:4] in subject
            assert "{" not in text


def test_a_report_has_forty_calls_at_most_and_says_how_many_more_there_are() -> None:
    (call,) = FOUND["calls"]
    text = mailed("report", look_back={**FOUND, "calls": [call] * 42, "left_out": 0})[1]
    assert (text.count("iam CreateUser"), "  ... and 2 more" in text) == (40, True)
