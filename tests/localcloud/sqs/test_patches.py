"""SQS on the local cloud, where moto differs from AWS."""

import json

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud


def test_a_policy_of_too_many_statements_is_refused(cloud: LocalCloud) -> None:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="limits")["QueueUrl"]

    def put(many: int) -> None:
        statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement] * many}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document)})

    put(20)
    with pytest.raises(ClientError) as error:
        put(21)
    assert error.value.response["Error"]["Code"] == "OverLimit"
