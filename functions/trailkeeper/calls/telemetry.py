"""Calls on the rules by which CloudWatch collects CloudTrail's events, with a trail or without one.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/telemetry-config-rules.html
"""

from trailkeeper.calls import Call, Finding, Known, Request
from trailkeeper.incident import Verdict
from trailkeeper.kinds import TELEMETRY
from trailkeeper.record import mapping, text

STOPPED, DELETED = Finding("telemetry_stopped"), Finding("telemetry_rule_deleted")


def update_telemetry_rule(request: Request, known: Known | None) -> Verdict | list[Finding]:
    """A rule about something else than CloudTrail is none of ours."""
    kind = text(mapping(request.get("rule")).get("resourceType")) or "AWS::CloudTrail"
    return [Finding("telemetry_rule_changed")] if kind == "AWS::CloudTrail" else "unrelated"


CALLS = tuple(
    Call("telemetry", TELEMETRY, action + scope, parameter, effect)
    for scope in ("", "ForOrganization")
    for action, parameter, effect in (
        ("UpdateTelemetryRule", "ruleIdentifier", update_telemetry_rule),
        # The request does not say what the rule was about.
        ("DeleteTelemetryRule", "ruleIdentifier", DELETED),
        ("StopTelemetryEvaluation", "", STOPPED),
    )
)
