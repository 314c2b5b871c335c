"""The mail: subject and text of one report, and the same report as JSON for programs.

Whatever comes out of an event or an answer of AWS passes `wording.shown` on its way into the text, except in links and
commands: those take nothing but identifiers of the shape that AWS gives them. Any verdict with any outcome makes a
mail, as it is composed of clauses: what was done, what Trailkeeper did, how it stands now, and what that means.
"""

import json
from typing import Any

from trailkeeper.incident import Report
from trailkeeper.mail.clauses import first_paragraph, headline, subject
from trailkeeper.mail.later import looked_back
from trailkeeper.mail.links import console_links, execution_link
from trailkeeper.mail.next_steps import next_steps
from trailkeeper.mail.rows import rows
from trailkeeper.mail.wording import Words, aligned, error_words, fact_words, moment, shown, words_of
from trailkeeper.record import utc
from trailkeeper.settings import Settings

LONGEST_EVENT = 8000  # characters of an event that could not be judged: SNS takes 256 KB in all


def compose(report: Report, settings: Settings) -> tuple[str, str]:
    """Subject and text."""
    words = words_of(settings)
    if "untriaged" in report["incident"]:
        return compose_untriaged(report, words)
    return subject(report, words), "\n\n".join(
        [
            first_paragraph(report, words),
            *looked_back(report, words),
            aligned(rows(report, words), words),
            words.NEXT_TITLE + "\n" + "\n".join(next_steps(report, words)),
            "\n".join([words.LINKS_TITLE, *(f"{words.LABELS[what]}: {url}" for what, url in console_links(report))]),
            *(
                [words.TECHNIQUE.format(numbers=", ".join(numbers))]
                if (numbers := report["incident"]["technique"])
                else []
            ),
        ]
    )


def report_json(report: Report, settings: Settings) -> dict[str, Any]:
    """The report for programs: facts with their `text`; an event that could not be judged, cut to what SNS takes."""
    incident: dict[str, Any] = {**report["incident"]}
    if "untriaged" in incident:
        incident["event"] = str(incident.get("event", ""))[:LONGEST_EVENT]
    else:
        words = words_of(settings)
        incident["facts"] = [
            {**fact, "text": fact_words(fact, report["incident"], words)} for fact in incident["facts"]
        ]
    # Whoever holds the token of an approval can give it.
    asked = {"ask": {"until": report["ask"]["until"]}} if "ask" in report else {}
    return {**report, "incident": incident, **asked}


def compose_untriaged(report: Report, words: Words) -> tuple[str, str]:
    """The mail when Triage itself failed: the raw event, and the four facts that it most likely holds."""
    failed: Any = report["incident"]
    event = failed.get("event", "")
    try:
        record = json.loads(event)["detail"]
        identity = record["userIdentity"]
        found = [
            ("what", record["eventName"]),
            ("when", moment(utc(record["eventTime"]), words)),
            ("who", identity.get("arn") or identity.get("type")),
            ("region", record["awsRegion"]),
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found = []  # the raw event below is all there is
    lines = [(label, shown(str(value), words)) for label, value in found]
    text = "\n\n".join(
        [
            str(words.UNTRIAGED_SENTENCE),
            aligned([*lines, ("error", error_words(failed["untriaged"]["error"], words))], words),
            f"{words.LINKS_TITLE}\n{words.LABELS['execution']}: {execution_link(report['execution'])}",
            words.RAW_TITLE + "\n" + shown(event, words, LONGEST_EVENT),
        ]
    )
    return headline("critical", words.UNTRIAGED_HEADLINE, words), text
