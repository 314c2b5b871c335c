"""Alarms that ring: the metrics they read, their state, and what they publish to their topics.

An alarm rings within a second, where AWS takes a minute or two. It is OK again as on AWS: a queue's when the
queue is empty, any other when its period has passed without data.
"""

import sys
import threading
import time
from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from localcloud.cloudwatch import notice
from localcloud.iam.permissions import service_allowed, service_may_use_key

CLOUDWATCH = "cloudwatch.amazonaws.com"
SECONDS = 1  # between two looks at all alarms, when nothing has happened
# Namespace and name -> the one dimension, and the one statistic that is computed.
METRICS = {
    ("AWS/Events", "InvocationsFailedToBeSentToDlq"): ("RuleName", "Sum"),
    ("AWS/SNS", "NumberOfNotificationsDelivered"): ("TopicName", "Sum"),
    ("AWS/SNS", "NumberOfNotificationsFailed"): ("TopicName", "Sum"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ("QueueName", "Maximum"),
    ("AWS/States", "ExecutionsFailed"): ("StateMachineArn", "Sum"),
}
EVALUATION = {
    "comparison_operator": "GreaterThanThreshold",
    "evaluation_periods": 1,
    "treat_missing_data": "notBreaching",
}
SETTINGS = {
    *("name", "namespace", "metric_name", "statistic", "dimensions", "period", "threshold", "description", "tags"),
    *("actions_enabled", "alarm_actions"),
}

# Metric, Region and the dimension's value -> when it happened, at least the latest times.
_times: defaultdict[tuple[str, str, str], deque[float]] = defaultdict(lambda: deque(maxlen=1000))
_happened = threading.Event()

moto_put_metric_alarm = CloudWatchBackend.put_metric_alarm
moto_update_state = Alarm.update_state


def count(metric: str, region: str, resource: str) -> None:
    """One more of this has happened to the resource."""
    _times[metric, region, resource].append(time.time())
    _happened.set()


def put_metric_alarm(self: CloudWatchBackend, **settings: Any) -> Alarm:
    """Refuse what would not ring here: its silence would be taken for good news."""
    metric = (settings["namespace"], settings["metric_name"])
    if metric not in METRICS:
        raise NotImplementedError(f"there are no metrics but {', '.join(map(' '.join, METRICS))}; not {metric}")
    dimension, statistic = METRICS[metric]
    evaluation = EVALUATION | {"statistic": statistic, "dimensions": [dimension]}
    found = settings | {"dimensions": [one["Name"] for one in settings["dimensions"]]}
    wrong = [f"{name} other than {value}" for name, value in evaluation.items() if found.get(name) != value]
    wrong += [name for name, value in settings.items() if value and name not in SETTINGS | EVALUATION.keys()]
    wrong += [f"an action by {arn}" for arn in settings["alarm_actions"] if ":sns:" not in arn]
    if wrong:
        raise NotImplementedError(f"an alarm on {metric[1]} cannot have {', '.join(wrong)}")
    return moto_put_metric_alarm(self, **settings)


def watch() -> None:
    """Evaluate all alarms, again and again: a queue fills and empties without a word."""
    while True:
        _happened.wait(SECONDS)
        _happened.clear()
        backends = [backend for regions in list(cloudwatch_backends.values()) for backend in list(regions.values())]
        for alarm in [alarm for backend in backends for alarm in list(backend.alarms.values())]:
            evaluate(alarm, time.time())


def evaluate(alarm: Alarm, now: float) -> None:
    """Change the alarm's state if its metric says so."""
    value = datapoint(alarm, now)
    state = "ALARM" if value is not None and value > alarm.threshold else "OK"
    if state == alarm.state_value:
        return
    at = f"{datetime.fromtimestamp(now, UTC):%d/%m/%y %H:%M:%S}"
    reason = "no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."
    if value is not None:
        crossed = "was greater than" if state == "ALARM" else "was not greater than"
        reason = f"1 datapoint [{value} ({at})] {crossed} the threshold ({float(alarm.threshold)})."
    alarm.update_state(f"Threshold Crossed: {reason}", "{}", state)


def datapoint(alarm: Alarm, now: float) -> float | None:
    """The metric's value over the alarm's period until now; None without data."""
    _, _, _, region, account, _ = alarm.alarm_arn.split(":", 5)
    resource = alarm.dimensions[0].value or ""
    if alarm.namespace == "AWS/SQS":
        queue = sqs_backends[account][region].queues.get(resource)
        return float(queue.approximate_number_of_messages) if queue else None
    times = list(_times[alarm.metric_name, region, resource])
    return float(sum(then > now - alarm.period for then in times)) or None


def update_state(self: Alarm, reason: str, reason_data: str, state_value: str) -> None:
    """Change the state, and notify the alarm's topics when it becomes ALARM."""
    before = self.state_value
    moto_update_state(self, reason, reason_data, state_value)
    if self.actions_enabled and state_value == "ALARM" != before:
        for arn in self.alarm_actions:
            if fault := _publish(self, arn, before):
                line = f'LOST, alarm {self.name}: Failed to execute action {arn}. Received error: "{fault}"'
                print(line, file=sys.stderr, flush=True)


def _publish(alarm: Alarm, arn: str, before: str) -> str | None:
    """Publish to a topic; or say why AWS could not, as the alarm's history would."""
    _, _, _, region, account, _ = arn.split(":", 5)
    topic = sns_backends[account][region].topics.get(arn)
    if not topic:
        return f"Topic does not exist: {arn}"
    context = {"aws:SourceArn": alarm.alarm_arn, "aws:SourceAccount": account}
    if not service_allowed(topic.policy, CLOUDWATCH, "SNS:Publish", arn, context):
        return f"Resource: {alarm.alarm_arn} is not authorized to perform: SNS:Publish on resource: {arn}"
    key = topic.kms_master_key_id
    if key and not service_may_use_key(key, CLOUDWATCH, arn, context):
        return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    subject, message = notice.of(alarm, before)
    topic.sns_backend.publish(message=message, arn=arn, subject=subject, message_structure="json")
    return None
