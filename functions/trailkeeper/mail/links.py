"""Links into the AWS console, built from identifiers of the shape that AWS gives them and from nothing else."""

import re
from urllib.parse import quote

from trailkeeper.incident import Report
from trailkeeper.kinds import REGION, TRAIL, TRAIL_ARN, TRAIL_NAME

CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def console_links(report: Report) -> list[tuple[str, str]]:
    """(what, address) of the event, the trail and the execution; an identifier of another shape has none."""
    incident, arn = report["incident"], trail_arn(report)
    console, region = CONSOLES.get(incident["partition"]), incident["region"] or ""
    found = []
    if console and REGION.fullmatch(region) and re.fullmatch(r"[0-9a-fA-F-]{36}", incident["id"]):
        page = f"cloudtrailv2/home?region={region}#/events/{incident['id']}"
        found.append(("event", f"https://{region}.{console}/{page}"))
    if console and arn:
        page = f"cloudtrailv2/home?region={arn['region']}#/trails/{arn[0]}"
        found.append(("trail", f"https://{arn['region']}.{console}/{page}"))
    return [*found, ("execution", execution_link(report["execution"]))]


def execution_link(execution: str) -> str:
    """The execution in the console, from the ARN that Step Functions gave it; the ARN itself elsewhere."""
    _, partition, _, region, *_ = execution.split(":")
    if partition not in CONSOLES:
        return execution
    page = f"states/home?region={region}#/v2/executions/details/{quote(execution, safe=':/')}"
    return f"https://{region}.{CONSOLES[partition]}/{page}"


def trail_arn(report: Report) -> re.Match[str] | None:
    """The trail's ARN: as the event says it, as Enrich found it, or put together from a name of the right shape."""
    trail = report["incident"]["trail"]
    arn = trail["arn"] or report["trail"].get("arn")
    if not arn and TRAIL_NAME.fullmatch(trail["name"] or ""):
        partition, name = report["incident"]["partition"], trail["name"]
        arn = TRAIL.arn.format(partition=partition, region=trail["home_region"], account=trail["account"], name=name)
    whole = TRAIL_ARN.fullmatch(arn or "")
    return whole if whole and REGION.fullmatch(whole["region"]) else None
