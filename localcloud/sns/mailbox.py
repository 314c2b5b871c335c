"""Keeps the mails of SNS email subscriptions as they would arrive: one .eml file each, whose names sort by arrival."""

import email.policy
import itertools
import json
import threading
import time
import unicodedata
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlencode

_arrivals = itertools.count(1)
_arriving = threading.Lock()  # so that each mail appears after those whose names sort before its own
_folder: Path | None = None

MAXIMUM_SUBJECT = 100  # characters
MAXIMUM_MESSAGE = 256 * 1024  # bytes


def open_folder(folder: Path) -> None:
    """Keep the mails here from now on."""
    global _folder
    folder.mkdir(parents=True, exist_ok=True)
    _folder = folder


def keep(text: str, subject: str | None, to: str, sender: str, subscription_arn: str) -> Path:
    """Write one mail; it appears in the folder whole, or not at all."""
    if _folder is None:
        raise RuntimeError("no mail folder: call mailbox.open_folder first")
    region = subscription_arn.split(":")[3]
    mail = EmailMessage(email.policy.default.clone(max_line_length=None))  # a folded subject reads back with a space
    mail["From"] = f"{sender or 'AWS Notifications'} <no-reply@sns.amazonaws.com>"
    mail["To"] = to
    mail["Subject"] = subject or "AWS Notification Message"
    mail["Date"] = format_datetime(datetime.now(UTC))
    link = f"https://sns.{region}.amazonaws.com/unsubscribe.html?" + urlencode(
        {"SubscriptionArn": subscription_arn, "Endpoint": to}
    )
    footer = (
        "If you wish to stop receiving notifications from this topic, please click or visit the link below to "
        f"unsubscribe:\n{link}\n\nPlease do not reply directly to this email. If you have any questions or comments "
        "regarding this email, please contact us at https://aws.amazon.com/support\n"
    )
    mail.set_content(f"{text}\n\n--\n{footer}", cte="8bit")
    with _arriving:
        path = _folder / f"{time.time_ns():020}-{next(_arrivals):06}.eml"
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(mail.as_bytes())
        return unfinished.rename(path)


def subject_fault(subject: str) -> str | None:
    """Say what SNS finds wrong with a subject, or None.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html; a length of 100 passes: https://github.com/getmoto/moto/issues/1503
    """
    unprintable = any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in subject)
    return "Invalid parameter: Subject" if unprintable or not 0 < len(subject) <= MAXIMUM_SUBJECT else None


def message_fault(message: str, structure: str | None) -> str | None:
    """Say what SNS finds wrong with a message, or None."""
    if not message:
        return "Invalid parameter: Empty message"
    if len(message.encode()) > MAXIMUM_MESSAGE:
        return "Invalid parameter: Message too long"
    if structure == "json":
        try:
            texts = json.loads(message)
        except ValueError:
            texts = None
        if not isinstance(texts, dict):
            return "Invalid parameter: Message Structure - JSON message body failed to parse"
        if not isinstance(texts.get("default"), str):
            return "Invalid parameter: Message Structure - No default entry in JSON message body"
    return None
