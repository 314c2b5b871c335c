"""What a function finds in its environment."""

from datetime import timedelta

from moto.core.utils import utcnow
from moto.sts.models import sts_backends

from localcloud.awslambda.environment import role_credentials
from tests.account import ACCOUNT


def test_credentials_last_as_long_as_the_cloud_may_run() -> None:
    key = role_credentials(f"arn:aws:iam::{ACCOUNT}:role/any", "session", "us-east-1")["AWS_ACCESS_KEY_ID"]
    session = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(key)
    assert session and session.expiration > utcnow() + timedelta(days=30)
