"""The rules that start an execution or report one that ended badly, and the alarms that watch the watcher."""

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from workflow.eventbridge import Pattern

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


def failure_rule(
    stack: Stack, state_machine: sfn.StateMachine, topic: sns.Topic, dead_letters: sqs.IQueue, console: str
) -> events.Rule:
    """Reports an execution that ended badly to the topic, without any function: those may be what is broken."""
    field = events.EventField.from_path
    page = f"states/home?region={stack.region}#/v2/executions/details/{field('$.detail.executionArn')}"
    rule = events.Rule(
        stack,
        "Failure",
        description="Trailkeeper: executions that a person must look at",
        event_pattern=events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={
                "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                "stateMachineArn": [state_machine.state_machine_arn],
            },
        ),
    )
    # Every line is a JSON string of its own, as EventBridge wants it: mails show the quotes.
    notice = [
        f"Trailkeeper: an execution ended {field('$.detail.status')}. A trail may be off.",
        f"Execution: {field('$.detail.name')}",
        f"Error: {field('$.detail.error')}",
        f"Cause: {field('$.detail.cause')}",
        f"When: {field('$.time')}, in account {stack.account}, Region {stack.region}",
        f"Look: {console}/{page}",
        "Do: aws cloudtrail get-trail-status --name TRAIL, and where IsLogging is false, "
        "aws cloudtrail start-logging --name TRAIL",
    ]
    rule.add_target(
        targets.SnsTopic(
            topic,
            message=events.RuleTargetInput.from_multiline_text("\n".join(notice)),
            dead_letter_queue=dead_letters,
            max_event_age=MAX_EVENT_AGE,
            retry_attempts=RETRY_ATTEMPTS,
        )
    )
    return rule


def alarms(stack: "Trailkeeper", *, topic: sns.Topic) -> None:
    """Watch Trailkeeper itself, and notify `topic`. A metric without data means that nothing of the kind happened.

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
        ).add_alarm_action(actions.SnsAction(topic))
