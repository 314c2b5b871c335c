"""SNS where moto differs from AWS: what may be published, and mail."""

import json
import sys
from typing import Any

from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import SNSBackend, Subscription
from moto.sqs.models import sqs_backends

from localcloud import mailbox
from localcloud.permissions import service_allowed, service_may_use_key

SNS = "sns.amazonaws.com"

publish_only = SNSBackend.publish
deliver_by_moto = Subscription.publish


def publish(self: SNSBackend, message: str, arn: str | None, **options: Any) -> str:
    """Refuse subjects and messages that AWS refuses, before anything is delivered."""
    subject = options.get("subject")
    fault = mailbox.message_fault(message, options.get("message_structure"))
    fault = fault or (None if subject is None else mailbox.subject_fault(subject))
    if fault:
        raise InvalidParameterValue(fault)
    return publish_only(self, message, arn, **options)


def deliver(self: Subscription, message: str, message_id: str, **options: Any) -> None:
    """Deliver one message to one subscriber: mail is kept, and queues must let SNS send."""
    subject, attributes = options.get("subject"), options.get("message_attributes")
    if self._filter_policy_matcher and not self._filter_policy_matcher.matches(attributes, message):
        return None
    if self.protocol == "sqs" and not _queue_takes(self):
        queue = f"the policy of {self.endpoint} or its key does not let {SNS} send for {self.topic_arn}"
        return print(f"LOST, {queue}: message {message_id}", file=sys.stderr, flush=True)
    if not self.protocol.startswith("email"):
        return deliver_by_moto(self, message, message_id, **options)
    text = message
    if options.get("message_structure") == "json":
        texts = {name: value for name, value in json.loads(message).items() if isinstance(value, str)}
        text = texts.get(self.protocol, texts["default"])
    if self.protocol == "email-json":
        text = json.dumps(self.get_post_data(text, message_id, subject, attributes), indent=2, ensure_ascii=False)
    mailbox.keep(text, subject, self.endpoint, self.topic.display_name, self.arn)
    return None


def _queue_takes(subscription: Subscription) -> bool:
    _, _, _, region, account, name = subscription.endpoint.split(":", 5)
    queue = sqs_backends[account][region].queues.get(name)
    given = {"aws:SourceArn": subscription.topic_arn, "aws:SourceAccount": account}
    if not queue or not service_allowed(queue.policy, SNS, "sqs:SendMessage", subscription.endpoint, given):
        return False
    key: str | None = queue.kms_master_key_id  # type: ignore[attr-defined]  # moto sets it by its name
    return not key or service_may_use_key(key, SNS, subscription.endpoint, given)
