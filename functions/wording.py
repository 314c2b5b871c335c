"""The words of a report: texts of an event made fit for a mail, and the pieces that several parts of it are made of.

Whatever comes out of an event or an answer of AWS passes `shown` on its way into the text.
"""

import json
import re
from contextlib import suppress
from types import ModuleType
from unicodedata import east_asian_width

from incident import Incident, TrailState, UndoResult, clean
from messages import en, ko

WORDING: dict[str, ModuleType] = {"en": en, "ko": ko}


def actor(incident: Incident, words: ModuleType) -> str:
    """Who, with the role behind a session."""
    who = incident["actor"]
    if who["issuer"]:
        role = shown(who["issuer"].rsplit("/", 1)[-1], words, 128)
        return str(words.ACTOR_OF_ROLE.format(name=shown(who["name"], words, 128), role=role))
    return str(words.ACTOR.format(name=shown(who["name"], words, 128)))


def resource(incident: Incident, words: ModuleType, limit: int = 300) -> str:
    """What the call was on, by kind and name: `the bucket trail-logs, which trails use`."""
    on = incident["resource"] or {"kind": "trail", "name": None}
    name = shown(on["name"], words, limit) if on["name"] else words.UNNAMED
    whose: str = words.RESOURCES[incident["family"] or "trail"]
    return whose.format(kind=words.KINDS[on["kind"]], name=name)


def error_text(failed: UndoResult | TrailState, words: ModuleType) -> str:
    """A caught error as `Name: message`; Lambda puts the message into a JSON cause."""
    cause = failed.get("cause", "")
    with suppress(ValueError, KeyError, TypeError):  # not every cause is JSON: a timeout has none
        cause = json.loads(cause)["errorMessage"]
    return shown(f"{failed['error']}: {cause}" if cause else failed["error"], words, 400)


def fact(reason: str, words: ModuleType) -> str:
    """A fact of Triage or Enrich, `fact` or `fact: detail`, in the language of the mail."""
    known, colon, detail = reason.partition(": ")
    return shown(words.FACTS.get(known, known) + colon + detail, words, 400)


def aligned(rows: list[tuple[str, str | None]], words: ModuleType) -> str:
    """The rows with their values in one column; a label is told once. Hangul is two columns wide."""
    widths = {
        key: sum(2 if east_asian_width(letter) in "WF" else 1 for letter in label)
        for key, label in words.LABELS.items()
    }
    column = max(widths.values()) + 2
    text, last = [], None
    for label, value in rows:
        if value is None:
            continue
        start = " " * column if label == last else words.LABELS[label] + " " * (column - widths[label])
        text.append(start + value)
        last = label
    return "\n".join(text)


def utc(time: str | None, words: ModuleType) -> str:
    """An ISO time as people read it."""
    return f"{time[:10]} {time[11:19]} UTC" if time else str(words.UNKNOWN)


def duration(seconds: float, words: ModuleType) -> str:
    """A length of time, as precise as it matters."""
    whole = round(seconds)
    if seconds < 60:
        return str(words.SECONDS.format(seconds=f"{seconds:.1f}"))
    if seconds < 3600:
        return str(words.MINUTES.format(minutes=whole // 60, seconds=whole % 60))
    return str(words.HOURS.format(hours=whole // 3600, minutes=whole % 3600 // 60))


def shown(value: str | None, words: ModuleType, limit: int = 300) -> str:
    """Text of an actor, fit for a mail: one clean line, not too long, with nothing that a mail program makes a link."""
    return defanged(clean(value, limit)) if value else str(words.UNKNOWN)


def defanged(text: str) -> str:
    """`text` with its addresses broken: `https[:]//evil[.]example`. AWS's own service names stay as they are."""
    if re.fullmatch(r"[a-z0-9-]+\.amazonaws\.com(\.cn)?", text):
        return text
    text = re.sub(r":(?=//)", "[:]", text)
    # The other dots are those that browsers take for one: https://www.unicode.org/reports/tr46/#Notation
    return re.sub(r"(?<=[^\W_])[.\u3002\uff0e\uff61](?=xn--|[^\W\d_]{2,}(?![\w-]))", "[.]", text)
