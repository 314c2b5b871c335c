"""Mails of what the watchdog found, and of Trailkeeper itself."""

from typing import get_args

import pytest

from tests.samples import ARN, EXECUTION, OWN, RECORDING, SETTINGS
from trailkeeper.authors import by_nobody
from trailkeeper.calls import Finding
from trailkeeper.findings import Found
from trailkeeper.guard import Broken
from trailkeeper.incident import Report
from trailkeeper.mail import compose
from trailkeeper.mail.word import broken_mail, shadow_mail
from trailkeeper.mail.wording import wording
from trailkeeper.settings import Language

NOW = "2026-11-23T02:01:00Z"


def mail(found: Found, language: Language = "en") -> tuple[str, str]:
    """Subject and text of the first mail of a finding of which nobody knows who did it."""
    incident = by_nobody(found, SETTINGS, OWN, NOW, "watchdog-1")
    report: Report = {"incident": incident, "trail": RECORDING, "undo": {}, "execution": EXECUTION}
    return compose(report, {**SETTINGS, "language": language})


def test_a_mail_says_that_it_is_not_known_yet_who_did_it() -> None:
    subject, text = mail(Found(ARN, "stopped", "StopLogging", ("StopLogging",)))
    assert subject.startswith("[CRITICAL] CloudTrail trail stopped")
    assert text.startswith("Somebody whom event history does not show yet stopped the trail TestTrail.")
    assert "the watchdog found it; who did it is not known yet" in text


@pytest.mark.parametrize(
    ("code", "call"), [("delivery_fails", "LatestDeliveryError"), ("silent", "LatestDeliveryTime")]
)
def test_a_mail_of_a_trail_that_does_not_deliver_blames_nobody(code: str, call: str) -> None:
    subject, text = mail(Found(ARN, "narrowed", call, (), (Finding(code, "NoSuchBucket"),)))
    assert subject.startswith("[HIGH] CloudTrail trail does not deliver")
    assert text.startswith("Trailkeeper's watchdog found that the trail TestTrail records, but does not deliver.")
    assert f"{call}, succeeded" not in text


@pytest.mark.parametrize("language", get_args(Language))
def test_every_part_that_breaks_has_a_line_and_every_subject_fits(language: Language) -> None:
    wanted = {**SETTINGS, "language": language, "stack": "Trailkeeper" * 10}
    codes = wording(language).WORD["parts"]
    found = broken_mail([Broken(code, "Part") for code in codes], wanted)  # type: ignore[arg-type]
    assert all(words.format(name="Part") in found.text for words in codes.values())
    shadow = shadow_mail(12345, [f"2026-11-20T02:01 StartLogging {ARN}"] * 60, wanted)  # type: ignore[arg-type]
    assert ARN in shadow.text
    assert wording(language).WORD["more"].format(number=10) in shadow.text
    assert max(len(found.subject), len(shadow.subject)) < 100
