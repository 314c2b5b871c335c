"""The settings: what is accepted, and the one line that each bad value gets."""

import json
from typing import Any

import pytest

from workflow.settings import Settings, SettingsError

ORG_TRAIL = "arn:aws:cloudtrail:us-east-1:123456789012:trail/Org"
EMAILS = "one or more mail addresses, such as -c emails=you@company.com,team@company.com"
TRAILS = "trail names (3 to 128 of A-Z a-z 0-9 and single . _ - between them) or trail ARNs; none guards all"
UNDO = 'off or auto, or a map from action to one of them, such as {"StopLogging": "auto"}'
KEYS = "the settings emails, language, undo, trails"


def settings(**context: Any) -> Settings:
    return Settings.from_context({"emails": ["you@company.com"]} | context)


def test_a_mail_address_is_all_that_a_deployment_must_set() -> None:
    assert settings() == Settings(emails=("you@company.com",), language="en", undo={"StopLogging": "off"}, trails=()), (
        "by default it tells, in English, of all trails, and undoes nothing"
    )


@pytest.mark.parametrize(
    ("context", "field", "value"),
    [
        ({"emails": ["a@company.com", "b@company.com"]}, "emails", ("a@company.com", "b@company.com")),
        ({"emails": " a@company.com,b@company.com "}, "emails", ("a@company.com", "b@company.com")),
        ({"emails": "a@company.com,a@company.com"}, "emails", ("a@company.com",)),
        ({"language": "ko"}, "language", "ko"),
        ({"undo": "auto"}, "undo", {"StopLogging": "auto"}),
        ({"undo": {"StopLogging": "auto"}}, "undo", {"StopLogging": "auto"}),
        ({"undo": '{"StopLogging": "auto"}'}, "undo", {"StopLogging": "auto"}),
        ({"undo": {}}, "undo", {"StopLogging": "off"}),
        ({"trails": ""}, "trails", ()),
        ({"trails": f"Main, {ORG_TRAIL}"}, "trails", ("Main", ORG_TRAIL)),
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
        ({"emails": "a@company.com\nb"}, f"emails: 'a@company.com\\nb' is not allowed; allowed: {EMAILS}"),
        ({"emails": [1]}, f"emails: [1] is not allowed; allowed: {EMAILS}"),
        ({"language": "kr"}, "language: 'kr' is not allowed; allowed: en or ko"),
        ({"language": ["ko"]}, "language: ['ko'] is not allowed; allowed: en or ko"),
        ({"undo": "approve"}, f"undo: 'approve' is not allowed; allowed: {UNDO}"),
        ({"undo": True}, f"undo: True is not allowed; allowed: {UNDO}"),
        ({"undo": None}, f"undo: None is not allowed; allowed: {UNDO}"),
        ({"undo": '{"StopLogging": "auto"'}, f'undo: \'{{"StopLogging": "auto"\' is not allowed; allowed: {UNDO}'),
        ({"undo": {"StopLogging": "on"}}, f"undo: 'on' is not allowed; allowed: {UNDO}"),
        (
            {"undo": {"DeleteTrail": "auto"}},
            "undo: 'DeleteTrail' is not allowed; allowed: a map from actions that can be undone: StopLogging",
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
    assert json.loads(given.environment_json()) == {
        "language": "ko",
        "undo": {"StopLogging": "auto"},
        "trails": ["Main"],
    }


def test_trails_that_do_not_fit_a_function_s_environment_are_an_error() -> None:
    names = [f"trail-{number:03}-{'x' * 90}" for number in range(40)]
    assert len(settings(trails=names[:30]).environment_json()) < 4096
    with pytest.raises(SettingsError, match=r"^trails: .* makes? an environment of \d+ bytes and Lambda takes 4096$"):
        settings(trails=names)
