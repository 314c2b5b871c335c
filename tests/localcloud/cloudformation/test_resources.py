"""A stack is created whole or not at all."""

import json
from typing import Any

import pytest

from localcloud import LocalCloud
from localcloud.deploy import DeploymentFailed
from tests.conftest import Assemble, Template, function, role

TRUSTED = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
DOCUMENT = {"Version": "2012-10-17", "Statement": [TRUSTED | {"Resource": "*"}]}
PASS = {"QueryLanguage": "JSONata", "StartAt": "Name", "States": {"Name": {"Type": "Succeed", "Output": "${Name}"}}}


@pytest.fixture(scope="module")
def outputs(cloud: LocalCloud, assemble: Assemble) -> dict[str, str]:
    """The outputs of a stack that has one of each."""
    resources: Template = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/aws/sns"}},
        "Mail": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "Protocol": "email",
                "Endpoint": "security@example.com",
                "TopicArn": {"Ref": "Topic"},
                "FilterPolicy": {"severity": ["critical"]},
            },
        },
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": DOCUMENT},
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": DOCUMENT},
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateNumberOfMessagesVisible",
                "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}],
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 0,
                "EvaluationPeriods": 1,
                "Period": 300,
                "Statistic": "Maximum",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [{"Ref": "Topic"}],
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["aws.cloudtrail"]},
                "Targets": [
                    {
                        "Id": "Machine",
                        "Arn": {"Ref": "Machine"},
                        "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
                        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}},
                        "RetryPolicy": {"MaximumRetryAttempts": 5},
                    }
                ],
            },
        },
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 365}},
        "MachineRole": role("states"),
        "FunctionRole": role("lambda"),
        "Function": function("Whole", "index.handler", Architectures=["arm64"], TracingConfig={"Mode": "Active"}),
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "DefinitionString": {"Fn::Join": ["", [json.dumps(PASS)]]},
                "DefinitionSubstitutions": {"Name": {"Fn::GetAtt": ["Queue", "QueueName"]}},
                "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
                "TracingConfiguration": {"Enabled": True},
            },
        },
        "Never": {"Type": "AWS::SQS::Queue", "Condition": "InEurope", "Properties": {"QueueName": "never"}},
    }
    values = {
        "Topic": {"Fn::GetAtt": ["Topic", "TopicArn"]},
        "Queue": {"Ref": "Queue"},
        "Rule": {"Ref": "Rule"},
        "Machine": {"Ref": "Machine"},
        "Function": {"Ref": "Function"},
        "Logs": {"Ref": "Logs"},
        "LogsArn": {"Fn::GetAtt": ["Logs", "Arn"]},
        "Console": {"Fn::FindInMap": ["Consoles", {"Ref": "AWS::Partition"}, "Domain"]},
    }
    folder = assemble(
        "Whole",
        resources,
        outputs=values,
        code={"index.py": "def handler(event, context): return event"},
        Mappings={"Consoles": {"aws": {"Domain": "console.aws.amazon.com"}}},
        Conditions={"InEurope": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
    )
    return cloud.deploy(folder)


def test_a_topic_is_encrypted_with_its_key_and_has_its_policy(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    attributes = cloud.client("sns").get_topic_attributes(TopicArn=outputs["Topic"])["Attributes"]
    assert attributes["KmsMasterKeyId"] == "alias/aws/sns"
    assert json.loads(attributes["Policy"]) == DOCUMENT


def test_a_subscription_has_its_filter_and_is_counted(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    sns = cloud.client("sns")
    (found,) = sns.list_subscriptions_by_topic(TopicArn=outputs["Topic"])["Subscriptions"]
    assert (found["Protocol"], found["Endpoint"]) == ("email", "security@example.com")
    assert found["SubscriptionArn"] == "PendingConfirmation"
    (asked,) = [mail for mail in cloud.confirmations() if outputs["Topic"] in mail.get_content()]
    attributes = sns.get_subscription_attributes(SubscriptionArn=cloud.confirm(asked))["Attributes"]
    assert json.loads(attributes["FilterPolicy"]) == {"severity": ["critical"]}
    topic = sns.get_topic_attributes(TopicArn=outputs["Topic"])["Attributes"]
    assert topic["SubscriptionsConfirmed"] == "1"


def test_a_queue_has_its_policy_and_its_retention(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    sqs = cloud.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=outputs["Queue"], AttributeNames=["All"])["Attributes"]
    assert json.loads(attributes["Policy"]) == DOCUMENT
    assert attributes["MessageRetentionPeriod"] == "1209600"


def test_a_rule_has_its_target_with_role_retries_and_queue(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    (target,) = cloud.client("events").list_targets_by_rule(Rule=outputs["Rule"])["Targets"]
    assert target["Arn"] == outputs["Machine"]
    assert ":role/Whole-MachineRole-" in target["RoleArn"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 5}
    assert target["DeadLetterConfig"]["Arn"].endswith(outputs["Queue"].rsplit("/", 1)[1])


def test_an_alarm_watches_its_metric(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    alarms = cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix="Whole-")["MetricAlarms"]
    queue = outputs["Queue"].rsplit("/", 1)[1]
    assert [alarm["Dimensions"] for alarm in alarms] == [[{"Name": "QueueName", "Value": queue}]]
    assert alarms[0]["AlarmActions"] == [outputs["Topic"]]


def test_a_function_has_its_settings_and_its_code(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    functions = cloud.client("lambda")
    configuration = functions.get_function_configuration(FunctionName=outputs["Function"])
    assert configuration["Architectures"] == ["arm64"]
    assert configuration["TracingConfig"] == {"Mode": "Active"}
    assert json.load(functions.invoke(FunctionName=outputs["Function"], Payload='"hi"')["Payload"]) == "hi"


def test_a_state_machine_runs_with_its_substitutions(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    states = cloud.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=outputs["Machine"])["executionArn"]
    cloud.wait(lambda: cloud.has_ended(arn), "its end")
    assert json.loads(states.describe_execution(executionArn=arn)["output"]) == outputs["Queue"].rsplit("/", 1)[1]
    assert states.describe_state_machine(stateMachineArn=outputs["Machine"])["tracingConfiguration"]["enabled"]


def test_conditions_mappings_and_attributes_are_resolved(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    assert outputs["Console"] == "console.aws.amazon.com"
    assert outputs["LogsArn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{outputs['Logs']}:*"
    assert "QueueUrls" not in cloud.client("sqs").list_queues(QueueNamePrefix="never")


def test_a_stack_is_neither_created_twice_nor_deleted(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    cloudformation = cloud.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.AlreadyExistsException):
        cloudformation.create_stack(StackName="Whole", TemplateBody='{"Resources": {}}')
    with pytest.raises(cloudformation.exceptions.ClientError, match="does not delete them"):
        cloudformation.delete_stack(StackName="Whole")


def queue(**properties: Any) -> Template:
    """A queue, valid apart from these properties."""
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def machine(**properties: Any) -> Template:
    """A state machine, valid apart from these properties."""
    fixed = {"DefinitionString": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})}
    given = fixed | {"RoleArn": arn_of("MachineRole")} | properties
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": given}


def arn_of(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


NOBODY = "arn:aws:iam::123456789012:role/nobody"
TO_LOGS = {"CloudWatchLogsLogGroup": {"LogGroupArn": arn_of("Logs")}}


@pytest.mark.parametrize(
    ("name", "resource", "reason"),
    [
        ("Type", {"Type": "AWS::S3::Bucket"}, r"\(AWS::S3::Bucket\): the local cloud does not create this type"),
        ("Property", queue(FifoQueue=True), r"\(AWS::SQS::Queue\): .* what to do with FifoQueue"),
        (
            "Attribute",
            queue(QueueName={"Fn::GetAtt": ["Other", "DeadLetterQueueName"]}),
            r"\(AWS::SQS::Queue\): .*DeadLetterQueueName",
        ),
        (
            "Length",
            queue(QueueName={"Fn::Length": ["a", "b"]}),
            r"\(AWS::SQS::Queue\): .* cannot resolve \"Fn::Length\"",
        ),
        ("Inline", function("Inline", "index.handler", Code={"ZipFile": "pass"}), "in Python, from an asset"),
        ("Node", function("Node", "index.handler", Runtime="nodejs24.x"), "in Python, from an asset"),
        ("Unknown", function("Unknown", "index.handler", Runtime="python3.99"), "Member must satisfy enum value set"),
        ("Wordy", function("Wordy", "index.handler", Environment={"Variables": {"A": "b" * 4089}}), "the 4KB limit"),
        ("Distrusted", function("Distrusted", "index.handler", Role=arn_of("MachineRole")), "be assumed by Lambda"),
        ("Roleless", function("Roleless", "index.handler", Role=NOBODY), "be assumed by Lambda"),
        ("Untrusted", machine(RoleArn=arn_of("FunctionRole")), "Neither the global service principal"),
        ("Nobodys", machine(RoleArn=NOBODY), "Neither the global service principal"),
        (
            "Logging",
            machine(LoggingConfiguration={"Level": "ALL", "Destinations": [TO_LOGS]}),
            "not authorized to access the Log Destination",
        ),
    ],
)
def test_what_cannot_be_created_fails_the_stack_with_its_name_and_the_reason(
    cloud: LocalCloud, assemble: Assemble, name: str, resource: Template, reason: str
) -> None:
    others = {"Other": queue(), "FunctionRole": role("lambda"), "MachineRole": role("states")}
    others["Logs"] = {"Type": "AWS::Logs::LogGroup", "Properties": {}}
    folder = assemble(name, {"Bad": resource, **others}, code={"index.py": ""})
    with pytest.raises(DeploymentFailed, match=f"{name} ROLLBACK_COMPLETE: Bad .*{reason}"):
        cloud.deploy(folder)


def test_what_a_resource_depends_on_is_created_before_it_whatever_refers_to_it(
    cloud: LocalCloud, assemble: Assemble
) -> None:
    granted = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [granted]}
    properties = {"PolicyName": "late", "PolicyDocument": document, "Roles": [{"Ref": "MachineRole"}]}
    folder = assemble(
        "Ordered",
        {
            "First": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["Machine", "Name"]}}},
            "Machine": machine(LoggingConfiguration={"Level": "ALL", "Destinations": [TO_LOGS]})
            | {"DependsOn": ["Policy"]},
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
            "MachineRole": role("states"),
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": properties},
        },
    )
    cloud.deploy(folder)


def test_a_substitution_without_a_value_fails_the_stack(cloud: LocalCloud, assemble: Assemble) -> None:
    properties = {"DefinitionString": json.dumps(PASS), "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    folder = assemble("Unsubstituted", {"Machine": machine, "Role": role("states")})
    with pytest.raises(DeploymentFailed, match=r"DefinitionSubstitutions has no value for \$\{Name\}"):
        cloud.deploy(folder)


def test_a_stack_that_fails_is_rolled_back_and_its_events_tell_each_step(cloud: LocalCloud, assemble: Assemble) -> None:
    granted = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    policy = {"PolicyName": "rights", "PolicyDocument": granted, "Roles": [{"Ref": "MachineRole"}]}
    mail = {"Protocol": "email", "Endpoint": "security@example.com", "TopicArn": {"Ref": "Topic"}}
    target = {"Id": "1", "Arn": arn_of("Queue")}
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Mail": {"Type": "AWS::SNS::Subscription", "Properties": mail},
        "Queue": queue(),
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["x"]}, "Targets": [target]}},
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "AWS/States",
                "MetricName": "ExecutionsFailed",
                "Dimensions": [{"Name": "StateMachineArn", "Value": {"Ref": "Machine"}}],
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 0,
                "EvaluationPeriods": 1,
                "Period": 60,
                "Statistic": "Sum",
                "TreatMissingData": "notBreaching",
            },
        },
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        "MachineRole": role("states"),
        "Policy": {"Type": "AWS::IAM::Policy", "Properties": policy},
        "Machine": machine(),
        "FunctionRole": role("lambda"),
        "Function": function("Undone", "index.handler"),
    }
    after = {"Type": "AWS::S3::Bucket", "DependsOn": list(resources)}
    with pytest.raises(DeploymentFailed) as failed:
        cloud.deploy(assemble("Undone", resources | {"Bad": after}, code={"index.py": ""}))
    assert str(failed.value) == (
        "Undone ROLLBACK_COMPLETE: Bad (AWS::S3::Bucket): the local cloud does not create this type"
    )

    cloudformation = cloud.client("cloudformation")
    events = cloudformation.describe_stack_events(StackName="Undone")["StackEvents"][::-1]
    told = [(event["LogicalResourceId"], event["ResourceStatus"]) for event in events]
    steps = [("CREATE", "IN_PROGRESS"), ("CREATE", "COMPLETE"), ("DELETE", "IN_PROGRESS"), ("DELETE", "COMPLETE")]
    for name in resources:
        assert [status for one, status in told if one == name] == [f"{step}_{status}" for step, status in steps]
    assert [status for name, status in told if name == "Bad"] == ["CREATE_IN_PROGRESS", "CREATE_FAILED"]
    assert [status for name, status in told if name == "Undone"] == [
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
    ]
    assert told.index(("Bad", "CREATE_FAILED")) < told.index(("Undone", "ROLLBACK_IN_PROGRESS"))
    assert left(cloud) == []


def left(cloud: LocalCloud) -> list[str]:
    """What there is of the stack that was rolled back."""
    sns, events = cloud.client("sns"), cloud.client("events")
    names = [
        *[topic["TopicArn"].split(":")[-1] for topic in sns.list_topics()["Topics"]],
        *[one["TopicArn"].split(":")[-1] for one in sns.list_subscriptions()["Subscriptions"]],
        *[url.split("/")[-1] for url in cloud.client("sqs").list_queues().get("QueueUrls", [])],
        *[rule["Name"] for rule in events.list_rules()["Rules"]],
        *[alarm["AlarmName"] for alarm in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]],
        *[group["logGroupName"] for group in cloud.client("logs").describe_log_groups()["logGroups"]],
        *[role["RoleName"] for role in cloud.client("iam").list_roles()["Roles"]],
        *[one["name"] for one in cloud.client("stepfunctions").list_state_machines()["stateMachines"]],
        *[one["FunctionName"] for one in cloud.client("lambda").list_functions()["Functions"]],
    ]
    return [name for name in names if name.startswith("Undone-")]
