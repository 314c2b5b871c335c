"""The stack, by its synthesized template: who may do what, what is kept, and who is notified when something breaks."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import synthesize
from tests.samples import DESTINATIONS
from tests.templates import Template, allowed, granted, read, resolved, resources, statements, text, the, the_id
from trailkeeper.settings import Place
from trailkeeper.standing import LASTING
from workflow.eventbridge import OWN_PARTS, patterns
from workflow.settings import Settings
from workflow.stack import SERVICE_CALLS

ROOT = Path(__file__).parents[2]
OWN_TRAILS = "arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/"
RULES = {"Tampering", "Destinations1", "OwnParts1", "OwnParts2", "Nameless1", "Nameless2"}
XRAY = {"xray:PutTraceSegments on *", "xray:PutTelemetryRecords on *"}


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def synthesized(**context: Any) -> Path:
        settings = {"emails": "you@company.com", "language": "en", "undo": "off", "trails": ""} | context
        return synthesize(settings, str(tmp_path_factory.mktemp("cdk.out")))

    return synthesized


@pytest.fixture(scope="module")
def assembly(synthesized: Callable[..., Path]) -> Path:
    return synthesized(undo="auto", emails="you@company.com,team@company.com", destinations=",".join(DESTINATIONS))


@pytest.fixture(scope="module")
def template(assembly: Path) -> Template:
    return read(assembly)


def own_log(step: str) -> set[str]:
    return {f"logs:{action} on ${{{step}Logs.Arn}}" for action in ("CreateLogStream", "PutLogEvents")}


def test_each_pattern_is_deployed_as_a_rule_that_starts_the_state_machine(template: Template) -> None:
    place: Place = {"partition": "${AWS::Partition}", "region": "${AWS::Region}", "account": "${AWS::AccountId}"}
    found = patterns(DESTINATIONS, "Trailkeeper", place)
    assert {*found} == RULES
    for name, pattern in found.items():
        rule = the(template, "Events::Rule", name)
        assert resolved(rule["EventPattern"]) == pattern
        assert [text(target["Arn"]) for target in rule["Targets"]] == ["${Trailkeeper}"]
    watched = [name for _, rules in OWN_PARTS.values() for name in rules]
    rules = [name for name, one in template["Resources"].items() if one["Type"] == "AWS::Events::Rule"]
    assert all(sum(rule.startswith(name) for name in watched) == 1 for rule in rules), "each rule is watched by one"


def test_an_event_that_starts_no_execution_is_retried_and_then_kept_for_14_days(template: Template) -> None:
    (target,) = the(template, "Events::Rule", "Tampering")["Targets"]
    assert text(target["Arn"]) == "${Trailkeeper}"
    assert text(target["RoleArn"]) == "${TrailkeeperEventsRole.Arn}"
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 185}
    assert text(target["DeadLetterConfig"]["Arn"]) == "${DeadLetters.Arn}"
    queue = the(template, "SQS::Queue")
    assert (queue["MessageRetentionPeriod"], queue["SqsManagedSseEnabled"]) == (14 * 24 * 3600, True)
    assert allowed(template, "TrailkeeperEventsRole") == {"states:StartExecution on ${Trailkeeper}"}


STEPS = ("Triage", "Enrich", "Restore", "Notify", "LookBack")


def test_each_function_may_do_what_its_code_calls_and_nothing_else(template: Template) -> None:
    assert allowed(template, "TriageRole") == own_log("Triage") | XRAY
    assert allowed(template, "EnrichRole") == own_log("Enrich") | XRAY | {
        "cloudtrail:DescribeTrails on *",
        "cloudtrail:LookupEvents on *",
        "iam:ListAccountAliases on *",
        "organizations:DescribeOrganization on *",
        "cloudtrail:GetTrailStatus on arn:${AWS::Partition}:cloudtrail:*:*:trail/*",
        "cloudtrail:GetEventSelectors on arn:${AWS::Partition}:cloudtrail:*:*:trail/*",
        "dynamodb:GetItem on ${Ledger.Arn}",
    }
    assert allowed(template, "NotifyRole") == own_log("Notify") | XRAY | {
        "sns:Publish on ${Incidents}",
        "sns:GetTopicAttributes on ${Incidents}",
    }
    assert allowed(template, "LookBackRole") == own_log("LookBack") | XRAY | {
        "cloudtrail:LookupEvents on *",
        f"cloudtrail:GetTrailStatus on {OWN_TRAILS}*",
    }


def test_the_state_machine_may_call_the_functions_remember_trace_and_log(template: Template) -> None:
    invocations = {line for line in allowed(template, "TrailkeeperRole") if line.startswith("lambda:")}
    assert invocations == {f"lambda:InvokeFunction on ${{{step}Function.Arn}}" for step in STEPS}
    remembers = {f"dynamodb:{call} on ${{Ledger.Arn}}" for call in ("PutItem", "UpdateItem", "GetItem")}
    announces = {"events:PutEvents on arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"}
    others = {line for line in allowed(template, "TrailkeeperRole") if line.endswith(" on *")}
    assert invocations | remembers | announces | others == allowed(template, "TrailkeeperRole")
    assert {line.split(":")[0] for line in others} == {"logs", "xray", "cloudwatch"}


def test_no_role_has_a_policy_beside_these(template: Template) -> None:
    roles = resources(template, "IAM::Role")
    assert len(roles) == len(resources(template, "IAM::Policy")) == 8
    assert not any(role.keys() & {"ManagedPolicyArns", "Policies"} for role in roles)


def test_restore_may_do_what_the_rows_of_what_is_undone_call_and_nothing_else(
    synthesized: Callable[..., Path],
) -> None:
    own = own_log("Restore") | XRAY | {f"dynamodb:{call} on ${{Ledger.Arn}}" for call in ("GetItem", "PutItem")}
    status = {f"cloudtrail:GetTrailStatus on {OWN_TRAILS}*"}
    reads = {f"cloudtrail:GetTrail on {OWN_TRAILS}*", *status}
    writes = {f"cloudtrail:UpdateTrail on {OWN_TRAILS}*"}
    bucket, key = DESTINATIONS[:2]
    for undo, allowed_besides in (
        ("off", set[str]()),
        ('{"StopLogging": "auto"}', status | {f"cloudtrail:StartLogging on {OWN_TRAILS}*"}),
        ('{"UpdateTrail": "shadow"}', reads),
        ('{"UpdateTrail": "approve"}', reads | writes),
        ('{"DisableKey": "auto"}', {f"kms:{call} on {key}" for call in ("DescribeKey", "EnableKey")}),
        ('{"PutBucketPolicy": "shadow"}', {f"s3:GetBucketPolicy on {bucket}"}),
    ):
        template = read(synthesized(undo=undo, destinations=f"{key},{bucket}"))
        assert allowed(template, "RestoreRole") == own | allowed_besides, undo


def test_restore_passes_cloudtrail_the_roles_of_watched_trails_and_no_other(synthesized: Callable[..., Path]) -> None:
    role = "arn:aws:iam::123456789012:role/ToLogs"
    template = read(synthesized(undo="auto", destinations=role))
    assert f"iam:PassRole on {role}" in allowed(template, "RestoreRole")
    own = "iam:PassRole on arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Trailkeeper-*"  # of its own rules
    passes = [line for line in allowed(read(synthesized(undo="auto")), "RestoreRole") if "PassRole" in line]
    assert passes == [own]
    stopped = allowed(read(synthesized(undo='{"StopLogging": "auto"}', destinations=role)), "RestoreRole")
    assert not any("PassRole" in line for line in stopped)


def test_restore_changes_only_the_watched_trails(
    synthesized: Callable[..., Path],
) -> None:
    org = "arn:aws:cloudtrail:us-east-1:123456789012:trail/Org"
    watched = read(synthesized(undo="auto", trails=f"Main,{org}"))
    on_trails = {line.partition(" on ")[2] for line in allowed(watched, "RestoreRole") if "trail/" in line}
    assert on_trails == {f"{OWN_TRAILS}Main", org}


def test_an_owner_may_read_what_is_watched_and_write_the_ledger_alone(template: Template) -> None:
    here = "${AWS::Region}:${AWS::AccountId}"
    trail = f"arn:${{AWS::Partition}}:cloudtrail:{here}:trail/*"
    rule = f"arn:${{AWS::Partition}}:events:{here}:rule/Trailkeeper-*"
    assert granted(the(template, "IAM::ManagedPolicy", "Owners")) == {
        f"cloudformation:DescribeStacks on arn:${{AWS::Partition}}:cloudformation:{here}:stack/Trailkeeper/*",
        "cloudtrail:DescribeTrails on *",
        *(f"cloudtrail:{call} on {trail}" for call in ("GetTrail", "GetTrailStatus", "ListTags")),
        *(f"cloudtrail:Get{what} on {trail}" for what in ("EventSelectors", "InsightSelectors", "EventConfiguration")),
        f"cloudtrail:GetEventDataStore on {trail.replace('trail/', 'eventdatastore/')}",
        f"s3:GetBucketPolicy on {DESTINATIONS[0]}",
        f"kms:DescribeKey on {DESTINATIONS[1]}",
        f"events:DescribeRule on {rule}",
        f"events:ListTargetsByRule on {rule}",
        *(f"dynamodb:{call} on ${{Ledger.Arn}}" for call in ("GetItem", "PutItem", "UpdateItem", "DeleteItem")),
    }


def test_each_function_has_its_code_its_settings_a_timeout_below_its_state_s_and_a_log_in_json(
    template: Template,
) -> None:
    topic = {"Ref": the_id(template, "SNS::Topic", "Incidents")}
    ledger = {"LEDGER": {"Ref": the_id(template, "DynamoDB::Table", "Ledger")}}
    restorer = {"RESTORE_ROLE_ARN": {"Fn::GetAtt": [the_id(template, "IAM::Role", "Restore"), "Arn"]}}
    environments = {"Triage": restorer, "Enrich": ledger, "Restore": ledger, "Notify": {"TOPIC_ARN": topic}}
    for step, environment in environments.items():
        function = the(template, "Lambda::Function", step)
        assert function.get("Environment", {}).get("Variables", {}) == environment
        assert function["Handler"] == f"{step.lower()}.handler"
        assert (ROOT / "functions" / f"{step.lower()}.py").exists()
        assert (function["Runtime"], function["Architectures"]) == ("python3.14", ["arm64"])
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert text(function["LoggingConfig"]["LogGroup"]) == f"${{{step}Logs}}"
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["Timeout"] < state(flow(template), step)["TimeoutSeconds"]


def flow(template: Template) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(the(template, "StepFunctions::StateMachine")["DefinitionString"])
    return definition


def state(machine: dict[str, Any], name: str) -> dict[str, Any]:
    machines = [machine, *machine["States"]["Respond"]["Branches"]]
    (found,) = [each["States"][name] for each in machines if name in each["States"]]
    return dict(found)


def test_the_function_asset_is_small_and_holds_the_functions_and_their_settings_alone(
    assembly: Path, tmp_path: Path
) -> None:
    (asset,) = assembly.glob("asset.*")
    written = {file.relative_to(asset).as_posix() for file in asset.rglob("*") if file.is_file()}
    source = [file for file in (ROOT / "functions").rglob("*") if file.suffix in (".py", ".json")]
    korean = {"trailkeeper/mail/ko.json"}  # which the mails of this deployment are not in
    named = {file.relative_to(ROOT / "functions").as_posix() for file in source}
    assert written == (named - korean) | {"settings.json"}
    context = {"emails": "x@company.com", "undo": "auto", "destinations": list(DESTINATIONS)}
    expected = Settings.from_context(context).functions_read("Trailkeeper")
    assert json.loads((asset / "settings.json").read_text()) == expected
    uploaded = shutil.make_archive(str(tmp_path / "asset"), "zip", asset)
    assert Path(uploaded).stat().st_size <= 125 * 1024


def test_the_flow_is_deployed_as_written_traced_and_logged_whole(template: Template) -> None:
    machine = the(template, "StepFunctions::StateMachine")
    written = (ROOT / "workflow" / "state_machine.asl.json").read_text()
    assert machine["DefinitionString"] == written
    assert set(re.findall(r"\$\{(\w+)}", written)) == machine["DefinitionSubstitutions"].keys()
    filled_in = {name: text(value) for name, value in machine["DefinitionSubstitutions"].items()}
    assert filled_in | {"LastingErrors": ""} == {
        **{f"{step}FunctionArn": f"${{{step}Function.Arn}}" for step in STEPS},
        **{name: f"arn:${{AWS::Partition}}:states:::{call}" for name, call in SERVICE_CALLS.items()},
        "LedgerName": "${Ledger}",
        "NotifyInfo": "false",
        "RestoresPerHour": "3",
        "FloodSeconds": "3600",
        "UndoSeconds": "3600",
        "ApprovalSeconds": "14400",
        "ApprovalTimeout": "leave",
        "ReportSeconds": "900",
        "LastingErrors": "",
    }
    assert filled_in["LastingErrors"] == str(list(LASTING))
    assert text(machine["StateMachineName"]) == "Trailkeeper-Incidents"  # Triage knows it by the stack's name
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert (machine["LoggingConfiguration"]["Level"], machine["LoggingConfiguration"]["IncludeExecutionData"]) == (
        "ALL",
        True,
    )
    name = the(template, "Logs::LogGroup", "ExecutionLogs")["LogGroupName"]
    assert json.dumps(name).count("/aws/vendedlogs/states/Trailkeeper-") == 1


def test_incidents_are_encrypted_with_a_key_that_nobody_can_disable_and_there_is_no_other(template: Template) -> None:
    assert resources(template, "KMS::Key") == []
    assert text(the(template, "SNS::Topic", "Incidents")["KmsMasterKeyId"]) == (
        "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/sns"
    )
    assert "KmsMasterKeyId" not in the(template, "SNS::Topic", "Alarms")


def test_eventbridge_and_cloudwatch_may_publish_alarms(template: Template) -> None:
    policy = the(template, "SNS::TopicPolicy", "Alarms")["PolicyDocument"]
    publish = {"Action": "sns:Publish", "Effect": "Allow"}
    # A condition on EventBridge would make its notices vanish: it sends no source with them.
    (statement,) = statements(policy, "events.amazonaws.com")
    assert statement | {"Resource": text(statement["Resource"])} == publish | {"Resource": "${Alarms}"}
    # CloudWatch does send its source: only this account's alarms are let in.
    (statement,) = statements(policy, "cloudwatch.amazonaws.com")
    assert text(statement["Condition"]["ArnLike"]["aws:SourceArn"]) == (
        "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"
    )


def test_topics_and_queue_refuse_what_does_not_come_over_tls(template: Template) -> None:
    policies = [*resources(template, "SNS::TopicPolicy"), *resources(template, "SQS::QueuePolicy")]
    assert len(policies) == 3
    for policy in policies:
        denials = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]
        assert [one["Condition"] for one in denials] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_the_queue_lets_in_all_rules_by_one_statement_as_it_takes_twenty(synthesized: Callable[..., Path]) -> None:
    buckets = ",".join(f"arn:aws:s3:::{number:03}{'x' * 60}" for number in range(200))
    many = read(synthesized(destinations=buckets))
    assert len(resources(many, "Events::Rule")) > 12
    (policy,) = resources(many, "SQS::QueuePolicy")
    assert len(policy["PolicyDocument"]["Statement"]) == 4
    (sent,) = statements(policy["PolicyDocument"], "events.amazonaws.com")
    assert text(sent["Condition"]["ArnLike"]["aws:SourceArn"]).endswith("rule/Trailkeeper-*")


def test_the_ledger_can_be_brought_back_costs_nothing_idle_and_forgets_by_itself(template: Template) -> None:
    table = the(template, "DynamoDB::Table")
    assert (table["BillingMode"], table["DeletionProtectionEnabled"]) == ("PAY_PER_REQUEST", True)
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert "SSESpecification" not in table, "AWS's own key, which nobody can disable"


def test_every_log_group_is_kept_for_a_year(template: Template) -> None:
    groups = resources(template, "Logs::LogGroup")
    assert len(groups) == 7
    assert {group["RetentionInDays"] for group in groups} == {365}


def test_every_mail_address_is_subscribed_to_both_topics_and_an_undeliverable_mail_is_kept(template: Template) -> None:
    found = resources(template, "SNS::Subscription")
    assert sorted((text(one["TopicArn"]), one["Protocol"], one["Endpoint"]) for one in found) == [
        ("${Alarms}", "email", "team@company.com"),
        ("${Alarms}", "email", "you@company.com"),
        ("${Incidents}", "email", "team@company.com"),
        ("${Incidents}", "email", "you@company.com"),
    ]
    assert {text(one["RedrivePolicy"]["deadLetterTargetArn"]) for one in found} == {"${DeadLetters.Arn}"}


def test_a_failed_execution_goes_to_the_other_topic_in_readable_text_without_any_function(template: Template) -> None:
    rule = the(template, "Events::Rule", "Failure")
    assert rule["EventPattern"]["source"] == ["aws.states"]
    assert rule["EventPattern"]["detail-type"] == ["Step Functions Execution Status Change"]
    detail = rule["EventPattern"]["detail"]
    assert detail["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert [text(arn) for arn in detail["stateMachineArn"]] == ["${Trailkeeper}"]
    (target,) = rule["Targets"]
    assert text(target["Arn"]) == "${Alarms}"
    # EventBridge refuses a template whose lines are not each a JSON string.
    lines = [json.loads(line) for line in text(target["InputTransformer"]["InputTemplate"]).split("\n")]
    paths = target["InputTransformer"]["InputPathsMap"]
    notice = re.sub(r"<([\w-]+)>", lambda field: f"<{paths[field[1]]}>", "\n".join(lines))
    assert "ended <$.detail.status>" in notice
    assert "Execution: <$.detail.name>" in notice
    assert (
        "https://${AWS::Region}.${Domain}/states/home?region=${AWS::Region}"
        "#/v2/executions/details/<$.detail.executionArn>\n"
    ) in notice
    assert "aws cloudtrail start-logging" in notice


def test_alarms_notify_the_topic_when_something_got_stuck_or_lost(template: Template) -> None:
    alarms = resources(template, "CloudWatch::Alarm")
    assert {(one["Namespace"], one["MetricName"], text(one["Dimensions"][0]["Value"])) for one in alarms} == {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "${DeadLetters.QueueName}"),
        *(("AWS/Events", "InvocationsFailedToBeSentToDlq", f"${{{rule}}}") for rule in RULES),
        ("AWS/States", "ExecutionsFailed", "${Trailkeeper}"),
        ("AWS/SNS", "NumberOfNotificationsFailed", "${Incidents.TopicName}"),
        ("AWS/SNS", "NumberOfNotificationsFailed", "${Alarms.TopicName}"),
    }
    for alarm in alarms:
        assert [text(action) for action in alarm["AlarmActions"]] == ["${Alarms}"]
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
        assert alarm["TreatMissingData"] == "notBreaching"


def test_what_holds_evidence_outlives_the_stack_which_is_protected_itself(assembly: Path, template: Template) -> None:
    kept = [r for r in template["Resources"].values() if r.get("DeletionPolicy") == "RetainExceptOnCreate"]
    kinds = ["AWS::DynamoDB::Table", *["AWS::Logs::LogGroup"] * 7, *["AWS::SNS::Topic"] * 2, "AWS::SQS::Queue"]
    assert sorted(r["Type"] for r in kept) == kinds
    assert {r["UpdateReplacePolicy"] for r in kept} == {"Retain"}
    manifest = json.loads((assembly / "manifest.json").read_text())
    assert manifest["artifacts"]["Trailkeeper"]["properties"]["terminationProtection"] is True


def test_outputs_name_the_topics_the_state_machine_and_its_page_in_the_console_of_the_partition(
    template: Template,
) -> None:
    assert {name: text(output["Value"]) for name, output in template["Outputs"].items()} == {
        "IncidentsTopicArn": "${Incidents}",
        "AlarmsTopicArn": "${Alarms}",
        "StateMachineArn": "${Trailkeeper}",
        "Executions": "https://${AWS::Region}.${Domain}/states/home?region=${AWS::Region}"
        "#/statemachines/view/${Trailkeeper}",
        "LedgerName": "${Ledger}",
        "WatchedTrails": "*",
    }
    assert template["Mappings"]["Console"] == {
        "aws": {"Domain": "console.aws.amazon.com"},
        "aws-cn": {"Domain": "console.amazonaws.cn"},
        "aws-us-gov": {"Domain": "console.amazonaws-us-gov.com"},
    }


def test_the_template_names_no_account_and_no_region_but_those_of_the_destinations(template: Template) -> None:
    named = json.dumps(template)
    for arn in DESTINATIONS:
        named = named.replace(arn, "")
    assert not re.search(r"\b\d{12}\b|\b(us|eu|ap|cn)-[a-z-]+-\d\b", named)


def test_a_finding_that_nobody_acknowledged_stops_synth(
    monkeypatch: pytest.MonkeyPatch, synthesized: Callable[..., Path]
) -> None:
    monkeypatch.setattr("workflow.stack.acknowledge", lambda construct, reason, *rules: None)
    with pytest.raises(RuntimeError, match="does not have a cdk-nag rule suppression"):
        synthesized()


def test_cfn_lint_has_nothing_to_say_in_any_partition(template: Template) -> None:
    assert linted(template, "us-east-1", "cn-north-1", "us-gov-west-1") == []


def test_cfn_lint_reads_the_flow_too(template: Template) -> None:
    broken = json.loads(json.dumps(template))
    machine = the(broken, "StepFunctions::StateMachine")
    machine["DefinitionString"] = machine["DefinitionString"].replace('"Next": "Outcome"', '"Nxet": "Outcome"')
    assert any("E3601" in line and "Nxet" in line for line in linted(broken, "us-east-1"))


def linted(template: Template, *regions: str) -> list[str]:
    from cfnlint.api import lint  # type: ignore[import-untyped] # here, as it loads for as long as pytest
    from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

    # W3005: CDK lets a function depend on its role and the role's policy, though it names the role already.
    config = ManualArgs(regions=[*regions], ignore_checks=["W3005"])
    found = [f"{match.rule.id} {match.message}" for match in lint(json.dumps(template), config=config)]
    # It takes an expression to be a wrong number: https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
    return [line for line in found if "'{% ${ApprovalSeconds} %}' is not of type 'number'" not in line]


def test_the_app_says_what_is_wrong_with_a_setting_in_one_line() -> None:
    environment = {"CDK_CONTEXT_JSON": json.dumps({"emails": "nobody"})}
    ran = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(r"emails: 'nobody' is not allowed; allowed: .*\n", ran.stderr)
