"""Notify: compose the mail and publish it, with the whole report as JSON for the subscribers that are programs.

It also says who can have read it, and how the execution ends.
"""

import json
import os
from typing import Any

from trailkeeper import aws, settings
from trailkeeper.incident import Notice, Report
from trailkeeper.mail import compose, report_json
from trailkeeper.standing import end, is_resolved, what_is_next

aws.client("sns", aws.OWN_REGION)


class NobodyTold(Exception):
    """A question that nobody reads: the flow would wait for an answer until its time is up."""


def handler(report: Report, context: Any) -> Notice:
    """Publish once: text for mail, JSON for SQS, Lambda and HTTPS, attributes for filter policies."""
    sns, topic, until = aws.client("sns", aws.OWN_REGION), os.environ["TOPIC_ARN"], aws.deadline(context)
    readers = aws.Question(lambda: sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"])
    wanted = settings.read()
    subject, text = compose(report, wanted)
    message = {"default": json.dumps(report_json(report, wanted), ensure_ascii=False), "email": text}
    with aws.errors_by_code():
        answer = sns.publish(
            TopicArn=topic,
            Subject=subject,
            MessageStructure="json",
            Message=json.dumps(message, ensure_ascii=False),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes(report).items()
            },
        )
    counted = count(readers, until)
    if counted == 0 and report.get("part") == "ask":
        raise NobodyTold("nobody can approve it: the topic has no confirmed subscription")
    return {
        "subject": subject,
        "message_id": answer["MessageId"],
        "readers": counted,
        "next": what_is_next(report),
        "end": end(report, counted),
        "resolved": is_resolved(report),
    }


def count(readers: aws.Question, until: float) -> int | None:
    """How many confirmed readers the topic has, programs included; None where that could not be read."""
    try:
        return int(readers.answer(until))
    except (aws.Unanswered, KeyError):
        return None


def attributes(report: Report) -> dict[str, str]:
    """What subscribers can filter by: https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html"""
    incident = report["incident"]
    if "untriaged" in incident:
        return {"verdict": "untriaged", "severity": "critical"}
    return {
        "verdict": incident["verdict"],
        "severity": incident["severity"],
        "family": incident["family"] or "unknown",
        "action": incident["action"],
        "account": incident["account"] or "unknown",
        "region": incident["region"] or "unknown",
    }
