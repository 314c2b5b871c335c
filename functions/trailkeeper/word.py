"""The watchdog's word of Trailkeeper: a metric a day, a mail when a part breaks, and one a week of what shadow saw."""

import json
import os
from collections.abc import Callable
from typing import Any

from trailkeeper import aws, guard, ledger
from trailkeeper.guard import Broken
from trailkeeper.mail.word import Mail, broken_mail, shadow_mail
from trailkeeper.run import Run

WEEK = 7 * 24 * 3600
LEDGER = Broken("no_ledger", "ledger")


def say(run: Run, rules: list[dict[str, Any]] | None) -> None:
    """Look at the guard itself, and say what is to be said today."""
    broken = [found for check in guard.checks(rules) if (found := run.do(check.name, lambda c=check: guard.ask(c)))]  # type: ignore[misc]
    broken += [Broken("baseline_lost", arn) for arn in sorted(run.lost)]
    if run.no_ledger:
        # Nothing remembers what was said: it is said by the clock, in one run of each hour.
        if run.now.minute < int(os.environ["WATCH_MINUTES"]):
            run.do("mail", lambda: mail(run, broken_mail([LEDGER, *broken], run.wanted)))
            run.do("PutMetricData", lambda: measure(run, [LEDGER]))
        return
    # What is found of a rule has a mail of its own.
    news = [one for one in broken if not any(arn.endswith(f":rule/{one.name}") for arn in run.found)]
    run.do("mail", lambda: tell_news(run, news))
    run.do("PutMetricData", lambda: once(f"day#{run.now:%Y-%m-%d}", lambda: measure(run, broken)))
    run.do("weekly mail", lambda: weekly(run))


def once(name: str, work: Callable[[], None]) -> None:
    """Do what is to be done once, and is not known to be done."""
    if ledger.claim(name, 30) is None:
        undone_if_it_fails(work, lambda: ledger.delete(name))


def undone_if_it_fails(work: Callable[[], None], undo: Callable[[], Any]) -> None:
    """Do it; if it fails, take back that it was done."""
    try:
        work()
    except Exception:
        undo()
        raise


def tell_news(run: Run, broken: list[Broken]) -> None:
    """Mail what is broken now and was not before."""
    now = json.dumps(sorted(broken))
    known = ledger.get("guard")
    before = known["broken"]["S"] if known else "[]"
    if now == before:
        return
    condition, values = ("broken = :before", {"before": {"S": before}}) if known else ("attribute_not_exists(id)", {})
    item = {"id": {"S": "guard"}, "broken": {"S": now}, "at": {"S": aws.now()}}
    if not ledger.put_if(condition, item, **values):
        return  # another run has told
    if [one for one in broken if [*one] not in json.loads(before)]:
        undone_if_it_fails(
            lambda: mail(run, broken_mail(broken, run.wanted)),
            lambda: ledger.put({**item, "broken": {"S": before}}),
        )


def weekly(run: Run) -> None:
    """Mail what auto would have done last week, where something is in mode shadow."""
    week = int(run.now.timestamp() // WEEK) - 1
    name = f"shadow#{week}"
    if "shadow" not in run.wanted["undo"].values() or ledger.get(f"told#{name}"):
        return
    counted = ledger.get(name)

    def tell() -> None:
        if counted:
            calls = sorted(counted.get("calls_seen", {"SS": []})["SS"])
            mail(run, shadow_mail(int(counted["counted"]["N"]), calls, run.wanted))

    once(f"told#{name}", tell)


def measure(run: Run, broken: list[Broken]) -> None:
    """Whether the guard works, and how many things are not as their owners want them without losing anything."""
    sound = not broken and not run.failed
    aws.client("cloudwatch", aws.OWN_REGION).put_metric_data(
        Namespace="Trailkeeper",
        MetricData=[
            {"MetricName": "Guard", "Value": 1 if sound else 0, "Unit": "Count"},
            {"MetricName": "Differs", "Value": run.differs, "Unit": "Count"},
        ],
    )


def mail(run: Run, message: Mail) -> None:
    """Publish to the topic that works: to Alarms, where Incidents has no reader or cannot be used."""
    topic, alarms = os.environ["TOPIC_ARN"], os.environ["ALARMS_ARN"]

    def to_incidents() -> bool:
        if not guard.readers(topic):
            return False
        publish(topic, message)
        return True

    if not run.do("mail to Incidents", to_incidents):
        publish(alarms, message)


def publish(topic: str, message: Mail) -> None:
    """One mail; programs get what it says as JSON."""
    body = {"default": json.dumps(message.data, ensure_ascii=False), "email": message.text}
    aws.client("sns", aws.OWN_REGION).publish(
        TopicArn=topic,
        Subject=message.subject,
        MessageStructure="json",
        Message=json.dumps(body, ensure_ascii=False),
        MessageAttributes={"verdict": {"DataType": "String", "StringValue": message.about}},
    )
