"""Calls as AWS clients make them, on the local cloud: each reaches its rule, and the mail says what it did."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from console.drill import BUCKET, BUCKET_POLICY, TRAIL
from localcloud import LocalCloud

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/CloudTrail_Logs"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
LOGS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}],
}
OTHERS = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:*", "Resource": "*"}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Trailkeeper with destinations: a bucket and a role, a trail that writes there, and one more that records."""
    from app import synthesize  # here, as it starts Node

    destinations = [f"arn:aws:s3:::{BUCKET}", ROLE]
    context = {"emails": ["security@example.com"], "destinations": destinations}
    with LocalCloud() as cloud:
        cloud.deploy(synthesize(context, str(tmp_path_factory.mktemp("watched"))))
        cloud.confirm_all()
        s3, cloudtrail = cloud.client("s3"), cloud.client("cloudtrail")
        for bucket, trail in ((BUCKET, TRAIL), ("second-logs", "Second")):
            s3.create_bucket(Bucket=bucket)
            policy = json.dumps(BUCKET_POLICY).replace(BUCKET, bucket).replace(TRAIL, trail)
            s3.put_bucket_policy(Bucket=bucket, Policy=policy)
            cloudtrail.create_trail(Name=trail, S3BucketName=bucket, IsMultiRegionTrail=True)
            cloudtrail.start_logging(Name=trail)
        cloud.client("iam").create_role(
            RoleName="CloudTrail_Logs", Path="/service-role/", AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        organizations = cloud.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
        yield cloud


def on(service: str, call: str, **request: Any) -> Callable[[LocalCloud], Any]:
    """A call of an AWS client."""
    return lambda cloud: getattr(cloud.client(service), call)(**request)


def recreate(cloud: LocalCloud) -> None:
    """Delete the trail, and create one of its name that records less."""
    cloudtrail, mails = cloud.client("cloudtrail"), len(cloud.mails())
    cloudtrail.delete_trail(Name=TRAIL)
    cloud.wait(lambda: len(cloud.mails()) > mails, "the mail of DeleteTrail")
    cloudtrail.create_trail(Name=TRAIL, S3BucketName=BUCKET)


def topic_of_alarms(cloud: LocalCloud) -> Any:
    """Its ARN."""
    arns = [one["TopicArn"] for one in cloud.client("sns").list_topics()["Topics"]]
    return next(arn for arn in arns if ":Trailkeeper-Alarms" in arn)


LIFECYCLE = {"Rules": [{"Status": "Enabled", "Prefix": "", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}]}
POLICY = {**BUCKET_POLICY, "Statement": [*BUCKET_POLICY["Statement"], OTHERS]}


@pytest.mark.parametrize(
    ("call", "subject", "why"),
    [
        (
            on("s3", "put_bucket_request_payment", Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"}),
            "[HIGH] PutBucketRequestPayment on watched bucket",
            "Requester Pays is on, so CloudTrail can no longer write",
        ),
        (
            on("s3", "put_bucket_logging", Bucket=BUCKET, BucketLoggingStatus={}),
            "[LOW] watched bucket changed, low impact",
            "access to the bucket is no longer logged",
        ),
        (
            on("s3", "put_bucket_lifecycle_configuration", Bucket=BUCKET, LifecycleConfiguration=LIFECYCLE),
            "[LOW] watched bucket changed, low impact",
            "days until overwritten and deleted files are gone for good: 30",
        ),
        (
            on("s3", "put_bucket_policy", Bucket=BUCKET, Policy=json.dumps(POLICY)),
            "[HIGH] PutBucketPolicy on watched bucket",
            "arn:aws:iam::111122223333:root",
        ),
        (
            on("iam", "put_role_policy", RoleName="CloudTrail_Logs", PolicyName="x", PolicyDocument=json.dumps(LOGS)),
            "[HIGH] PutRolePolicy on watched role: CloudTrail_Logs",
            "CloudTrail may no longer be able to write to the log group",
        ),
        (
            on("iam", "update_assume_role_policy", RoleName="CloudTrail_Logs", PolicyDocument=json.dumps(TRUST)),
            "[HIGH] UpdateAssumeRolePolicy on watched role",
            "who may assume the role has changed",
        ),
        (
            on("organizations", "disable_aws_service_access", ServicePrincipal="cloudtrail.amazonaws.com"),
            "[HIGH] DisableAWSServiceAccess on organization's trusted service",
            "its trails cover the management account alone",
        ),
        (recreate, "[HIGH] CloudTrail trail narrowed", "it covers one Region only"),
        (
            lambda cloud: cloud.client("sns").delete_topic(TopicArn=topic_of_alarms(cloud)),
            "[HIGH] Trailkeeper's topic deleted: Trailkeeper-Alarms",
            "administrator deleted Trailkeeper's own topic Trailkeeper-Alarms",
        ),
    ],
)
def test_a_call_is_mailed_as_what_it_did(
    watched: LocalCloud, call: Callable[[LocalCloud], Any], subject: str, why: str
) -> None:
    known = len(watched.mails())
    call(watched)
    mail = watched.wait(
        lambda: next((one for one in watched.mails()[known:] if one["Subject"].startswith(subject)), None), subject
    )
    text = mail.get_content()
    assert why in text.replace("\n", " ")
    assert "ATT&CK: T1" in text


def test_another_services_access_to_the_organization_starts_no_mail(watched: LocalCloud) -> None:
    organizations, known = watched.client("organizations"), len(watched.executions())
    organizations.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    organizations.disable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    mails = len(watched.mails())
    ended = watched.wait(
        lambda: [one for one in watched.executions()[known:] if one["status"] != "RUNNING"], "the execution"
    )
    assert (len(ended), ended[0]["status"], len(watched.mails())) == (1, "SUCCEEDED", mails)
