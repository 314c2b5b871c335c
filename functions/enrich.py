"""Enrich: what CloudTrail says now of the trail that the call was on, or that writes to what the call was on.

It reads which other trails still record the Region's management events, and what the trail was before the call, and
judges again with that. Everything is asked at once, and what has not been answered when the time is up is `unread`:
nothing that was read is lost, and a member that is missing in an answer is unread, too.
"""

from collections.abc import Callable
from typing import Any, Literal, Self

from trailkeeper import aws, history, selectors
from trailkeeper.incident import Enriched, Incident, TrailState, Unread
from trailkeeper.kinds import REGION, TRAIL_ARN, TRAIL_NAME, home_region, is_trail, writes_to
from trailkeeper.settings import Place, place
from trailkeeper.verdict import Reading, coverage, judge_again, row_of

ATTEMPTS = 4  # of each question, by the client: many trails asked at once are throttled, and the deadline ends it
DELIVERIES: tuple[tuple[Literal["bucket", "digest", "log group"], str], ...] = (
    ("bucket", "LatestDeliveryError"),
    ("digest", "LatestDigestDeliveryError"),
    ("log group", "LatestCloudWatchLogsDeliveryError"),
)
Answer = dict[str, Any]

aws.client("cloudtrail", aws.own_region(), ATTEMPTS)


def handler(incident: Incident, context: Any) -> Enriched:
    """The state of the trails that the incident is about and of those beside them, and the incident judged by it."""
    own, ask = place(context.invoked_function_arn), Asking(aws.deadline(context))
    if incident["account"] not in (None, own["account"]):  # what is ours says nothing of another account's trails
        state: TrailState = {"coverage": coverage([], unlisted=True), "unread": [], "account_alias": None}
        if incident["family"] == "trail":
            state["exists"] = None
        return {"incident": judge_again(incident, state, None, None), "trail": state}
    call = row_of(incident)
    alias = ask("list_account_aliases", own["region"], needs="AccountAliases", service="iam")
    listing = ask("describe_trails", incident["region"] or own["region"], needs="trailList", includeShadowTrails=True)
    home = incident["trail"]["home_region"] or own["region"]
    named = Asked(ask, home, aws.identifier(incident["trail"])) if is_identified(incident, own) else None
    compared = call.compared if call and incident["request"] is not None else None
    was = None
    if call and compared and compared.before:
        was = ask.of(
            "lookup_events", incident["trail"]["name"], lambda: history.before(incident, call, ask.client(home))
        )

    trails = listed(listing())
    elsewhere = named and home != incident["region"]
    if trails is not None and elsewhere and not any(is_trail(trail, incident["trail"]) for trail in trails):
        trails += listed(ask("describe_trails", home, needs="trailList", includeShadowTrails=True)()) or []
    mine = [trail for trail in trails or [] if is_about(trail, incident)]
    others = [(trail, Asked.trail(ask, trail)) for trail in trails or [] if trail not in mine]
    named = named or (Asked.trail(ask, mine[0]) if mine else None)
    state = {
        "affected": [trail["TrailARN"] for trail in mine],
        "coverage": coverage([reading(*other) for other in others], unlisted=trails is None),
        **(own_state(mine[0] if mine else None, named) if named else {}),
    }
    if incident["family"] == "trail":
        state["exists"] = exists(incident, own, mine, trails, named)
    answer = alias()
    state["account_alias"] = next(iter(answer["AccountAliases"]), None) if answer else None
    known = was() if was else known_writers(mine) if incident["family"] == "destination" else None
    now = compared.now(mine[0], named.selected()) if mine and named and compared and compared.now else None
    state["unread"] = ask.unread
    return {"incident": judge_again(incident, state, known, now), "trail": state}


class Asking:
    """Questions that are on their way, with one deadline for all; what gets no answer is kept in `unread`."""

    def __init__(self, until: float) -> None:
        """Take the deadline, by time.monotonic()."""
        self.until = until
        self.unread: list[Unread] = []

    def client(self, region: str, service: str = "cloudtrail") -> Any:
        """A client that tries again once."""
        return aws.client(service, region, ATTEMPTS)

    def __call__(
        self,
        call: str,
        region: str,
        *,
        needs: str,
        on: str | None = None,
        service: str = "cloudtrail",
        **parameters: Any,
    ) -> Callable[[], Answer | None]:
        """Ask; the answer, with the time `at` which it was asked for, must hold the member that it `needs`."""

        def asked() -> Answer:
            at = aws.now()
            answer: Answer = getattr(self.client(region, service), call)(**parameters)
            if needs not in answer or any("TrailARN" not in trail for trail in answer.get("trailList", [])):
                raise aws.Unanswered("IncompleteAnswer")
            return answer | {"at": at}

        return self.of(call, on, asked)

    def of(self, call: str, on: str | None, function: Callable[[], Any]) -> Callable[[], Any]:
        """Ask by a function; what it returns gives its answer once, or None and why in `unread`."""
        question, answers = aws.Question(function), list[Any]()

        def answer() -> Any:
            if not answers:
                try:
                    answers.append(question.answer(self.until))
                except aws.Unanswered as unanswered:
                    answers.append(None)
                    name = "".join(word.capitalize() for word in call.split("_"))
                    self.unread.append({"call": name, "on": on, "error": unanswered.code})
            return answers[0]

        return answer


class Asked:
    """A trail whose status and event selectors are asked for, in its home Region."""

    def __init__(self, ask: Asking, region: str, name: str) -> None:
        """Ask."""
        self.ask, self.name = ask, name
        self.status = ask("get_trail_status", region, needs="IsLogging", on=name, Name=name)
        self._selectors = ask("get_event_selectors", region, needs="TrailARN", on=name, TrailName=name)

    @classmethod
    def trail(cls, ask: Asking, described: Answer) -> Self:
        """A trail of DescribeTrails."""
        return cls(ask, home_region(described), described["TrailARN"])

    def selected(self) -> Answer | None:
        """What the event selectors select; None where they could not be read."""
        answer = self._selectors()
        if answer is None or not ({"EventSelectors", "AdvancedEventSelectors"} & answer.keys()):
            return None
        kinds = answer.get("EventSelectors"), answer.get("AdvancedEventSelectors")
        return {"management": selectors.management(*kinds), "data": selectors.data(*kinds)}

    def is_missing(self) -> bool:
        """Whether CloudTrail says that there is no such trail."""
        self.status()
        missing = {"call": "GetTrailStatus", "on": self.name, "error": "TrailNotFoundException"}
        return missing in self.ask.unread


def listed(answer: Answer | None) -> list[Answer] | None:
    """The trails of DescribeTrails: a Region's own, and the shadows of multi-Region and organization trails."""
    return [*answer["trailList"]] if answer else None


def is_identified(incident: Incident, own: Place) -> bool:
    """Whether the incident names a trail of this account, or a trail anywhere by its ARN, that can be asked for."""
    trail = incident["trail"]
    if incident["family"] != "trail" or not REGION.fullmatch(trail["home_region"] or ""):
        return False
    if trail["arn"]:
        return TRAIL_ARN.fullmatch(trail["arn"]) is not None
    return trail["account"] == own["account"] and TRAIL_NAME.fullmatch(trail["name"] or "") is not None


def is_about(trail: Answer, incident: Incident) -> bool:
    """Whether the incident is about a described trail, or about what it writes to."""
    if incident["family"] == "trail":
        return is_trail(trail, incident["trail"])
    return incident["family"] == "destination" and writes_to(trail, incident)


def exists(
    incident: Incident, own: Place, mine: list[Answer], trails: list[Answer] | None, named: Asked | None
) -> bool | None:
    """Whether the trail exists; None where nobody can say: its name or Region is unknown, it is another account's."""
    if mine or (named and named.status()):
        return True
    ours = named and incident["trail"]["account"] == own["account"]
    return False if ours and named and (trails is not None or named.is_missing()) else None


def known_writers(mine: list[Answer]) -> Answer | None:
    """The trails that write to a destination, and under which prefix; None where none is seen."""
    writers = [{"arn": trail["TrailARN"], "prefix": trail.get("S3KeyPrefix") or ""} for trail in mine]
    return {"trails": writers} if writers else None


def own_state(trail: Answer | None, asked: Asked) -> TrailState:
    """One trail's description, where there is one, its status and its selectors."""
    status, selected = asked.status(), asked.selected()
    state: TrailState = {"gaps": None if selected is None else selectors.gaps(selected["management"])}
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
    if status:
        state |= {
            "logging": status["IsLogging"],
            "read_at": status["at"],
            "started_at": aws.iso(status.get("StartLoggingTime")),
            "stopped_at": aws.iso(status.get("StopLoggingTime")),
            # A trail that logs may still deliver nothing.
            "delivery_errors": [{"to": to, "error": status[name]} for to, name in DELIVERIES if status.get(name)],
        }
    return state


def reading(trail: Answer, asked: Asked) -> Reading:
    """What is read of a trail beside the incident's."""
    status, selected = asked.status(), asked.selected()
    return Reading(
        arn=trail["TrailARN"],
        logging=status["IsLogging"] if status else None,
        delivers=not (status or {}).get("LatestDeliveryError"),
        multi_region=trail.get("IsMultiRegionTrail"),
        organization=trail.get("IsOrganizationTrail"),
        management=selected["management"] if selected else None,
    )
