"""What the watchdog guards: trails, event data stores, what trails write to, and Trailkeeper's own rules."""

from collections.abc import Callable, Iterator
from typing import Any

from trailkeeper import aws, kinds, undo
from trailkeeper.findings import kind_of
from trailkeeper.kinds import BUCKET, KEY, RULE, TRAIL, TRAIL_ARN
from trailkeeper.settings import Place, Settings, own_prefix
from trailkeeper.undo import Fields, own_rule

Answer = dict[str, Any]


def trails(own: Place) -> list[Answer]:
    """The account's trails that record this Region, as DescribeTrails has them."""
    found = aws.client("cloudtrail", own["region"]).describe_trails(includeShadowTrails=True)["trailList"]
    return [trail for trail in found if trail["TrailARN"].split(":")[4] == own["account"]]


def stores(own: Place) -> list[str]:
    """The ARNs of the Region's event data stores."""
    cloudtrail = aws.client("cloudtrail", own["region"])
    found = pages(cloudtrail.list_event_data_stores)
    return [store["EventDataStoreArn"] for page in found for store in page["EventDataStores"]]


def own_rules(own: Place, wanted: Settings) -> list[Answer]:
    """Trailkeeper's own rules, as ListRules has them, and whatever else has been given such a name."""
    events = aws.client("events", own["region"])
    return [rule for page in pages(events.list_rules, NamePrefix=own_prefix(wanted["stack"])) for rule in page["Rules"]]


def pages(call: Callable[..., Answer], **asked: str) -> Iterator[Answer]:
    """The pages of a list."""
    more: dict[str, str] = {}
    while True:
        page = call(**asked, **more)
        yield page
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def whole(arn: str, rules: list[Answer] | None) -> Fields:
    """All that a baseline holds of a thing; of a rule that was listed only its targets, which it has from then on."""
    rule = next((rule for rule in rules or [] if rule["Arn"] == arn), None)
    if rule is None:
        return undo.whole(arn)
    targets = undo.complete(own_rule.targets, arn)
    rule.update(targets)
    return {**own_rule.described(rule), **targets}


def destinations(own: Place, wanted: Settings) -> list[str]:
    """The buckets and keys of the settings that are of this account, as far as their ARNs say."""
    return [
        arn
        for arn in wanted["destinations"]
        if kinds.destination(arn) in (BUCKET, KEY) and arn.split(":")[4] in ("", own["account"])
    ]


def is_guarded(arn: str, own: Place, wanted: Settings) -> bool:
    """Whether what has a baseline still is to be guarded, by the settings of today."""
    kind = kind_of(arn)
    if kind is TRAIL:
        found = TRAIL_ARN.fullmatch(arn)
        at = {"name": found["name"], "arn": arn, "home_region": found["region"], "account": found["account"]}  # type: ignore[index]
        if found["region"] != own["region"] and arn not in wanted["trails"]:  # type: ignore[index]
            return False  # the stack in its home Region guards it: two would undo what the other adopted
        return not wanted["trails"] or kinds.is_one_of(at, wanted["trails"], own["account"])  # type: ignore[arg-type]
    if kind in (BUCKET, KEY):
        return arn in destinations(own, wanted)
    return kind is not RULE or kinds.name_in(RULE, arn).startswith(own_prefix(wanted["stack"]))
