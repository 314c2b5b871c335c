"""Delivers events to the targets of the rules that they match, or else to the dead-letter queue.

Retries wait milliseconds where AWS waits seconds to minutes; everything else is as in
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html.
"""

import sys
import threading
import traceback
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Timer
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends
from moto.events.models import Rule, events_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from localcloud.cloudwatch.alarms import count
from localcloud.eventbridge.input import InvalidInput, target_input
from localcloud.eventbridge.patterns import matches
from localcloud.iam.permissions import (
    queue_refusal,
    role_allows,
    service_allowed,
    service_may_assume,
    service_may_use_key,
)

Event = dict[str, Any]
Target = dict[str, Any]

EVENTBRIDGE = "events.amazonaws.com"
LONGEST_WAIT = 0.2  # seconds between two attempts
_ALL_MANAGEMENT_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

_queues: dict[str, SimpleQueue[tuple[Rule, Event, str]]] = {}
_starting = threading.Lock()


class NotDelivered(Exception):
    """A target that will not take the event now or later."""

    def __init__(self, code: str, message: str) -> None:
        """Say why; `code` is one of EventBridge's ERROR_CODEs."""
        super().__init__(message)
        self.code = code


def put_event(event: Event, region: str) -> None:
    """Put an event of an AWS service on the account's default bus, and return at once."""
    for rule in list(events_backends[event["account"]][region].event_buses["default"].rules.values()):
        offer(rule, event)


def offer(rule: Rule, event: Event) -> None:
    """Deliver the event if the rule matches it: off the caller's thread, and in the order of arrival in the Region."""
    if not _wants(rule, event):
        return
    with _starting:
        if rule.region_name not in _queues:
            _queues[rule.region_name] = SimpleQueue()
            threading.Thread(target=_work, args=(_queues[rule.region_name],), daemon=True).start()
    _queues[rule.region_name].put((rule, event, _now()))


def _wants(rule: Rule, event: Event) -> bool:
    read_only = event["detail-type"] == "AWS API Call via CloudTrail" and event["detail"].get("readOnly") is True
    states = (_ALL_MANAGEMENT_EVENTS,) if read_only else (_ALL_MANAGEMENT_EVENTS, "ENABLED")
    pattern = rule.event_pattern.get_pattern()
    return rule.state in states and bool(pattern) and matches(pattern, event)


def _work(queue: "SimpleQueue[tuple[Rule, Event, str]]") -> None:
    while True:
        rule, event, received = queue.get()
        for target in list(rule.targets):
            deliver(rule, target, event, received)


def deliver(rule: Rule, target: Target, event: Event, received: str, attempt: int = 0) -> None:
    """Deliver one event to one target. A failure that may pass is retried, and holds up no later event."""
    try:
        _send(rule, target, event, received)
    except NotDelivered as failure:
        _give_up(rule, target, event, {"ERROR_CODE": failure.code, "ERROR_MESSAGE": str(failure)})
    except Exception as error:
        if attempt < target.get("RetryPolicy", {}).get("MaximumRetryAttempts", 185):
            if not attempt:
                traceback.print_exc()
            # All waits together are shorter than 60 s, the smallest MaximumEventAgeInSeconds.
            Timer(min(0.01 * 2**attempt, LONGEST_WAIT), deliver, (rule, target, event, received, attempt + 1)).start()
            return
        reason = {"ERROR_CODE": "ERROR_FROM_TARGET", "ERROR_MESSAGE": f"{type(error).__name__}: {error}"}
        exhausted = {"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "RETRY_ATTEMPTS": str(attempt)}
        _give_up(rule, target, event, {**reason, **exhausted})


def _give_up(rule: Rule, target: Target, event: Event, reason: dict[str, str]) -> None:
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    attributes = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"], **reason}
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    fate = "LOST, no dead-letter queue"
    if arn:
        try:
            _send_message(rule, arn, target_input({}, event, rule.arn, ""), message_attributes=typed)
            fate = f"to the dead-letter queue {arn}"
        except Exception as failure:  # of any kind: what matters is that the event is lost
            fate = f"LOST, {failure}"
            count("InvocationsFailedToBeSentToDlq", rule.region_name, rule.name)
    print(f"{fate}: event {event['id']}, {attributes}", file=sys.stderr, flush=True)


def _send(rule: Rule, target: Target, event: Event, received: str) -> None:
    try:
        text = target_input(target, event, rule.arn, received)
    except InvalidInput as error:
        raise NotDelivered("INVALID_JSON", str(error)) from error
    SENDERS[target["Arn"].split(":")[2]](rule, target, text, event)


def _start_execution(rule: Rule, target: Target, text: str, event: Event) -> None:
    arn, role = target["Arn"], target.get("RoleArn", "")
    _, _, _, region, account, _ = arn.split(":", 5)
    context = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
    if not service_may_assume(role, EVENTBRIDGE, context):
        raise NotDelivered("FAILED_TO_ASSUME_ROLE", f"{EVENTBRIDGE} cannot assume the target's role {role or '(none)'}")
    if not role_allows(role, "states:StartExecution", arn):
        raise NotDelivered("NO_PERMISSIONS", f"{role} is not authorized to perform: states:StartExecution on {arn}")
    backend = stepfunctions_parser_backends[account][region]
    state_machine = next((known for known in backend.state_machines if known.arn == arn), None)
    if not state_machine:
        raise NotDelivered("NO_RESOURCE", f"State Machine Does Not Exist: '{arn}'")
    # The name is made from the event, so that an event that arrives twice starts one execution.
    name = f"{event['id']}_{uuid.uuid5(uuid.NAMESPACE_URL, rule.arn + target['Id'])}"
    if name not in [execution.name for execution in state_machine.executions]:
        backend.start_execution(state_machine_arn=arn, name=name, execution_input=text)


def _publish(rule: Rule, target: Target, text: str, event: Event) -> None:
    arn = target["Arn"]
    _, _, _, region, account, _ = arn.split(":", 5)
    topic = sns_backends[account][region].topics.get(arn)
    if not topic:
        raise NotDelivered("NO_RESOURCE", f"Topic does not exist: {arn}")
    # EventBridge sends no condition keys to topics and KMS keys: a statement that requires aws:SourceArn never applies.
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    if not service_allowed(topic.policy, EVENTBRIDGE, "SNS:Publish", arn):
        raise NotDelivered("NO_PERMISSIONS", f"the policy of {arn} does not let {EVENTBRIDGE} publish")
    if topic.kms_master_key_id and not service_may_use_key(topic.kms_master_key_id, EVENTBRIDGE, arn):
        raise NotDelivered(
            "NO_PERMISSIONS", f"{arn}'s key is disabled, or its policy does not let {EVENTBRIDGE} use it"
        )
    topic.sns_backend.publish(message=text, arn=arn)


def _invoke(rule: Rule, target: Target, text: str, event: Event) -> None:
    arn = target["Arn"]
    _, _, _, region, account, _ = arn.split(":", 5)
    try:
        function = lambda_backends[account][region].get_function(arn)
    except LambdaClientError as error:
        raise NotDelivered("NO_RESOURCE", f"Function not found: {arn}") from error
    context = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
    if not service_allowed(function.policy.get_policy()["Policy"], EVENTBRIDGE, "lambda:InvokeFunction", arn, context):
        raise NotDelivered("NO_PERMISSIONS", f"the policy of {arn} does not let {EVENTBRIDGE} invoke it for {rule.arn}")
    function.invoke(text, {"X-Amz-Invocation-Type": "Event"}, {})


def _send_to_queue(rule: Rule, target: Target, text: str, event: Event) -> None:
    _send_message(rule, target["Arn"], text, group_id=target.get("SqsParameters", {}).get("MessageGroupId"))


def _send_message(rule: Rule, arn: str, text: str, **options: Any) -> None:
    _, _, _, region, account, name = arn.split(":", 5)
    context = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
    if reason := queue_refusal(arn, EVENTBRIDGE, context):
        known = name in sqs_backends[account][region].queues
        raise NotDelivered("NO_PERMISSIONS" if known else "NO_RESOURCE", reason)
    sqs_backends[account][region].send_message(name, text, **options)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


SENDERS: dict[str, Callable[[Rule, Target, str, Event], None]] = {
    "states": _start_execution,
    "sns": _publish,
    "sqs": _send_to_queue,
    "lambda": _invoke,
}
