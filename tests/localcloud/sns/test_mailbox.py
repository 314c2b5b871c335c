"""Mail as it would arrive, and what SNS accepts as its subject and text."""

import email
import email.policy
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest

from localcloud.sns import mailbox

SUBSCRIPTION = "arn:aws:sns:eu-west-1:123456789012:alerts:11111111-2222-3333-4444-555555555555"


def kept(folder: Path, text: str, subject: str | None, sender: str = "") -> EmailMessage:
    mailbox.open_folder(folder)
    path = mailbox.keep(text, subject, "you@example.com", sender, SUBSCRIPTION)
    return email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default)


def test_a_mail_arrives_with_its_headers_its_text_and_the_footer_of_sns(tmp_path: Path) -> None:
    mail = kept(tmp_path, "Line one\nSecond line: 추적", "[CRITICAL] 추적이 멈췄습니다: TestTrail")
    assert mail["From"] == "AWS Notifications <no-reply@sns.amazonaws.com>"
    assert mail["To"] == "you@example.com"
    assert mail["Subject"] == "[CRITICAL] 추적이 멈췄습니다: TestTrail"
    assert mail["Date"].datetime.tzinfo is not None
    assert mail.get_content_type() == "text/plain"
    body = mail.get_content()
    assert body.startswith("Line one\nSecond line: 추적\n\n--\nIf you wish to stop receiving notifications")
    assert "https://sns.eu-west-1.amazonaws.com/unsubscribe.html?SubscriptionArn=arn%3Aaws%3Asns" in body


def test_a_mail_without_a_subject_has_the_default_one_and_its_sender_is_the_topics_display_name(tmp_path: Path) -> None:
    mail = kept(tmp_path, "x", None, sender="Trailkeeper")
    assert mail["Subject"] == "AWS Notification Message"
    assert mail["From"] == "Trailkeeper <no-reply@sns.amazonaws.com>"


@pytest.mark.parametrize(
    "subject",
    [
        "[CRITICAL] CloudTrail trail deleted: TestTrail (123456789012 us-east-1)",
        "x" * 100,
        "추적이 멈췄고 기록되지 않습니다 " * 5,
        "[CRITICAL] 추적 중지: a-trail-with-a-very-long-name-that-fills-the-line (123456789012 us-gov-west-1)",
    ],
)
def test_a_long_subject_reads_back_as_it_was_published(tmp_path: Path, subject: str) -> None:
    assert kept(tmp_path, "x", subject)["Subject"] == subject


def test_file_names_sort_by_arrival(tmp_path: Path) -> None:
    mailbox.open_folder(tmp_path)
    paths = [mailbox.keep(str(number), None, "you@example.com", "", SUBSCRIPTION) for number in range(20)]
    assert sorted(tmp_path.iterdir()) == paths


def test_a_mail_never_appears_before_those_that_a_reader_has_already_seen(tmp_path: Path) -> None:
    mailbox.open_folder(tmp_path)
    seen: list[Path] = []
    with ThreadPoolExecutor(8) as senders:
        kept = [senders.submit(mailbox.keep, "x", None, "you@example.com", "", SUBSCRIPTION) for _ in range(200)]
        while len(seen) < len(kept):
            seen += sorted(tmp_path.glob("*.eml"))[len(seen) :]
    assert seen == sorted(mail.result() for mail in kept)


@pytest.mark.parametrize("subject", ["x", "x" * 100, "Über 추적 🚨", "[CRITICAL] a: b (c)"])
def test_sns_accepts_the_subject(subject: str) -> None:
    assert mailbox.subject_fault(subject) is None


@pytest.mark.parametrize("subject", ["", "x" * 101, "two\nlines", "return\r", "bell\x07", "tab\t", "separator\u2028"])
def test_sns_refuses_the_subject(subject: str) -> None:
    assert mailbox.subject_fault(subject) == "Invalid parameter: Subject"


@pytest.mark.parametrize(
    ("message", "structure", "fault"),
    [
        ("", None, "Invalid parameter: Empty message"),
        ("{", None, None),
        ('{"default": "x", "email": "y"}', "json", None),
        ("{", "json", "Invalid parameter: Message Structure - JSON message body failed to parse"),
        ("[]", "json", "Invalid parameter: Message Structure - JSON message body failed to parse"),
        ('{"email": "y"}', "json", "Invalid parameter: Message Structure - No default entry in JSON message body"),
        ('{"default": 1}', "json", "Invalid parameter: Message Structure - No default entry in JSON message body"),
    ],
)
def test_sns_says_what_is_wrong_with_a_message(message: str, structure: str | None, fault: str | None) -> None:
    assert mailbox.message_fault(message, structure) == fault
