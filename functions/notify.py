"""Notify: compose the mail and publish it, with the whole report as JSON for the subscribers that are programs."""

import json
import os
from typing import Any

import aws
from incident import Notice, Report
from mail import compose

MAIL_EVENT_LIMIT = 8000  # characters of an event that could not be judged: SNS takes 256 KB in all

aws.client("sns", aws.own_region())


def handler(report: Report, context: Any) -> Notice:
    """Publish once: text for mail, JSON for SQS, Lambda and HTTPS, attributes for filter policies."""
    subject, text = compose(report, json.loads(os.environ["SETTINGS"])["language"])
    with aws.errors_by_code():
        answer = aws.client("sns", aws.own_region()).publish(
            TopicArn=os.environ["TOPIC_ARN"],
            Subject=subject,
            MessageStructure="json",
            Message=json.dumps(
                {"default": json.dumps(trimmed(report), ensure_ascii=False), "email": text},
                ensure_ascii=False,
            ),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes(report).items()
            },
        )
    return {"subject": subject, "message_id": answer["MessageId"]}


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


def trimmed(report: Report) -> dict[str, Any]:
    """The report, with an event that could not be judged cut to a length that SNS takes."""
    incident: dict[str, Any] = {**report["incident"]}
    if "event" in incident:
        incident["event"] = incident["event"][:MAIL_EVENT_LIMIT]
    return {**report, "incident": incident}
