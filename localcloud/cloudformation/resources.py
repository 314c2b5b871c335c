"""Creates the resources of a stack: by moto, or as defined here where moto does it wrongly or not at all.

Types and properties that are not listed are refused: a property without effect here would have one on AWS.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.cloudformation.models import CloudFormationBackend, Event, Stack
from moto.cloudformation.parsing import ResourceMap, clean_json, generate_resource_name
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import camelcase_to_underscores
from moto.logs.models import LogGroup, logs_backends
from moto.sns.models import Topic, sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

PROPERTIES = {
    "AWS::CloudWatch::Alarm": "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator "
    "Dimensions EvaluationPeriods MetricName Namespace Period Statistic Threshold TreatMissingData",
    "AWS::DynamoDB::Table": "AttributeDefinitions BillingMode DeletionProtectionEnabled KeySchema "
    "PointInTimeRecoverySpecification TableName Tags TimeToLiveSpecification",
    "AWS::Events::Rule": "Description EventPattern Name ScheduleExpression State Tags Targets",
    "AWS::IAM::ManagedPolicy": "Description ManagedPolicyName Path PolicyDocument",
    "AWS::IAM::Policy": "PolicyDocument PolicyName Roles",
    "AWS::IAM::Role": "AssumeRolePolicyDocument Description MaxSessionDuration Path Policies RoleName Tags",
    "AWS::Lambda::Function": "Architectures Code DeadLetterConfig Description Environment FunctionName "
    "Handler LoggingConfig MemorySize Role Runtime Tags Timeout TracingConfig",
    "AWS::Lambda::Permission": "Action FunctionName Principal SourceAccount SourceArn",
    "AWS::Logs::LogGroup": "LogGroupName RetentionInDays Tags",
    "AWS::SNS::Subscription": "Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery RedrivePolicy "
    "TopicArn",
    "AWS::SNS::Topic": "DisplayName KmsMasterKeyId TopicName",
    "AWS::SNS::TopicPolicy": "PolicyDocument Topics",
    "AWS::SQS::Queue": "KmsMasterKeyId MessageRetentionPeriod QueueName SqsManagedSseEnabled Tags VisibilityTimeout",
    "AWS::SQS::QueuePolicy": "PolicyDocument Queues",
    "AWS::StepFunctions::StateMachine": "DefinitionString DefinitionSubstitutions LoggingConfiguration RoleArn "
    "StateMachineName StateMachineType Tags TracingConfiguration",
}

moto_create_resource = parsing.parse_and_create_resource
moto_create_stack = CloudFormationResponse.create_stack


class Refused(ValidationError):
    """A resource that could not be created, and the reason."""

    def __init__(self, logical_id: str, kind: str, reason: str) -> None:
        """Take what the event of the failure tells."""
        super().__init__(message=reason)
        self.logical_id, self.kind, self.reason = logical_id, kind, reason


class Resource:
    """A resource that moto has no CloudFormation class for: its Ref, and its attributes for Fn::GetAtt."""

    cf_resource_type: str
    logical_resource_id: str

    def __init__(self, physical_resource_id: str, delete: Callable[..., Any] | None = None, **attributes: str) -> None:
        """Take the Ref, how to delete it if it does not go with another resource, and the attributes by name."""
        self.physical_resource_id = physical_resource_id
        self.delete = delete or (lambda account, region: None)
        self.attributes = attributes

    def get_cfn_attribute(self, name: str) -> str:
        """Return the attribute, or raise what moto expects."""
        if name not in self.attributes:
            raise UnformattedGetAttTemplateException
        return self.attributes[name]

    def is_created(self) -> bool:
        """Say that it exists."""
        return True


def create_resource(
    logical_id: str, resource_json: dict[str, Any], resources_map: ResourceMap, account_id: str, region_name: str
) -> Any:
    """Create one resource of a template, after those that it refers to or depends on."""
    condition = resource_json.get("Condition")
    if condition and not resources_map.lazy_condition_map[condition]:
        return None
    kind, given = resource_json["Type"], resource_json.get("Properties", {})
    try:
        if kind not in PROPERTIES:
            raise ValueError("the local cloud does not create this type")
        if unknown := sorted(given.keys() - set(PROPERTIES[kind].split())):
            raise ValueError(f"the local cloud does not know what to do with {', '.join(unknown)}")
        others = resource_json.get("DependsOn", [])
        for other in [others] if isinstance(others, str) else others:
            resources_map[other]  # creates it; moto forgets this if another resource refers to this one
        properties = clean_json(given, resources_map)
        if left := re.search(r'"Fn::\w+": [^\]}]*', json.dumps(properties)):
            raise ValueError(f"the local cloud cannot resolve {left[0]}")
        changing = vars(resources_map).get("changing")
        if changing and (changed := changing(logical_id, kind, properties)):
            return changed
        create = CREATE.get(kind)
        if create:
            stack_name: Any = resources_map["AWS::StackName"]
            name = generate_resource_name(kind, stack_name, logical_id)
            resource: Any = create(name, properties, account_id, region_name)
        else:
            resolved = resource_json | {"Properties": properties}
            resource = moto_create_resource(logical_id, resolved, resources_map, account_id, region_name)
    except Refused:
        raise  # a resource that this one refers to
    except Exception as error:
        raise Refused(logical_id, kind, str(error) or type(error).__name__) from error
    resource.cf_resource_type, resource.logical_resource_id, resource.given = kind, logical_id, properties
    return resource


def create_stack(self: CloudFormationResponse) -> Any:
    """Refuse another fate for a failed stack than to be rolled back."""
    if self._get_param("OnFailure", "ROLLBACK") != "ROLLBACK" or self._get_bool_param("DisableRollback"):
        raise NotImplementedError("a failed stack is rolled back here; leave out OnFailure and DisableRollback")
    return moto_create_stack(self)


def create_resources(self: Stack) -> None:
    """Create all, or else delete again what was created; each step is an event of the stack."""
    self.status = "CREATE_IN_PROGRESS"
    try:
        self.resource_map.create(self.template_dict)
    except Refused as error:
        refused: Refused | None = error
    else:
        refused = None
    created = [one for one in self.resource_map._parsed_resources.values() if hasattr(one, "logical_resource_id")]
    for one in created:
        tell(self, one.logical_resource_id, one.physical_resource_id, one.cf_resource_type, "CREATE")
    if not refused:
        self.mark_creation_complete()
        return
    tell(self, refused.logical_id, "", refused.kind, "CREATE", refused.reason)
    reason = f"The following resource(s) failed to create: [{refused.logical_id}]. Rollback requested by user."
    self._add_stack_event("ROLLBACK_IN_PROGRESS", resource_status_reason=reason)
    self.resource_map.delete()
    for one in reversed(created):
        tell(self, one.logical_resource_id, one.physical_resource_id, one.cf_resource_type, "DELETE")
    # moto would create the resources again to list them.
    self.template_dict = {**self.template_dict, "Resources": {}, "Outputs": {}}
    self.resource_map = self._create_resource_map()
    self.output_map = self._create_output_map()
    self.status = "ROLLBACK_COMPLETE"
    self._add_stack_event("ROLLBACK_COMPLETE")


def tell(stack: Stack, logical_id: str, physical_id: str, kind: str, step: str, failure: str | None = None) -> None:
    """Add the events that a step begins, and how it ends."""
    for status, reason in (("IN_PROGRESS", None), ("FAILED" if failure else "COMPLETE", failure)):
        event = Event(stack.stack_id, stack.name, logical_id, physical_id, kind, f"{step}_{status}", reason, None)
        stack.events.append(event)


def parse_template(template: str) -> dict[str, Any]:
    """Read a template in JSON, as CDK writes it: YAML's parser takes seconds for one."""
    parsed: dict[str, Any] = json.loads(template)
    return parsed


def refuse_change(self: CloudFormationBackend, *args: Any, **kwargs: Any) -> None:
    """Refuse to delete a stack, and to change it otherwise than by an update."""
    message = "The local cloud creates and updates stacks; it does not delete them, and has no change sets."
    raise ValidationError(message=message)


def has_topic_attribute(cls: type[Topic], name: str) -> bool:
    """Say whether a topic has the attribute."""
    return name in ("TopicArn", "TopicName")


def topic_attribute(self: Topic, name: str) -> str:
    """Fn::GetAtt of a topic."""
    if not self.has_cfn_attr(name):
        raise UnformattedGetAttTemplateException
    return self.arn if name == "TopicArn" else self.name


def log_group_attribute(self: LogGroup, name: str) -> str:
    """Fn::GetAtt of a log group: its ARN ends with an asterisk there."""
    if name != "Arn":
        raise UnformattedGetAttTemplateException
    return f"{self.arn}:*"


def _alarm(name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
    cloudwatch = cloudwatch_backends[account][region]
    settings: dict[str, Any] = {"alarm_name": name, "alarm_description": "", "dimensions": [], "alarm_actions": []}
    settings |= {camelcase_to_underscores(key): value for key, value in properties.items()}
    alarm = cloudwatch.put_metric_alarm(
        name=settings.pop("alarm_name"), description=settings.pop("alarm_description"), **settings
    )
    return Resource(alarm.name, lambda *_: cloudwatch.delete_alarms([alarm.name]), Arn=alarm.alarm_arn)


def _function(name: str, properties: dict[str, Any], account: str, region: str) -> Any:
    if not properties.get("Runtime", "").startswith("python") or "S3Key" not in properties["Code"]:
        raise ValueError("the local cloud runs functions in Python, from an asset")
    spec = {"FunctionName": name} | properties | {"Tags": _tags(properties)}
    return lambda_backends[account][region].create_function(spec)


def _permission(name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
    functions, given = lambda_backends[account][region], {**properties, "StatementId": name}
    function = functions.get_function(properties["FunctionName"])
    function.policy.add_statement(raw=json.dumps(given))
    return Resource(name, lambda *_: function.policy.del_statement(name))


def _log_group(name: str, properties: dict[str, Any], account: str, region: str) -> Any:
    group = properties.get("LogGroupName", name)
    return logs_backends[account][region].create_log_group(
        group, _tags(properties), RetentionInDays=properties.get("RetentionInDays")
    )


def _subscription(name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
    sns = sns_backends[account][region]
    subscription = sns.subscribe(properties["TopicArn"], properties["Endpoint"], properties["Protocol"])
    for attribute in ("FilterPolicyScope", "FilterPolicy", "RawMessageDelivery", "RedrivePolicy"):  # the scope first
        if attribute in properties:
            value = properties[attribute]
            text = json.dumps(value) if isinstance(value, dict) else value
            sns.set_subscription_attributes(subscription.arn, attribute, text)
    return Resource(subscription.arn, lambda *_: sns.unsubscribe(subscription.arn))


def _topic_policy(name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
    for topic in properties["Topics"]:
        sns_backends[account][region].set_topic_attribute(topic, "policy", json.dumps(properties["PolicyDocument"]))
    return Resource(name)


def _queue_policy(name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
    for url in properties["Queues"]:
        policy = {"Policy": json.dumps(properties["PolicyDocument"])}
        sqs_backends[account][region].set_queue_attributes(url.split("/")[-1], policy)
    return Resource(name)


def _state_machine(name: str, properties: dict[str, Any], account: str, region: str) -> Any:
    if properties.get("StateMachineType", "STANDARD") != "STANDARD":
        raise ValueError("the local cloud runs Standard workflows")
    states = stepfunctions_parser_backends[account][region]
    machine: Any = states.create_state_machine(
        name=properties.get("StateMachineName", name),
        definition=definition_of(properties),
        roleArn=properties["RoleArn"],
        tags=[{"key": key, "value": value} for key, value in _tags(properties).items()],
        loggingConfiguration=lower(properties.get("LoggingConfiguration")),
        tracingConfiguration=lower(properties.get("TracingConfiguration")),
    )
    machine.delete = lambda *_: states.delete_state_machine(machine.arn)  # moto would look in its other backend
    return machine


def definition_of(properties: dict[str, Any]) -> str:
    """A state machine's definition, with its blanks filled in."""
    definition: str = properties["DefinitionString"]
    for variable, value in properties.get("DefinitionSubstitutions", {}).items():
        definition = definition.replace(f"${{{variable}}}", str(value))
    if missing := re.findall(r"\$\{\w+\}", definition):
        raise ValueError(f"DefinitionSubstitutions has no value for {', '.join(missing)}")
    return definition


def lower(value: Any) -> Any:
    """CloudFormation's names as the Step Functions API spells them."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: lower(item) for key, item in value.items()}
    return [lower(item) for item in value] if isinstance(value, list) else value


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


CREATE: dict[str, Callable[[str, dict[str, Any], str, str], Any]] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Permission": _permission,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
