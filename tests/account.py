"""What tests of the local cloud put into its account: trails with their bucket, queues, topics, rules, users, roles."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.drill import BUCKET, BUCKET_POLICY, TRAIL
from localcloud import LocalCloud

ACCOUNT = "123456789012"


def allow(action: str | list[str], resource: str, **more: Any) -> dict[str, Any]:
    """A policy of one statement that allows this."""
    return policy({"Effect": "Allow", "Action": action, "Resource": resource, **more})


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trail_bucket(cloud: LocalCloud, name: str) -> str:
    """A bucket whose policy has the two statements that CloudTrail needs."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name)
    acl = allow("s3:GetBucketAcl", f"arn:aws:s3:::{name}", Principal={"Service": "cloudtrail.amazonaws.com"})
    logs = allow(
        "s3:PutObject",
        f"arn:aws:s3:::{name}/AWSLogs/{ACCOUNT}/*",
        Principal={"Service": "cloudtrail.amazonaws.com"},
        Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    )
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy(*acl["Statement"], *logs["Statement"])))
    return name


def recording_trail(cloud: LocalCloud, name: str, region: str, **options: Any) -> None:
    """A trail that is logging."""
    cloudtrail = cloud.client("cloudtrail", region)
    cloudtrail.create_trail(Name=name, S3BucketName=trail_bucket(cloud, f"{name.lower()}-{region}"), **options)
    cloudtrail.start_logging(Name=name)


@contextmanager
def deployed_with_trail(folder: Path, **settings: Any) -> Iterator[LocalCloud]:
    """A local cloud with Trailkeeper deployed and a reader, and the drill's trail, which does not record yet."""
    from app import synthesize  # here, as it starts Node

    assembly = synthesize({"emails": ["security@example.com"], **settings}, str(folder))
    with LocalCloud() as cloud:
        cloud.deploy(assembly)
        cloud.confirm_all()
        cloud.client("s3").create_bucket(Bucket=BUCKET)
        cloud.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(BUCKET_POLICY))
        cloud.client("cloudtrail").create_trail(Name=TRAIL, S3BucketName=BUCKET)
        yield cloud


def queue(cloud: LocalCloud, name: str, region: str, service: str | None = "events.amazonaws.com") -> tuple[str, str]:
    """A queue that the service may send to: its URL and its ARN."""
    sqs = cloud.client("sqs", region)
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"
    if service:
        open_to_service = allow("sqs:SendMessage", arn, Principal={"Service": service})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(open_to_service)})
    return url, arn


def reader(cloud: LocalCloud, topic: str, address: str, **attributes: str) -> str:
    """Subscribe an address by mail, and confirm it; the subscription's ARN."""
    sns = cloud.client("sns", topic.split(":")[3])
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address, Attributes=attributes)
    (asked,) = [mail for mail in cloud.confirmations() if mail["To"] == address and topic in mail.get_content()]
    return cloud.confirm(asked)


def rule(cloud: LocalCloud, name: str, region: str, pattern: dict[str, Any], target: str, **options: Any) -> None:
    """A rule with one target."""
    events = cloud.client("events", region)
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "target", "Arn": target, **options}])


def received(cloud: LocalCloud, url: str, region: str) -> dict[str, Any]:
    """The next message of a queue, as soon as it is there."""
    sqs = cloud.client("sqs", region)
    answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])
    message: dict[str, Any] = answer["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return message


def user(cloud: LocalCloud, name: str, allowed: dict[str, Any] | None = None) -> dict[str, Any]:
    """A user's access key, for cloud.client(..., credentials=...)."""
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    if allowed:
        iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=json.dumps(allowed))
    key: dict[str, Any] = iam.create_access_key(UserName=name)["AccessKey"]
    return key


def role(cloud: LocalCloud, name: str, service: str, allowed: dict[str, Any] | None = None) -> str:
    """The ARN of a role that a service, or with "*" anyone, may assume."""
    iam = cloud.client("iam")
    principal: Any = {"AWS": "*"} if service == "*" else {"Service": service}
    trust = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if allowed:
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=json.dumps(allowed))
    return arn


def session(cloud: LocalCloud, role_arn: str, name: str) -> dict[str, Any]:
    """A role session's credentials, for cloud.client(..., credentials=...)."""
    credentials: dict[str, Any] = cloud.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
    return credentials


class Operator:
    """Somebody with a user of their own, who may do what one of the stack's managed policies says, or nothing."""

    def __init__(self, cloud: LocalCloud, name: str, policy: str | None = None) -> None:
        iam = cloud.client("iam")
        iam.create_user(UserName=name)
        if policy:
            arns = [one["Arn"] for one in iam.list_policies(Scope="Local")["Policies"]]
            (arn,) = [arn for arn in arns if f"-{policy}-" in arn]
            iam.attach_user_policy(UserName=name, PolicyArn=arn)
        self.key = iam.create_access_key(UserName=name)["AccessKey"]
        own = {"AWS_ACCESS_KEY_ID": self.key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": self.key["SecretAccessKey"]}
        self.environment = os.environ | cloud.environment() | own

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a command."""
        command = [sys.executable, "-m", "console.cli", *arguments]
        ran = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
        )
        return ran.returncode, ran.stdout, ran.stderr
