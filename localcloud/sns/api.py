"""SNS where moto differs from AWS: who is subscribed, what may be published, and what becomes of it."""

import json
import re
import sys
import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import SNSBackend, Subscription, Topic
from moto.sns.responses import SNSResponse
from moto.sqs.models import sqs_backends

from localcloud.cloudwatch.alarms import count
from localcloud.iam.permissions import queue_refusal, resource_policy, service_allowed
from localcloud.sns import mailbox

SNS = "sns.amazonaws.com"
PROTOCOLS = ("email", "lambda", "sqs")

moto_subscribe = SNSBackend.subscribe
moto_unsubscribe = SNSBackend.unsubscribe
moto_publish = SNSBackend.publish
moto_deliver = Subscription.publish
moto_subscribe_response = SNSResponse.subscribe


def publish(self: SNSBackend, message: str, arn: str | None, **options: Any) -> str:
    """Refuse what AWS refuses, before anything is delivered."""
    if arn and ":endpoint/" not in arn:
        self.get_topic(arn)
    subject = options.get("subject")
    fault = mailbox.message_fault(message, options.get("message_structure"))
    fault = fault or (None if subject is None else mailbox.subject_fault(subject))
    if fault:
        raise InvalidParameterValue(fault)
    return moto_publish(self, message, arn, **options)


def subscribe(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
    """Refuse protocols that the local cloud cannot deliver by; ask who is subscribed by mail to confirm it."""
    if protocol not in PROTOCOLS:
        raise NotImplementedError(f"the local cloud delivers by {', '.join(PROTOCOLS)}, not {protocol} to {endpoint}")
    if protocol == "email" and not re.fullmatch(r"[^\s@;,]+@[^\s@;,]+", endpoint):
        raise InvalidParameterValue("Invalid parameter: Email address")
    known = set(self.subscriptions)
    subscription = moto_subscribe(self, topic_arn, endpoint, protocol)
    if protocol == "email" and subscription.arn not in known:
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    if is_pending(subscription):
        mailbox.ask(topic_arn, token_of(subscription), endpoint, subscription.topic.display_name)
    _count_subscriptions(self, subscription.topic)
    return subscription


def subscribe_response(self: SNSResponse) -> ActionResult:
    """Tell the ARN of a pending subscription only if ReturnSubscriptionArn asks for it."""
    answer: Any = moto_subscribe_response(self)
    subscription = self.backend.subscriptions[answer.result["SubscriptionArn"]]
    if is_pending(subscription) and not self._get_bool_param("ReturnSubscriptionArn"):
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return ActionResult(answer.result)


def confirm_subscription(self: SNSResponse) -> ActionResult:
    """Confirm the subscription whose token it is; once more does no harm.

    Every caller here has signed, so every confirmation is an authenticated one.
    """
    topic, token = self.backend.get_topic(self._get_param("TopicArn")), self._get_param("Token")
    for subscription in self.backend._get_topic_subscriptions(topic):
        if subscription.protocol == "email" and token_of(subscription) == token:
            subscription.attributes |= {"PendingConfirmation": False, "ConfirmationWasAuthenticated": True}
            _count_subscriptions(self.backend, topic)
            return ActionResult({"SubscriptionArn": subscription.arn})
    raise InvalidParameterValue("Invalid parameter: Token")


def is_pending(subscription: Subscription) -> bool:
    """Say whether its reader has not confirmed it yet."""
    return bool(subscription.attributes["PendingConfirmation"])


def token_of(subscription: Subscription) -> str:
    """The token by which a reader confirms."""
    return subscription.arn.encode().hex()


def listed_arn(self: Subscription) -> str:
    """What lists of subscriptions show as the ARN."""
    return "PendingConfirmation" if is_pending(self) else self.arn


def unsubscribe(self: SNSBackend, subscription_arn: str) -> None:
    """Refuse what is pending; count the subscription as deleted."""
    if (elements := subscription_arn.count(":") + 1) < 6:
        reason = f"An ARN must have at least 6 elements, not {elements}"
        raise InvalidParameterValue(f"Invalid parameter: SubscriptionArn Reason: {reason}")
    subscription = self.subscriptions.get(subscription_arn)
    if subscription and is_pending(subscription):
        reason = "Cannot unsubscribe a subscription that is pending confirmation"
        raise InvalidParameterValue(f"Invalid parameter: SubscriptionArn Reason: {reason}")
    moto_unsubscribe(self, subscription_arn)
    if subscription:
        subscription.topic.subscriptions_deleted += 1
        _count_subscriptions(self, subscription.topic)


def _count_subscriptions(backend: SNSBackend, topic: Topic) -> None:
    pending = [is_pending(subscription) for subscription in backend._get_topic_subscriptions(topic)]
    topic.subscriptions_pending = sum(pending)
    topic.subscriptions_confimed = len(pending) - topic.subscriptions_pending  # moto's spelling


def publish_to_all(self: Topic, message: str, **options: Any) -> str:
    """Publish to every subscription that is confirmed; keep nothing."""
    message_id = str(uuid.uuid4())
    for subscription in self.sns_backend._get_topic_subscriptions(self):
        if not is_pending(subscription):
            subscription.publish(message, message_id, **options)
    return message_id


def deliver(self: Subscription, message: str, message_id: str, **options: Any) -> None:
    """Deliver one message to one subscriber; a failure goes to the dead-letter queue, not to the publisher.

    https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    """
    if self._filter_policy_matcher and not self._filter_policy_matcher.matches(
        options.get("message_attributes"), message
    ):
        return
    region, topic = self.topic_arn.split(":")[3], self.topic.name
    try:
        _send(self, message, message_id, options)
        count("NumberOfNotificationsDelivered", region, topic)
    except Exception as failure:  # of any kind: what matters is that the message is not delivered
        count("NumberOfNotificationsFailed", region, topic)
        fate = _dead_letter(self, message, message_id, options)
        print(f"{fate}: message {message_id} for {self.endpoint}, {failure}", file=sys.stderr, flush=True)


def _send(subscription: Subscription, message: str, message_id: str, options: dict[str, Any]) -> None:
    arn, context = subscription.endpoint, _context(subscription)
    if subscription.protocol == "sqs" and (reason := queue_refusal(arn, SNS, context)):
        raise PermissionError(reason)
    if subscription.protocol == "lambda" and not service_allowed(
        resource_policy(arn, "lambda:InvokeFunction"), SNS, "lambda:InvokeFunction", arn, context
    ):
        raise PermissionError(f"there is no function {arn}, or its policy does not let {SNS} invoke it")
    if subscription.protocol != "email":
        return moto_deliver(subscription, message, message_id, **options)
    text, subject = message, options.get("subject")
    if options.get("message_structure") == "json":
        texts = {name: value for name, value in json.loads(message).items() if isinstance(value, str)}
        text = texts.get("email", texts["default"])
    mailbox.keep(text, subject, subscription.endpoint, subscription.topic.display_name, subscription.arn)
    return None


def _dead_letter(subscription: Subscription, message: str, message_id: str, options: dict[str, Any]) -> str:
    """Send what was not delivered to the subscription's dead-letter queue, and say where it went."""
    queue = json.loads(subscription.attributes.get("RedrivePolicy", "{}")).get("deadLetterTargetArn")
    if not queue:
        return "LOST, no dead-letter queue"
    if reason := queue_refusal(queue, SNS, _context(subscription)):
        return f"LOST, {reason}"
    _, _, _, region, account, name = queue.split(":", 5)
    text = json.dumps(_notification(subscription, message, message_id, options))
    sqs_backends[account][region].send_message(name, text)
    return f"to the dead-letter queue {queue}"


def _notification(subscription: Subscription, text: str, message_id: str, options: dict[str, Any]) -> dict[str, Any]:
    return subscription.get_post_data(text, message_id, options.get("subject"), options.get("message_attributes"))


def _context(subscription: Subscription) -> dict[str, str]:
    return {"aws:SourceArn": subscription.topic_arn, "aws:SourceAccount": subscription.account_id}
