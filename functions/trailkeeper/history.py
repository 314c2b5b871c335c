"""What a trail was before a call: by its baseline, or by event history, whatever happens to trails."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from trailkeeper import aws, selectors
from trailkeeper.calls import Call
from trailkeeper.incident import Incident
from trailkeeper.record import mapping, request_of, utc
from trailkeeper.undo import Baseline

MOST_PAGES = 4  # of 50 events each


def before(incident: Incident, call: Call | None, cloudtrail: Any) -> dict[str, Any] | None:
    """What the call changes, as it was; None where that is not compared, or event history does not say.

    `cloudtrail` is the client of the trail's home Region. A page that does not reach back to an event of this trail
    says nothing: later ones were made to fill it. Raises what the client raises, and Unanswered.
    """
    if not call or not call.compared or not call.compared.before or not (incident["request"] and incident["time"]):
        return None
    records: list[Any] = []
    for name in dict.fromkeys((call.compared.calls or incident["action"], "CreateTrail")):
        page = cloudtrail.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}],
            EndTime=datetime.fromisoformat(incident["time"]),
        )
        try:
            found = [json.loads(event["CloudTrailEvent"]) for event in page["Events"]]
        except (KeyError, ValueError) as error:
            raise aws.Unanswered("IncompleteAnswer") from error
        if page.get("NextToken") and earlier(incident, call, found) is None:
            return None
        records += found
    return earlier(incident, call, records)


def newest(cloudtrail: Any, action: str, since: datetime) -> Iterator[Mapping[str, Any]]:
    """The records of a call since then, the newest first, as far as a few pages reach: later ones can fill them."""
    more: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page = cloudtrail.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": action}], StartTime=since, **more
        )
        try:
            yield from [mapping(json.loads(event["CloudTrailEvent"])) for event in page["Events"]]
        except (KeyError, ValueError) as error:
            raise aws.Unanswered("IncompleteAnswer") from error
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def wanted(baseline: Baseline | None, call: Call) -> dict[str, Any] | None:
    """What the call changes, as the owners want it; None where there is no baseline, or it is not compared with one."""
    if baseline is None or call.compared is None:
        return None
    fields = baseline["fields"]
    if call.compared.wanted:
        return call.compared.wanted(fields)
    if call.compared.now is None:
        return None
    described = {
        **fields,
        "TrailARN": baseline["arn"],
        "LogFileValidationEnabled": fields["EnableLogFileValidation"],
        "SnsTopicName": fields["SnsTopicName"].rpartition(":")[2],
    }
    chosen = fields["EventSelectors"], fields["AdvancedEventSelectors"]
    return call.compared.now(described, selectors.chosen(*chosen))


def earlier(incident: Incident, call: Call, records: list[Any]) -> dict[str, Any] | None:
    """What the latest of the records before the incident says; `created` is its time if it is the CreateTrail.

    What came in the same second may have come after the call, and does not count.
    """
    if call.compared is None or call.compared.before is None:
        return None
    found = [
        record
        for record in map(mapping, records)
        if is_on(record, incident) and not record.get("errorCode") and came_before(record, incident)
    ]
    if not found:
        return None
    latest = max(found, key=lambda record: utc(record.get("eventTime")) or "")
    was = call.compared.before(latest)
    created = {"created": utc(latest.get("eventTime"))} if latest.get("eventName") == "CreateTrail" else {}
    return was and was | created


def came_before(record: Mapping[str, Any], incident: Incident) -> bool:
    """Whether the event came before the incident's; a trail is created before anything is done to it."""
    time = utc(record.get("eventTime"))
    if time is None or incident["time"] is None:
        return False
    created = record.get("eventName") == "CreateTrail" != incident["action"]
    return time < incident["time"] or (time == incident["time"] and created)


def is_on(record: Mapping[str, Any], incident: Incident) -> bool:
    """Whether an event is about the incident's trail; event history holds those of its own account and Region alone."""
    request = request_of(record)
    given = request.get("trailName") if "trailName" in request else request.get("name")
    trail = incident["trail"]
    return given is not None and given in (trail["name"], trail["arn"])
