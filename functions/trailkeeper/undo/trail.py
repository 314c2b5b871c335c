"""Trails: their settings, event selectors, insights and event configuration; and a trail that is gone."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailkeeper import aws
from trailkeeper.undo import Fields, Row, differing, read

# UpdateTrail's fields, and what DescribeTrails calls them. One that is not set is shown as "", which also unsets it.
SETTINGS = {
    "S3BucketName": "S3BucketName",
    "S3KeyPrefix": "S3KeyPrefix",
    "SnsTopicName": "SnsTopicARN",
    "IncludeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail": "IsMultiRegionTrail",
    "EnableLogFileValidation": "LogFileValidationEnabled",
    "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
    "KmsKeyId": "KmsKeyId",
    "IsOrganizationTrail": "IsOrganizationTrail",
    "RecursiveLogging": "RecursiveLogging",
}
FLAGS = ("IncludeGlobalServiceEvents", "IsMultiRegionTrail", "EnableLogFileValidation", "IsOrganizationTrail")
# What a trail has that says nothing of a setting; of all others "".
DEFAULTS = {**dict.fromkeys(FLAGS, False), "RecursiveLogging": True}
TOGETHER = ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")  # CloudTrail takes neither without the other
# What a trail uses beside its bucket: whoever deletes one of these must not keep the trail from coming back.
LINKED = (TOGETHER, ("SnsTopicName",), ("KmsKeyId",))
SELECTORS = ("EventSelectors", "AdvancedEventSelectors")
CONFIGURATION = ("MaxEventSize", "ContextKeySelectors", "AggregationConfigurations")
LOOK = 1.0  # seconds for a look at what a new trail still lacks
EXISTS = "TrailAlreadyExistsException"
NO_INSIGHTS = "InsightNotEnabledException"


def cloudtrail(arn: str) -> Any:
    """The client of the trail's home Region."""
    return aws.client("cloudtrail", arn.split(":")[3])


def settings(arn: str) -> Fields:
    """What UpdateTrail sets."""
    trail = cloudtrail(arn).get_trail(Name=arn)["Trail"]
    return {name: trail.get(shown, DEFAULTS.get(name, "")) for name, shown in SETTINGS.items()}


def selectors(arn: str) -> Fields:
    """Basic or advanced event selectors, whichever the trail has."""
    found = cloudtrail(arn).get_event_selectors(TrailName=arn)
    found["TrailARN"]  # which every whole answer has
    return {name: found.get(name) or [] for name in SELECTORS}


def insights(arn: str) -> Fields:
    """Which insights are made, in one order."""
    try:
        answer = cloudtrail(arn).get_insight_selectors(TrailName=arn)
        answer["TrailARN"]
        found = answer.get("InsightSelectors") or []
    except ClientError as error:
        if aws.code(error) != NO_INSIGHTS:
            raise
        found = []
    return {"InsightSelectors": sorted(found, key=str)}


def configuration(arn: str) -> Fields:
    """How much of each event is kept, and what is added to it."""
    found = cloudtrail(arn).get_event_configuration(TrailName=arn)
    found["TrailARN"]
    return {name: found.get(name, "" if name == "MaxEventSize" else []) for name in CONFIGURATION}


def tags(arn: str) -> Fields:
    """The tags, that a new trail is to have again: but for AWS's own, CloudFormation's above all, which nobody can set.

    https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html#tag-conventions
    """
    (found,) = cloudtrail(arn).list_tags(ResourceIdList=[arn])["ResourceTagList"]
    own = [tag for tag in found.get("TagsList", []) if not str(tag["Key"]).lower().startswith("aws:")]
    return {"Tags": sorted(own, key=lambda tag: str(tag["Key"]))}


def logging(arn: str) -> Fields:
    """Whether it records."""
    return {"Logging": cloudtrail(arn).get_trail_status(Name=arn)["IsLogging"]}


# All that the owners of a trail may want, each by a call of its own.
READINGS = (settings, selectors, insights, configuration, tags, logging)


def whole(arn: str) -> Fields:
    """All of it."""
    return {name: value for reading in READINGS for name, value in reading(arn).items()}


def update_trail(arn: str, wanted: Fields, names: list[str]) -> None:
    """Only what differs; where not all of it is taken, each part by itself.

    The SDK may be older than a setting, and has not read it then either.
    """
    names = [*dict.fromkeys([*names, *(TOGETHER if {*names} & {*TOGETHER} else ())])]
    model = cloudtrail(arn).meta.service_model.operation_model("UpdateTrail")
    given = {name: wanted[name] for name in names if name in model.input_shape.members}
    rest = {name: value for name, value in given.items() if not any(name in part for part in LINKED)}
    linked = [{name: given[name] for name in part if name in given} for part in LINKED]
    parts = [part for part in (rest, *linked) if part]
    try:
        cloudtrail(arn).update_trail(Name=arn, **given)
    except ClientError:
        if len(parts) == 1:
            raise
        all_of([partial(cloudtrail(arn).update_trail, Name=arn, **part) for part in parts])


def all_of(calls: list[Callable[[], Any]]) -> None:
    """Make every call, whatever becomes of another; then raise what went wrong first."""
    failed: Exception | None = None
    for call in calls:
        try:
            call()
        except (ClientError, BotoCoreError) as error:
            failed = failed or error
    if failed:
        raise failed


def put_event_selectors(arn: str, wanted: Fields, names: list[str]) -> None:
    """Basic and advanced ones replace each other."""
    given = {name: wanted[name] for name in SELECTORS if wanted[name]}
    cloudtrail(arn).put_event_selectors(TrailName=arn, **given)


def put_insight_selectors(arn: str, wanted: Fields, names: list[str]) -> None:
    """All of them: what is left out is switched off."""
    cloudtrail(arn).put_insight_selectors(TrailName=arn, InsightSelectors=wanted["InsightSelectors"])


def put_event_configuration(arn: str, wanted: Fields, names: list[str]) -> None:
    """All of it: what is left out is reset."""
    given = {name: wanted[name] for name in CONFIGURATION if wanted[name]}
    cloudtrail(arn).put_event_configuration(TrailName=arn, **given)


def create_trail(arn: str, wanted: Fields, names: list[str]) -> None:
    """The same trail again, with its name and bucket, so that policies still match; it records before the rest comes.

    Where one thing that it uses is gone, it comes back without that. What cannot be read is put all the same.
    """
    given = {name: wanted[name] for name in SETTINGS if is_set(wanted, name)}
    alone = {name: value for name, value in given.items() if not any(name in part for part in LINKED)}
    create = partial(cloudtrail(arn).create_trail, Name=arn.rpartition("/")[2], TagsList=wanted["Tags"])
    try:
        create(**given)
    except ClientError as error:
        if aws.code(error) != EXISTS:  # made by an earlier try, or by somebody else
            if alone == given:
                raise
            create(**alone)
    start = [partial(start_logging, arn, wanted, names)] if wanted["Logging"] else []
    all_of([*start, *(partial(put_lacking, arn, wanted, call) for call in PARTS)])


def put_lacking(arn: str, wanted: Fields, call: str) -> None:
    """Put what a new trail lacks of what one call puts."""
    part = PARTS[call]
    try:
        found = aws.Question(partial(read, call, arn)).answer(time.monotonic() + LOOK)
        left = differing(part.fields, wanted, found)
    except aws.Unanswered:
        left = [name for name in part.fields if is_set(wanted, name)]
    if left:
        part.put(arn, wanted, left)


def is_set(wanted: Fields, name: str) -> bool:
    """Whether a field is wanted otherwise than a new trail has it, or than it is where it is left out."""
    return wanted.get(name, "") not in ("", [], DEFAULTS.get(name, False))


def start_logging(arn: str, wanted: Fields, names: list[str]) -> None:
    """Let it record."""
    cloudtrail(arn).start_logging(Name=arn)


def allowed(*calls: str) -> tuple[str, ...]:
    """IAM actions of CloudTrail."""
    return tuple(f"cloudtrail:{call}" for call in calls)


PARTS = {
    "UpdateTrail": Row(tuple(SETTINGS), settings, update_trail, allowed("GetTrail"), allowed("UpdateTrail")),
    "PutEventSelectors": Row(
        SELECTORS, selectors, put_event_selectors, allowed("GetEventSelectors"), allowed("PutEventSelectors")
    ),
    "PutInsightSelectors": Row(
        ("InsightSelectors",),
        insights,
        put_insight_selectors,
        allowed("GetInsightSelectors"),
        allowed("PutInsightSelectors"),
    ),
    "PutEventConfiguration": Row(
        CONFIGURATION,
        configuration,
        put_event_configuration,
        allowed("GetEventConfiguration"),
        allowed("PutEventConfiguration"),
    ),
}
ROWS = {
    **PARTS,
    "StartLogging": Row(("Logging",), logging, start_logging, allowed("GetTrailStatus"), allowed("StartLogging")),
    "CreateTrail": Row(
        (*SETTINGS, *SELECTORS, "InsightSelectors", *CONFIGURATION, "Tags", "Logging"),
        whole,
        create_trail,
        allowed(
            *("GetTrail", "GetEventSelectors", "GetInsightSelectors", "GetEventConfiguration", "ListTags"),
            "GetTrailStatus",
        ),
        allowed(
            *("CreateTrail", "AddTags", "UpdateTrail", "PutEventSelectors", "PutInsightSelectors"),
            *("PutEventConfiguration", "StartLogging"),
        ),
    ),
}
