"""moto without the patches: what each patch's docstring says that moto does wrong.

A test that fails here may be good news: moto does this as AWS now. Then take the patch out.
"""

import copy
import gc
import json
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import FunctionType
from typing import Any
from unittest.mock import Mock, patch

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import backends, mock_aws
from moto.awslambda.models import LambdaFunction
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.cloudformation.models import Stack
from moto.core.config import DefaultConfig, default_user_config
from moto.events.models import EventPattern
from moto.sns.models import SMS
from moto.stepfunctions.parser import quotas
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.eval.event.logging import CloudWatchLoggingSession
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.jsonata.jsonata import encode_jsonata_variable_declarations
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.parser.quotas import is_within_size_quota
from moto.stepfunctions.parser.utils import TMP_THREADS

from localcloud import patches as general
from localcloud.awslambda import patches as awslambda
from localcloud.cloudformation import patches as cloudformation
from localcloud.cloudtrail import patches as cloudtrail
from localcloud.cloudwatch import patches as cloudwatch
from localcloud.dynamodb import patches as dynamodb
from localcloud.eventbridge import patches as eventbridge
from localcloud.kms import patches as kms
from localcloud.sns import patches as sns
from localcloud.sqs import patches as sqs
from localcloud.stepfunctions import patches as stepfunctions
from tests.localcloud.test_patches import SERVICES, functions

ACCOUNT, REGION = "123456789012", "us-east-1"
BARE = copy.deepcopy(default_user_config)
INTERPRETED: DefaultConfig = {"lambda": {"use_docker": False}, "stepfunctions": {"execute_state_machine": True}}
SESSION = boto3.Session()  # after moto has been imported, which sees to it that clients are intercepted

SYMPTOMS: dict[Any, Callable[[], None]] = {}
PATCHES = [item for module in (general, *SERVICES) for item in functions(module).values()]


@pytest.mark.parametrize("needed", PATCHES, ids=lambda item: f"{item.__module__.split('.')[-2]}.{item.__name__}")
def test_moto_has_the_symptom_of_every_patch(needed: FunctionType) -> None:
    assert needed in SYMPTOMS, f"show here what moto does without {needed.__name__}"
    with mock_aws(config=INTERPRETED):
        SYMPTOMS[needed]()


def symptom(of: Any) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Mark a function that passes as long as moto needs this patch."""

    def mark(shown: Callable[[], None]) -> Callable[[], None]:
        SYMPTOMS[of] = shown
        return shown

    return mark


@cache
def client(service: str, region: str = REGION) -> Any:
    session: Any = SESSION
    return session.client(service, region)


def queue(name: str = "queue") -> tuple[str, str]:
    """A new queue without a policy: its URL and its ARN."""
    return client("sqs").create_queue(QueueName=name)["QueueUrl"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def received(url: str) -> list[str]:
    found = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in found]


def topic() -> str:
    arn: str = client("sns").create_topic(Name="topic")["TopicArn"]
    return arn


def role(service: str) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn: str = client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    return arn


# --- no service's own


@symptom(general.services_are_listed_once)
def services_are_listed_each_time() -> None:
    with patch.object(os, "listdir", wraps=os.listdir) as listed:
        assert "sns" in backends.list_of_moto_modules() and "sns" in backends.list_of_moto_modules()
    assert listed.call_count == 2


@symptom(general.what_is_deleted_is_freed)
def what_is_deleted_is_kept() -> None:
    deleted = weakref.ref(SMS("id", "number", "text"))
    gc.collect()
    assert deleted()


# --- Lambda


def function(**settings: Any) -> Any:
    return client("lambda").create_function(
        **{
            "FunctionName": "function",
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": role("ec2.amazonaws.com"),
            "Code": {"ZipFile": b"no zip file"},
            **settings,
        }
    )


@symptom(awslambda.functions_run)
def functions_run_in_docker() -> None:
    docker = patch.object(LambdaFunction, "_invoke_lambda", return_value=("null", False, ""))
    with mock_aws(config=BARE), docker as run:
        function()
        client("lambda").invoke(FunctionName="function")
    assert run.called


@symptom(awslambda.qualifiers_are_heeded)
def a_qualifier_that_does_not_exist_is_ignored() -> None:
    function()
    assert "FunctionError" not in client("lambda").invoke(FunctionName="function", Qualifier="nowhere")


@symptom(awslambda.function_settings_are_kept)
def settings_are_dropped_or_not_checked() -> None:
    wrong = {"Runtime": "python0.1", "Environment": {"Variables": {"LONG": "x" * 5000}}}
    assert "LoggingConfig" not in function(LoggingConfig={"LogFormat": "JSON"}, **wrong)
    changed = client("lambda").update_function_configuration(
        FunctionName="function", TracingConfig={"Mode": "Active"}, LoggingConfig={"LogFormat": "JSON"}
    )
    assert changed["TracingConfig"] == {"Mode": "PassThrough"} and "LoggingConfig" not in changed


@symptom(awslambda.concurrency_is_limited)
def any_concurrency_may_be_reserved() -> None:
    function()
    client("lambda").put_function_concurrency(FunctionName="function", ReservedConcurrentExecutions=1_000_000)


# --- CloudFormation


GROUP = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "group", "Nonsense": "dropped"}}


def stack(resources: dict[str, Any], outputs: dict[str, Any] | None = None, **options: Any) -> Any:
    template = {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()}}
    client("cloudformation").create_stack(StackName="stack", TemplateBody=json.dumps(template), **options)
    return client("cloudformation").describe_stacks(StackName="stack")["Stacks"][0]


@symptom(cloudformation.stacks_are_created_whole_or_fail)
def stacks_are_created_in_part() -> None:
    with pytest.warns(UserWarning, match="not supported"):
        assert stack({"Group": GROUP, "What": {"Type": "AWS::No::Such"}})["StackStatus"] == "CREATE_COMPLETE"
    client("cloudformation").delete_stack(StackName="stack")
    with pytest.raises(ClientError, match="alphanumeric"):
        stack({"Group": GROUP, "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "not valid!"}}})
    assert client("cloudformation").describe_stacks()["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
    assert client("logs").describe_log_groups()["logGroups"]


@symptom(cloudformation.stacks_are_updated_or_refused)
def stacks_are_changed_in_part_and_deleted() -> None:
    stack({"Group": GROUP}, EnableTerminationProtection=True)
    changed = {"Resources": {"Group": GROUP | {"Properties": {"LogGroupName": "group", "RetentionInDays": 7}}}}
    client("cloudformation").update_stack(StackName="stack", TemplateBody=json.dumps(changed))
    assert "retentionInDays" not in client("logs").describe_log_groups()["logGroups"][0]
    client("cloudformation").delete_stack(StackName="stack")
    assert not client("cloudformation").describe_stacks()["Stacks"]


@symptom(cloudformation.templates_are_parsed_fast)
def json_is_parsed_as_yaml() -> None:
    with patch("yaml.load") as load:
        Stack.parse_template('{"Resources": {}}')
    assert load.called


@symptom(cloudformation.attributes_are_as_on_aws)
def attributes_are_not_as_on_aws() -> None:
    made = stack({"Group": GROUP}, {"Arn": {"Fn::GetAtt": ["Group", "Arn"]}})
    assert made["Outputs"][0]["OutputValue"].endswith(":log-group:group")
    client("cloudformation").delete_stack(StackName="stack")
    with pytest.raises(ClientError, match="TopicArn"):
        stack({"Topic": {"Type": "AWS::SNS::Topic"}}, {"Arn": {"Fn::GetAtt": ["Topic", "TopicArn"]}})


# --- CloudTrail


def trail(name: str = "trail", **settings: Any) -> str:
    """A new trail, and a bucket without a policy."""
    client("s3").create_bucket(Bucket="bucket")
    arn: str = client("cloudtrail").create_trail(Name=name, S3BucketName="bucket", **settings)["TrailARN"]
    return arn


@symptom(cloudtrail.trails_have_a_home_region)
def trails_are_lost_in_other_regions() -> None:
    arn = trail(IsMultiRegionTrail=True)
    elsewhere = client("cloudtrail", "eu-west-1")
    for call in (elsewhere.get_trail, elsewhere.stop_logging):
        with pytest.raises(elsewhere.exceptions.TrailNotFoundException):
            call(Name=arn)
    client("cloudtrail").delete_trail(Name=arn)
    assert client("cloudtrail").get_trail(Name=arn)["Trail"]


@symptom(cloudtrail.trails_are_checked)
def trails_are_replaced_and_not_checked() -> None:
    trail(S3KeyPrefix="first")
    assert client("cloudtrail").get_trail(Name=trail())["Trail"].get("S3KeyPrefix") is None
    with pytest.raises(ClientError, match="Topic does not exist"):
        trail(SnsTopicName=topic())


@symptom(cloudtrail.times_are_utc)
def times_are_taken_for_local_and_cut() -> None:
    with ExitStack() as after:
        after.callback(time.tzset)  # last, when TZ is as before
        after.enter_context(patch.dict(os.environ, TZ="XYZ-9"))
        time.tzset()
        client("cloudtrail").start_logging(Name=trail())
        started = client("cloudtrail").get_trail_status(Name="trail")["StartLoggingTime"]
    assert time.time() - started.timestamp() > 8 * 3600 and not started.microsecond


@symptom(cloudtrail.selectors_replace_each_other)
def selectors_add_up() -> None:
    calls = client("cloudtrail")
    assert not calls.get_event_selectors(TrailName=trail())["EventSelectors"]
    advanced = {"Name": "advanced", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    calls.put_event_selectors(TrailName="trail", AdvancedEventSelectors=[advanced])
    calls.put_event_selectors(TrailName="trail", EventSelectors=[{"ReadWriteType": "All"}])
    found = calls.get_event_selectors(TrailName="trail")
    assert found["EventSelectors"] and found["AdvancedEventSelectors"]
    for _ in range(2):
        calls.put_insight_selectors(TrailName="trail", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
    assert len(calls.get_insight_selectors(TrailName="trail")["InsightSelectors"]) == 2


@symptom(cloudtrail.trails_are_described_in_full)
def descriptions_leave_out_much() -> None:
    trail("another")
    calls = client("cloudtrail")
    calls.put_event_selectors(TrailName=trail(), EventSelectors=[{"ReadWriteType": "WriteOnly"}])
    calls.put_insight_selectors(TrailName="trail", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
    assert len(calls.describe_trails(trailNameList=["trail"])["trailList"]) == 2
    found = calls.get_trail(Name="trail")["Trail"]
    assert "HomeRegion" not in found
    assert not found["HasCustomEventSelectors"] and not found["HasInsightSelectors"]


@symptom(cloudtrail.trails_may_leave_out_deliveries)
def deliveries_cannot_be_left_out() -> None:
    client("cloudtrail").update_trail(Name=trail(), RecursiveLogging=False)
    assert "RecursiveLogging" not in client("cloudtrail").get_trail(Name="trail")["Trail"]


@symptom(cloudtrail.deliveries_are_reported)
def the_reading_of_the_status_is_a_delivery() -> None:
    client("cloudtrail").start_logging(Name=trail())
    assert client("cloudtrail").get_trail_status(Name="trail")["LatestDeliveryTime"]
    assert "Contents" not in client("s3").list_objects_v2(Bucket="bucket")


@symptom(cloudtrail.event_history_can_be_looked_up)
def there_is_no_event_history() -> None:
    with pytest.raises(NotImplementedError, match="lookup_events"):
        client("cloudtrail").lookup_events()


@symptom(cloudtrail.there_are_event_data_stores)
def there_are_no_event_data_stores() -> None:
    with pytest.raises(NotImplementedError, match="list_event_data_stores"):
        client("cloudtrail").list_event_data_stores()


@symptom(cloudtrail.trails_have_an_event_configuration)
def there_is_no_event_configuration() -> None:
    with pytest.raises(NotImplementedError, match="get_event_configuration"):
        client("cloudtrail").get_event_configuration(TrailName=trail())


# --- CloudWatch


@symptom(cloudwatch.alarms_ring)
def alarms_never_ring() -> None:
    url, arn = queue()
    client("sns").subscribe(TopicArn=topic(), Protocol="sqs", Endpoint=arn)
    calls = client("cloudwatch")
    metric = {"Namespace": "AWS/States", "MetricName": "ExecutionsFailed"}
    calls.put_metric_alarm(
        **metric,
        AlarmName="alarm",
        AlarmActions=[topic()],
        **{"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Period": 60, "Threshold": 0},
        **{"Statistic": "Sum", "ActionsEnabled": True},
    )
    calls.put_metric_data(Namespace=metric["Namespace"], MetricData=[{"MetricName": metric["MetricName"], "Value": 1}])
    assert calls.describe_alarms()["MetricAlarms"][0]["StateValue"] != "ALARM"
    calls.set_alarm_state(AlarmName="alarm", StateValue="ALARM", StateReason="test")
    assert not received(url)


# --- DynamoDB


@symptom(dynamodb.tables_are_created_whole)
def a_template_creates_a_table_without_its_time_to_live() -> None:
    properties = {
        "TableName": "table",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }
    stack({"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}})
    ttl = client("dynamodb").describe_time_to_live(TableName="table")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "DISABLED"}


# --- EventBridge


def rule(pattern: dict[str, Any], *targets: str) -> None:
    client("events").put_rule(Name="rule", EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule="rule", Targets=[{"Id": str(at), "Arn": arn} for at, arn in enumerate(targets)])


def put_event(source: str) -> Any:
    return client("events").put_events(Entries=[{"Source": source, "DetailType": "test", "Detail": "{}"}])


@symptom(eventbridge.events_reach_targets)
def few_targets_are_reached_whatever_policies_say() -> None:
    url, arn = queue()
    rule({"source": ["aws.states"]}, arn)
    assert put_event("aws.states")["FailedEntryCount"] == 0
    assert received(url)
    rule({"source": ["test"]}, topic())
    with pytest.raises(NotImplementedError):
        put_event("test")


@symptom(eventbridge.patterns_match_as_on_aws)
def unknown_filters_match() -> None:
    long = "x" * 10_000
    pattern = json.dumps({"source": [{"no-such-filter": long}]})
    event: Any = {"source": "anything"}
    assert EventPattern.load(pattern).matches_event(event)
    assert "Result" not in client("events").test_event_pattern(EventPattern=pattern, Event="{}")


@symptom(eventbridge.rules_that_cannot_work_are_refused)
def rules_that_cannot_work_are_kept() -> None:
    client("events").put_rule(Name="schedule", ScheduleExpression="rate(1 minute)")
    rule({"source": ["test"]}, *(["arn:aws:nonsense:eu-west-1:1:none"] * 9))
    assert len(client("events").list_targets_by_rule(Rule="rule")["Targets"]) == 9


# --- KMS, SNS, SQS


@symptom(kms.keys_are_found_by_arn)
def keys_are_not_found_by_arn() -> None:
    arn = client("kms").create_key()["KeyMetadata"]["Arn"]
    for call in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
        with pytest.raises(KeyError):
            getattr(client("kms"), call)(KeyId=arn)


@symptom(sns.messages_reach_subscribers)
def messages_are_lost_or_ignore_policies() -> None:
    url, arn = queue()
    calls = client("sns")
    for protocol, endpoint in (("sqs", arn), ("email", "security@example.com"), ("firehose", "arn:aws:firehose:none")):
        calls.subscribe(TopicArn=topic(), Protocol=protocol, Endpoint=endpoint)
    calls.publish(TopicArn=topic(), Message="text")
    assert received(url)  # though the queue has no policy
    gone = calls.subscribe(TopicArn=topic(), Protocol="sqs", Endpoint=f"{arn}-gone")["SubscriptionArn"]
    dead = {"AttributeName": "RedrivePolicy", "AttributeValue": json.dumps({"deadLetterTargetArn": arn})}
    calls.set_subscription_attributes(SubscriptionArn=gone, **dead)
    with pytest.raises(ClientError, match="queue does not exist"):
        calls.publish(TopicArn=topic(), Message="text")


@symptom(sns.mail_is_confirmed_first)
def mail_is_confirmed_at_once() -> None:
    arn = client("sns").subscribe(TopicArn=topic(), Protocol="email", Endpoint="security@example.com")
    found = client("sns").get_subscription_attributes(SubscriptionArn=arn["SubscriptionArn"])["Attributes"]
    assert found["PendingConfirmation"] == "false"
    assert client("sns").confirm_subscription(TopicArn=topic(), Token="any")["SubscriptionArn"]


@symptom(sns.subscriptions_are_counted)
def counts_are_always_0() -> None:
    for endpoint in ("a@example.com", "b@example.com"):
        arn = client("sns").subscribe(TopicArn=topic(), Protocol="email", Endpoint=endpoint)["SubscriptionArn"]
    client("sns").unsubscribe(SubscriptionArn=arn)
    found = client("sns").get_topic_attributes(TopicArn=topic())["Attributes"]
    assert {found[f"Subscriptions{state}"] for state in ("Confirmed", "Pending", "Deleted")} == {"0"}


@symptom(sns.messages_are_checked)
def subjects_and_topics_are_not_checked() -> None:
    client("sns").publish(TopicArn=topic(), Message="text", Subject="two\nlines")
    with pytest.raises(ClientError) as missing:
        client("sns").publish(TopicArn=f"{topic()}-gone", Message="text")
    assert "Topic" not in missing.value.response["Error"]["Message"]


@symptom(sqs.policies_have_limits)
def policies_have_no_limits() -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement] * 21})
    client("sqs").set_queue_attributes(QueueUrl=queue()[0], Attributes={"Policy": policy})


# --- Step Functions


PASS = {"Type": "Pass", "End": True}
WAIT = {"Type": "Wait", "Seconds": 1, "End": True}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/absent"


def definition(state: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"StartAt": "State", "States": {"State": state}, **settings}


def started(state: dict[str, Any], *, options: dict[str, Any] | None = None, **settings: Any) -> str:
    """Start a state machine with this one state: the execution's ARN."""
    made = {"name": "machine", "roleArn": ROLE, "definition": json.dumps(definition(state, **settings))}
    arn = client("stepfunctions").create_state_machine(**made | (options or {}))["stateMachineArn"]
    TMP_THREADS.clear()
    execution: str = client("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"]
    return execution


def described(execution: str) -> Any:
    return client("stepfunctions").describe_execution(executionArn=execution)


def ended(state: dict[str, Any], **settings: Any) -> Any:
    """Run a state machine with this one state: the execution's description."""
    execution = started(state, **settings)
    join()
    return described(execution)


def join() -> None:
    """Wait for the interpreter's threads: the first is the execution's, and starts the others."""
    for thread in TMP_THREADS:
        thread.join(30)


def history(execution: str, **options: Any) -> list[str]:
    events = client("stepfunctions").get_execution_history(executionArn=execution, **options)["events"]
    return [event["type"] for event in events]


@symptom(stepfunctions.state_machines_run)
def state_machines_do_not_run() -> None:
    with mock_aws(config=BARE):
        assert ended(PASS)["status"] == "RUNNING"


@symptom(stepfunctions.state_machines_are_checked)
def roles_and_log_groups_may_be_absent() -> None:
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:absent:*"}}
    options = {"loggingConfiguration": {"level": "ALL", "destinations": [group]}}
    assert ended(PASS, options=options)["status"] == "SUCCEEDED"


@symptom(stepfunctions.errors_have_codes)
def errors_have_no_codes() -> None:
    with pytest.raises(ClientError) as error:
        started({"Type": "Nonsense"})
    assert error.value.response["Error"]["Code"] != "InvalidDefinition"


@symptom(stepfunctions.jsonata_is_evaluated)
def jsonata_is_text_that_nothing_evaluates() -> None:
    assert ended(PASS | {"Output": "{% 1 + 1 %}"}, QueryLanguage="JSONata")["status"] == "FAILED"
    assert encode_jsonata_variable_declarations({"$name": 'a"b'}) == '$name:="a"b";'


@symptom(stepfunctions.variables_may_hold_quotes)
def quotes_are_not_escaped() -> None:
    store: Any = VariableStore()  # type: ignore[no-untyped-call]
    store.set("name", 'a"b')
    assert store.get_assigned_variables() == {"name": '"a"b"'}


@symptom(stepfunctions.sizes_are_limited)
def sizes_are_miscounted_or_not_limited() -> None:
    assert not is_within_size_quota(["é" * 100_000])
    long = {"Bucket": "bucket", "Key": "key", "Body": "x" * 2000}
    client("s3").create_bucket(Bucket="bucket")
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Arguments": long, "Assign": long}
    with patch.object(quotas, "MAX_STATE_SIZE_UTF8_BYTES", 1000):  # moto parses long texts slowly
        assert ended(task | {"Output": "", "End": True}, QueryLanguage="JSONata")["status"] == "SUCCEEDED"
    catch_all = ErrorEqualsDecl([StatesErrorName(StatesErrorNameType.StatesALL)])
    for kind in (StatesErrorNameType.StatesRuntime, StatesErrorNameType.StatesStatesDataLimitExceeded):
        environment: Any = Mock(stack=[StatesErrorName(kind)])
        catch_all._eval_body(environment)
        assert environment.stack == [True]


@symptom(stepfunctions.definitions_are_parsed_once)
def definitions_are_parsed_again() -> None:
    text = json.dumps(definition(PASS))
    assert AmazonStateLanguageParser.parse(text)[0] is not AmazonStateLanguageParser.parse(text)[0]


@symptom(stepfunctions.tasks_act_as_their_role)
def tasks_act_as_nobody() -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity", "End": True}
    found = ended(task, options={"roleArn": role("states.amazonaws.com")})
    assert ":assumed-role/" not in json.loads(found["output"])["Arn"]


@contextmanager
def slow_function() -> Iterator[tuple[dict[str, Any], threading.Event]]:
    """A task with a function that ends when the event is set."""
    end = threading.Event()
    with patch.object(LambdaSimpleBackend, "invoke", lambda *_: end.wait(30) and b"{}"):
        yield {"Type": "Task", "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:slow", "End": True}, end


@symptom(stepfunctions.ended_executions_stay_ended)
def ended_executions_go_on() -> None:
    with slow_function() as (task, end):
        execution = started(task | {"TimeoutSeconds": 1})
        TMP_THREADS[0].join(30)
        assert history(execution)[-1] == "ExecutionFailed"
        end.set()
        join()
    assert history(execution)[-1] != "ExecutionFailed"


@symptom(stepfunctions.executions_time_out_at_once)
def timeouts_are_told_late() -> None:
    with slow_function() as (task, end):
        execution = started(task, TimeoutSeconds=1)
        TMP_THREADS[0].join(30)
        assert described(execution)["status"] == "TIMED_OUT"
        assert "ExecutionTimedOut" not in history(execution)
        end.set()
        join()
    assert "ExecutionTimedOut" in history(execution)


@symptom(stepfunctions.service_tasks_fail_by_name)
def a_time_out_is_an_error_of_dynamodbs() -> None:
    failure = StateTaskServiceDynamoDB._from_error(Mock(), env=Mock(), ex=TimeoutError())
    assert failure.error_name and failure.error_name.error_name == "DynamoDB.AmazonDynamoDBException"


@symptom(stepfunctions.executions_are_started_once)
def executions_have_any_name_or_none() -> None:
    assert started(PASS).endswith(":None")
    machine = client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    assert client("stepfunctions").start_execution(stateMachineArn=machine, name="<any name>")


@symptom(stepfunctions.execution_status_reaches_eventbridge)
def the_status_is_shown_early_and_not_sent() -> None:
    url, arn = queue()
    rule({"source": ["aws.states"]}, arn)
    assert ended(PASS)["status"] == "SUCCEEDED"
    assert not received(url)

    class Watched(Mock):
        def __setattr__(self, name: str, value: Any) -> None:
            order.append(name)
            super().__setattr__(name, value)

    order: list[str] = []
    execution: Any = Watched()
    execution.exec_worker.env.program_state.return_value = ProgramEnded()
    BaseExecutionWorkerCommunication(execution).terminated()
    assert order.index("exec_status") < order.index("output")


@symptom(stepfunctions.execution_logs_are_written)
def logs_are_not_written() -> None:
    client("logs").create_log_group(logGroupName="group")
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:group:*"}}
    logging = {"level": "ALL", "includeExecutionData": True, "destinations": [group]}
    assert ended(PASS, options={"loggingConfiguration": logging})["status"] == "SUCCEEDED"
    assert not client("logs").describe_log_streams(logGroupName="group")["logStreams"]
    session: Any = CloudWatchLoggingSession("arn", Mock(log_account_id=ACCOUNT, log_region=REGION))
    with pytest.raises(AttributeError, match="timestamp"):  # the event manager gives the time as text
        session.publish_history_log({"event_timestamp": "2026-01-01T00:00:00.000Z"})


@symptom(stepfunctions.executions_are_described_in_full)
def descriptions_of_executions_leave_out_much() -> None:
    execution = started(WAIT)
    running: Any = stepfunctions_parser_backends[ACCOUNT][REGION].describe_execution(execution)
    deadline = time.monotonic() + 10
    while running.exec_worker.env is None and time.monotonic() < deadline:  # it begins in a thread of its own
        time.sleep(0.01)
    client("stepfunctions").stop_execution(executionArn=execution, error="Error", cause="Cause")
    join()
    found = described(execution)
    assert not found.get("error") and not found.get("cause")
    assert history(execution, reverseOrder=True) == history(execution)
    kept: Any = stepfunctions_parser_backends[ACCOUNT][REGION].describe_execution(execution)
    kept.exec_status = type(kept.exec_status)("TIMED_OUT")
    assert kept.stop_date and "stopDate" not in described(execution)
