"""The IAM users that the account starts with."""

import json

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from localcloud import ADMINISTRATOR, WATCHER


def create() -> None:
    """The administrator, and the watcher, which only reads: it goes on when the administrator's key is switched off."""
    for name, number, known, actions in (
        ("administrator", "AIDACKCEVSQ6C2EXAMPLE", ADMINISTRATOR, ["*"]),
        ("watcher", "AIDAJQABLZS4A3QDU576Q", WATCHER, ["states:Describe*", "states:Get*", "states:List*"]),
    ):
        iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
        user = iam.create_user("us-east-1", name)
        user.id = number
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        user.put_policy(name, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        key = user.create_access_key(prefix="AKIA")
        key.access_key_id, key.secret_access_key = known["AccessKeyId"], known["SecretAccessKey"]
        iam.access_keys[key.access_key_id] = key
