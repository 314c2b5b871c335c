"""Whether the tables of faults have every AWS call that a function may make."""

import json
from pathlib import Path
from typing import Any

from console.cloud import synthesized
from tests.faults import test_faults, test_things, test_watch

# What a policy calls a service, where that is not botocore's name; and calls that have another name than their action.
SERVICES = {"states": "stepfunctions"}
NOT_IN_A_TABLE = {
    "enrich organizations:DescribeOrganization": "asked for organization trails alone: tests/functions/test_enrich.py",
    "enrich dynamodb:GetItem": "the item that Restore reads, too, in the same incident",
    "enrich cloudtrail:GetTrailStatus": "the call that Restore makes, too, in the same incident",
    "lookback cloudtrail:GetTrailStatus": "the call that Restore makes, too, in the same incident",
    "restore cloudtrail:AddTags": "what CreateTrail needs for its tags; it is no call of ours",
    "restore s3:DeleteBucketPolicy": "for a bucket that had no policy, to which CloudTrail cannot write either",
    "restore iam:PassRole": "no call",
    "watch events:DescribeRule": "for a rule that ListRules does not show: tests/functions/test_watch.py",
    "watch dynamodb:UpdateItem": "of what has no baseline yet: tests/functions/test_watch.py",
    "watch dynamodb:DeleteItem": "takes back a claim when the mail fails: tests/functions/test_guard.py",
    "watch sns:Publish": "of a part that just broke: tests/functions/test_guard.py",
    "watch sqs:SendMessage": "Lambda's, for a run that failed three times",
}


def allowed(folder: Path) -> set[str]:
    """The IAM actions of each function, apart from those of its log and its traces."""
    settings: Any = {"destinations": ["arn:aws:s3:::logs", f"arn:aws:kms:us-east-1:123456789012:key/{'1' * 8}"]}
    template = json.loads(
        (synthesized(str(folder), undo="auto", language="en", **settings) / "Trailkeeper.template.json").read_text()
    )
    found = set()
    for name, resource in template["Resources"].items():
        step = name.partition("RoleDefaultPolicy")[0].lower()
        if resource["Type"] != "AWS::IAM::Policy" or step.startswith("trailkeeper"):
            continue
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            found |= {f"{step} {action}" for action in ([actions] if isinstance(actions, str) else actions)}
    return {one for one in found if not one.split()[1].startswith(("logs:", "xray:"))}


def test_every_action_is_in_a_table_or_there_is_a_reason_why_not(tmp_path: Path) -> None:
    calls = {(one.function.replace("_", ""), one.service, one.operation) for one in test_faults.CALLS}
    calls |= {("restore", one.service, one.operation) for one in test_things.CALLS}
    calls |= {("watch", service, operation) for service, operation in test_watch.CALLS}
    prefixes = {service: prefix for prefix, service in SERVICES.items()}
    in_tables = {f"{step} {prefixes.get(service, service)}:{call}" for step, service, call in calls}
    assert allowed(tmp_path) - in_tables == {*NOT_IN_A_TABLE}
