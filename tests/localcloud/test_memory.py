"""What the local cloud keeps is bounded."""

import json

import pytest

from localcloud import LocalCloud
from localcloud.cloudtrail import history
from localcloud.memory import EXECUTIONS
from tests.conftest import Assemble, role

MACHINE = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}


def test_only_the_latest_executions_are_kept(cloud: LocalCloud, assemble: Assemble) -> None:
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "DefinitionString": json.dumps(MACHINE),
        },
    }
    resources = {"Role": role("states"), "Machine": machine}
    arn = cloud.deploy(assemble("Memory", resources, outputs={"Arn": {"Ref": "Machine"}}))["Arn"]
    states = cloud.client("stepfunctions")
    started = [states.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(EXECUTIONS + 20)]
    cloud.wait(lambda: all(one["status"] != "RUNNING" for one in cloud.executions()), "the executions")
    assert len(states.list_executions(stateMachineArn=arn)["executions"]) == EXECUTIONS
    states.describe_execution(executionArn=started[-1])
    with pytest.raises(states.exceptions.ExecutionDoesNotExist):
        states.describe_execution(executionArn=started[0])


def test_only_the_latest_events_of_a_region_are_kept() -> None:
    for number in range(history.KEPT + 1):
        history.records["nowhere"].append({"eventID": str(number)})
    assert [history.records["nowhere"][end]["eventID"] for end in (0, -1)] == ["1", str(history.KEPT)]
