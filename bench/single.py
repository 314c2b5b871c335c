"""What Trailkeeper is measured beside: one Lambda function that starts the trail again and mails the raw event."""

import json
import os
from typing import Any

import boto3

cloudtrail = boto3.client("cloudtrail")
sns = boto3.client("sns")


def handler(event: dict[str, Any], context: Any) -> None:
    """Start the trail, then publish."""
    detail = event["detail"]
    cloudtrail.start_logging(Name=detail["requestParameters"]["name"])
    sns.publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=f"{detail['eventName']} by {detail['userIdentity'].get('userName')}",
        Message=json.dumps(detail, indent=2),
    )
