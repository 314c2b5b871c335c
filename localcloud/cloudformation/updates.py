"""Changes the resources of a stack as an update does: in place, or by another in its place.

What cannot be changed here is refused, and the update rolled back. A resource whose properties are as before is left.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

import json
from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from localcloud.cloudformation import resources

Properties = dict[str, Any]
CODE = ("S3Bucket", "S3Key")


class Changing:
    """One update under way: what there was, and what it has changed so far."""

    def __init__(self, stack: Stack) -> None:
        """Take the stack as it is before."""
        self.before = {name: one for name, one in stack.resource_map._parsed_resources.items() if hasattr(one, "given")}
        self.changed: list[tuple[Any, Properties]] = []
        self.place = (stack.account_id, stack.region_name)

    def __call__(self, logical_id: str, kind: str, properties: Properties) -> Any:
        """The resource as it is to be, made of the one that there was; None where there was none of the kind."""
        resource = self.before.get(logical_id)
        if resource is None or resource.cf_resource_type != kind:
            return None
        if resource.given == properties:
            return resource
        given, changed = resource.given, change(resource, properties, *self.place)
        self.changed.append((changed, given))
        return changed

    def undo(self) -> None:
        """Give every resource its former properties again, the last one first."""
        for resource, given in reversed(self.changed):
            change(resource, given, *self.place)


def update_stack(
    self: CloudFormationBackend,
    name: str,
    template: str,
    role_arn: str | None,
    parameters: list[dict[str, Any]],
    tags: dict[str, str] | None,
) -> Stack:
    """Make the stack what the template says, or, where that fails, what it was; each step is an event of the stack."""
    stack, changing = self.get_stack(name), Changing(self.get_stack(name))
    if stack.parse_template(template) == stack.template_dict:
        raise ValidationError(message="No updates are to be performed.")
    before = (stack.template, stack.template_dict, stack.resource_map, stack.output_map)
    stack._add_stack_event("UPDATE_IN_PROGRESS")
    stack.template, stack.template_dict = template, stack.parse_template(template)
    stack.resource_map = stack._create_resource_map()
    vars(stack.resource_map)["changing"] = changing
    try:
        stack.resource_map.create(stack.template_dict)
        stack.output_map = stack._create_output_map()
    except resources.Refused as refused:
        resources.tell(stack, refused.logical_id, "", refused.kind, "UPDATE", refused.reason)
        stack._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS", resource_status_reason=refused.reason)
        for logical_id, resource in stack.resource_map._parsed_resources.items():
            if hasattr(resource, "given") and logical_id not in changing.before:
                resource.delete(*changing.place)
        changing.undo()
        stack.template, stack.template_dict, stack.resource_map, stack.output_map = before
        stack.status = "UPDATE_ROLLBACK_COMPLETE"
        stack._add_stack_event(stack.status)
        return stack
    changed = [resource.logical_resource_id for resource, _ in changing.changed]
    for logical_id, resource in stack.resource_map._parsed_resources.items():
        if hasattr(resource, "given") and (logical_id in changed or logical_id not in changing.before):
            step = "UPDATE" if logical_id in changed else "CREATE"
            resources.tell(stack, logical_id, resource.physical_resource_id, resource.cf_resource_type, step)
    for logical_id, resource in changing.before.items():
        if logical_id not in stack.template_dict["Resources"] and not is_kept(before[1]["Resources"][logical_id]):
            resource.delete(*changing.place)
            resources.tell(stack, logical_id, resource.physical_resource_id, resource.cf_resource_type, "DELETE")
    stack.status = "UPDATE_COMPLETE"
    stack._add_stack_event(stack.status)
    return stack


def is_kept(template: dict[str, Any]) -> bool:
    """Whether a resource outlives the stack."""
    return str(template.get("DeletionPolicy", "")).startswith("Retain")


def change(resource: Any, properties: Properties, account: str, region: str) -> Any:
    """The resource with new properties: the same, or the one that replaces it."""
    kind, old = resource.cf_resource_type, resource.physical_resource_id
    if kind in REPLACED:
        new = resources.CREATE[kind](old, properties, account, region)
        if new.physical_resource_id != old:
            resource.delete(account, region)
    elif kind in CHANGE:
        new = CHANGE[kind](resource, properties, account, region)
    else:
        raise ValueError(f"the local cloud cannot change a {kind} once it is made")
    new.given, new.cf_resource_type, new.logical_resource_id = properties, kind, resource.logical_resource_id
    return new


def _function(function: Any, properties: Properties, account: str, region: str) -> Any:
    given = {name: value for name, value in properties.items() if name not in ("Code", "Tags", "Architectures")}
    function.update_configuration({"Environment": {"Variables": {}}, "DeadLetterConfig": {}, **given})
    code = {name: properties["Code"][name] for name in CODE}
    if code != {name: function.code[name] for name in CODE}:
        function.update_function_code(code)
    return function


def _state_machine(machine: Any, properties: Properties, account: str, region: str) -> Any:
    stepfunctions_parser_backends[account][region].update_state_machine(
        machine.arn,
        definition=resources.definition_of(properties),
        role_arn=properties["RoleArn"],
        logging_configuration=resources.lower(properties.get("LoggingConfiguration")),
        tracing_configuration=resources.lower(properties.get("TracingConfiguration")),
    )
    return machine


def _rule(rule: Any, properties: Properties, account: str, region: str) -> Any:
    pattern = properties.get("EventPattern")
    new = events_backends[account][region].put_rule(
        rule.name,
        description=properties.get("Description"),
        event_pattern=json.dumps(pattern) if pattern else None,
        scheduled_expression=properties.get("ScheduleExpression"),
        state=properties.get("State", "ENABLED"),
    )
    new.targets = []
    new.put_targets(properties.get("Targets", []))
    return new


def _policy(policy: Any, properties: Properties, account: str, region: str) -> Any:
    iam = iam_backends[account]["aws"]
    policy.unapply_policy(iam)
    policy.update(properties["PolicyName"], json.dumps(properties["PolicyDocument"]), None, properties["Roles"], None)
    policy.apply_policy(iam)
    return policy


def _managed_policy(policy: Any, properties: Properties, account: str, region: str) -> Any:
    document = json.dumps(properties["PolicyDocument"])
    iam_backends[account]["aws"].create_policy_version(policy.arn, document, True)
    return policy


def _log_group(group: Any, properties: Properties, account: str, region: str) -> Any:
    group.retention_in_days = properties.get("RetentionInDays")
    return group


def _permission(permission: Any, properties: Properties, account: str, region: str) -> Any:
    permission.delete(account, region)
    return resources.CREATE["AWS::Lambda::Permission"](permission.physical_resource_id, properties, account, region)


# What AWS replaces, or what putting it again changes.
REPLACED = ("AWS::CloudWatch::Alarm", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
CHANGE: dict[str, Callable[[Any, Properties, str, str], Any]] = {
    "AWS::Events::Rule": _rule,
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::IAM::Policy": _policy,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Permission": _permission,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
