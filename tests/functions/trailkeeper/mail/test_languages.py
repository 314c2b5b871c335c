"""The wording: every language says the same, and says all of it."""

import re
from pathlib import Path
from typing import Any, get_args

from incident import Family, Kind
from tests.samples import ARN, SETTINGS, event
from triage import judge
from wording import WORDING

# Changes to records that, over all the events below, bring out each fact that Triage can tell.
FACTS: list[dict[str, Any]] = [
    {},
    {"eventName": "StartLogging"},
    {"eventType": "AwsVpceEvent"},
    {"errorCode": "ConflictException"},
    {"requestParameters": {"omitted": "true"}},
    {"requestParameters": {"name": ARN.replace("123456789012", "111122223333")}},
    {
        "requestParameters": {
            "name": "TestTrail",
            "isMultiRegionTrail": False,
            "includeGlobalServiceEvents": False,
            "enableLogFileValidation": False,
            "isOrganizationTrail": False,
            "cloudWatchLogsLogGroupArn": "",
            "s3BucketName": "b",
            "s3KeyPrefix": "p",
            "kmsKeyId": "k",
        }
    },
    {"requestParameters": {"trailName": "TestTrail", "eventSelectors": []}},
]


def test_every_outcome_of_every_verdict_has_words_in_every_language() -> None:
    english = WORDING["en"]
    for words in WORDING.values():
        assert words.SENTENCES.keys() == words.HEADLINES.keys() == english.SENTENCES.keys()
        assert words.LABELS.keys() == english.LABELS.keys()
        assert words.NEXT.keys() == english.NEXT.keys()
        for name, told in vars(english).items():
            if isinstance(told, dict) and name != "FACTS" and name.isupper():
                assert getattr(words, name).keys() == told.keys(), name
        assert words.KINDS.keys() == set(get_args(Kind))
        assert {"trail", *words.WHOSE} == words.RESOURCES.keys() == set(get_args(Family))
        assert {name for name in dir(words) if name.isupper()} == {name for name in dir(english) if name.isupper()}


def test_every_fact_that_triage_tells_has_a_translation() -> None:
    korean = WORDING["ko"].FACTS
    for name in (
        "stop-logging",
        "stop-logging-denied",
        "delete-trail",
        "update-trail-one-region",
        "put-event-selectors-all",
    ):
        for changes in FACTS:
            incident = judge(event(name, **changes), SETTINGS)
            for told in (*incident["reasons"], incident["undo"]["why"]):
                assert told.partition(": ")[0] in korean, told


def test_every_fact_of_the_catalogue_and_of_its_judges_has_a_translation() -> None:
    """Whatever stands in a `Fact(...)`, up to its first detail."""
    korean = WORDING["ko"].FACTS
    found = 0
    for name in ("judges", "catalogue", "incident", "refine", "triage"):
        source = (Path(__file__).parents[2] / "functions" / f"{name}.py").read_text()
        for told in re.findall(r'(?:Fact|kept_for)\((?:number\(.*?\), )?f?"([^"]+)"', source):
            known = told.partition(": ")[0]
            names = (
                ("bucket", "prefix", "encryption key", "log group", "log group's role", "topic")
                if "{named}" in known
                else ("",)
            )
            for one in names:
                found += 1
                if not known.startswith("{"):
                    assert known.replace("{named}", one) in korean, told
    assert found > 70


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return set(re.findall(r"{(\w+)}", text))


def test_translations_fill_in_the_same_facts() -> None:
    english, korean = WORDING["en"], WORDING["ko"]
    for name, told in vars(english).items():
        if name.isupper() and isinstance(told, str):
            assert placeholders(getattr(korean, name)) == placeholders(told), name
        elif name.isupper() and isinstance(told, dict):
            for key, text in told.items():
                assert placeholders(getattr(korean, name)[key]) == placeholders(text), (name, key)
