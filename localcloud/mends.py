"""Makes moto true where it is not: one small function a mend, with its reason and link; moto is pinned exactly."""

import sys
from functools import cache
from typing import Any

from moto import backends
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.cloudformation import parsing
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudtrail import models as cloudtrail_models
from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.config import default_user_config
from moto.events.models import EventPattern, EventPatternParser, EventsBackend, Rule
from moto.kms.models import KmsBackend
from moto.kms.responses import KmsResponse
from moto.logs.models import LogGroup
from moto.sns.models import SNSBackend, Subscription, Topic
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata, StringVariableSample
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils, state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.event.logging import CloudWatchLoggingSession
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from localcloud.awslambda import api as lambda_api
from localcloud.awslambda.runtime import Runtime
from localcloud.cloudformation import resources as cloudformation
from localcloud.cloudtrail import api as cloudtrail_api
from localcloud.cloudtrail import delivery as cloudtrail_delivery
from localcloud.eventbridge import api as eventbridge_api
from localcloud.kms import api as kms_api
from localcloud.sns import api as sns_api
from localcloud.stepfunctions import executions as stepfunctions_executions
from localcloud.stepfunctions import interpreter as stepfunctions_interpreter
from localcloud.stepfunctions import machines as stepfunctions_machines
from localcloud.stepfunctions.interpreter import Tasks


def apply(runtime: Runtime, endpoint: str) -> None:
    """Put every mend in place, once, before the server takes its first request."""
    services_are_listed_once()
    # Lambda
    functions_run(runtime)
    function_settings_are_kept()
    # Step Functions
    state_machines_run()
    state_machines_are_checked()
    jsonata_is_evaluated()
    variables_may_hold_quotes()
    sizes_are_limited()
    definitions_are_parsed_once()
    tasks_act_as_their_role(Tasks(runtime, endpoint))
    ended_executions_stay_ended()
    executions_time_out_at_once()
    executions_are_started_once()
    execution_status_reaches_eventbridge()
    execution_logs_are_written()
    executions_are_described_whole()
    # CloudFormation
    stacks_are_created_whole_or_fail()
    stacks_are_not_changed()
    templates_are_read_fast()
    attributes_are_as_on_aws()
    # CloudTrail
    trails_have_a_home_region()
    trails_are_created_as_on_aws()
    trail_times_are_utc()
    selectors_replace_each_other()
    trails_are_described_whole()
    failing_deliveries_are_told()
    event_history_can_be_looked_up()
    # KMS
    key_rotation_has_a_period()
    keys_are_known_by_arn()
    # EventBridge
    events_reach_targets()
    event_patterns_match_as_on_aws()
    rules_that_cannot_work_are_refused()
    # SNS
    messages_reach_subscribers()
    subjects_and_messages_are_checked()


def replace(owner: Any, name: str, mended: Any) -> None:
    """Set the attribute of a moto class or module; fail if moto has none of that name any more."""
    if not hasattr(owner, name):
        raise AttributeError(f"moto has changed: there is no {owner.__name__}.{name} to mend")
    setattr(owner, name, mended)


def services_are_listed_once() -> None:
    """moto reads its folder of services at each request, which takes as long as the rest of it: https://github.com/getmoto/moto/blob/5.2.5/moto/backends.py#L189."""
    replace(backends, "list_of_moto_modules", cache(lambda listed=backends.list_of_moto_modules: tuple(listed())))


# ---- Lambda


def functions_run(runtime: Runtime) -> None:
    """moto runs functions in Docker, or echoes their input: https://docs.getmoto.org/en/latest/docs/services/lambda.html."""
    replace(LambdaFunction, "invoke", lambda_api.invoke_with(runtime))
    replace(LambdaResponse, "_enrich_response", staticmethod(lambda_api.keep_request_id))


def function_settings_are_kept() -> None:
    """moto drops LoggingConfig, and TracingConfig on an update, and takes settings that AWS refuses: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    replace(LambdaFunction, "__init__", lambda_api.create)
    replace(LambdaFunction, "get_configuration", lambda_api.get_configuration)
    replace(LambdaFunction, "update_configuration", lambda_api.update_configuration)


# ---- Step Functions


def state_machines_run() -> None:
    """moto only pretends to run them unless asked: https://docs.getmoto.org/en/latest/docs/services/stepfunctions.html."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}


def state_machines_are_checked() -> None:
    """moto creates them with a role that nobody may assume, and a log that the role may not write: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html."""
    replace(StepFunctionsParserBackend, "create_state_machine", stepfunctions_machines.create_state_machine)
    replace(StepFunctionsParserBackend, "update_state_machine", stepfunctions_machines.update_state_machine)


def jsonata_is_evaluated() -> None:
    """moto has no evaluator, and writes values into the expression as text: https://github.com/getmoto/moto/issues/10105."""
    replace(StringJSONata, "_eval_body", stepfunctions_interpreter.evaluate_jsonata)
    replace(StringVariableSample, "_eval_body", stepfunctions_interpreter.evaluate_jsonata)


def variables_may_hold_quotes() -> None:
    """moto writes a text variable into the history without escaping it: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StateExitedEventDetails.html."""
    replace(VariableStore, "get_assigned_variables", stepfunctions_interpreter.assigned_variables)


def sizes_are_limited() -> None:
    """moto counts escaped characters, limits no variable, and lets States.ALL catch what it cannot catch on AWS: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html."""
    replace(ErrorEqualsDecl, "_eval_body", stepfunctions_interpreter.match_error)
    replace(AssignDecl, "_eval_body", stepfunctions_interpreter.assign)
    for module in (state, state_task_lambda, state_task_service):
        replace(module, "is_within_size_quota", stepfunctions_interpreter.within_quota)


def definitions_are_parsed_once() -> None:
    """moto parses the definition at each execution, which takes longer than running it: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/parse/asl_parser.py#L53."""
    replace(AmazonStateLanguageParser, "parse", staticmethod(stepfunctions_interpreter.parse))


def tasks_act_as_their_role(tasks: Tasks) -> None:
    """moto's tasks call as nobody; AWS's as the role of their state machine: https://docs.aws.amazon.com/step-functions/latest/dg/concept-create-iam-advanced.html."""
    replace(lambda_eval_utils, "execute_lambda_function_integration", tasks.call_function)
    replace(ExecutionState, "_evaluate_with_timeout", lambda state, env: tasks.wait_in_line(state, env))
    client_for = boto_client.boto_client_for
    for module in list(sys.modules.values()):
        if getattr(module, "boto_client_for", None) is client_for:
            replace(module, "boto_client_for", tasks.client)


def ended_executions_stay_ended() -> None:
    """moto lets a task that timed out, or a stopped branch, add to the history later: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/eval/event/event_manager.py#L75."""
    replace(EventManager, "add_event", stepfunctions_interpreter.add_event)
    replace(Environment, "close_frame", stepfunctions_interpreter.close_frame)


def executions_time_out_at_once() -> None:
    """moto writes ExecutionTimedOut only when the task under way is done: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/parser/asl/component/program/program.py#L78."""
    replace(Program, "eval", stepfunctions_interpreter.run_program)


def executions_are_started_once() -> None:
    """moto calls an execution without a name "None", and starts two of one name when they come at once: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html."""
    replace(StepFunctionsParserBackend, "start_execution", stepfunctions_executions.start_execution)


def execution_status_reaches_eventbridge() -> None:
    """moto sends no events, and shows a status before its error and output: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html."""
    replace(ExecutionWorker, "_execution_logic", stepfunctions_executions.run)
    replace(BaseExecutionWorkerCommunication, "terminated", stepfunctions_executions.terminated)
    replace(Execution, "status", property(stepfunctions_executions.status))


def execution_logs_are_written() -> None:
    """moto has the code, but never turns it on, and it fails: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html."""
    replace(Execution, "start", stepfunctions_executions.start)
    replace(CloudWatchLoggingSession, "publish_history_log", stepfunctions_executions.publish_history_log)


def executions_are_described_whole() -> None:
    """moto leaves out the end of those that timed out, the error given to StopExecution, and reverseOrder: https://github.com/getmoto/moto/blob/5.2.5/moto/stepfunctions/responses.py#L316."""
    replace(StepFunctionResponse, "describe_execution", stepfunctions_executions.describe_execution)
    replace(StepFunctionResponse, "list_executions", stepfunctions_executions.list_executions)
    replace(StepFunctionResponse, "stop_execution", stepfunctions_executions.stop_execution)
    replace(StepFunctionResponse, "get_execution_history", stepfunctions_executions.get_execution_history)


# ---- CloudFormation


def stacks_are_created_whole_or_fail() -> None:
    """moto warns about a type that it can't create, and goes on; it drops properties of others without a word: https://docs.getmoto.org/en/latest/docs/services/cf.html."""
    replace(parsing, "parse_and_create_resource", cloudformation.create_resource)
    replace(Stack, "create_resources", cloudformation.create_resources)


def stacks_are_not_changed() -> None:
    """moto updates some properties of some resources, and ignores EnableTerminationProtection: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudformation/models.py#L1226."""
    for name in ("update_stack", "delete_stack", "create_change_set"):
        replace(CloudFormationBackend, name, cloudformation.refuse_change)


def templates_are_read_fast() -> None:
    """moto reads JSON templates as YAML: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudformation/models.py#L504."""
    replace(Stack, "parse_template", staticmethod(cloudformation.parse_template))


def attributes_are_as_on_aws() -> None:
    """moto has no TopicArn, and leaves out the asterisk of a log group's ARN: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html."""
    replace(Topic, "has_cfn_attr", classmethod(cloudformation.has_topic_attribute))
    replace(Topic, "get_cfn_attribute", cloudformation.topic_attribute)
    replace(LogGroup, "get_cfn_attribute", cloudformation.log_group_attribute)


# ---- CloudTrail


def trails_have_a_home_region() -> None:
    """moto calls a trail unknown outside its home Region, and deletes by ARN nothing, without a word: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html."""
    for name in ("start_logging", "stop_logging", "update_trail", "delete_trail", "get_trail", "get_trail_status"):
        replace(CloudTrailBackend, name, getattr(cloudtrail_api, name))


def trails_are_created_as_on_aws() -> None:
    """moto creates a trail anew under the same name, and does not read the policy of its bucket: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html."""
    replace(CloudTrailBackend, "create_trail", cloudtrail_api.create_trail)
    replace(Trail, "check_bucket_exists", cloudtrail_api.check_bucket)
    replace(Trail, "update", cloudtrail_api.update)


def trail_times_are_utc() -> None:
    """moto takes its UTC times for local ones, and cuts them to seconds: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/models.py#L25."""
    replace(cloudtrail_models, "datetime2int", cloudtrail_api.seconds)


def selectors_replace_each_other() -> None:
    """moto keeps basic selectors beside advanced ones, adds Insights selectors to old ones, and starts without any: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html."""
    replace(CloudTrailBackend, "put_event_selectors", cloudtrail_api.put_event_selectors)
    replace(CloudTrailBackend, "put_insight_selectors", cloudtrail_api.put_insight_selectors)
    replace(CloudTrailResponse, "put_event_selectors", cloudtrail_api.put_event_selectors_answer)
    replace(CloudTrailResponse, "get_event_selectors", cloudtrail_api.get_event_selectors_answer)
    replace(CloudTrailResponse, "get_insight_selectors", cloudtrail_api.get_insight_selectors_answer)


def trails_are_described_whole() -> None:
    """moto ignores trailNameList, and leaves out HomeRegion and whether a trail has selectors of its own: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/responses.py#L66."""
    replace(Trail, "description", cloudtrail_api.description)
    replace(CloudTrailResponse, "get_trail", cloudtrail_api.get_trail_answer)
    replace(CloudTrailResponse, "describe_trails", cloudtrail_api.describe_trails_answer)


def failing_deliveries_are_told() -> None:
    """moto tells of no delivery that fails: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/models.py#L48."""
    replace(CloudTrailResponse, "get_trail_status", cloudtrail_delivery.get_trail_status_answer)


def event_history_can_be_looked_up() -> None:
    """moto has no LookupEvents: https://docs.getmoto.org/en/latest/docs/services/cloudtrail.html."""
    CloudTrailResponse.lookup_events = cloudtrail_api.lookup_events  # type: ignore[attr-defined]


# ---- KMS


def key_rotation_has_a_period() -> None:
    """moto drops RotationPeriodInDays: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html."""
    replace(KmsResponse, "enable_key_rotation", kms_api.enable_key_rotation)
    replace(KmsResponse, "get_key_rotation_status", kms_api.get_key_rotation_status)


def keys_are_known_by_arn() -> None:
    """moto fails for the ARN of a key, which AWS takes for its id: https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html#API_DisableKey_RequestParameters."""
    for name in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
        replace(KmsBackend, name, kms_api.by_id(getattr(KmsBackend, name)))


# ---- EventBridge


def events_reach_targets() -> None:
    """moto delivers to a few kinds of targets, whatever their policies say, once, and lets anyone send as AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html."""
    replace(Rule, "send_to_targets", eventbridge_api.send_to_targets)
    replace(EventsBackend, "put_events", eventbridge_api.put_events)


def event_patterns_match_as_on_aws() -> None:
    """moto takes a filter that it does not know as matching, and knows no limit of length: https://github.com/getmoto/moto/blob/5.2.5/moto/events/models.py#L1005."""
    replace(EventPattern, "matches_event", eventbridge_api.matches_event)
    replace(EventPatternParser, "_validate_event_pattern", eventbridge_api.validate_event_pattern)


def rules_that_cannot_work_are_refused() -> None:
    """moto keeps schedules and targets that it never uses: https://github.com/getmoto/moto/blob/5.2.5/moto/events/models.py#L125."""
    replace(EventsBackend, "put_rule", eventbridge_api.put_rule)
    replace(Rule, "put_targets", eventbridge_api.put_targets)


# ---- SNS


def messages_reach_subscribers() -> None:
    """moto drops mail, takes subscribers that it never reaches, asks no policy, and knows no dead-letter queue: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html."""
    replace(SNSBackend, "subscribe", sns_api.subscribe)
    replace(Subscription, "publish", sns_api.deliver)


def subjects_and_messages_are_checked() -> None:
    """moto takes line breaks in subjects, and counts characters for bytes: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html."""
    replace(SNSBackend, "publish", sns_api.publish)
