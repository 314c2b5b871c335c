"""From a matched rule to its target, or to the dead-letter queue."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from moto.events.models import events_backends
from moto.sqs.models import sqs_backends

from localcloud import LocalCloud
from localcloud.eventbridge import delivery
from tests.account import ACCOUNT, allow, policy, queue, reader, received, role, rule
from tests.conftest import lost

REGION = "eu-south-2"  # used by these tests only
EVENTS = {"Service": "events.amazonaws.com"}


def send(cloud: LocalCloud, source: str, detail: dict[str, Any] | None = None) -> str:
    """Put an event; return its id."""
    entry = {"Source": source, "DetailType": "Test", "Detail": json.dumps(detail or {})}
    (answer,) = cloud.client("events", REGION).put_events(Entries=[entry])["Entries"]
    event_id: str = answer["EventId"]
    return event_id


def state_machine(cloud: LocalCloud, name: str) -> str:
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    runs_as = role(cloud, f"{name}-runs", "states.amazonaws.com")
    machine = cloud.client("stepfunctions", REGION).create_state_machine(
        name=name, definition=definition, roleArn=runs_as
    )
    arn: str = machine["stateMachineArn"]
    return arn


def executions(cloud: LocalCloud, machine: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.client("stepfunctions", REGION).list_executions(stateMachineArn=machine)[
        "executions"
    ]
    return found


def test_a_state_machine_is_started_through_the_targets_role_and_named_from_the_event(cloud: LocalCloud) -> None:
    machine = state_machine(cloud, "started")
    starter = role(cloud, "starter", "events.amazonaws.com", allow("states:StartExecution", machine))
    rule(cloud, "start", REGION, {"source": ["start"]}, machine, RoleArn=starter)
    event_id = send(cloud, "start", {"n": 1})
    (execution,) = cloud.wait(lambda: executions(cloud, machine), "the execution")
    assert execution["name"].startswith(f"{event_id}_")
    described = cloud.client("stepfunctions", REGION).describe_execution(executionArn=execution["executionArn"])
    event = json.loads(described["input"])
    assert (event["id"], event["source"], event["detail"]) == (event_id, "start", {"n": 1})
    assert event["time"].endswith("Z")


@pytest.mark.parametrize(
    ("name", "service", "allowed", "code"),
    [
        ("untrusted", "lambda.amazonaws.com", "*", "FAILED_TO_ASSUME_ROLE"),
        ("powerless", "events.amazonaws.com", "arn:aws:states:*:*:stateMachine:other", "NO_PERMISSIONS"),
    ],
)
def test_a_role_that_may_not_start_it_sends_the_event_to_the_dead_letter_queue(
    cloud: LocalCloud, name: str, service: str, allowed: str, code: str
) -> None:
    machine = state_machine(cloud, f"not-started-{name}")
    dead_url, dead_arn = queue(cloud, f"dead-{name}", REGION)
    role_arn = role(cloud, name, service, allow("states:StartExecution", allowed))
    target = {"RoleArn": role_arn, "DeadLetterConfig": {"Arn": dead_arn}}
    rule(cloud, name, REGION, {"source": [name]}, machine, **target)
    event_id = send(cloud, name)
    message = received(cloud, dead_url, REGION)
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes == {
        "RULE_ARN": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}",
        "TARGET_ARN": machine,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": attributes["ERROR_MESSAGE"],
    }
    assert role_arn in attributes["ERROR_MESSAGE"]
    assert json.loads(message["Body"])["id"] == event_id
    assert executions(cloud, machine) == []


def test_a_topic_gets_the_event_if_its_policy_lets_eventbridge_publish_unconditionally(cloud: LocalCloud) -> None:
    sns = cloud.client("sns", REGION)
    topic = sns.create_topic(Name="notified")["TopicArn"]
    reader(cloud, topic, "rule@example.com")
    dead_url, dead_arn = queue(cloud, "dead-topic", REGION)
    transformer = {"InputPathsMap": {"why": "$.detail.why"}, "InputTemplate": '"It failed: <why>."'}
    target = {"InputTransformer": transformer, "DeadLetterConfig": {"Arn": dead_arn}}
    rule(cloud, "notify", REGION, {"source": ["notify"]}, topic, **target)

    # EventBridge sends no condition keys to topics: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    conditions = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    for condition in ({"Condition": conditions}, {}):
        open_topic = json.dumps(allow("sns:Publish", topic, Principal=EVENTS, **condition))
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=open_topic)
        send(cloud, "notify", {"why": "no reason"})
        if condition:
            assert (
                received(cloud, dead_url, REGION)["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
            )
    mails = cloud.wait(lambda: [mail for mail in cloud.mails() if mail["To"] == "rule@example.com"], "the mail")
    assert [mail["Subject"] for mail in mails] == ["AWS Notification Message"]
    assert mails[0].get_content().startswith('"It failed: no reason."\n')


def test_an_encrypted_topic_gets_the_event_only_if_its_key_lets_eventbridge_use_it(cloud: LocalCloud) -> None:
    kms, sns = cloud.client("kms", REGION), cloud.client("sns", REGION)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    topic = sns.create_topic(Name="encrypted", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    url, arn = queue(cloud, "subscriber", REGION, service="sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    open_topic = json.dumps(allow("sns:Publish", topic, Principal=EVENTS))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=open_topic)
    dead_url, dead_arn = queue(cloud, "dead-encrypted", REGION)
    rule(cloud, "encrypt", REGION, {"source": ["encrypt"]}, topic, DeadLetterConfig={"Arn": dead_arn})

    for key_id in (key, "alias/aws/sns"):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key_id)
        send(cloud, "encrypt")
        assert "key" in received(cloud, dead_url, REGION)["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]

    for_topic = {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic}}
    use = allow(["kms:GenerateDataKey*", "kms:Decrypt"], "*", Principal=EVENTS, Condition=for_topic)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(use))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)
    kms.disable_key(KeyId=key)
    send(cloud, "encrypt")
    assert "key is disabled" in received(cloud, dead_url, REGION)["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    kms.enable_key(KeyId=key)
    event_id = send(cloud, "encrypt")
    assert json.loads(json.loads(received(cloud, url, REGION)["Body"])["Message"])["id"] == event_id


def test_a_queues_policy_may_require_a_certain_rule(cloud: LocalCloud) -> None:
    url, arn = queue(cloud, "for-one-rule", REGION, service=None)
    only = {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/chosen"}}
    open_queue = json.dumps(allow("sqs:SendMessage", arn, Principal=EVENTS, Condition=only))
    cloud.client("sqs", REGION).set_queue_attributes(QueueUrl=url, Attributes={"Policy": open_queue})
    for name in ("another", "chosen"):
        rule(cloud, name, REGION, {"source": ["pick"]}, arn, Input=json.dumps({"by": name}))
    event_id = send(cloud, "pick")
    assert json.loads(received(cloud, url, REGION)["Body"]) == {"by": "chosen"}
    assert "rule/another" in lost(cloud, event_id)


def test_a_rule_that_is_disabled_or_does_not_match_gets_nothing(cloud: LocalCloud) -> None:
    url, arn = queue(cloud, "picky", REGION)
    rule(cloud, "picky", REGION, {"source": ["picky"], "detail": {"kind": [{"anything-but": "a"}]}}, arn)
    events = cloud.client("events", REGION)
    events.disable_rule(Name="picky")
    send(cloud, "picky", {"kind": "disabled"})
    events.enable_rule(Name="picky")
    send(cloud, "picky", {"kind": "a"})
    send(cloud, "picky", {})
    send(cloud, "picky", {"kind": "b"})
    assert json.loads(received(cloud, url, REGION)["Body"])["detail"] == {"kind": "b"}


def test_an_event_that_is_delivered_nowhere_is_reported_as_lost(cloud: LocalCloud) -> None:
    rule(cloud, "nowhere", REGION, {"source": ["nowhere"]}, f"arn:aws:sqs:{REGION}:{ACCOUNT}:none")
    event_id = send(cloud, "nowhere")
    line = lost(cloud, event_id)
    assert "no dead-letter queue" in line
    assert "NO_RESOURCE" in line


# ---- failures that may pass, in this process: on the local cloud there are none


class Immediately:
    """A Timer that does not wait."""

    def __init__(self, seconds: float, call: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self.start = lambda: call(*arguments)


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Targets fail with these, one after the other, before they accept the event."""
    failures: list[Exception] = []
    take = delivery.SENDERS["sqs"]

    def send_or_fail(*arguments: Any) -> None:
        if failures:
            raise failures.pop(0)
        take(*arguments)

    monkeypatch.setitem(delivery.SENDERS, "sqs", send_or_fail)
    monkeypatch.setattr(delivery, "Timer", Immediately)
    return failures


def open_queue(name: str) -> str:
    backend = sqs_backends[ACCOUNT][REGION]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    backend.create_queue(name, Policy=json.dumps(allow("sqs:SendMessage", arn, Principal=EVENTS)))
    return arn


def taken(arn: str) -> list[Any]:
    return list(sqs_backends[ACCOUNT][REGION].queues[arn.rpartition(":")[2]]._messages)


def deliver(arn: str, **target: Any) -> None:
    """Deliver one event to the queue, with all its retries."""
    some_rule = events_backends[ACCOUNT][REGION].put_rule("retried", event_pattern=json.dumps({"source": ["x"]}))
    event = {"id": str(uuid.uuid4()), "source": "x", "detail-type": "Test", "account": ACCOUNT, "detail": {}}
    delivery.deliver(some_rule, {"Id": "target", "Arn": arn, **target}, event, "2026-11-23T02:01:00Z")


def test_a_failure_that_may_pass_is_retried(fails: list[Exception]) -> None:
    arn = open_queue("busy")
    fails += [RuntimeError("busy"), RuntimeError("still busy")]
    deliver(arn, RetryPolicy={"MaximumRetryAttempts": 2})
    assert len(taken(arn)) == 1


def test_after_the_last_retry_the_dead_letter_queue_gets_the_event_and_the_reason(
    fails: list[Exception],
) -> None:
    arn, dead = open_queue("broken"), open_queue("dead-broken")
    fails += [RuntimeError("first"), RuntimeError("second"), RuntimeError("third")]
    deliver(arn, RetryPolicy={"MaximumRetryAttempts": 2}, DeadLetterConfig={"Arn": dead})
    (message,) = taken(dead)
    attributes = {key: value["StringValue"] for key, value in message.message_attributes.items()}
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert attributes["RETRY_ATTEMPTS"] == "2"
    assert attributes["ERROR_MESSAGE"] == "RuntimeError: third"
    assert taken(arn) == []


def test_a_denial_is_not_retried(fails: list[Exception]) -> None:
    arn, dead = open_queue("forbidden"), open_queue("dead-forbidden")
    fails += [delivery.NotDelivered("NO_PERMISSIONS", "no"), RuntimeError("never reached")]
    deliver(arn, DeadLetterConfig={"Arn": dead})
    (message,) = taken(dead)
    assert "RETRY_ATTEMPTS" not in message.message_attributes
    assert len(fails) == 1


def test_an_event_that_its_dead_letter_queue_refuses_is_reported_as_lost(
    fails: list[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    arn, dead = open_queue("unlucky"), open_queue("dead-closed")
    sqs_backends[ACCOUNT][REGION].queues["dead-closed"].policy = json.dumps(policy())
    fails.append(delivery.NotDelivered("NO_PERMISSIONS", "no"))
    deliver(arn, DeadLetterConfig={"Arn": dead})
    assert f"LOST, the policy of {dead} does not let events.amazonaws.com send" in capsys.readouterr().err
