"""The settings that people edit, read from CDK context: typed, and every bad value one line that names its key."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, cast, get_args

from incident import CATALOGUE, REGION, TRAIL_ARN, TRAIL_NAME, Mode

Language = Literal["en", "ko"]

KEYS = ("emails", "language", "undo", "trails")
UNDOABLE = tuple(call.action for call in CATALOGUE if call.undo)

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
NO_TRAIL_NAME = re.compile(r".*[._-]{2}.*|[0-9]+(\.[0-9]+){3}")

# All variables of a function together, as the JSON that Lambda measures; the longest topic ARN stands beside SETTINGS.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ENVIRONMENT_BYTES = 4096
LONGEST_TOPIC_ARN = "x" * 320


class SettingsError(ValueError):
    """A setting that cannot be used: one line with its key, its value and what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        """Cut the value, so that the line stays one that a person reads."""
        shown = repr(value)
        cut = shown if len(shown) <= 60 else shown[:57] + "..."
        super().__init__(f"{key}: {cut} is not allowed; allowed: {allowed}")


@dataclass(frozen=True)
class Settings:
    """What the owners of a deployment decide; `undo` has a mode for each action that can be undone."""

    emails: tuple[str, ...]
    language: Language
    undo: dict[str, Mode]
    trails: tuple[str, ...]

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> Self:
        """Read the settings from a CDK context, whose values are strings where they come from `-c key=value`."""
        for key, value in context.items():
            if key not in KEYS and not CDKS_OWN.fullmatch(key):
                raise SettingsError(key, value, f"the settings {', '.join(KEYS)}")
        settings = cls(
            emails=_emails(context.get("emails", [])),
            language=_language(context.get("language", "en")),
            undo=_undo(context.get("undo", "off")),
            trails=_trails(context.get("trails", [])),
        )
        settings._check_environment_size()
        return settings

    def environment_json(self) -> str:
        """The JSON that functions get as the environment variable SETTINGS."""
        functions_read = {"language": self.language, "undo": self.undo, "trails": self.trails}
        return json.dumps(functions_read, separators=(",", ":"))

    def _check_environment_size(self) -> None:
        variables = {"SETTINGS": self.environment_json(), "TOPIC_ARN": LONGEST_TOPIC_ARN}
        size = len(json.dumps(variables))
        if size > ENVIRONMENT_BYTES:
            allowed = f"fewer, as these make an environment of {size} bytes and Lambda takes {ENVIRONMENT_BYTES}"
            raise SettingsError("trails", list(self.trails), allowed)


# Feature flags, the CLI's own switches, and look-ups: https://docs.aws.amazon.com/cdk/v2/guide/context.html
CDKS_OWN = re.compile(
    r"(@aws-cdk|@aws-solutions-constructs)/.+|(aws:cdk|aws-cdk|cdk|plugin):.+|cli-telemetry|acknowledged-issue-numbers"
    r"|(availability-zones|vpc-provider|hosted-zone|ami|ssm|load-balancer|load-balancer-listener|security-group"
    r"|key-provider|endpoint-service-availability-zones|cc-api-provider):.+"
)


def _emails(value: object) -> tuple[str, ...]:
    allowed = "one or more mail addresses, such as -c emails=you@company.com,team@company.com"
    emails = _list("emails", value, allowed)
    if not emails:
        raise SettingsError("emails", value, allowed)
    for email in emails:
        if not EMAIL.fullmatch(email):
            raise SettingsError("emails", email, allowed)
    return emails


def _language(value: object) -> Language:
    if value not in get_args(Language):
        raise SettingsError("language", value, " or ".join(get_args(Language)))
    return cast(Language, value)


def _undo(value: object) -> dict[str, Mode]:
    modes = get_args(Mode)
    example = json.dumps({UNDOABLE[0]: modes[-1]})
    allowed = f"{' or '.join(modes)}, or a map from action to one of them, such as {example}"
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            raise SettingsError("undo", value, allowed) from None
    given = value if isinstance(value, dict) else dict.fromkeys(UNDOABLE, value)
    for action, mode in given.items():
        if action not in UNDOABLE:
            raise SettingsError("undo", action, f"a map from actions that can be undone: {', '.join(UNDOABLE)}")
        if mode not in modes:
            raise SettingsError("undo", mode, allowed)
    return {action: cast(Mode, given.get(action, "off")) for action in UNDOABLE}


def _trails(value: object) -> tuple[str, ...]:
    allowed = "trail names (3 to 128 of A-Z a-z 0-9 and single . _ - between them) or trail ARNs; none guards all"
    trails = _list("trails", value, allowed)
    for trail in trails:
        if not _is_trail(trail):
            raise SettingsError("trails", trail, allowed)
    return trails


def _is_trail(trail: str) -> bool:
    arn = TRAIL_ARN.fullmatch(trail)
    if arn and not (REGION.fullmatch(arn["region"]) and len(arn["account"]) == 12):
        return False
    name = arn["name"] if arn else trail
    return TRAIL_NAME.fullmatch(name) is not None and NO_TRAIL_NAME.fullmatch(name) is None


def _list(key: str, value: object, allowed: str) -> tuple[str, ...]:
    """A list, or a comma-separated string, as texts without the blanks around them and without repetitions."""
    parts = [part for part in value.split(",") if value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise SettingsError(key, value, allowed)
    return tuple(dict.fromkeys(part.strip() for part in parts))
