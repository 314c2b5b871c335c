"""What an alarm publishes: a text for people, which AWS's goes on after, and JSON for programs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

import json
from datetime import datetime
from functools import cache

from botocore.session import Session
from moto.cloudwatch.models import Alarm

TEXT = """\
You are receiving this email because your Amazon CloudWatch Alarm "{AlarmName}" in the {Region} region has entered the \
{NewStateValue} state, because "{NewStateReason}" at "{at}".

View this alarm in the AWS Management Console:
https://{region}.console.aws.amazon.com/cloudwatch/deeplink.js?region={region}#alarmsV2:alarm/{AlarmName}

Alarm Details:
- Name:                       {AlarmName}
- Description:                {AlarmDescription}
- State Change:               {OldStateValue} -> {NewStateValue}
- Reason for State Change:    {NewStateReason}
- Timestamp:                  {at}
- AWS Account:                {AWSAccountId}
- Alarm Arn:                  {AlarmArn}
"""


def of(alarm: Alarm, before: str) -> tuple[str, str]:
    """The subject, and the message with a text for each protocol, as the alarm leaves the state `before`."""
    _, _, _, code, account, _ = alarm.alarm_arn.split(":", 5)
    region, at = region_name(code), alarm.state_updated_timestamp
    room = 100 - len(f'{alarm.state_value}: "" in {region}')
    name = alarm.name if len(alarm.name) <= room else f"{alarm.name[: room - 3]}..."
    subject = f'{alarm.state_value}: "{name}" in {region}'
    trigger = {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": "Statistic",
        "Statistic": alarm.statistic.upper(),
        "Unit": None,
        "Dimensions": [{"value": one.value, "name": one.name} for one in alarm.dimensions],
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": float(alarm.threshold),
        "TreatMissingData": alarm.treat_missing_data,
        "EvaluateLowSampleCountPercentile": "",
    }
    document = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": _milliseconds(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _milliseconds(at),
        "Region": region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "OKActions": [],
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": [],
    }
    text = TEXT.format(**document, at=f"{at:%A %d %B, %Y %H:%M:%S} UTC", region=code)
    texts = {"default": json.dumps(document | {"Trigger": trigger}), "email": text}
    return subject, json.dumps(texts)


@cache
def region_name(code: str) -> str:
    """What CloudWatch calls a Region, such as US East (N. Virginia)."""
    partitions = Session().get_data("endpoints")["partitions"]
    names = (one["regions"][code]["description"] for one in partitions if code in one["regions"])
    return str(next(names, code))


def _milliseconds(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"
