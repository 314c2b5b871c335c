"""The words: texts made fit for a mail, and times as people read them."""

from datetime import timedelta, timezone
from pathlib import Path

import pytest

from tests.samples import SETTINGS, event
from trailkeeper.mail.wording import (
    actor,
    aligned,
    defanged,
    duration,
    error_words,
    fact_words,
    gap_words,
    moment,
    particles,
    wording,
    words_of,
)
from trailkeeper.verdict import judge
from workflow.settings import Settings


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


def test_times_are_in_utc_and_beside_it_in_the_readers_own_zone() -> None:
    time = "2026-11-23T02:01:00.400Z"
    assert moment(time, wording("en")) == "2026-11-23 02:01:00 UTC"
    seoul, hawaii = timezone(timedelta(hours=9), "KST"), timezone(timedelta(hours=-10), "HST")
    assert moment(time, wording("ko", seoul)) == "2026-11-23 02:01:00 UTC (11:01:00 KST)"
    assert moment(time, wording("en", hawaii)) == "2026-11-23 02:01:00 UTC (2026-11-22 16:01:00 HST)"
    assert moment(None, wording("en", seoul)) == "unknown"


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        ("2026-07-01T12:00:00Z", "2026-07-01 12:00:00 UTC (08:00:00 EDT)"),
        ("2026-12-01T12:00:00Z", "2026-12-01 12:00:00 UTC (07:00:00 EST)"),
        ("2099-07-01T12:00:00Z", "2099-07-01 12:00:00 UTC (08:00:00 EDT)"),
    ],
)
def test_the_rules_of_the_zone_are_deployed_with_the_functions(
    time: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workflow.stack import write_code  # here, as it starts Node

    settings = Settings.from_context({"emails": "you@company.com", "timezone": "America/New_York"})
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(write_code(tmp_path, settings, "Trailkeeper")))
    monkeypatch.setenv("PYTHONTZPATH", "")
    assert moment(time, words_of({**SETTINGS, "timezone": "America/New_York"})) == shown


def test_a_session_is_named_with_the_role_behind_it() -> None:
    incident = judge(event("delete-trail"), SETTINGS)
    assert actor(incident, wording("en")) == "alice@example[.]com (role Admin)"
    incident["actor"] |= {"name": "unknown", "arn": None, "issuer": None}
    assert actor(incident, wording("en")) == "Somebody whom the event does not name"
    incident["actor"]["arn"] = "arn:aws:sts::123456789012:assumed-role/Admin/unknown"
    assert actor(incident, wording("en")) == "unknown", "by which somebody may go"


def test_names_and_facts_are_cut_at_what_a_line_of_a_mail_takes() -> None:
    incident = judge(event("delete-trail"), SETTINGS)
    for length, told in ((128, "a" * 128), (129, "a" * 127 + "…")):
        incident["actor"] |= {"name": "a" * length, "issuer": f"arn:aws:iam::123456789012:role/{'a' * length}"}
        assert actor(incident, wording("en")) == f"{told} (role {told})"
        incident["actor"]["issuer"] = None
        assert actor(incident, wording("en")) == told
    text = fact_words({"code": "call_failed", "detail": "b" * 400}, incident, wording("en"))
    assert (len(text), text[-2:]) == (400, "b…")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDenied", "access was denied"),
        ("OptInRequired", "OptInRequired; details are in the execution's history"),
        ("KeyError", "an unexpected error; details are in the execution's history"),
        ("StrangeError", "an unexpected error; details are in the execution's history"),
        ("x y", "an unexpected error; details are in the execution's history"),
        (None, "an unexpected error; details are in the execution's history"),
    ],
)
def test_an_error_is_told_by_its_name_alone(code: str | None, words: str) -> None:
    assert error_words(code, wording("en")) == words
    on_start = error_words("AccessDenied", wording("en"), on_start=True)
    assert on_start.startswith("Trailkeeper's role was denied")


def test_what_is_left_out_is_said_of_every_service_of_one_or_of_the_global_ones() -> None:
    words = wording("en")
    assert gap_words({"events": "writes", "source": None}, words) == "write events"
    assert (
        gap_words({"events": "reads", "source": "kms.amazonaws.com"}, words) == "the read events of kms.amazonaws.com"
    )
    assert gap_words({"events": "all", "source": "global services"}, words) == words.GAPS_GLOBAL["all"]


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (4.24, "4.2 s", "4.2초"),
        (59.4, "59.4 s", "59.4초"),
        (60, "1 min 0 s", "1분 0초"),
        (61, "1 min 1 s", "1분 1초"),
        (3599, "59 min 59 s", "59분 59초"),
        (3600, "1 h 0 min", "1시간 0분"),
        (7199, "1 h 59 min", "1시간 59분"),
        (7384, "2 h 3 min", "2시간 3분"),
    ],
)
def test_a_length_of_time_is_as_precise_as_it_matters(seconds: float, english: str, korean: str) -> None:
    assert (duration(seconds, wording("en")), duration(seconds, wording("ko"))) == (english, korean)


def test_values_stand_in_one_column_though_hangul_is_two_columns_wide() -> None:
    words = wording("ko")
    first, second, third = aligned([("mfa", "a"), ("blind", "b"), ("blind", "c")], words).split("\n")
    column = 2 * len("액세스") + 1 + 2 * len("키") + 2
    assert first.index("a") == column
    assert second.index("b") == column - len("기록공백")
    assert third == " " * column + "c"


def test_a_korean_particle_follows_the_sound_before() -> None:
    assert particles("Main 추적이(가)") == "Main 추적이"
    assert particles("Main 키이(가)") == "Main 키가"
    assert particles("Main이(가)") == "Main이(가)"
