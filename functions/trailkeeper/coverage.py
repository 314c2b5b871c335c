"""What else records: which of the Region's management events other trails cover together, and what that means."""

from typing import Any, NamedTuple

from trailkeeper.incident import Coverage, Fact, Severity, TrailState, Verdict


def fact(code: str, detail: str | None = None) -> Fact:
    """One thing that led to the verdict."""
    return {"code": code, "detail": detail}


# Where the events of IAM, STS, sign-in and other global services are recorded, whatever Region they are called from.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
GLOBAL_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
GLOBAL = "global services"
ONE_REGION = fact("one_region")  # the call cut the trail down to one Region


class Reading(NamedTuple):
    """What was read of a trail; None is what could not be."""

    arn: str
    logging: bool | None
    delivers: bool
    multi_region: bool | None
    organization: bool | None
    global_events: bool
    management: list[list[dict[str, Any]]] | None


def coverage(others: list[Reading], region: str | None, unlisted: bool = False) -> Coverage:
    """Which of the Region's management events other trails record together; `unlisted`: they could not be listed."""
    from trailkeeper.selectors import gaps  # a cold start on StopLogging need not pay for it

    recording = [one for one in others if one.logging and one.delivers and one.management]
    left_out = gaps(selector for one in recording for selector in one.management or [])
    everywhere = gaps(selector for one in recording if one.multi_region for selector in one.management or [])
    if recording and region in GLOBAL_REGIONS.values():
        with_global = gaps(selector for one in recording if one.global_events for selector in one.management or [])
        left_out += [gap | {"source": GLOBAL} for gap in with_global if gap["source"] is None and gap not in left_out]
    return {
        "answer": None if unlisted else "none" if not recording else "part" if left_out else "all",
        "trails": [one.arn for one in recording],
        "gaps": left_out,
        "all_regions": not everywhere,
        "unread": [
            {"arn": one.arn, "logging": one.logging, "organization": one.organization}
            for one in others
            if one.logging is None or (one.logging and one.delivers and one.management is None)
        ],
    }


def coverage_facts(verdict: Verdict, facts: list[Fact], trail: TrailState, found: Coverage) -> list[Fact]:
    """What else records the Region's management events."""
    names = ", ".join(arn.rsplit("/", 1)[-1] for arn in found["trails"])
    added = []
    if names:
        added.append(fact("covered" if found["answer"] == "all" else "covered_in_part", names))
    elif found["answer"] == "none" and not found["unread"]:
        added.append(fact("not_covered"))
    covered_all = ONE_REGION in facts or (verdict == "stopped" and trail.get("multi_region"))
    return [*added, *([fact("no_other_in_all_regions")] if covered_all and names and not found["all_regions"] else [])]


def by_coverage(severity: Severity, facts: list[Fact], found: Coverage) -> Severity:
    """High where other trails record all of the Region's management events, critical where they record a part or none.

    What no longer covers the other Regions is made up for by trails that do. Where some trail could not be asked, it
    stays as it was first judged.
    """
    if severity in ("low", "info") or found["answer"] is None:
        return severity
    if found["answer"] == "all" and (ONE_REGION not in facts or found["all_regions"]):
        return "high"
    return severity if found["unread"] else "critical"
