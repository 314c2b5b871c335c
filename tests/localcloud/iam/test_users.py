"""The printed credentials belong to a user that exists, and only who knows the secret key may use them."""

import json
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud import ADMINISTRATOR, WATCHER, LocalCloud
from tests.account import ACCOUNT

KEY, SECRET = ADMINISTRATOR.values()


def call(client: Any) -> None:
    """Make a call without parameters."""
    names = ("describe_trails", "list_rules", "list_functions", "list_buckets", "list_topics", "list_users")
    next(getattr(client, name) for name in names if hasattr(client, name))()


def refusal(client: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(client)
    code: str = error.value.response["Error"]["Code"]
    return code


def test_the_administrator_is_one_and_the_same_everywhere(cloud: LocalCloud) -> None:
    iam = cloud.client("iam")
    found = iam.get_user(UserName="administrator")["User"]
    assert iam.list_access_keys(UserName="administrator")["AccessKeyMetadata"][0]["AccessKeyId"] == KEY
    identity = cloud.client("sts").get_caller_identity()
    assert (identity["Arn"], identity["UserId"], identity["Account"]) == (found["Arn"], found["UserId"], ACCOUNT)
    attribute = {"AttributeKey": "AccessKeyId", "AttributeValue": KEY}
    (event,) = cloud.client("cloudtrail").lookup_events(LookupAttributes=[attribute], MaxResults=1)["Events"]
    who = json.loads(event["CloudTrailEvent"])["userIdentity"]
    assert event["Username"] == who["userName"] == "administrator"
    assert (who["arn"], who["principalId"], who["accessKeyId"]) == (found["Arn"], found["UserId"], KEY)


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("cloudtrail", "InvalidSignatureException"),
        ("lambda", "InvalidSignatureException"),
        ("iam", "SignatureDoesNotMatch"),
        ("s3", "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_secret_key_is_refused(cloud: LocalCloud, service: str, code: str) -> None:
    call(cloud.client(service))
    wrong = ADMINISTRATOR | {"SecretAccessKey": SECRET[:-1]}
    assert refusal(Stranger(cloud).client(service, credentials=wrong)) == code


class Stranger(LocalCloud):
    """Clients of its own for the same cloud: a cloud keeps one client a key."""

    def __init__(self, cloud: LocalCloud) -> None:
        super().__init__()
        self.endpoint = cloud.endpoint


def test_addresses_can_be_signed_and_odd_names_too(cloud: LocalCloud) -> None:
    s3, key = cloud.client("s3"), "a b/+~(1)/%25/한=&?.txt"
    s3.create_bucket(Bucket="signed")
    s3.put_object(Bucket="signed", Key=key, Body=b"x", Metadata={"spaced": "a  b"})
    assert s3.list_objects_v2(Bucket="signed", Prefix="a b/+~")["Contents"][0]["Key"] == key
    config = Config(signature_version="s3v4")
    signing: Any = boto3.client("s3", "us-east-1", None, True, None, cloud.endpoint, KEY, SECRET, config=config)
    address = signing.generate_presigned_url("get_object", {"Bucket": "signed", "Key": key})
    with urlopen(address) as answer:
        assert answer.read() == b"x"
    with pytest.raises(OSError, match="403"), urlopen(address.replace("signed/", "signed//")) as answer:
        pass


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_another_partition_does_not_know_the_account(cloud: LocalCloud, region: str) -> None:
    assert refusal(cloud.client("cloudtrail", region)) == "UnrecognizedClientException"


def test_the_watcher_reads_executions_and_nothing_else(cloud: LocalCloud) -> None:
    assert cloud.client("stepfunctions", credentials=WATCHER).list_state_machines()
    assert refusal(cloud.client("iam", credentials=WATCHER)) == "AccessDenied"
