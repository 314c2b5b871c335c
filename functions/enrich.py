"""Enrich: what CloudTrail says now of the trail that the call was on, or that writes to what the call was on.

It reads which other trails still record the Region's management events, and what the trail was before the call, and
judges again with that. Everything is asked at once, and what has not been answered when the time is up is `unread`:
nothing that was read is lost, and a member that is missing in an answer is unread, too.
"""

from collections.abc import Callable
from typing import Any, Literal

from trailkeeper import aws, history, ledger, selectors
from trailkeeper.calls import row_of
from trailkeeper.coverage import Reading, coverage
from trailkeeper.incident import DeliveryError, Enriched, Incident, TrailState, Unread
from trailkeeper.kinds import REGION, TRAIL_ARN, TRAIL_NAME, home_region, is_trail, writes_to
from trailkeeper.settings import Place, place
from trailkeeper.standing import NOT_FOUND
from trailkeeper.undo import Baseline
from trailkeeper.verdict import judge_again

ATTEMPTS = 4  # of each question, by the client: many trails asked at once are throttled, and the deadline ends it
DELIVERIES: tuple[tuple[Literal["bucket", "digest", "log group"], str], ...] = (
    ("bucket", "LatestDeliveryError"),
    ("digest", "LatestDigestDeliveryError"),
    ("log group", "LatestCloudWatchLogsDeliveryError"),
)
Answer = dict[str, Any]

aws.client("cloudtrail", aws.OWN_REGION, ATTEMPTS)


def handler(incident: Incident, context: Any) -> Enriched:
    """The state of the trails that the incident is about and of those beside them, and the incident judged by it."""
    own, ask = place(context.invoked_function_arn), Asking(aws.deadline(context))
    if incident["account"] not in (None, own["account"]):  # what is ours says nothing of another account's trails
        unknown: TrailState = {"exists": None, "coverage": coverage([], None, unlisted=True), "unread": []}
        return {"incident": judge_again(incident, unknown, None, None), "trail": unknown}
    call = row_of(incident)
    alias = ask("list_account_aliases", own["region"], needs="AccountAliases", service="iam")
    listing = ask("describe_trails", incident["region"] or own["region"], needs="trailList", includeShadowTrails=True)
    home = incident["trail"]["home_region"] or own["region"]
    mine = ask.trail(home, aws.identifier(incident["trail"])) if is_identified(incident, own) else None
    compared = call.compared if call and incident["request"] is not None else None
    was = ask.of("LookupEvents", None, lambda: history.before(incident, call, aws.client("cloudtrail", home, ATTEMPTS)))
    recorded = ask.of("GetItem", None, lambda: wanted(incident)) if compared and incident["family"] == "trail" else None

    trails = at_home = (listing() or {}).get("trailList")
    about = [trail for trail in trails or [] if is_about(trail, incident)]
    if mine and not about and home != incident["region"]:
        at_home = (ask("describe_trails", home, needs="trailList", includeShadowTrails=True)() or {}).get("trailList")
        about = [trail for trail in at_home or [] if is_about(trail, incident)]
    others = [(one, ask.trail(home_region(one), one["TrailARN"])) for one in trails or [] if one not in about]
    if about and not mine:
        mine = ask.trail(home_region(about[0]), about[0]["TrailARN"])
    beside = [(one["TrailARN"], ask.trail(home_region(one), one["TrailARN"])[0]) for one in about[1:]]
    organization = None
    if compared and incident["family"] == "destination" and any(one.get("IsOrganizationTrail") for one in about):
        organization = ask("describe_organization", own["region"], needs="Organization", service="organizations")
    state: TrailState = {
        "affected": [trail["TrailARN"] for trail in about],
        "coverage": coverage([reading(*other) for other in others], incident["region"], unlisted=trails is None),
        **(own_state(about[0] if about else None, *mine) if mine else {}),
    }
    if incident["family"] == "trail":
        ours = mine and incident["trail"]["account"] == own["account"]
        gone = ours and (at_home is not None or ask.missing(aws.identifier(incident["trail"])))
        state["exists"] = True if about or (mine and mine[0]()) else False if gone else None
    state["account_alias"] = next(iter((alias() or {}).get("AccountAliases", [])), None)
    for arn, status in beside:
        state.setdefault("delivery_errors", []).extend(delivery_errors(arn, status()))
    # What the owners want says more than what was there before: that may have been changed step by step.
    sought = recorded and call and history.wanted(recorded(), call)
    known = sought or was()
    if incident["action"] == "UpdateTrail":
        state["was"] = known
    if incident["family"] == "destination" and about:
        known = {"trails": [writer(one, organization) for one in about]}
    now = compared.now(about[0], selected(mine[1]())) if about and mine and compared and compared.now else None
    # That a trail which is gone is not found is an answer.
    state["unread"] = [one for one in ask.unread if state.get("exists") is not False or one["error"] != NOT_FOUND]
    judgement = judge_again(incident, state, known, now)
    # Nothing that the owners have adopted is lost, but perhaps what was added since. A value goes back to theirs.
    if sought and judgement["verdict"] == "harmless" and (before := was()):
        theirs = {name: value for name, value in sought.items() if value and isinstance(value, str)}
        judgement = judge_again(incident, state, before | theirs, now)
    return {"incident": judgement, "trail": state}


def wanted(incident: Incident) -> Baseline | None:
    """The baseline of the incident's trail."""
    return ledger.baseline(incident["undo"]["on"]) if incident["undo"]["on"] else None


Later = Callable[[], Any]  # gives what was asked for: waits for it, and returns None where there is no answer


class Asking:
    """Asks questions side by side, with one deadline for all; what gets no answer is kept in `unread`."""

    def __init__(self, until: float) -> None:
        """Take the deadline, by time.monotonic()."""
        self.until = until
        self.unread: list[Unread] = []

    def __call__(
        self, call: str, region: str, *, needs: str, on: str | None = None, service: str = "cloudtrail", **given: Any
    ) -> Later:
        """Ask; the answer, with the time `at` which it was asked for, must hold the member that it `needs`."""

        def asked() -> Answer:
            at = aws.now()
            answer: Answer = getattr(aws.client(service, region, ATTEMPTS), call)(**given)
            if needs not in answer or any("TrailARN" not in trail for trail in answer.get("trailList", [])):
                raise aws.Unanswered("IncompleteAnswer")
            return answer | {"at": at}

        return self.of("".join(word.capitalize() for word in call.split("_")), on, asked)

    def trail(self, region: str, name: str) -> tuple[Later, Later]:
        """Ask for a trail's status and its event selectors, in its home Region."""
        status = self("get_trail_status", region, needs="IsLogging", on=name, Name=name)
        return status, self("get_event_selectors", region, needs="TrailARN", on=name, TrailName=name)

    def of(self, call: str, on: str | None, function: Callable[[], Any]) -> Later:
        """Ask by a function."""
        question, answers = aws.Question(function), list[Any]()

        def answer() -> Any:
            if not answers:
                try:
                    answers.append(question.answer(self.until))
                except aws.Unanswered as unanswered:
                    answers.append(None)
                    self.unread.append({"call": call, "on": on, "error": unanswered.code})
            return answers[0]

        return answer

    def missing(self, name: str) -> bool:
        """Whether CloudTrail said that there is no such trail."""
        return {"call": "GetTrailStatus", "on": name, "error": NOT_FOUND} in self.unread


def is_identified(incident: Incident, own: Place) -> bool:
    """Whether the incident names a trail of this account, or a trail anywhere by its ARN, that can be asked for."""
    trail = incident["trail"]
    if incident["family"] != "trail" or not REGION.fullmatch(trail["home_region"] or ""):
        return False
    ours = trail["account"] == own["account"] and TRAIL_NAME.fullmatch(trail["name"] or "")
    return bool(TRAIL_ARN.fullmatch(trail["arn"]) if trail["arn"] else ours)


def is_about(trail: Answer, incident: Incident) -> bool:
    """Whether the incident is about a described trail, or about what it writes to."""
    if incident["family"] == "trail":
        return is_trail(trail, incident["trail"])
    return incident["family"] == "destination" and writes_to(trail, incident)


def own_state(trail: Answer | None, status: Later, selectors_: Later) -> TrailState:
    """One trail's description, where there is one, its status and its selectors."""
    found, chosen = status(), selected(selectors_())
    state: TrailState = {"gaps": None if chosen is None else selectors.gaps(chosen["management"])}
    if trail:
        state |= {
            "arn": trail["TrailARN"],
            "home_region": home_region(trail),
            "multi_region": trail.get("IsMultiRegionTrail"),
            "organization": trail.get("IsOrganizationTrail"),
            "bucket": trail.get("S3BucketName"),
            "kms_key": trail.get("KmsKeyId"),
            "log_group": trail.get("CloudWatchLogsLogGroupArn"),
        }
    if found:
        state |= {
            "logging": found["IsLogging"],
            "read_at": found["at"],
            "started_at": aws.iso(found.get("StartLoggingTime")),
            "stopped_at": aws.iso(found.get("StopLoggingTime")),
            "delivery_errors": delivery_errors(None, found),
        }
    return state


def delivery_errors(trail: str | None, status: Answer | None) -> list[DeliveryError]:
    """Why a trail delivers nothing though it logs; `trail` is the ARN of one beside the first."""
    found = ((to, (status or {}).get(name)) for to, name in DELIVERIES)
    return [{"trail": trail, "to": to, "error": error} for to, error in found if error]


def writer(trail: Answer, organization: Later | None) -> Answer:
    """A trail as delivery.Writer has it, with the id of its organization, "" where that could not be read."""
    found = ((organization and organization()) or {}).get("Organization", {}).get("Id", "")
    of = found if trail.get("IsOrganizationTrail") else None
    return {"arn": trail["TrailARN"], "prefix": trail.get("S3KeyPrefix") or "", "organization": of}


def reading(trail: Answer, asked: tuple[Later, Later]) -> Reading:
    """What is read of a trail beside the incident's."""
    status, chosen = asked[0](), selected(asked[1]())
    return Reading(
        arn=trail["TrailARN"],
        logging=status["IsLogging"] if status else None,
        delivers=not (status or {}).get("LatestDeliveryError"),
        multi_region=trail.get("IsMultiRegionTrail"),
        organization=trail.get("IsOrganizationTrail"),
        global_events=trail.get("IncludeGlobalServiceEvents") is not False,
        management=chosen["management"] if chosen else None,
    )


def selected(answer: Answer | None) -> Answer | None:
    """What event selectors select; None where they could not be read."""
    if answer is None or not ({"EventSelectors", "AdvancedEventSelectors"} & answer.keys()):
        return None
    return selectors.chosen(answer.get("EventSelectors"), answer.get("AdvancedEventSelectors"))
