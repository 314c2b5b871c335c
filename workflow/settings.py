"""The settings that people edit, read from CDK context: typed, and every bad value one line that names its key."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self, cast, get_args

from trailkeeper import settings as functions
from trailkeeper.calls import catalogue
from trailkeeper.incident import Mode
from trailkeeper.kinds import REGION, TRAIL_ARN, TRAIL_NAME, destination
from trailkeeper.record import clean, utc
from trailkeeper.settings import Entry, Language

CDK_JSON = Path(__file__).parents[1] / "cdk.json"
ApprovalTimeout = Literal["leave", "undo"]

KEYS = (
    *("emails", "language", "timezone", "undo", "trails", "destinations", "expected", "notify_info"),
    *("restores_per_hour", "undo_hours", "approval_hours", "approval_timeout", "report_minutes", "flood_minutes"),
    "watch_minutes",
)
UNDOABLE = tuple(call.action for call in catalogue() if call.undo)
# The CDK's own setting, and its default: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
QUALIFIER, DEFAULT_QUALIFIER = "@aws-cdk/core:bootstrapQualifier", "hnb659fds"

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
NO_TRAIL_NAME = re.compile(r".*[._-]{2}.*|[0-9]+(\.[0-9]+){3}")

ACTIONS = sorted({call.action for call in catalogue()})

# The kinds of principals that call, with something of a name: nothing that means everybody.
PRINCIPAL = re.compile(
    r"arn:[\w*?-]+:(iam|sts)::[\d*?]+:((role|user|assumed-role|federated-user)/[^\s]*[A-Za-z0-9][^\s]*|root)", re.ASCII
)
DATE_OR_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(T.+)?", re.ASCII)


class SettingsError(ValueError):
    """A setting that cannot be used: one line with its key, its value and what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        """Cut the value, so that the line stays one that a person reads."""
        shown = repr(value)
        cut = shown if len(shown) <= 60 else shown[:57] + "..."
        super().__init__(f"{clean(key, 200)}: {cut} is not allowed; allowed: {allowed}")


class FileError(ValueError):
    """A file of settings that cannot be used: one line with its path and why."""

    def __init__(self, path: Path, why: str, needed: str) -> None:
        """Keep the whole reason: it names the line."""
        super().__init__(clean(f"settings file {path}: {why}; it takes {needed}", 1000))


@dataclass(frozen=True)
class Settings:
    """What the owners of a deployment decide; `undo` has a mode for each action that can be undone.

    `destinations` are the ARNs of what watched trails write to, `expected` the changes that were announced, `timezone`
    the IANA name of the readers' own time zone or None, `qualifier` that of the CDK's bootstrapping.
    """

    emails: tuple[str, ...]
    language: Language
    timezone: str | None
    undo: dict[str, Mode]
    trails: tuple[str, ...]
    destinations: tuple[str, ...]
    expected: tuple[Entry, ...]
    notify_info: bool
    restores_per_hour: int
    undo_hours: float
    approval_hours: float
    approval_timeout: ApprovalTimeout
    report_minutes: float
    flood_minutes: float
    watch_minutes: int
    qualifier: str

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> Self:
        """Read the settings from a CDK context, whose values are strings where they come from `-c key=value`."""
        for key, value in context.items():
            if key not in KEYS and not CDKS_OWN.fullmatch(key):
                raise SettingsError(key, value, f"the settings {', '.join(KEYS)}")
        return cls(
            emails=_emails(context.get("emails", [])),
            language=_one_of("language", context.get("language", "en"), Language),
            timezone=_timezone(context.get("timezone")),
            undo=_undo(context.get("undo", "off")),
            trails=_trails("trails", context.get("trails", [])),
            destinations=_destinations(context.get("destinations", [])),
            expected=_expected(context.get("expected", [])),
            notify_info=_notify_info(context.get("notify_info", False)),
            restores_per_hour=round(_number("restores_per_hour", context.get("restores_per_hour", 3), 1, 1000)),
            undo_hours=_number("undo_hours", context.get("undo_hours", 1), 0, 24),
            approval_hours=_number("approval_hours", context.get("approval_hours", 4), 0.001, 72),
            approval_timeout=_one_of("approval_timeout", context.get("approval_timeout", "leave"), ApprovalTimeout),
            report_minutes=_number("report_minutes", context.get("report_minutes", 15), 0, 120),
            flood_minutes=_number("flood_minutes", context.get("flood_minutes", 60), 0.01, 1440),
            watch_minutes=_watch_minutes(context.get("watch_minutes", 5)),
            qualifier=str(context.get(QUALIFIER) or DEFAULT_QUALIFIER),
        )

    @classmethod
    def without_readers(cls, context: Mapping[str, object]) -> Self:
        """The settings where nobody is mailed, and `emails` may still be missing."""
        return cls.from_context({**context, "emails": ["nobody@example.com"]})

    def functions_read(self, stack: str) -> functions.Settings:
        """What functions read of the settings."""
        return {
            "language": self.language,
            "timezone": self.timezone,
            "undo": self.undo,
            "trails": list(self.trails),
            "destinations": list(self.destinations),
            "expected": list(self.expected),
            "stack": stack,
            "qualifier": self.qualifier,
        }


def read_context(path: Path) -> dict[str, Any]:
    """The settings in a file: the `context` of a cdk.json, or an object of settings alone."""
    allowed = 'a JSON file such as cdk.json, {"context": {"trails": [...]}}, or the object of settings alone'
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise FileError(path, getattr(error, "strerror", None) or str(error), allowed) from None
    except RecursionError:
        raise FileError(path, "nested too deeply", allowed) from None
    context = found.get("context", {} if "app" in found else found) if isinstance(found, dict) else None
    if not isinstance(context, dict):
        raise FileError(path, "no settings in it", allowed)
    return context


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
        if not EMAIL.fullmatch(email) or clean(email, len(email)) != email:
            raise SettingsError("emails", email, allowed)
    readers: dict[str, str] = {}
    for email in emails:
        readers.setdefault(email.casefold(), email)  # who is given twice is one reader
    return tuple(readers.values())


def _timezone(value: object) -> str | None:
    if value in (None, "", "UTC"):
        return None
    # "Factory" is what an unconfigured machine says.
    zones = set(files("tzdata").joinpath("zones").read_text("utf-8").split()) - {"Factory"}
    if not isinstance(value, str) or value not in zones:
        raise SettingsError("timezone", value, "the IANA name of a time zone, such as Asia/Seoul; none means UTC alone")
    return value


def _undo(value: object) -> dict[str, Mode]:
    modes = get_args(Mode)
    example = json.dumps({UNDOABLE[0]: modes[-1]})
    allowed = f"{' or '.join(modes)}, or a map from action to one of them, such as {example}"
    if isinstance(value, str) and value.startswith("{"):
        value = _json("undo", value, allowed)
    given = value if isinstance(value, dict) else dict.fromkeys(UNDOABLE, value)
    for action, mode in given.items():
        if action not in UNDOABLE:
            raise SettingsError("undo", action, f"a map from actions that can be undone: {', '.join(UNDOABLE)}")
        if mode not in modes:
            raise SettingsError("undo", mode, allowed)
    return {action: cast(Mode, given.get(action, "off")) for action in UNDOABLE}


def _trails(key: str, value: object) -> tuple[str, ...]:
    allowed = "trail names (3 to 128 of A-Z a-z 0-9 and single . _ - between them) or trail ARNs; none means all"
    trails = _list(key, value, allowed)
    for trail in trails:
        if not _is_trail(trail):
            raise SettingsError(key, trail, allowed)
    # They stand in the policy of a role, which takes 10,240 characters.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
    if sum(len(trail) + 60 for trail in trails) > 9000:
        raise SettingsError(key, f"{len(trails)} trails", "as many as fit into a role's policy; none means all")
    return trails


def _destinations(value: object) -> tuple[str, ...]:
    allowed = "the ARNs of buckets, KMS keys, log groups, topics and roles, as `trailkeeper init` finds them"
    arns = tuple(arn.removesuffix(":*") for arn in _list("destinations", value, allowed))
    for arn in arns:
        if destination(arn) is None:
            raise SettingsError("destinations", arn, allowed)
    return arns


def _expected(value: object) -> tuple[Entry, ...]:
    allowed = 'a list of {"principal", "actions", "trails" (may be left out), "reason", "until"}'
    if isinstance(value, str):
        value = _json("expected", value, allowed)
    if not isinstance(value, list):
        raise SettingsError("expected", value, allowed)
    return tuple(_entry(f"expected[{number}]", entry, allowed) for number, entry in enumerate(value))


def _entry(key: str, entry: object, allowed: str) -> Entry:
    if not isinstance(entry, dict) or not {"principal", "actions", "reason", "until"} <= entry.keys():
        raise SettingsError(key, entry, allowed)
    if unknown := entry.keys() - Entry.__annotations__.keys():
        raise SettingsError(f"{key}.{min(map(str, unknown))}", entry, allowed)
    principal, reason, until = entry["principal"], entry["reason"], entry["until"]
    if not isinstance(principal, str) or not PRINCIPAL.fullmatch(principal):
        meant = "the ARN of a role, user or session with a name in it, such as arn:aws:iam::123456789012:role/Deploy*"
        raise SettingsError(f"{key}.principal", principal, meant)
    actions = _list(f"{key}.actions", entry["actions"], "one or more actions of the catalogue")
    for action in actions or [""]:
        if action not in ACTIONS:
            raise SettingsError(f"{key}.actions", action, f"one or more of {', '.join(ACTIONS)}")
    if not isinstance(reason, str) or not reason.strip():
        raise SettingsError(f"{key}.reason", reason, "why the change is expected, in a few words")
    if not isinstance(until, str) or not DATE_OR_TIME.fullmatch(until) or utc(until) is None:
        meant = "the date or time, in UTC, after which it no longer counts, such as 2026-12-31"
        raise SettingsError(f"{key}.until", until, meant)
    return {
        "principal": principal,
        "actions": list(actions),
        "trails": list(_trails(f"{key}.trails", entry.get("trails", []))),
        "reason": reason.strip(),
        "until": until,
    }


def _notify_info(value: object) -> bool:
    if value not in (True, False, "true", "false"):
        raise SettingsError("notify_info", value, "true or false")
    return value in (True, "true")


def _number(key: str, value: object, least: float, most: float) -> float:
    try:
        given = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except ValueError:
        given = -1.0
    if not least <= given <= most:
        raise SettingsError(key, value, f"a number from {least} to {most}")
    return given


def _watch_minutes(value: object) -> int:
    allowed = "a whole number of minutes from 1 to 60, or 0 for no watchdog"
    try:
        minutes = _number("watch_minutes", value, 0, 60)
    except SettingsError:
        minutes = 0.5
    if minutes % 1:
        raise SettingsError("watch_minutes", value, allowed)
    return int(minutes)


def _one_of(key: str, value: object, allowed: Any) -> Any:
    if value not in get_args(allowed):
        raise SettingsError(key, value, " or ".join(get_args(allowed)))
    return value


def _is_trail(trail: str) -> bool:
    arn = TRAIL_ARN.fullmatch(trail)
    if arn and not (REGION.fullmatch(arn["region"]) and len(arn["account"]) == 12):
        return False
    name = arn["name"] if arn else trail
    return TRAIL_NAME.fullmatch(name) is not None and NO_TRAIL_NAME.fullmatch(name) is None


def _list(key: str, value: object, allowed: str) -> tuple[str, ...]:
    """A list, also in JSON, or a comma-separated string: texts without the blanks around them, each once."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _json(key, value, allowed)
    parts = [part for part in value.split(",") if value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise SettingsError(key, value, allowed)
    return tuple(dict.fromkeys(part.strip() for part in parts))


def _json(key: str, value: str, allowed: str) -> object:
    """What a value that came from `-c key=value` is in JSON."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise SettingsError(key, value, allowed) from None
