"""What the watchdog looks at, on moto: an account with a trail, Trailkeeper's parts and event history."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

import watch
from tests.conftest import moto_client
from tests.samples import ARN, CONTEXT
from trailkeeper import aws

LAMBDA = SimpleNamespace(
    invoked_function_arn=CONTEXT.invoked_function_arn, get_remaining_time_in_millis=lambda: 120_000
)
REFUSED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "explicit deny"}}, "Any")


class Account:
    """The account: its trail, Trailkeeper's parts, and what event history will show."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch

        def client(name: str) -> Any:
            return moto_client(name)

        self.cloudtrail, self.events, self.states = client("cloudtrail"), client("events"), client("stepfunctions")
        self.sns, self.sqs, self.cloudwatch = client("sns"), client("sqs"), client("cloudwatch")
        client("s3").create_bucket(Bucket="trail-logs")
        self.cloudtrail.create_trail(Name="TestTrail", S3BucketName="trail-logs")
        everything = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]  # which AWS gives a new trail
        self.cloudtrail.put_event_selectors(TrailName="TestTrail", EventSelectors=everything)
        self.cloudtrail.start_logging(Name="TestTrail")
        self.machine = self.states.create_state_machine(
            name="Trailkeeper-Incidents",
            definition=json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
            roleArn="arn:aws:iam::123456789012:role/States",
        )["stateMachineArn"]
        topics = [self.sns.create_topic(Name=f"Trailkeeper-{name}")["TopicArn"] for name in ("Incidents", "Alarms")]
        self.mails = self.sqs.create_queue(QueueName="mails")["QueueUrl"]
        for topic in topics:
            self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:mails")
        self.dead = self.sqs.create_queue(QueueName="Trailkeeper-DeadLetters")["QueueUrl"]
        self.rule = self.events.put_rule(Name="Trailkeeper-Tampering", EventPattern='{"source": ["aws.cloudtrail"]}')
        self.events.put_targets(Rule="Trailkeeper-Tampering", Targets=[{"Id": "Target0", "Arn": self.machine}])
        environment = {
            **{"STATE_MACHINE": self.machine, "TOPIC_ARN": topics[0], "ALARMS_ARN": topics[1]},
            **{"QUEUE_URL": self.dead, "FUNCTIONS": "Trailkeeper-Triage", "WATCH_MINUTES": "5"},
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        self.function: dict[str, Any] = {"Configuration": {"State": "Active"}}
        self.records: list[dict[str, Any]] = []
        self.status: dict[str, Any] = {}
        self.answer("lambda", "get_function", lambda **_: self.function)
        self.answer("cloudtrail", "lookup_events", self.history)
        self.readers = dict.fromkeys(topics, 1)
        self.answer(
            "sns",
            "get_topic_attributes",
            lambda TopicArn: {"Attributes": {"SubscriptionsConfirmed": str(self.readers[TopicArn])}},
        )
        # moto knows no event configuration, and no event data stores.
        self.answer("cloudtrail", "get_event_configuration", lambda **_: {"TrailARN": ARN, "MaxEventSize": "Standard"})
        self.answer("cloudtrail", "list_event_data_stores", lambda **_: {"EventDataStores": []})
        real = aws.client("cloudtrail", "us-east-1").get_trail_status
        self.answer("cloudtrail", "get_trail_status", lambda **given: {**real(**given), **self.status})

    def answer(self, service: str, call: str, function: Callable[..., Any]) -> None:
        """What a call answers."""
        self.patch.setattr(aws.client(service, "us-east-1"), call, function)

    def refuse(self, service: str, call: str) -> None:
        """Let a call be refused."""

        def refused(**_: Any) -> Any:
            raise REFUSED

        self.answer(service, call, refused)

    def history(self, **asked: Any) -> dict[str, Any]:
        """What event history shows."""
        (attribute,) = asked["LookupAttributes"]
        assert attribute["AttributeKey"] == "EventName"
        since = asked["StartTime"].isoformat()
        found = [
            one
            for one in self.records
            if one["eventName"] == attribute["AttributeValue"] and one["eventTime"] >= since[:19]
        ]
        return {"Events": [{"CloudTrailEvent": json.dumps(one)} for one in found]}

    def happened(self, action: str, request: dict[str, Any], by: str = "mallory", **more: Any) -> None:
        """Let event history show a call, just now."""
        self.records.append(
            {
                "eventID": f"{action}-{len(self.records)}",
                "eventName": action,
                "eventSource": "events.amazonaws.com" if "Rule" in action else "cloudtrail.amazonaws.com",
                "eventTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "awsRegion": "us-east-1",
                "recipientAccountId": "123456789012",
                "userIdentity": {"type": "IAMUser", "userName": by, "arn": f"arn:aws:iam::123456789012:user/{by}"},
                "requestParameters": request,
                **more,
            }
        )

    def run(self) -> dict[str, Any]:
        """One run of the watchdog."""
        return watch.handler({}, LAMBDA)

    def findings(self) -> list[dict[str, Any]]:
        """The findings that executions were started with, the first first."""
        started = self.states.list_executions(stateMachineArn=self.machine)["executions"]
        inputs = [
            json.loads(self.states.describe_execution(executionArn=one["executionArn"])["input"]) for one in started
        ]
        return [one["finding"] for one in inputs]

    def read_mails(self) -> list[dict[str, Any]]:
        """The mails since the last time."""
        found = self.sqs.receive_message(QueueUrl=self.mails, MaxNumberOfMessages=10).get("Messages", [])
        for one in found:
            self.sqs.delete_message(QueueUrl=self.mails, ReceiptHandle=one["ReceiptHandle"])
        return [json.loads(one["Body"]) for one in found]

    def metrics(self) -> set[str]:
        return {one["MetricName"] for one in self.cloudwatch.list_metrics(Namespace="Trailkeeper")["Metrics"]}
