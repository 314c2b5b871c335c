"""The wording: every language says the same, and says all of it."""

import re
from typing import Any

from mail import WORDING
from samples import ARN, SETTINGS, event
from triage import judge

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
        assert words.RESTORE_ERRORS.keys() == english.RESTORE_ERRORS.keys()
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


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return set(re.findall(r"{(\w+)}", text))


def test_translations_fill_in_the_same_facts() -> None:
    english, korean = WORDING["en"], WORDING["ko"]
    for key, sentence in english.SENTENCES.items():
        assert placeholders(korean.SENTENCES[key]) == placeholders(sentence), key
        assert placeholders(korean.HEADLINES[key]) == placeholders(english.HEADLINES[key]), key
    for name, text in vars(english).items():
        if name.isupper() and isinstance(text, str):
            assert placeholders(getattr(korean, name)) == placeholders(text), name
