"""SQS on the local cloud, where moto differs from AWS."""

import json

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud


@pytest.mark.parametrize(("many", "width"), [(21, 1), (2, 9000)])
def test_a_policy_of_too_many_statements_or_letters_is_refused(cloud: LocalCloud, many: int, width: int) -> None:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"limits-{many}")["QueueUrl"]

    def put(many: int, width: int) -> None:
        statement = {"Sid": "x" * width, "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement] * many}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document)})

    put(20, 1)
    with pytest.raises(ClientError) as error:
        put(many, width)
    assert error.value.response["Error"]["Code"] == "OverLimit"
