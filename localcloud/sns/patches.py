"""Patches of moto's SNS."""

from moto.sns.models import SNSBackend, Subscription

from localcloud.patches import replace
from localcloud.sns import api


def apply() -> None:
    """Apply them."""
    messages_reach_subscribers()
    subjects_and_messages_are_checked()


def messages_reach_subscribers() -> None:
    """moto drops mail, accepts subscribers that it never reaches, ignores policies, and has no dead-letter queue: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html."""
    replace(SNSBackend, "subscribe", api.subscribe)
    replace(Subscription, "publish", api.deliver)


def subjects_and_messages_are_checked() -> None:
    """moto accepts line breaks in subjects, and counts characters instead of bytes: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html."""
    replace(SNSBackend, "publish", api.publish)
