"""Who may call what on the local cloud, over the wire."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from tests.account import ACCOUNT, allow, policy, queue, recording_trail, role, session, user

REGION = "us-west-1"  # used by these tests only
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/PermissionTrail"


@pytest.fixture(scope="module", autouse=True)
def trail(cloud: LocalCloud) -> None:
    recording_trail(cloud, "PermissionTrail", REGION)


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_role_that_loses_one_permission_is_denied_only_that_call(cloud: LocalCloud) -> None:
    calls = ["cloudtrail:GetTrailStatus", "cloudtrail:StopLogging"]
    arn = role(cloud, "restorer", "*", allow(calls, TRAIL))
    cloudtrail = cloud.client("cloudtrail", REGION, session(cloud, arn, "run"))
    cloudtrail.stop_logging(Name="PermissionTrail")

    less = json.dumps(allow(calls[:1], TRAIL))
    cloud.client("iam").put_role_policy(RoleName="restorer", PolicyName="allowed", PolicyDocument=less)

    assert refused(lambda: cloudtrail.stop_logging(Name="PermissionTrail")) == (
        "AccessDeniedException",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/restorer/run is not authorized to perform: cloudtrail:StopLogging "
        f"on resource: {TRAIL} because no identity-based policy allows the cloudtrail:StopLogging action",
    )
    cloudtrail.get_trail_status(Name="PermissionTrail")


def test_a_permission_for_one_trail_is_none_for_another_and_none_for_lists(cloud: LocalCloud) -> None:
    cloudtrail = cloud.client("cloudtrail", REGION, user(cloud, "one-trail", allow("cloudtrail:*", TRAIL)))
    cloudtrail.get_trail_status(Name=TRAIL)
    assert "trail/Other because" in refused(lambda: cloudtrail.get_trail_status(Name="Other"))[1]
    message = refused(cloudtrail.describe_trails)[1]
    assert re.search(r"perform: cloudtrail:DescribeTrails because no identity-based policy", message)


def test_an_explicit_deny_wins_over_an_allow_and_groups_count(cloud: LocalCloud) -> None:
    iam = cloud.client("iam")
    key = user(cloud, "grouped")
    cloudtrail = cloud.client("cloudtrail", REGION, key)
    iam.create_group(GroupName="watchers")
    iam.add_user_to_group(GroupName="watchers", UserName="grouped")
    managed = iam.create_policy(PolicyName="watch", PolicyDocument=json.dumps(allow("cloudtrail:*", "*")))["Policy"]
    iam.attach_group_policy(GroupName="watchers", PolicyArn=managed["Arn"])
    cloudtrail.describe_trails()

    deny = policy({"Effect": "Deny", "Action": "cloudtrail:Desc*", "Resource": "*"})
    iam.put_user_policy(UserName="grouped", PolicyName="no", PolicyDocument=json.dumps(deny))

    assert refused(cloudtrail.describe_trails)[1].endswith("with an explicit deny in an identity-based policy")


def test_a_permissions_boundary_and_a_session_policy_limit_a_role(cloud: LocalCloud) -> None:
    iam, sts = cloud.client("iam"), cloud.client("sts")
    arn = role(cloud, "limited", "*", allow("cloudtrail:*", "*"))
    narrow = json.dumps(allow("cloudtrail:GetTrailStatus", "*"))
    credentials = sts.assume_role(RoleArn=arn, RoleSessionName="run", Policy=narrow)["Credentials"]
    scoped = cloud.client("cloudtrail", REGION, credentials)
    scoped.get_trail_status(Name="PermissionTrail")
    assert "because no session policy allows" in refused(scoped.describe_trails)[1]

    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=narrow)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="limited", PermissionsBoundary=boundary)
    bounded = cloud.client("cloudtrail", REGION, session(cloud, arn, "again"))
    assert "because no permissions boundary allows" in refused(bounded.describe_trails)[1]


def test_everyone_may_ask_who_they_are(cloud: LocalCloud) -> None:
    identity = cloud.client("sts", credentials=user(cloud, "nobody")).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/nobody"


def test_each_service_answers_a_denial_in_its_own_words(cloud: LocalCloud) -> None:
    key = user(cloud, "denied")
    calls: list[tuple[str, Callable[[Any], Any], str]] = [
        ("cloudtrail", lambda client: client.list_trails(), "AccessDeniedException"),
        ("iam", lambda client: client.list_users(), "AccessDenied"),
        ("lambda", lambda client: client.get_function(FunctionName="f"), "AccessDeniedException"),
        ("logs", lambda client: client.create_log_group(logGroupName="g"), "AccessDeniedException"),
        ("s3", lambda client: client.list_buckets(), "AccessDenied"),
        ("sns", lambda client: client.list_topics(), "AuthorizationError"),
        ("sqs", lambda client: client.create_queue(QueueName="q"), "AccessDenied"),
        ("stepfunctions", lambda client: client.list_state_machines(), "AccessDeniedException"),
    ]
    for service, call, code in calls:
        client = cloud.client(service, REGION, key)
        assert refused(lambda: call(client))[0] == code, service  # noqa: B023


def test_a_queue_policy_alone_lets_a_user_of_the_account_send(cloud: LocalCloud) -> None:
    key = user(cloud, "sender")
    url, arn = queue(cloud, "open-queue", REGION, service=None)
    sqs = cloud.client("sqs", REGION, key)
    assert f"sqs:SendMessage on resource: {arn}" in refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))[1]

    opened = allow("sqs:SendMessage", arn, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/sender"})
    cloud.client("sqs", REGION).set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(opened)})

    sqs.send_message(QueueUrl=url, MessageBody="x")


def test_publishing_to_an_encrypted_topic_needs_its_key_too(cloud: LocalCloud) -> None:
    key_id = cloud.client("kms", REGION).create_key()["KeyMetadata"]["Arn"]
    topic = cloud.client("sns", REGION).create_topic(Name="secret", Attributes={"KmsMasterKeyId": key_id})["TopicArn"]
    arn = role(cloud, "publisher", "*", allow("sns:Publish", topic))
    sns = cloud.client("sns", REGION, session(cloud, arn, "run"))

    code, message = refused(lambda: sns.publish(TopicArn=topic, Message="x"))
    assert code == "KMSAccessDenied"
    assert f"kms:GenerateDataKey on resource: {key_id}" in message

    use_key = json.dumps(allow(["kms:GenerateDataKey*", "kms:Decrypt"], key_id))
    cloud.client("iam").put_role_policy(RoleName="publisher", PolicyName="key", PolicyDocument=use_key)
    sns.publish(TopicArn=topic, Message="x")

    # The key's own policy decides whether identity policies count.
    closed = json.dumps(allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}))
    cloud.client("kms", REGION).put_key_policy(KeyId=key_id, PolicyName="default", Policy=closed)
    assert refused(lambda: sns.publish(TopicArn=topic, Message="x"))[0] == "KMSAccessDenied"


def test_nobody_publishes_to_a_topic_whose_key_is_disabled_or_gone(cloud: LocalCloud) -> None:
    kms, sns = cloud.client("kms", REGION), cloud.client("sns", REGION)
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    topic = sns.create_topic(Name="locked", Attributes={"KmsMasterKeyId": key_id})["TopicArn"]
    sns.publish(TopicArn=topic, Message="x")

    arn = role(cloud, "locked-out", "*", allow(["sns:Publish", "kms:*"], "*"))
    kms.disable_key(KeyId=key_id)
    for client in (sns, cloud.client("sns", REGION, session(cloud, arn, "run"))):
        assert refused(lambda: client.publish(TopicArn=topic, Message="x"))[0] == "KMSDisabled"  # noqa: B023
    kms.schedule_key_deletion(KeyId=key_id)
    assert refused(lambda: sns.publish(TopicArn=topic, Message="x"))[0] == "KMSInvalidState"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="1234")
    assert refused(lambda: sns.publish(TopicArn=topic, Message="x"))[0] == "KMSNotFound"


def test_a_role_is_assumed_only_by_those_that_it_trusts(cloud: LocalCloud) -> None:
    sts = cloud.client("sts", credentials=user(cloud, "climber", allow("sts:AssumeRole", "*")))
    for name, service, allowed in (("for-all", "*", True), ("for-events", "events.amazonaws.com", False)):
        arn = role(cloud, name, service)
        if allowed:
            sts.assume_role(RoleArn=arn, RoleSessionName="run")
        else:
            assert refused(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="run"))[0] == "AccessDenied"  # noqa: B023


def test_an_unknown_or_inactive_access_key_is_refused(cloud: LocalCloud) -> None:
    key = user(cloud, "leaver", allow("*", "*"))
    iam = cloud.client("iam", credentials=key)
    iam.list_users()
    cloud.client("iam").update_access_key(UserName="leaver", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refused(iam.list_users)[0] == "InvalidClientTokenId"

    stranger = {"AccessKeyId": "AKIA111111111EXAMPLE", "SecretAccessKey": "x"}
    assert refused(cloud.client("cloudtrail", REGION, stranger).list_trails)[0] == "UnrecognizedClientException"
    assert refused(cloud.client("s3", REGION, stranger).list_buckets)[0] == "InvalidAccessKeyId"


def test_a_condition_that_is_not_evaluated_here_is_an_error_not_a_guess(cloud: LocalCloud) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    key = user(cloud, "conditioned", allow("cloudtrail:*", "*", Condition=condition))
    code, message = refused(cloud.client("cloudtrail", REGION, key).list_trails)
    assert code == "NotImplemented"
    assert "condition key aws:SourceIp" in message
