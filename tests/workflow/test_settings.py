"""The settings: what is accepted, and the one line that each bad value gets."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from trailkeeper.incident import Mode
from workflow.settings import UNDOABLE, FileError, Settings, SettingsError, read_context

ORG_TRAIL = "arn:aws:cloudtrail:us-east-1:123456789012:trail/Org"
EMAILS = "one or more mail addresses, such as -c emails=you@company.com,team@company.com"
TRAILS = "trail names (3 to 128 of A-Z a-z 0-9 and single . _ - between them) or trail ARNs; none means all"
TIMEZONE = "the IANA name of a time zone, such as Asia/Seoul; none means UTC alone"


def modes(others: Mode, **given: Mode) -> dict[str, Mode]:
    """A mode for each action that can be undone."""
    return {**dict.fromkeys(UNDOABLE, others), **given}


UNDO = 'off or shadow or approve or auto, or a map from action to one of them, such as {"StopLogging": "auto"}'
KEYS = (
    "the settings emails, language, timezone, undo, trails, destinations, expected, notify_info, restores_per_hour, "
    "undo_hours, approval_hours, approval_timeout, report_minutes, flood_minutes, "
    "watch_minutes"
)


BUCKET, GROUP = "arn:aws:s3:::trail-logs", "arn:aws:logs:us-east-1:123456789012:log-group:trail"
ENTRY = {
    "principal": "arn:aws:iam::123456789012:role/Deploy*",
    "actions": ["UpdateTrail"],
    "reason": "migration",
    "until": "2026-12-31",
}


def settings(**context: Any) -> Settings:
    return Settings.from_context({"emails": ["you@company.com"]} | context)


def test_a_mail_address_is_all_that_a_deployment_must_set() -> None:
    assert settings() == Settings(
        emails=("you@company.com",),
        language="en",
        timezone=None,
        undo=modes("off"),
        trails=(),
        destinations=(),
        expected=(),
        notify_info=False,
        restores_per_hour=3,
        undo_hours=1,
        approval_hours=4,
        approval_timeout="leave",
        report_minutes=15,
        flood_minutes=60,
        watch_minutes=5,
        qualifier="hnb659fds",
    ), "by default it sends mail, in English, of all trails, and undoes nothing"


@pytest.mark.parametrize(
    ("context", "field", "value"),
    [
        ({"emails": ["a@company.com", "b@company.com"]}, "emails", ("a@company.com", "b@company.com")),
        ({"emails": " a@company.com,b@company.com "}, "emails", ("a@company.com", "b@company.com")),
        ({"emails": "a@company.com,a@company.com"}, "emails", ("a@company.com",)),
        ({"language": "ko"}, "language", "ko"),
        ({"timezone": "Asia/Seoul"}, "timezone", "Asia/Seoul"),
        ({"destinations": '["arn:aws:s3:::logs", "arn:aws:s3:::logs"]'}, "destinations", ("arn:aws:s3:::logs",)),
        ({"emails": "You@x.io,team@x.io,you@x.io"}, "emails", ("You@x.io", "team@x.io")),
        ({"@aws-cdk/core:bootstrapQualifier": "mine"}, "qualifier", "mine"),
        ({"undo": "auto"}, "undo", modes("auto")),
        ({"undo": {"StopLogging": "auto"}}, "undo", modes("off", StopLogging="auto")),
        ({"undo": '{"StopLogging": "auto"}'}, "undo", modes("off", StopLogging="auto")),
        ({"undo": {}}, "undo", modes("off")),
        ({"trails": ""}, "trails", ()),
        ({"trails": f"Main, {ORG_TRAIL}"}, "trails", ("Main", ORG_TRAIL)),
        ({"destinations": f"{BUCKET}, {GROUP}:*"}, "destinations", (BUCKET, GROUP)),
        ({"expected": [ENTRY]}, "expected", ({**ENTRY, "trails": []},)),
        ({"expected": json.dumps([ENTRY | {"trails": ["Main"]}])}, "expected", ({**ENTRY, "trails": ["Main"]},)),
        (
            {"expected": [ENTRY | {"until": "2020-01-01"}]},
            "expected",
            ({**ENTRY, "trails": [], "until": "2020-01-01"},),
        ),
        ({"notify_info": True}, "notify_info", True),
        ({"notify_info": "true"}, "notify_info", True),
        ({"notify_info": "false"}, "notify_info", False),
        ({"undo": "approve"}, "undo", modes("approve")),
        ({"undo": "shadow"}, "undo", modes("shadow")),
        ({"report_minutes": "0.5"}, "report_minutes", 0.5),
        ({"trails": ["arn:aws-us-gov:cloudtrail:us-gov-west-1:123456789012:trail/my.trail_1-a"]}, "trails", None),
    ],
)
def test_good_values_are_read_from_cdk_json_and_from_the_command_line(
    context: dict[str, Any], field: str, value: object
) -> None:
    assert getattr(settings(**context), field) == (tuple(context["trails"]) if value is None else value)


@pytest.mark.parametrize(
    ("context", "line"),
    [
        ({"emails": []}, f"emails: [] is not allowed; allowed: {EMAILS}"),
        ({"emails": ""}, f"emails: '' is not allowed; allowed: {EMAILS}"),
        ({"emails": "nobody"}, f"emails: 'nobody' is not allowed; allowed: {EMAILS}"),
        ({"emails": "a@company.com,"}, f"emails: '' is not allowed; allowed: {EMAILS}"),
        ({"emails": "a@b@company.com"}, f"emails: 'a@b@company.com' is not allowed; allowed: {EMAILS}"),
        ({"emails": "a@company.com\x1b"}, f"emails: 'a@company.com\\x1b' is not allowed; allowed: {EMAILS}"),
        ({"emails": "a\u202e@b.cc"}, f"emails: 'a\\u202e@b.cc' is not allowed; allowed: {EMAILS}"),
        ({"emails": "a@company.com\nb"}, f"emails: 'a@company.com\\nb' is not allowed; allowed: {EMAILS}"),
        ({"emails": [1]}, f"emails: [1] is not allowed; allowed: {EMAILS}"),
        ({"language": "kr"}, "language: 'kr' is not allowed; allowed: en or ko"),
        ({"language": ["ko"]}, "language: ['ko'] is not allowed; allowed: en or ko"),
        ({"timezone": "Asia/Seul"}, f"timezone: 'Asia/Seul' is not allowed; allowed: {TIMEZONE}"),
        ({"timezone": "../../etc/passwd"}, f"timezone: '../../etc/passwd' is not allowed; allowed: {TIMEZONE}"),
        ({"timezone": "Factory"}, f"timezone: 'Factory' is not allowed; allowed: {TIMEZONE}"),
        ({"timezone": "localtime"}, f"timezone: 'localtime' is not allowed; allowed: {TIMEZONE}"),
        ({"timezone": 9}, f"timezone: 9 is not allowed; allowed: {TIMEZONE}"),
        ({"undo": "ask"}, f"undo: 'ask' is not allowed; allowed: {UNDO}"),
        ({"approval_hours": 100}, "approval_hours: 100 is not allowed; allowed: a number from 0.001 to 72"),
        ({"report_minutes": "soon"}, "report_minutes: 'soon' is not allowed; allowed: a number from 0 to 120"),
        ({"restores_per_hour": True}, "restores_per_hour: True is not allowed; allowed: a number from 1 to 1000"),
        ({"approval_timeout": "yes"}, "approval_timeout: 'yes' is not allowed; allowed: leave or undo"),
        ({"undo": True}, f"undo: True is not allowed; allowed: {UNDO}"),
        ({"undo": None}, f"undo: None is not allowed; allowed: {UNDO}"),
        ({"undo": '{"StopLogging": "auto"'}, f'undo: \'{{"StopLogging": "auto"\' is not allowed; allowed: {UNDO}'),
        ({"undo": {"StopLogging": "on"}}, f"undo: 'on' is not allowed; allowed: {UNDO}"),
        (
            {"undo": {"PutBucketAcl": "auto"}},
            "undo: 'PutBucketAcl' is not allowed; allowed: a map from actions that can be undone: "
            + ", ".join(UNDOABLE),
        ),
        ({"trails": ["ab"]}, f"trails: 'ab' is not allowed; allowed: {TRAILS}"),
        ({"trails": "my--trail"}, f"trails: 'my--trail' is not allowed; allowed: {TRAILS}"),
        ({"trails": "-mine"}, f"trails: '-mine' is not allowed; allowed: {TRAILS}"),
        ({"trails": "192.168.5.4"}, f"trails: '192.168.5.4' is not allowed; allowed: {TRAILS}"),
        ({"trails": "a" * 129}, f"trails: '{'a' * 56}... is not allowed; allowed: {TRAILS}"),
        ({"trails": "arn:aws:s3:::logs"}, f"trails: 'arn:aws:s3:::logs' is not allowed; allowed: {TRAILS}"),
        (
            {"trails": "arn:aws:cloudtrail:us-east-1:12345678901:trail/Main"},  # one digit of the account is missing
            f"trails: 'arn:aws:cloudtrail:us-east-1:12345678901:trail/Main' is not allowed; allowed: {TRAILS}",
        ),
        ({"trails": {"Main": True}}, f"trails: {{'Main': True}} is not allowed; allowed: {TRAILS}"),
        ({"notify_info": "yes"}, "notify_info: 'yes' is not allowed; allowed: true or false"),
        ({"email": "a@company.com"}, f"email: 'a@company.com' is not allowed; allowed: {KEYS}"),
        ({"Undo": "auto"}, f"Undo: 'auto' is not allowed; allowed: {KEYS}"),
        ({"undo:x": "auto"}, f"undo:x: 'auto' is not allowed; allowed: {KEYS}"),
        ({"@undo": "auto"}, f"@undo: 'auto' is not allowed; allowed: {KEYS}"),
        ({"lang/uage": "ko"}, f"lang/uage: 'ko' is not allowed; allowed: {KEYS}"),
    ],
)
def test_a_bad_value_is_one_line_with_its_key_the_value_and_what_is_allowed(context: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(**context)
    assert str(error.value) == line


@pytest.mark.parametrize(
    "destination",
    ["trail-logs", "*", "arn:aws:s3:::*", "arn:aws:s3:::trail-logs/AWSLogs", "arn:aws:iam::123456789012:user/x", ""],
)
def test_a_destination_is_the_arn_of_what_trails_write_to(destination: str) -> None:
    with pytest.raises(SettingsError, match=r"^destinations: .* `trailkeeper init` finds them$"):
        settings(destinations=[destination])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"principal": "*"}, r"expected\[0\]\.principal: '\*' is not allowed; allowed: the ARN of a role"),
        ({"principal": "**"}, r"expected\[0\]\.principal"),
        ({"principal": "arn:aws:iam::123456789012:role/*"}, r"expected\[0\]\.principal"),
        ({"principal": "arn:*"}, r"expected\[0\]\.principal"),
        ({"principal": "Deploy"}, r"expected\[0\]\.principal"),
        ({"actions": []}, r"expected\[0\]\.actions"),
        ({"actions": ["*"]}, r"expected\[0\]\.actions"),
        ({"actions": "StartLogging"}, r"expected\[0\]\.actions: 'StartLogging'"),
        ({"reason": " "}, r"expected\[0\]\.reason"),
        ({"until": "soon"}, r"expected\[0\]\.until: 'soon' is not allowed; allowed: the date or time"),
        ({"until": "0026-12-31"}, r"expected\[0\]\.until"),
        ({"until": "20261231"}, r"expected\[0\]\.until"),
        ({"until": None}, r"expected\[0\]\.until"),
        ({"trails": ["x"]}, r"expected\[0\]\.trails"),
        ({"untill": "2026-12-31"}, r"expected\[0\]\.untill"),
    ],
)
def test_an_announcement_names_who_what_why_and_until_when(change: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError, match=f"^{line}"):
        settings(expected=[ENTRY | change])


@pytest.mark.parametrize("missing", sorted(ENTRY))
def test_an_announcement_without_one_of_these_is_refused(missing: str) -> None:
    with pytest.raises(SettingsError, match=r"^expected\[0\]: "):
        settings(expected=[{key: value for key, value in ENTRY.items() if key != missing}])


@pytest.mark.parametrize("value", ["{", "{}", {"principal": "x"}, ["x"], 1])
def test_announcements_are_a_list_of_objects(value: object) -> None:
    with pytest.raises(SettingsError, match=r"^expected"):
        settings(expected=value)


def test_settings_are_read_from_a_cdk_json_or_an_object_alone(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"app": "x", "context": {"language": "ko"}}')
    assert read_context(file) == {"language": "ko"}
    file.write_text('{"language": "ko"}')
    assert read_context(file) == {"language": "ko"}
    for damaged in ("{", "[]", '{"context": []}', "\xff"):
        file.write_bytes(damaged.encode("latin-1"))
        with pytest.raises(FileError, match=r"settings.json: .* it takes a JSON file such as cdk.json"):
            read_context(file)
    with pytest.raises(FileError, match=r"nowhere.json: No such file or directory; it takes"):
        read_context(tmp_path / "nowhere.json")


def test_what_cdk_itself_keeps_in_the_context_is_no_setting() -> None:
    cdks_own = {
        "@aws-cdk/core:failSynthOnValidationErrors": False,
        "aws:cdk:version-reporting": True,
        "aws-cdk:enableDiffNoFail": True,
        "availability-zones:account=123456789012:region=us-east-1": ["us-east-1a"],
        "cli-telemetry": False,
        "acknowledged-issue-numbers": [1],
    }
    assert settings(**cdks_own) == settings()


def test_functions_get_what_they_need_and_no_mail_address() -> None:
    given = settings(language="ko", undo="auto", trails="Main")
    assert dict(given.functions_read("Trailkeeper")) == {
        "language": "ko",
        "timezone": None,
        "undo": modes("auto"),
        "trails": ["Main"],
        "destinations": [],
        "expected": [],
        "stack": "Trailkeeper",
        "qualifier": "hnb659fds",
    }


def test_more_settings_than_a_functions_environment_holds_are_none_too_many() -> None:
    buckets = [f"arn:aws:s3:::bucket-{number:03}-{'x' * 40}" for number in range(200)]
    assert len(settings(destinations=buckets).functions_read("Trailkeeper")["destinations"]) == 200


def test_utc_alone_is_no_time_zone_beside_it() -> None:
    assert settings(timezone="UTC").timezone is settings(timezone="").timezone is None


def test_what_is_nested_too_deeply_or_called_like_terminal_commands_is_one_plain_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text("[" * 100_000)
    with pytest.raises(FileError, match=r"settings.json: nested too deeply; it takes"):
        read_context(file)
    for context in ({"expected": "[" * 100_000}, {"undo": '{"a":' * 100_000}, {"\x1b[31m\nx\u202e" * 1000: "y"}):
        with pytest.raises(SettingsError) as error:
            settings(**context)
        assert str(error.value).isprintable()
        assert len(str(error.value)) < 500


@pytest.mark.parametrize("page", ["operations.md", "ko.md"])
def test_each_action_that_can_be_undone_stands_in_the_docs(page: str) -> None:
    lines = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8").splitlines()
    first = [line.split("|")[1] for line in lines if line.startswith("|")]
    assert not {*UNDOABLE} - {*re.findall(r"\w+", " ".join(first))}
