"""Keeps the mails of SNS email subscriptions as they would arrive: one .eml file each, whose names sort by arrival."""

import email.policy
import itertools
import json
import sys
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
CONFIRMATIONS = "confirmations"  # the folder of mails that ask to confirm


def open_folder(folder: Path) -> None:
    """Keep the mails here from now on."""
    global _folder
    folder.mkdir(parents=True, exist_ok=True)
    _folder = folder


def keep(text: str, subject: str | None, to: str, sender: str, subscription_arn: str) -> Path:
    """Keep what was published to a confirmed subscription."""
    region = subscription_arn.split(":")[3]
    link = f"https://sns.{region}.amazonaws.com/unsubscribe.html?" + urlencode(
        {"SubscriptionArn": subscription_arn, "Endpoint": to}
    )
    footer = (
        "If you wish to stop receiving notifications from this topic, please click or visit the link below to "
        f"unsubscribe:\n{link}\n\nPlease do not reply directly to this email. If you have any questions or comments "
        "regarding this email, please contact us at https://aws.amazon.com/support\n"
    )
    return _write(subject or "AWS Notification Message", f"{text}\n\n--\n{footer}", to, sender)


def ask(topic_arn: str, token: str, to: str, sender: str) -> Path:
    """Keep the mail that asks a reader to confirm: in a folder of its own beside the others."""
    query = urlencode({"TopicArn": topic_arn, "Token": token, "Endpoint": to}, safe=":@")
    text = (
        f"You have chosen to subscribe to the topic:\n{topic_arn}\n\n"
        "To confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n"
        f"https://sns.{topic_arn.split(':')[3]}.amazonaws.com/confirmation.html?{query}\n"
    )
    return _write("AWS Notification - Subscription Confirmation", text, to, sender, CONFIRMATIONS)


def _write(subject: str, text: str, to: str, sender: str, subfolder: str = "") -> Path:
    """Write one mail; it appears in the folder whole, or not at all."""
    if _folder is None:
        raise RuntimeError("no mail folder: call mailbox.open_folder first")
    mail = EmailMessage(email.policy.default.clone(max_line_length=None))  # a folded subject reads back with a space
    mail["From"] = f"{sender or 'AWS Notifications'} <no-reply@sns.amazonaws.com>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail.set_content(text, cte="8bit")
    with _arriving:
        path = _folder / subfolder / f"{time.time_ns():020}-{next(_arrivals):06}.eml"
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(mail.as_bytes())
        unfinished.rename(path)
        # Whoever started this process need not look for mails all the time.
        sys.stdout.write(json.dumps({"mail": path.name}) + "\n")
        sys.stdout.flush()
        return path


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
