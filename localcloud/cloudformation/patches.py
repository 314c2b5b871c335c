"""Patches of moto's CloudFormation."""

from moto.cloudformation import parsing
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.logs.models import LogGroup
from moto.sns.models import Topic

from localcloud.cloudformation import resources, updates
from localcloud.patches import replace


def apply() -> None:
    """Apply them."""
    stacks_are_created_whole_or_fail()
    stacks_are_updated_or_refused()
    templates_are_parsed_fast()
    attributes_are_as_on_aws()


def stacks_are_created_whole_or_fail() -> None:
    """moto goes on when it cannot create a resource, drops properties, and never rolls back: https://docs.getmoto.org/en/latest/docs/services/cf.html."""
    replace(parsing, "parse_and_create_resource", resources.create_resource)
    replace(CloudFormationResponse, "create_stack", resources.create_stack)
    replace(Stack, "create_resources", resources.create_resources)


def stacks_are_updated_or_refused() -> None:
    """moto updates some properties of some resources, and ignores EnableTerminationProtection: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudformation/models.py#L1226."""
    replace(CloudFormationBackend, "update_stack", updates.update_stack)
    for name in ("delete_stack", "create_change_set"):
        replace(CloudFormationBackend, name, resources.refuse_change)


def templates_are_parsed_fast() -> None:
    """moto parses JSON templates as YAML, which takes seconds: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudformation/models.py#L504.

    For upstream: try json.loads before YAML, not after it: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudformation/models.py#L504
    """
    replace(Stack, "parse_template", staticmethod(resources.parse_template))


def attributes_are_as_on_aws() -> None:
    """moto has no TopicArn, and leaves out the asterisk of a log group's ARN: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html.

    For upstream: give topics the attribute TopicArn, and end a log group's Arn with `:*`: https://github.com/getmoto/moto/blob/5.2.5/moto/sns/models.py#L132
    """
    replace(Topic, "has_cfn_attr", classmethod(resources.has_topic_attribute))
    replace(Topic, "get_cfn_attribute", resources.topic_attribute)
    replace(LogGroup, "get_cfn_attribute", resources.log_group_attribute)
