"""What to do next: the end of a mail, each step with the command that does it where one can be told safely."""

import re
import shlex
from types import ModuleType

from incident import REGION, Report
from links import trail_arn
from wording import actor

# How to look at what was changed, or put it back, by call; else by kind: a command a line, in which NAME stands for it,
# quoted for a shell.
COMMANDS = {
    "PutBucketPolicy": ("look", "aws s3api get-bucket-policy --bucket NAME"),
    "DeleteBucketPolicy": ("look", "aws s3api get-bucket-policy --bucket NAME"),
    "PutBucketLifecycle": ("look", "aws s3api get-bucket-lifecycle-configuration --bucket NAME"),
    "PutBucketLifecycleConfiguration": ("look", "aws s3api get-bucket-lifecycle-configuration --bucket NAME"),
    "PutBucketVersioning": ("look", "aws s3api get-bucket-versioning --bucket NAME"),
    "PutBucketEncryption": ("look", "aws s3api get-bucket-encryption --bucket NAME"),
    "PutBucketAcl": ("look", "aws s3api get-bucket-acl --bucket NAME"),
    "PutBucketReplication": ("look", "aws s3api get-bucket-replication --bucket NAME"),
    "DeleteBucketEncryption": ("look", "aws s3api get-bucket-encryption --bucket NAME"),
    "PutBucketPublicAccessBlock": ("look", "aws s3api get-public-access-block --bucket NAME"),
    "PutObjectLockConfiguration": ("look", "aws s3api get-object-lock-configuration --bucket NAME"),
    "PutBucketObjectLockConfiguration": ("look", "aws s3api get-object-lock-configuration --bucket NAME"),
    "DisableKey": ("put_back", "aws kms enable-key --key-id NAME"),
    # A key whose deletion was cancelled is disabled.
    "ScheduleKeyDeletion": (
        "put_back",
        "aws kms cancel-key-deletion --key-id NAME\naws kms enable-key --key-id NAME",
    ),
    "PutKeyPolicy": ("look", "aws kms get-key-policy --key-id NAME --policy-name default"),
    "RemoveTargets": ("look", "aws events list-targets-by-rule --rule NAME"),
    "PutTargets": ("look", "aws events list-targets-by-rule --rule NAME"),
    "DisableRule": ("put_back", "aws events enable-rule --name NAME"),
    "DeleteEventDataStore": ("put_back", "aws cloudtrail restore-event-data-store --event-data-store NAME"),
    "StopEventDataStoreIngestion": (
        "put_back",
        "aws cloudtrail start-event-data-store-ingestion --event-data-store NAME",
    ),
}
COMMANDS_BY_KIND = {
    "bucket": "aws s3api head-bucket --bucket NAME",
    "key": "aws kms describe-key --key-id NAME",
    "log group": "aws logs describe-log-groups --log-group-name-prefix NAME",
    "rule": "aws events describe-rule --name NAME",
    "function": "aws lambda get-function --function-name NAME",
    "role": "aws iam list-role-policies --role-name NAME",
    "alarm": "aws cloudwatch describe-alarms --alarm-names NAME",
    "queue": "aws sqs get-queue-url --queue-name NAME",
    "stack": "aws cloudformation describe-stack-events --stack-name NAME",
    "event data store": "aws cloudtrail get-event-data-store --event-data-store NAME",
}
# How a trail's setting is asked for, by the call that changes it.
ASKED = {
    "PutEventSelectors": "get-event-selectors --trail-name",
    "PutInsightSelectors": "get-insight-selectors --trail-name",
    "PutEventConfiguration": "get-event-configuration --trail-name",
}
NAME = re.compile(r"[\w/][\w.:/#+=,@-]{0,511}", re.ASCII)  # no command line takes it for an option


def next_steps(report: Report, now: str, words: ModuleType) -> list[str]:
    """What to do now, numbered; `now` is the report's outcome."""
    incident = report["incident"]
    steps = on_trail(report, now) if incident["family"] == "trail" else on_other(report)
    if incident["family"] == "guard" and incident["verdict"] not in ("attempted", "harmless"):
        steps.append(("deploy", ""))
    told = []
    for number, (step, command) in enumerate([*steps, *on_actor(report)], 1):
        told.append(f"{number}. {words.NEXT[step].format(actor=actor(incident, words))}")
        told += [f"   {line}" for line in command.splitlines()]
    return told


def on_trail(report: Report, now: str) -> list[tuple[str, str]]:
    """What to do about a trail."""
    incident, arn = report["incident"], trail_arn(report)
    if not arn:
        return []
    name, at = arn[0], f"--region {arn['region']}"
    steps = []
    if now in ("failed", "failed_unread", "not_recording") or (incident["verdict"], now) == ("stopped", "unknown"):
        steps.append(("start", f"aws cloudtrail start-logging --name {name} {at}"))
    elif now == "gone" and not incident["error"]:
        resource = f"AttributeKey=ResourceName,AttributeValue={name}"
        steps.append(("create", f"aws cloudtrail lookup-events --lookup-attributes {resource} {at}"))
    elif now != "gone":
        steps.append(("check", f"aws cloudtrail get-trail-status --name {name} {at}"))
    if incident["verdict"] == "narrowed" and now != "gone":
        asked = ASKED.get(incident["action"], "get-trail --name")
        steps.append(("compare", f"aws cloudtrail {asked} {name} {at}"))
    return steps


def on_other(report: Report) -> list[tuple[str, str]]:
    """What to do about what trails write to, Trailkeeper itself, and the rest."""
    incident, on, region = report["incident"], report["incident"]["resource"], report["incident"]["region"] or ""
    steps = []
    if on and NAME.fullmatch(on["name"] or "") and REGION.fullmatch(region):
        step, command = "look", COMMANDS_BY_KIND.get(on["kind"], "")
        if incident["verdict"] == "deleted":
            command = ""  # there is nothing left to look at, but for what can be put back
        if incident["verdict"] != "attempted":
            step, command = COMMANDS.get(incident["action"], (step, command))
        if command:
            each = command.replace("NAME", shlex.quote(on["name"] or "")).split("\n")
            steps.append((step, "\n".join(f"{one} --region {region}" for one in each)))
    if arn := trail_arn(report):
        steps.append(("check", f"aws cloudtrail get-trail-status --name {arn[0]} --region {arn['region']}"))
    return steps


def on_actor(report: Report) -> list[tuple[str, str]]:
    """What to do about who called."""
    who, region = report["incident"]["actor"], report["incident"]["region"] or ""
    steps = []
    key = who["access_key_id"] if re.fullmatch(r"[A-Z0-9]{16,128}", who["access_key_id"] or "") else None
    if who["type"] == "Root":
        steps.append(("ask_root", ""))
    # Only the keys that start so are a user's own: the others are a session's, and end with it.
    elif key and key.startswith("AKIA") and re.fullmatch(r"[\w+=,.@-]{1,64}", who["name"], re.ASCII):
        user = shlex.quote(who["name"])
        steps.append(("ask", f"aws iam update-access-key --status Inactive --access-key-id {key} --user-name {user}"))
    else:
        steps.append(("ask_only", ""))
    if key and REGION.fullmatch(region):
        attribute = f"AttributeKey=AccessKeyId,AttributeValue={key}"
        steps.append(("history", f"aws cloudtrail lookup-events --lookup-attributes {attribute} --region {region}"))
    return steps
