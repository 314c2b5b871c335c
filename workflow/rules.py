"""The rules that start an execution or report one that ended badly, and the alarms that watch the watcher."""

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from trailkeeper.settings import Place
from workflow.eventbridge import Pattern, of_changed_code

if TYPE_CHECKING:
    from workflow.stack import Trailkeeper

# An hour of retries rides out a bad moment; after it the event is in the queue, and the alarm says so.
MAX_EVENT_AGE, RETRY_ATTEMPTS = Duration.hours(1), 185


def starting_rule(
    stack: Stack, construct_id: str, pattern: Pattern, state_machine: sfn.StateMachine, dead_letters: sqs.IQueue
) -> events.Rule:
    """Starts an execution for each event that matches."""
    rule = events.Rule(
        stack,
        construct_id,
        description="Trailkeeper: calls that can blind CloudTrail or Trailkeeper",
        event_pattern=events.EventPattern(
            source=pattern["source"], detail_type=pattern["detail-type"], detail=pattern["detail"]
        ),
    )
    rule.add_target(
        targets.SfnStateMachine(
            state_machine,
            dead_letter_queue=dead_letters,
            max_event_age=MAX_EVENT_AGE,
            retry_attempts=RETRY_ATTEMPTS,
        )
    )
    return rule


def notifying_rule(
    stack: "Trailkeeper", construct_id: str, description: str, pattern: Pattern, notice: list[str], queue: sqs.IQueue
) -> None:
    """Tells the topic Alarms of each event that matches, without the state machine or a function."""
    rule = events.Rule(
        stack,
        construct_id,
        description=f"Trailkeeper: {description}",
        event_pattern=events.EventPattern(
            source=pattern["source"], detail_type=pattern["detail-type"], detail=pattern["detail"]
        ),
    )
    rule.add_target(
        targets.SnsTopic(
            stack.alarms,
            # Every line is a JSON string of its own, as EventBridge wants it: mails show the quotes.
            message=events.RuleTargetInput.from_multiline_text("\n".join(notice)),
            dead_letter_queue=queue,
            max_event_age=MAX_EVENT_AGE,
            retry_attempts=RETRY_ATTEMPTS,
        )
    )


def failure_rule(stack: "Trailkeeper", queue: sqs.IQueue) -> None:
    """Reports an execution that ended badly: a function may be what is broken."""
    field = events.EventField.from_path
    page = f"states/home?region={stack.region}#/v2/executions/details/{field('$.detail.executionArn')}"
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
            "stateMachineArn": [stack.state_machine.state_machine_arn],
        },
    }
    notice = [
        f"Trailkeeper: an execution ended {field('$.detail.status')}. A trail may be off.",
        f"Execution: {field('$.detail.name')}",
        f"Error: {field('$.detail.error')}",
        f"Cause: {field('$.detail.cause')}",
        f"When: {field('$.time')}, in account {stack.account}, Region {stack.region}",
        f"Look: {stack.console}/{page}",
        "Do: aws cloudtrail get-trail-status --name TRAIL, and where IsLogging is false, "
        "aws cloudtrail start-logging --name TRAIL",
    ]
    notifying_rule(stack, "Failure", "executions that a person must look at", pattern, notice, queue)


def changed_code_rule(stack: "Trailkeeper", queue: sqs.IQueue) -> None:
    """Reports who makes another of the state machine or of a function, which may then no longer tell of anything."""
    place: Place = {"partition": stack.partition, "region": stack.region, "account": stack.account}
    field = events.EventField.from_path
    asked = "$.detail.requestParameters"
    notice = [
        f"Trailkeeper: {field('$.detail.eventName')} by {field('$.detail.userIdentity.arn')}, not by CloudFormation.",
        "What notices tampering may be silent now: no other mail need follow.",
        f"What: {field(f'{asked}.stateMachineArn')}{field(f'{asked}.functionName')}",
        f"From: {field('$.detail.sourceIPAddress')}",
        f"When: {field('$.detail.eventTime')}, in account {stack.account}, Region {stack.region}",
        f"Event: {field('$.detail.eventID')}",
        "Do: look at what was changed, and deploy again as it was: make deploy, with your settings",
    ]
    pattern = of_changed_code(stack.stack_name, place)
    notifying_rule(stack, "CodeChanged", "its own code changed, but not by a deployment", pattern, notice, queue)


def alarms(stack: "Trailkeeper") -> None:
    """Watch Trailkeeper itself, and tell the topic Alarms.

    A metric without data means that nothing of the kind happened.
    What a rule could not deliver goes to the queue, which has an alarm: a rule needs one of its own only for what did
    not get there either. Executions that failed raise an alarm, too, should the failure rule be off.
    """
    minute = Duration.minutes(1)

    def rule_metric(name: str, rule: events.Rule) -> cloudwatch.Metric:
        dimensions = {"RuleName": rule.rule_name}
        return cloudwatch.Metric(
            namespace="AWS/Events", metric_name=name, dimensions_map=dimensions, statistic="Sum", period=minute
        )

    queued = stack.dead_letters.metric_approximate_number_of_messages_visible(statistic="Maximum", period=minute)
    failed = stack.state_machine.metric_failed(statistic="Sum", period=minute)
    for construct_id, metric, description in (
        ("DeadLettersAlarm", queued, "an event or a mail could not be delivered and waits in the queue"),
        *(
            (
                f"{rule.node.id}LostAlarm",
                rule_metric("InvocationsFailedToBeSentToDlq", rule),
                "an event neither started an execution nor reached the dead-letter queue: it is lost",
            )
            for rule in stack.rules
        ),
        ("ExecutionsAlarm", failed, "an execution ended badly: a person must look at it"),
        *(
            # It also goes to the topic whose deliveries fail: other readers get it, and the console shows the alarm.
            (
                f"{mails.node.id}MailAlarm",
                mails.metric_number_of_notifications_failed(statistic="Sum", period=minute),
                "a mail could not be delivered",
            )
            for mails in (stack.incidents, stack.alarms)
        ),
    ):
        cloudwatch.Alarm(
            stack,
            construct_id,
            alarm_description=f"Trailkeeper: {description}",
            metric=metric,
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        ).add_alarm_action(actions.SnsAction(stack.alarms))
