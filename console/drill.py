"""Rehearse on the local cloud what an intruder does to a trail, and check what Trailkeeper does."""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import ClientError
from rich.console import Console
from rich.text import Text

from console import display
from console.approvals import Approvals, described
from console.cloud import at_local_pace, synthesized
from console.history import states_walked
from localcloud import LocalCloud
from trailkeeper.incident import Part
from trailkeeper.mail.wording import wording

ACCOUNT, REGION = "123456789012", "us-east-1"
TRAIL, BUCKET = "TestTrail", "trailkeeper-drill-logs"
TRAIL_ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{TRAIL}"
SECONDS = 20  # an incident takes one or two here; a drill that waits longer has failed

# What a trail's bucket needs: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
BUCKET_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AWSCloudTrailAclCheck",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{BUCKET}",
            "Condition": {"StringEquals": {"aws:SourceArn": TRAIL_ARN}},
        },
        {
            "Sid": "AWSCloudTrailWrite",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": TRAIL_ARN}},
        },
    ],
}
RESPONDED = [
    *(
        "Found by the watchdog?",
        "Triage",
        "Tampering?",
        "First seen?",
        "What came before",
        "To be restored?",
        "Respond",
        "Enrich",
        "Undo now?",
    ),
    *("Checked?", "Proven?", "Still tampering?"),
]
LOOKED_AT = [*RESPONDED, "Not undone", "Ignored"]
TOLD = [*RESPONDED, "How often?", "Tell now?", "Approval?"]
MAILED = ["Notify", "Announce", "Outcome"]
LATER = ["Wait for event history", "Look back", *MAILED]
REPORTED = [*TOLD, "Not undone", *MAILED, "Handled"]
NOBODY_TOLD = [*REPORTED[:-1], "NobodyTold"]
RESTORED = [*TOLD, "Restored often?", "Too often?", "Restore", *MAILED, *LATER, "Handled"]
APPROVED = [*TOLD, "Not undone", "Ask", "Approved?", "Restore again", "Restored now?", *MAILED, "Handled"]


class DrillError(Exception):
    """Something was not as expected."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the drill."""
    parser.add_argument("--language", default="en", help="language of the mails: en or ko")


def run(options: argparse.Namespace) -> int:
    """Act it out, with undo auto and then, deployed again, by approval; 0 if all was as expected, else 1."""
    console = display.Screen()
    settings: Any = {"language": options.language, "destinations": [f"arn:aws:s3:::{BUCKET}"]}
    first = {**settings, "undo": "auto", "report_minutes": 0.01}
    second = {**settings, "undo": {"StopLogging": "approve"}, "report_minutes": 0}
    at_local_pace(**first)  # what cannot be used ends here, before anything is started
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            ThreadPoolExecutor(1) as background,
            LocalCloud(log_seconds=300) as cloud,  # as on AWS
        ):
            one, other = [
                background.submit(synthesized, f"{folder}/{number}", **each)
                for number, each in enumerate((first, second))
            ]
            drill = Drill(console, cloud, options.language)
            console.rule("undo auto")
            console.print("deploying the stack on a local cloud ...")
            cloud.deploy(one.result())
            drill.confirm_readers()
            seconds = rehearse_auto(drill)
            console.rule("undo by approval")
            rehearse_update(drill, other.result())
            rehearse_other_ways(drill)
            rehearse_approval(drill)
            rehearse_bucket(drill)
            rehearse_nobody_told(drill)
    except (DrillError, TimeoutError, RuntimeError, ClientError) as error:
        console.print(Text(f"drill failed: {error}"), soft_wrap=True)
        return 1
    console.print(f"drill passed: {drill.checks} checks, recording again after {seconds:.2f} s")
    return 0


def rehearse_auto(drill: "Drill") -> float:
    """Stop, try to stop, delete, with the owners wanting the trail back; how long recording was off, in seconds."""
    as_alice = drill.create_user("alice", ["cloudtrail:*", "iam:*"])
    alice = as_alice("cloudtrail")
    eve = drill.create_user("eve", ["cloudtrail:DescribeTrails"])("cloudtrail")
    drill.create_trail()
    drill.record_baseline()

    drill.say(f"stop-logging {TRAIL}, as alice, whose access key was stolen; then, in the dark, create-user backdoor")
    alice.stop_logging(Name=TRAIL)
    as_alice("iam").create_user(UserName="backdoor")
    drill.cloud.wait(drill.cloud.mails, "the mail", SECONDS)
    drill.cloud.deliver_logs()  # minutes later; the report waits as long on AWS
    drill.expect_mail("critical", "stopped", "recording_again", states=RESTORED, report=True)
    report = drill.cloud.mails()[-1].get_content()
    drill.check("a report tells what was done in the dark", True, "iam CreateUser backdoor" in report)
    again = drill.words.DELIVERS_AGAIN.partition("{time}")[0].format(trail=TRAIL)
    drill.check("and that log files arrive again", True, again in report)
    status = drill.expect_logging(True)
    seconds: float = (status["StartLoggingTime"] - status["StopLoggingTime"]).total_seconds()

    drill.say(f"stop-logging {TRAIL}, as eve, who has no right to")
    try:
        eve.stop_logging(Name=TRAIL)
        denied = "success"
    except ClientError as error:
        denied = error.response["Error"]["Code"]
    drill.check("eve is refused", "AccessDeniedException", denied)
    drill.expect_mail("medium", "attempted", "still_recording", states=REPORTED)
    drill.expect_logging(True)

    drill.say(f"delete-trail {TRAIL}, as alice")
    alice.delete_trail(Name=TRAIL)
    once_more = [*RESTORED, "Restored once more"]
    drill.expect_mail("critical", "deleted", "exists_again", states=once_more, report=True)
    trail = drill.cloudtrail.get_trail(Name=TRAIL)["Trail"]
    found = (trail["S3BucketName"], trail["IsMultiRegionTrail"])
    drill.check("the trail is there again, with its bucket and for all Regions", (BUCKET, True), found)
    drill.expect_logging(True)
    return seconds


def rehearse_update(drill: "Drill", assembly: Path) -> None:
    """Deploy other settings, which an intruder could do as well."""
    drill.say("deploy the stack again, so that a stopped trail is started once that is approved")
    drill.cloud.deploy(assembly)
    stack: Any = {"family": "trailkeeper", "kind": "stack", "name": "Trailkeeper", "action": "UpdateStack"}
    drill.expect_mail("high", "changed", states=REPORTED, **stack)


def rehearse_other_ways(drill: "Drill") -> None:
    """Blind the trail without stopping it: by its selectors, and by the rule that watches it."""
    bob = drill.create_user("bob", ["cloudtrail:*", "events:*"])

    drill.say(f"put-event-selectors {TRAIL}: reads only, as bob")
    drill.select("ReadOnly", bob("cloudtrail"))
    text = drill.expect_mail("critical", "narrowed", states=REPORTED)
    drill.check("the mail says what it was before", True, drill.words.FACTS["fewer_management_events"] in text)
    drill.select("All", drill.cloudtrail)

    rules = drill.cloud.client("events").list_rules(NamePrefix="Trailkeeper-Tampering")["Rules"]
    drill.say("disable-rule Trailkeeper-Tampering..., as bob")
    bob("events").disable_rule(Name=rules[0]["Name"])
    drill.expect_mail(
        "high", "disabled", states=REPORTED, family="trailkeeper", kind="rule", name="Trailkeeper-Tampering"
    )
    drill.cloud.client("events").enable_rule(Name=rules[0]["Name"])


def rehearse_approval(drill: "Drill") -> None:
    """Stop, with owners who want to be asked; and approve, as an operator does."""
    drill.say(f"stop-logging {TRAIL}, as carol")
    drill.create_user("carol", ["cloudtrail:*"])("cloudtrail").stop_logging(Name=TRAIL)
    (question,) = drill.cloud.wait(lambda: drill.cloud.mails(drill.mailed), "the question", SECONDS)
    drill.mailed += 1
    display.mail(drill.console, question)
    drill.expect_logging(False)

    drill.say("trailkeeper approve EXECUTION, as the operator")
    name = drill.cloud.executions()[-1]["name"]
    with environment(drill.cloud):
        approvals = drill.cloud.wait(lambda: Approvals() if next(Approvals().waiting(), None) else None, "it", SECONDS)
        drill.console.print(described(approvals.answer(name, approved=True).incident))
    text = drill.expect_mail("critical", "stopped", "recording_again", states=APPROVED, part="again")
    drill.check("the mail names who approved it", True, "user/administrator" in text)
    drill.expect_logging(True)


@contextmanager
def environment(cloud: LocalCloud) -> Iterator[None]:
    """Have the commands of this process call the local cloud."""
    before = os.environ.copy()
    os.environ.update(cloud.environment())
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def rehearse_bucket(drill: "Drill") -> None:
    """Keep the log files from the bucket, which the trail's status tells only when CloudTrail next delivers."""
    s3 = drill.create_user("erin", ["s3:*"])("s3")

    drill.say(f"put-bucket-policy {BUCKET}, as erin: the policy that it has")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(BUCKET_POLICY))
    drill.expect_no_mail(states=LOOKED_AT)

    drill.say(f"delete-bucket-policy {BUCKET}, as erin")
    s3.delete_bucket_policy(Bucket=BUCKET)
    bucket: Any = {"family": "destination", "kind": "bucket", "name": BUCKET, "action": "DeleteBucketPolicy"}
    text = drill.expect_mail("critical", "changed", states=REPORTED, **bucket)
    drill.check("the mail says why logs may stay away", True, drill.words.FACTS["bucket_closed"] in text)
    as_yet = drill.words.DELIVERY_AS_YET.format(trail=TRAIL)
    drill.check("the mail says that no delivery has failed as yet", True, as_yet in text)

    drill.say("minutes later, when CloudTrail next delivers: get-trail-status")
    drill.cloud.deliver_logs()
    error = drill.cloud.wait(lambda: drill.status().get("LatestDeliveryError"), "the failed delivery", SECONDS)
    drill.check("the trail's LatestDeliveryError is AccessDenied", "AccessDenied", error)


def rehearse_nobody_told(drill: "Drill") -> None:
    """Take the only reader of Incidents away: what is left is a notice and an alarm, to the reader of Alarms."""
    drill.say(f"start-logging {TRAIL}; then unsubscribe the reader of the topic Incidents, as dave")
    drill.cloudtrail.start_logging(Name=TRAIL)
    dave = drill.create_user("dave", ["sns:*"])("sns")
    (reader,) = [one for one in dave.list_subscriptions()["Subscriptions"] if "-Incidents" in one["TopicArn"]]
    dave.unsubscribe(SubscriptionArn=reader["SubscriptionArn"])
    mails = drill.expect_execution(NOBODY_TOLD, mails=2, status="FAILED")
    notice = [mail for mail in mails if "Error: NobodyTold" in mail.get_content()]
    drill.check("one is the failure notice of EventBridge", 1, len(notice))
    alarm = [mail for mail in mails if mail["Subject"].startswith('ALARM: "Trailkeeper-ExecutionsAlarm')]
    drill.check("the other is an alarm of CloudWatch", 1, len(alarm))


class Drill:
    """One deployment under rehearsal: what was shown and checked so far."""

    def __init__(self, console: Console, cloud: LocalCloud, language: str) -> None:
        """Watch a deployed cloud."""
        self.console, self.cloud, self.words = console, cloud, wording(language)
        self.cloudtrail, self.stepfunctions = cloud.client("cloudtrail"), cloud.client("stepfunctions", recorded=False)
        self.checks = self.incidents = self.mailed = 0
        self.by_us: dict[str, bool] = {}

    def say(self, text: str) -> None:
        """What is done now."""
        self.console.print(f"\n[bold]> {text}[/bold]")

    def check(self, what: str, expected: Any, found: Any) -> None:
        """Show that something is as expected, or fail with what was."""
        if expected != found:
            raise DrillError(f"{what}: expected {expected!r}, found {found!r}")
        self.checks += 1
        self.console.print(Text.assemble(("ok ", "green"), what))

    def create_user(self, name: str, actions: list[str]) -> Callable[[str], Any]:
        """An IAM user who may do `actions`; gives a service as that user."""
        iam = self.cloud.client("iam")
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="drill", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return lambda service: self.cloud.client(service, credentials=key)

    def confirm_readers(self) -> None:
        """Confirm the subscriptions, as a reader does by the link in each mail."""
        self.say("confirm the subscriptions to both topics, as their reader")
        mails = self.cloud.confirmations()
        display.mail(self.console, mails[0])
        for mail in mails:
            self.cloud.confirm(mail)
        sns = self.cloud.client("sns")
        topics = [sns.get_topic_attributes(TopicArn=one["TopicArn"]) for one in sns.list_topics()["Topics"]]
        confirmed = [one["Attributes"]["SubscriptionsConfirmed"] for one in topics]
        self.check("both topics have a confirmed reader", ["1", "1"], confirmed)

    def create_trail(self) -> None:
        """The article's trail: a bucket that CloudTrail may write to, create-trail, start-logging."""
        self.say(f"create the bucket, create-trail {TRAIL}, start-logging")
        s3 = self.cloud.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(BUCKET_POLICY))
        self.cloudtrail.create_trail(Name=TRAIL, S3BucketName=BUCKET, IsMultiRegionTrail=True)
        self.cloudtrail.start_logging(Name=TRAIL)
        self.expect_logging(True)

    def record_baseline(self) -> None:
        """Let the watchdog see the trail, as it does every few minutes."""
        self.say(f"minutes later: the watchdog records what {TRAIL} is, as its baseline")
        self.cloud.run_schedules()
        dynamodb = self.cloud.client("dynamodb", recorded=False)
        (ledger,) = dynamodb.list_tables()["TableNames"]
        key = {"id": {"S": f"baseline#{TRAIL_ARN}"}}
        recorded = self.cloud.wait(
            lambda: dynamodb.get_item(TableName=ledger, Key=key).get("Item"), "the baseline", SECONDS
        )
        self.check("the ledger has it, as first seen", "first sight", recorded["by"]["S"])

    def select(self, kind: Literal["All", "ReadOnly"], cloudtrail: Any) -> None:
        """Have the trail record management events of this kind."""
        selector: Any = {"ReadWriteType": kind, "IncludeManagementEvents": True, "DataResources": []}
        cloudtrail.put_event_selectors(TrailName=TRAIL, EventSelectors=[selector])

    def expect_mail(
        self,
        severity: str,
        deed: str,
        tail: str | None = None,
        *,
        states: list[str],
        family: str = "trail",
        kind: str = "trail",
        name: str = TRAIL,
        action: str = "StopLogging",
        part: Part = "first",
        report: bool = False,
    ) -> str:
        """Exactly one more mail, or a report beside it, and one more execution, as they should be; the mail's text."""
        mail, *_ = self.expect_execution(states, mails=2 if report else 1)
        what = self.words.WHOSE[family].format(kind=self.words.KINDS[kind])
        headline = self.words.HEADLINES[deed].format(what=what, action=action)
        headline = self.words.SUBJECTS[part].format(headline=headline + (f", {self.words.TAILS[tail]}" if tail else ""))
        start, end = f"[{self.words.SEVERITY[severity]}] {headline}: {name}", f" ({ACCOUNT} {REGION})"
        as_expected = mail["Subject"].startswith(start) and mail["Subject"].endswith(end)
        self.check("its subject has verdict, outcome, resource and account", (start, end), as_expected and (start, end))
        return str(mail.get_content())

    def expect_no_mail(self, *, states: list[str]) -> None:
        """One more execution, and no mail."""
        self.expect_execution(states, mails=0)

    def expect_execution(self, states: list[str], *, mails: int, status: str = "SUCCEEDED") -> list[EmailMessage]:
        """One more execution has ended so, by these states, with so many mails; the mails."""
        self.incidents += 1
        self.cloud.wait(self.all_ended, "the execution and its end", SECONDS)
        self.cloud.wait(lambda: len(self.cloud.mails()) >= self.mailed + mails, "its mails", SECONDS)
        found, executions = self.cloud.mails()[self.mailed :], self.executions()
        self.mailed += mails
        self.check(("no mail", "one mail, and no other", "two mails, and no other")[mails], mails, len(found))
        for mail in found:
            display.mail(self.console, mail)
        arn = executions[-1]["executionArn"]
        display.execution(self.console, self.stepfunctions, arn)
        self.check(f"the execution {status.lower()}", status, executions[-1]["status"])
        events = self.stepfunctions.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        walked = sorted(state.name for state in states_walked(events))
        self.check("it walked the states it should", sorted(states), walked)
        return found

    def all_ended(self) -> bool:
        """Whether each incident so far has an execution, and none of them is running."""
        executions = self.executions()
        return len(executions) >= self.incidents and all(one["status"] != "RUNNING" for one in executions)

    def executions(self) -> list[dict[str, str]]:
        """All but those that a call of Trailkeeper itself started, which Triage ignores."""
        for one in self.cloud.executions():
            if one["executionArn"] not in self.by_us:
                described = self.stepfunctions.describe_execution(executionArn=one["executionArn"])
                self.by_us[one["executionArn"]] = "RestoreRole" in described["input"]
        return [one for one in self.cloud.executions() if not self.by_us.get(one["executionArn"], True)]

    def expect_logging(self, expected: bool) -> Any:
        """The trail's status, which must say so."""
        status = self.status()
        self.check(f"the trail is {'recording' if expected else 'NOT recording'}", expected, status["IsLogging"])
        return status

    def status(self) -> Any:
        """The trail's status."""
        return self.cloudtrail.get_trail_status(Name=TRAIL)
