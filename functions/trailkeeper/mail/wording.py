"""The words of a mail: texts of an event made fit for it, and the pieces that several parts of it are made of."""

import builtins
import json
import re
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unicodedata import east_asian_width

from trailkeeper.coverage import GLOBAL
from trailkeeper.incident import Fact, Gap, Incident, Report
from trailkeeper.record import clean
from trailkeeper.settings import Settings, task_root
from trailkeeper.standing import is_foreign


class Words(SimpleNamespace):
    """The wording of one language (en.json, ko.json), and ZONE, the readers' own time zone, or None."""


def wording(language: str, zone: tzinfo | None = None) -> Words:
    """The wording of a language, for readers in a time zone."""
    return Words(**texts(language), ZONE=zone)


@cache
def texts(language: str) -> dict[str, Any]:
    """The texts of a language."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name(f"{language}.json").read_text("utf-8"))
    return found


def words_of(settings: Settings) -> Words:
    """The wording that the settings ask for."""
    zone = None
    if settings["timezone"]:
        from zoneinfo import ZoneInfo

        # Lambda's images need not have the system's files: https://docs.python.org/3/library/zoneinfo.html#data-sources
        with (task_root() / "timezone.tzif").open("rb") as file:
            zone = ZoneInfo.from_file(file, settings["timezone"])
    return wording(settings["language"], zone)


def shown(value: str | None, words: Words, limit: int = 300) -> str:
    """Text of an actor, fit for a mail: one clean line, not too long, with nothing that a mail program makes a link."""
    return defanged(clean(value, limit)) if value else str(words.UNKNOWN)


def defanged(text: str) -> str:
    """`text` with its addresses broken: `https[:]//evil[.]example`. AWS's own service names stay as they are."""
    if re.fullmatch(r"[a-z0-9-]+\.amazonaws\.com(\.cn)?", text):
        return text
    text = re.sub(r":(?=//)", "[:]", text)
    # The other dots are those that browsers take for one: https://www.unicode.org/reports/tr46/#Notation
    return re.sub(r"(?<=[^\W_])[.\u3002\uff0e\uff61](?=xn--|[^\W\d_]{2,}(?![\w-]))", "[.]", text)


def actor(incident: Incident, words: Words) -> str:
    """Who, with the role behind a session."""
    who = incident["actor"]
    if is_nameless(incident):
        return str(words.SOMEBODY if incident["detected_by"] == "event" else words.SOMEBODY_UNSEEN)
    if who["issuer"]:
        role = shown(who["issuer"].rsplit("/", 1)[-1], words, 128)
        return str(words.ACTOR_OF_ROLE.format(name=shown(who["name"], words, 128), role=role))
    return shown(who["name"], words, 128)


def is_nameless(incident: Incident) -> bool:
    """Whether the event does not say who called."""
    return incident["actor"]["name"] == "unknown" and not incident["actor"]["arn"]


def resource(report: Report, words: Words) -> str:
    """What the call was on, by kind and name, and the account if it is another's."""
    incident = report["incident"]
    on, trail = incident["resource"] or {"kind": "trail", "name": None}, incident["trail"]
    name = shown(on["name"], words) if on["name"] else ""
    form = (words.RESOURCES if name else words.UNNAMED_RESOURCES)[incident["family"] or "trail"]
    what = str(form.format(kind=words.KINDS[on["kind"]], name=name))
    if is_foreign(report):
        account = trail["account"] if incident["family"] == "trail" else incident["account"]
        return str(words.OF_ACCOUNT.format(what=what, account=shown(account, words)))
    return what


def fact_words(fact: Fact, incident: Incident, words: Words) -> str:
    """A fact in the language of the mail; what a failed call would have done is said to be that."""
    text = str(words.FACTS[fact["code"]])
    text = shown(f"{text}: {fact['detail']}" if fact["detail"] else text, words, 400)
    tried = incident["verdict"] == "attempted" and fact["code"] != "call_failed"
    return str(words.IF_IT_HAD_SUCCEEDED.format(fact=text)) if tried else text


def gap_words(gap: Gap, words: Words) -> str:
    """Management events that are not recorded."""
    if gap["source"] in (None, GLOBAL):
        return str((words.GAPS_GLOBAL if gap["source"] else words.GAPS)[gap["events"]])
    return str(words.GAPS_OF_SERVICE[gap["events"]].format(service=shown(gap["source"], words)))


def error_words(code: str | None, words: Words, on_start: bool = False) -> str:
    """Why something failed, by the error's name; the raw text stands in the JSON and in the execution's history."""
    texts = {**words.ERRORS, **(words.ERRORS_ON_START if on_start else {})}
    if code in texts:
        return str(texts[code])
    is_python = hasattr(builtins, code or "") or (code or "").endswith("Error")
    is_aws_name = re.fullmatch(r"[A-Z]\w{1,80}", code or "", re.ASCII) and not is_python
    return str(words.OTHER_ERROR.format(code=code) if is_aws_name else words.UNEXPECTED_ERROR)


def particles(text: str) -> str:
    """`text` with the Korean particle 이(가) as the syllable before asks: 이 after a final consonant, else 가."""

    def fitting(found: re.Match[str]) -> str:
        # Each 28th syllable ends in a vowel: https://www.unicode.org/versions/latest/core-spec/chapter-3/#G24646
        return found[1] + ("이" if (ord(found[1]) - ord("가")) % 28 else "가")

    return re.sub(r"([가-힣])이\(가\)", fitting, text)


def names(arns: list[str], words: Words) -> str:
    """The names of some trails."""
    return ", ".join(shown(arn.rsplit("/", 1)[-1], words) for arn in arns)


def aligned(rows: list[tuple[str, str | None]], words: Words) -> str:
    """The rows with their values in one column; a label stands once. Hangul is two columns wide."""
    widths = {
        key: sum(2 if east_asian_width(letter) in "WF" else 1 for letter in label)
        for key, label in words.LABELS.items()
    }
    column = max(widths.values()) + 2
    lines, last = [], None
    for label, value in rows:
        if value is None:
            continue
        start = " " * column if label == last else words.LABELS[label] + " " * (column - widths[label])
        lines.append(start + value)
        last = label
    return "\n".join(lines)


def moment(time: str | None, words: Words) -> str:
    """An ISO time as people read it, in UTC and in the readers' own time zone."""
    if not time:
        return str(words.UNKNOWN)
    utc = datetime.fromisoformat(time).astimezone(UTC)
    shown_utc = f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    if words.ZONE is None:
        return shown_utc
    own = utc.astimezone(words.ZONE)
    return (
        f"{shown_utc} ({own:%H:%M:%S %Z})" if own.date() == utc.date() else f"{shown_utc} ({own:%Y-%m-%d %H:%M:%S %Z})"
    )


def duration(seconds: float, words: Words) -> str:
    """A length of time, as precise as it matters."""
    whole = round(seconds)
    if seconds < 60:
        return str(words.SECONDS.format(seconds=f"{seconds:.1f}"))
    if seconds < 3600:
        return str(words.MINUTES.format(minutes=whole // 60, seconds=whole % 60))
    return str(words.HOURS.format(hours=whole // 3600, minutes=whole % 3600 // 60))
