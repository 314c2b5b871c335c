"""Patches of moto's SNS."""

from moto.sns.models import SNSBackend, Subscription, Topic
from moto.sns.responses import SNSResponse

from localcloud.patches import replace
from localcloud.sns import api


def apply() -> None:
    """Apply them."""
    messages_reach_subscribers()
    mail_is_confirmed_first()
    subscriptions_are_counted()
    messages_are_checked()


def messages_reach_subscribers() -> None:
    """moto drops mail, accepts subscribers that it never reaches, ignores policies, and has no dead-letter queue: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html."""
    replace(SNSBackend, "subscribe", api.subscribe)
    replace(Topic, "publish", api.publish_to_all)
    replace(Subscription, "publish", api.deliver)


def mail_is_confirmed_first() -> None:
    """moto confirms every subscription at once, and takes any token: https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html."""
    replace(SNSResponse, "subscribe", api.subscribe_response)
    replace(SNSResponse, "confirm_subscription", api.confirm_subscription)
    Subscription.subscription_arn = property(api.listed_arn)  # type: ignore[attr-defined]  # what moto would list first


def subscriptions_are_counted() -> None:
    """moto's counts in a topic's attributes are always 0: https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html.

    For upstream: count a topic's subscriptions by their state when its attributes are asked for: https://github.com/getmoto/moto/blob/5.2.5/moto/sns/models.py#L88
    """
    replace(SNSBackend, "unsubscribe", api.unsubscribe)


def messages_are_checked() -> None:
    """moto accepts line breaks in subjects, and takes a missing topic for an endpoint: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.

    For upstream: check the subject as subject_fault does: https://github.com/getmoto/moto/blob/5.2.5/moto/sns/models.py#L726
    """
    replace(SNSBackend, "publish", api.publish)
