"""Fixtures that several test files use."""

import os
from collections.abc import Iterator

import pytest
from moto import mock_aws

# What Lambda sets; the functions make their clients at import.
os.environ.update(
    AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test"
)
os.environ.pop("AWS_ENDPOINT_URL", None)
os.environ.pop("AWS_PROFILE", None)


@pytest.fixture
def on_moto() -> Iterator[None]:
    """An empty AWS in this process for the functions, with clients of its own."""
    import aws  # after the environment above

    with mock_aws():
        aws.client.cache_clear()
        yield
    aws.client.cache_clear()
