"""Patches of moto's SQS."""

import json
from typing import Any

from moto.sqs.exceptions import SQSException
from moto.sqs.models import Queue

from localcloud.patches import replace

MOST_STATEMENTS = 20


def apply() -> None:
    """Apply them."""
    policies_have_limits()


def policies_have_limits() -> None:
    """moto takes a policy of any number of statements: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html.

    For upstream: refuse more than 20 statements where the policy is set: https://github.com/getmoto/moto/blob/5.2.5/moto/sqs/models.py#L658
    """
    moto_policy: property = vars(Queue)["policy"]

    def set_policy(self: Queue, policy: Any) -> None:
        statements = json.loads(policy)["Statement"] if policy else []
        many = len(statements) if isinstance(statements, list) else 1
        if many > MOST_STATEMENTS:
            text = f"{many} statements were found in the submitted policy, max allowed is {MOST_STATEMENTS}."
            raise SQSException("OverLimit", text)
        assert moto_policy.fset
        moto_policy.fset(self, policy)

    replace(Queue, "policy", property(moto_policy.fget, set_policy))
