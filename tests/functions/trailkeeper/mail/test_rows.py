"""The rows of a mail: what a reader must find in them."""

import re
from typing import Any, cast

import pytest

from tests.samples import ARN, DENIED, GONE, NONE, RECORDING, RESTORED, SETTINGS, STOPPED, on_destination, report
from trailkeeper.incident import Coverage, Report, TrailState, UndoResult
from trailkeeper.mail import compose
from trailkeeper.mail.rows import unlisted_because

UNREAD: TrailState = {"error": "ThrottlingException", "cause": '{"errorMessage": "Rate exceeded"}'}


def lines(whole: Report, **settings: Any) -> dict[str, str]:
    """The aligned lines by their labels; what is indented belongs to the label above."""
    text = compose(whole, cast(Any, {**SETTINGS, **settings}))[1]
    found: dict[str, str] = {}
    label = ""
    for line in text.split("\n\n")[1].split("\n"):
        head, _, value = re.sub(r" {2,}", "\t", line, count=1).partition("\t")
        label = head or label
        found[label] = f"{found[label]}; {value}" if label in found else value
    return found


def test_they_say_what_when_who_from_where_and_what_was_done() -> None:
    assert lines(report("stop-logging", STOPPED, RESTORED)) == {
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
        "Undo": "StartLogging at 2026-11-23 02:01:04 UTC; status afterwards: recording",
        "Blind": "4.2 s, 2026-11-23 02:01:00 UTC to 2026-11-23 02:01:04 UTC",
        "Coverage": "No other trail records the management events of us-east-1.",
    }


def test_the_role_behind_a_session_its_mfa_and_the_service_in_between_are_there() -> None:
    whole = report("delete-trail", GONE, {})
    whole["incident"]["actor"]["invoked_by"] = "cloudformation.amazonaws.com"
    found = lines(whole)
    assert found["Who"].endswith("role arn:aws:iam::123456789012:role/Admin")
    assert (found["MFA"], found["Via"]) == ("yes", "cloudformation.amazonaws.com")


def test_an_open_blind_window_says_so() -> None:
    assert lines(report("stop-logging", STOPPED, DENIED))["Blind"].endswith("still open")
    assert lines(report("delete-trail", GONE, {}))["Blind"].endswith("still open")
    assert lines(report("stop-logging", UNREAD, {}))["Blind"].endswith("could not be read")
    assert lines(report("stop-logging-denied", RECORDING, {}))["Blind"] == "none"


def test_what_failed_and_what_could_not_be_read_is_said_as_people_read_it() -> None:
    found = lines(report("stop-logging", UNREAD, DENIED))
    assert found["Undo"] == (
        "StartLogging FAILED: Trailkeeper's role was denied by its own policy or one of the organization (SCP); "
        "status afterwards: could not be read: AWS throttled the call"
    )
    assert found["State"].startswith("could not be read: ")
    assert found["Coverage"].endswith("of us-east-1: AWS throttled the call")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("OptInRequired", "OptInRequired; details are in the execution's history"),
        ("KeyError", "an unexpected error; details are in the execution's history"),
        ("States.QueryEvaluationError", "an unexpected error; details"),
        ("x\nTraceback /tmp/x.py", "an unexpected error; details"),
    ],
)
def test_an_unknown_error_is_named_and_its_raw_text_is_left_to_the_history(error: str, words: str) -> None:
    broken: UndoResult = {"call": "StartLogging", "error": error, "cause": "Traceback (most recent call last)"}
    found = lines(report("stop-logging", STOPPED, broken))
    assert words in found["Undo"]
    assert "most recent call" not in str(found)


def covered(**coverage: Any) -> str:
    """The row Coverage with such other trails."""
    found = cast(Coverage, {**NONE, **coverage})
    return lines(report("stop-logging", {**STOPPED, "coverage": found}, {}))["Coverage"]


OTHERS = [ARN.replace("TestTrail", "org"), ARN.replace("TestTrail", "second")]
GAPS = [{"events": "all", "source": "kms.amazonaws.com"}, {"events": "writes", "source": None}]


def test_coverage_is_all_a_part_or_none() -> None:
    assert covered(answer="all", trails=OTHERS) == (
        "Other trails still record all management events of us-east-1: org, second"
    )
    assert covered(answer="part", trails=OTHERS[:1], gaps=GAPS) == (
        "Other trails record only part of the management events of us-east-1: org. "
        "Left out: the events of kms.amazonaws.com, write events"
    )
    assert covered() == "No other trail records the management events of us-east-1."


def test_trails_that_could_not_be_asked_are_named_and_not_called_silent() -> None:
    unread = [
        {"arn": OTHERS[0], "logging": True, "organization": True},
        {"arn": OTHERS[1], "logging": None, "organization": False},
    ]
    assert covered(unread=unread) == (
        "No other trail is known to record the management events of us-east-1. What could not be read:; "
        "The organization trail org is logging, but its event selectors could not be read from this account: "
        "what it records is not known; second could not be read: whether it records is not known"
    )
    assert "are known to record only part" in covered(answer="part", trails=OTHERS[:1], gaps=GAPS, unread=unread[1:])
    assert covered(answer="all", trails=OTHERS[:1], unread=unread[1:]).startswith("Other trails still record all")


def test_a_question_without_an_answer_is_said() -> None:
    trail: TrailState = {
        **STOPPED,
        "unread": [{"call": "LookupEvents", "on": "TestTrail", "error": "ThrottlingException"}],
    }
    assert lines(report("stop-logging", trail, {}))["Coverage"].endswith(
        "Could not be read: LookupEvents of TestTrail: AWS throttled the call"
    )


def test_what_a_failed_call_would_have_done_is_not_said_to_be_done() -> None:
    request = {"name": "TestTrail", "isMultiRegionTrail": False}
    tried = {"requestParameters": request, "errorCode": "ThrottlingException", "errorMessage": "slow down"}
    assert lines(report("update-trail-one-region", RECORDING, {}, **tried))["Why"] == (
        "if it had succeeded: it covers one Region only"
    )


def test_another_accounts_coverage_is_not_known() -> None:
    foreign: TrailState = {"exists": None, "coverage": cast(Coverage, {**NONE, "answer": None}), "unread": []}
    found = lines(report("stop-logging", foreign, {}, recipientAccountId="111122223333"))
    assert found["Coverage"].endswith(": the event is from another account")
    assert found["Account"] == "111122223333"


def test_what_the_trails_own_selectors_leave_out_and_a_delivery_that_fails_are_said() -> None:
    trail: TrailState = {
        **RECORDING,
        "gaps": [{"events": "reads", "source": "kms.amazonaws.com"}],
        "delivery_errors": [{"trail": None, "to": "bucket", "error": "AccessDenied"}],
    }
    state = lines(report("update-trail-one-region", trail, {}))["State"]
    assert "its event selectors leave out: the read events of kms.amazonaws.com" in state
    assert "delivery to the bucket fails: AccessDenied" in state


@pytest.mark.parametrize(
    ("why", "english", "korean"),
    [
        ("setting", "not done: the setting undo is off", "하지 않음: undo 설정이 off임"),
        ("not_undone_by_us", "not done: Trailkeeper does not undo StopLogging", None),
        ("another_account", "not done: the trail belongs to another account", None),
    ],
)
def test_why_nothing_was_undone_is_said(why: Any, english: str, korean: str | None) -> None:
    whole = report("stop-logging", STOPPED, {})
    whole["incident"]["undo"] = {"call": None, "on": None, "mode": "off", "why": why}
    assert lines(whole)["Undo"] == english
    assert korean is None or lines(whole, language="ko")["복구"] == korean


def test_why_stands_by_the_fact_and_what_has_a_row_of_its_own_does_not_stand_there_too() -> None:
    whole = report("update-trail-one-region", RECORDING, {})
    elsewhere = ["call_failed", "call_succeeded", "announced", "announcement_expired", "own_deployment"]
    elsewhere += ["covered", "covered_in_part", "not_covered", "delivery_fails"]
    whole["incident"]["facts"] = [{"code": code, "detail": "x"} for code in elsewhere]
    assert "Why" not in lines(whole)


def test_what_the_trail_is_and_writes_to_is_said_as_far_as_it_is_known() -> None:
    trail: TrailState = {
        **RECORDING,
        "multi_region": False,
        "organization": True,
        "kms_key": "arn:aws:kms:us-east-1:123456789012:key/a",
        "log_group": "arn:aws:logs:us-east-1:123456789012:log-group:g",
    }
    assert lines(report("stop-logging", trail, {}))["Trail"] == (
        f"TestTrail; {ARN}; home Region us-east-1, one Region only, organization trail; bucket trail-logs; "
        "key arn:aws:kms:us-east-1:123456789012:key/a; log group arn:aws:logs:us-east-1:123456789012:log-group:g"
    )
    bare: TrailState = {**RECORDING, "multi_region": None, "bucket": None}
    assert lines(report("stop-logging", bare, {}))["Trail"] == f"TestTrail; {ARN}; home Region us-east-1"
    assert lines(report("stop-logging", UNREAD, {}))["Trail"] == "TestTrail"


def test_a_call_on_what_trails_write_to_names_it_and_the_trails() -> None:
    second = ARN.replace("TestTrail", "Second")
    failing: TrailState = {
        **RECORDING,
        "affected": [ARN, second],
        "delivery_errors": [{"trail": second, "to": "digest", "error": "AccessDenied"}],
    }
    found = lines(on_destination("DeleteBucketPolicy", {"bucketName": "trail-logs"}, failing))
    assert found["On"] == "bucket trail-logs"
    assert found["Trail"] == f"{ARN}; {second}; home Region us-east-1, all Regions; bucket trail-logs"
    assert found["State"].endswith("; Second: delivery to the bucket (digests) fails: AccessDenied")
    assert "Blind" not in found
    unused = lines(on_destination("DeleteBucketPolicy", {"bucketName": "trail-logs"}, {"coverage": NONE}))
    assert unused["On"] == "bucket trail-logs"
    assert {"Trail", "State"}.isdisjoint(unused)


@pytest.mark.parametrize(
    ("name", "trail", "undo", "blind"),
    [
        ("stop-logging", STOPPED, {}, "since 2026-11-23 02:01:00 UTC, still open"),
        ("stop-logging", UNREAD, {}, "since 2026-11-23 02:01:00 UTC; whether it is over could not be read"),
        ("delete-trail", RECORDING, {}, None),
        ("update-trail-one-region", STOPPED, {}, None),
        ("stop-logging-denied", STOPPED, {}, None),
        ("stop-logging", {**RECORDING, "stopped_at": "2026-11-23T02:01:04.300Z"}, {}, None),
        ("stop-logging", {**RECORDING, "stopped_at": None}, {}, None),
        (
            "stop-logging",
            {**RECORDING, "stopped_at": "2026-11-23T02:01:04.200Z"},
            {},
            "0.0 s, 2026-11-23 02:01:04 UTC to 2026-11-23 02:01:04 UTC",
        ),
    ],
)
def test_the_blind_window_is_that_of_a_trail_that_was_stopped(
    name: str, trail: TrailState, undo: UndoResult, blind: str | None
) -> None:
    assert lines(report(name, trail, undo)).get("Blind") == blind


def test_a_long_list_of_facts_is_cut_at_ten() -> None:
    whole = report("update-trail-one-region", RECORDING, {})
    whole["incident"]["facts"] = [{"code": "log_files_expire", "detail": str(number)} for number in range(13)]
    why = lines(whole)["Why"].split("; ")
    assert (len(why), why[9], why[10]) == (11, "days until log files are deleted: 9", "... and 3 more")
    whole["incident"]["facts"] = whole["incident"]["facts"][:10]
    assert "more" not in lines(whole)["Why"]


def test_why_the_trails_could_not_be_listed_is_said_whatever_else_could_not_be_read() -> None:
    unread: Any = [
        {"call": "GetTrailStatus", "on": ARN, "error": "ThrottlingException"},
        {"call": "DescribeTrails", "on": None, "error": "AccessDenied"},
    ]
    assert unlisted_because({"unread": unread}) == "AccessDenied"
    assert unlisted_because({"unread": unread[:1]}) is None
