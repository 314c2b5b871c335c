"""A second deployment of a stack changes what AWS would change."""

import copy
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud
from localcloud.deploy import DeploymentFailed
from tests.conftest import Assemble, Template, function, role

CODE = "def handler(event, context):\n    return {}\n"
SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}


def template(name: str) -> Template:
    """A stack with a function, a policy, a rule, a state machine and an alarm."""
    machine = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    return {
        "FunctionRole": role("lambda", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}),
        "MachineRole": role("states"),
        "Says": function(name, "code.handler", Environment={"Variables": {"SAYS": "one"}}, Timeout=3),
        "Rights": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "rights",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [SEND]},
                "Roles": [{"Ref": "FunctionRole"}],
            },
        },
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["one"]}, "State": "ENABLED"}},
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "DefinitionString": json.dumps(machine),
                "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Old": {"Type": "AWS::SNS::Topic"},
        "Kept": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain"},
    }


OUTPUTS = {name: {"Ref": name} for name in ("Says", "Rule", "Machine", "Queue", "FunctionRole")}


def names(cloud: LocalCloud, stack: str) -> list[str]:
    """The topics that there are of a stack."""
    topics = [topic["TopicArn"].rpartition(":")[2] for topic in cloud.client("sns").list_topics()["Topics"]]
    return sorted(topic.split("-")[1] for topic in topics if topic.startswith(f"{stack}-"))


def test_what_differs_is_changed_in_place_made_or_deleted(cloud: LocalCloud, assemble: Assemble) -> None:
    first = cloud.deploy(assemble("Updated", template("Updated"), code={"code.py": CODE}, outputs=OUTPUTS))
    changed = template("Updated")
    changed["Says"]["Properties"] |= {"Environment": {"Variables": {"SAYS": "two"}}, "Timeout": 4}
    changed["Rights"]["Properties"]["PolicyDocument"]["Statement"] = [{**SEND, "Action": "sns:Publish"}]
    changed["Rule"]["Properties"] = {"ScheduleExpression": "rate(1 day)", "State": "DISABLED"}
    ended = {"StartAt": "Ended", "States": {"Ended": {"Type": "Succeed"}}}
    changed["Machine"]["Properties"]["DefinitionString"] = json.dumps(ended)
    changed["New"] = {"Type": "AWS::SNS::Topic"}
    del changed["Old"], changed["Kept"]
    second = cloud.deploy(assemble("Updated", changed, code={"code.py": CODE}, outputs=OUTPUTS))
    assert second == first

    configuration = cloud.client("lambda").get_function_configuration(FunctionName=first["Says"])
    assert (configuration["Environment"]["Variables"], configuration["Timeout"]) == ({"SAYS": "two"}, 4)
    iam, role_name = cloud.client("iam"), first["FunctionRole"]
    (policy,) = [one for one in iam.list_role_policies(RoleName=role_name)["PolicyNames"] if one == "rights"]
    document: Any = iam.get_role_policy(RoleName=role_name, PolicyName=policy)["PolicyDocument"]
    assert document["Statement"][0]["Action"] == "sns:Publish"
    rule = cloud.client("events").describe_rule(Name=first["Rule"])
    assert (rule["ScheduleExpression"], rule["State"], rule.get("EventPattern")) == ("rate(1 day)", "DISABLED", None)
    machine = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=first["Machine"])
    assert json.loads(machine["definition"]) == ended
    assert names(cloud, "Updated") == ["Kept", "New"]
    events = cloud.client("cloudformation").describe_stack_events(StackName="Updated")["StackEvents"]
    told = {(event["LogicalResourceId"], event["ResourceStatus"]) for event in events}
    assert {("Says", "UPDATE_COMPLETE"), ("New", "CREATE_COMPLETE"), ("Old", "DELETE_COMPLETE")} <= told
    assert not any(name == "Queue" and status.startswith("UPDATE") for name, status in told)


def test_an_update_without_a_difference_is_refused(cloud: LocalCloud, assemble: Assemble) -> None:
    folder = assemble("Same", {"Topic": {"Type": "AWS::SNS::Topic"}})
    cloud.deploy(folder)
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloud.deploy(folder)


def test_what_cannot_be_changed_rolls_the_whole_update_back(cloud: LocalCloud, assemble: Assemble) -> None:
    before = template("Rolled")
    first = cloud.deploy(assemble("Rolled", before, code={"code.py": CODE}, outputs=OUTPUTS))
    changed = copy.deepcopy(before)
    changed["Says"]["Properties"]["Timeout"] = 9
    changed["New"] = {"Type": "AWS::SNS::Topic"}
    changed["Queue"] = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"MessageRetentionPeriod": 600},
        "DependsOn": ["Says", "New"],
    }
    with pytest.raises(DeploymentFailed, match=r"UPDATE_ROLLBACK_COMPLETE: Queue .*cannot change a AWS::SQS::Queue"):
        cloud.deploy(assemble("Rolled", changed, code={"code.py": CODE}, outputs=OUTPUTS))
    assert cloud.client("lambda").get_function_configuration(FunctionName=first["Says"])["Timeout"] == 3
    assert names(cloud, "Rolled") == ["Kept", "Old"]
