"""The mails about Trailkeeper itself: what of it is broken, and what it would have done."""

from typing import Any, NamedTuple

from trailkeeper.guard import Broken
from trailkeeper.mail.wording import shown, words_of
from trailkeeper.settings import Settings

MOST_LINES = 50


class Mail(NamedTuple):
    """Subject and text, what it is about, and what it says to programs."""

    subject: str
    text: str
    about: str
    data: dict[str, Any]


def broken_mail(broken: list[Broken], wanted: Settings) -> Mail:
    """That parts of Trailkeeper do not work, and what to do about each."""
    words = words_of(wanted)
    lines = [f"- {words.WORD['parts'][one.code].format(name=shown(one.name, words, 128))}" for one in broken]
    subject = words.WORD["broken_subject"].format(number=len(broken), stack=wanted["stack"][:30])
    text = "\n\n".join([words.WORD["broken"], "\n".join(lines[:MOST_LINES]), words.WORD["broken_next"]])
    return Mail(subject, text, "guard", {"guard": [one._asdict() for one in broken]})


def shadow_mail(counted: int, calls: list[str], wanted: Settings) -> Mail:
    """What auto would have done in the last week: when, by which call, on what."""
    words = words_of(wanted)
    lines = [f"- {shown(call, words, 400)}" for call in calls[:MOST_LINES]]
    more = [words.WORD["more"].format(number=len(calls) - MOST_LINES)] if len(calls) > MOST_LINES else []
    subject = words.WORD["shadow_subject"].format(number=counted, stack=wanted["stack"][:30])
    text = "\n\n".join(
        [words.WORD["shadow"].format(number=counted), "\n".join([*lines, *more]), words.WORD["shadow_next"]]
    )
    return Mail(subject, text, "shadow", {"shadow": {"counted": counted, "calls": calls}})
