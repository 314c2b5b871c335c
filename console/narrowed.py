"""What of a thing records or protects less than it could, or than its owners wanted: in words."""

import json
from typing import Any

from trailkeeper import history, kinds, selectors, undo
from trailkeeper.calls import Finding, bucket, rows, trail
from trailkeeper.calls.event_data_store import update_event_data_store
from trailkeeper.kinds import Kind
from trailkeeper.mail.wording import gap_words, shown, wording
from trailkeeper.record import is_false, lower_camel
from trailkeeper.settings import Place
from trailkeeper.undo import Baseline, Fields
from trailkeeper.undo.destination import ENABLED
from trailkeeper.undo.event_data_store import INGESTING
from trailkeeper.undo.trail import CONFIGURATION

WORDS = wording("en")


def narrowed(kind: Kind, arn: str, found: Fields, wanted: Fields | None, place: Place) -> list[str]:
    """Sentences without an end, the worst first; none where nothing is known to be narrowed."""
    if kind is kinds.TRAIL:
        off = [] if found["Logging"] else [WORDS.STATES["not_recording"]]
        return [*off, *gaps(arn, found), *in_words(of_trail(arn, found, wanted))]
    if kind is kinds.EVENT_DATA_STORE:
        off = [] if found["Status"] == INGESTING else [WORDS.NOT_INGESTING.rstrip(".")]
        return [*off, *in_words(of_store(found, wanted))]
    if kind is kinds.BUCKET:
        return in_words(of_bucket(arn, found, place))
    if kind is kinds.KEY:
        return in_words([] if found["KeyState"] == ENABLED else [Finding("cannot_encrypt")])
    off = [] if found["State"].startswith("ENABLED") else ["the rule is disabled"]
    return [*off, *in_words([] if found["Targets"] else [Finding("rule_starts_nothing")])]


def in_words(findings: list[Finding]) -> list[str]:
    """Each once."""
    return [
        shown(f"{WORDS.FACTS[one.code]}: {one.detail}" if one.detail else WORDS.FACTS[one.code], WORDS)
        for one in dict.fromkeys(findings)
    ]


def gaps(arn: str, found: Fields) -> list[str]:
    """Which management events the trail's selectors leave out, whatever they did before."""
    left_out = selectors.gaps(of_call("PutEventSelectors", arn, found)["management"])
    words = ", ".join(gap_words(gap, WORDS) for gap in left_out)
    return [WORDS.NOT_SELECTED.format(gaps=words)] if words else []


def of_trail(arn: str, found: Fields, wanted: Fields | None) -> list[Finding]:
    """What the trail no longer does, by the judges of the calls; without a baseline, what it does not do."""
    now = of_call("UpdateTrail", arn, found)
    off = [
        Finding(code)
        for flag, (code, _) in trail.FLAGS.items()
        if is_false(now[flag]) and flag != "isOrganizationTrail"  # which most trails are not meant to be
    ]
    if wanted is None:
        return off
    configured = {
        "maxEventSize" if name == "MaxEventSize" else name: found[name]
        for name in undo.differing(CONFIGURATION, found, wanted)
    }
    return [
        *off,
        *trail.update_trail(now, of_call("UpdateTrail", arn, wanted)),
        *trail.put_event_selectors(of_call("PutEventSelectors", arn, found), of_call("PutEventSelectors", arn, wanted)),
        *trail.put_insight_selectors({"insights": insights(found)}, {"insights": insights(wanted)}),
        *(trail.put_event_configuration(configured, None) if configured else []),
    ]


def of_call(action: str, arn: str, fields: Fields) -> dict[str, Any]:
    """The fields of a trail as the judge of a call takes them."""
    (call,) = rows("cloudtrail", action)
    baseline: Baseline = {"arn": arn, "fields": fields, "by": "", "at": ""}
    return history.wanted(baseline, call) or {}


def insights(fields: Fields) -> list[str]:
    """The insights of a trail, likewise."""
    return sorted(trail.insights({"insightSelectors": [*map(lower_camel, fields["InsightSelectors"])]}))


def of_store(found: Fields, wanted: Fields | None) -> list[Finding]:
    """What keeps a store from keeping all; most are not meant to be an organization's."""
    organization = bool(wanted and wanted.get("OrganizationEnabled"))
    return [
        one
        for one in update_event_data_store(lower_camel(found), None)
        if not one.minor and (organization or one.code != "no_organization")
    ]


def of_bucket(arn: str, found: Fields, place: Place) -> list[Finding]:
    """What the bucket's policy refuses to CloudTrail, and whom it lets in."""
    if not found["Policy"]:
        return [Finding("bucket_closed")]
    request = {"bucketName": kinds.name_in(kinds.BUCKET, arn), "bucketPolicy": json.loads(found["Policy"])}
    record = {"requestParameters": request, "awsRegion": place["region"], "recipientAccountId": place["account"]}
    return bucket.put_bucket_policy(bucket.asked_of_policy(record), None)
