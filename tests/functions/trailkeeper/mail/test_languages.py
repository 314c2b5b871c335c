"""The wording: every language says the same, and says all of it."""

import ast
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from trailkeeper.calls import event_data_store, trail
from trailkeeper.incident import Family, Held, Mode, Part, UndoWhy
from trailkeeper.kinds import KINDS
from trailkeeper.mail.clauses import Deed
from trailkeeper.mail.wording import Words, wording
from trailkeeper.settings import Language
from trailkeeper.standing import Done, State

FUNCTIONS = Path(__file__).parents[4] / "functions"
ENGLISH = wording("en")
LANGUAGES = get_args(Language)
each_language = pytest.mark.parametrize("words", [*map(wording, LANGUAGES)], ids=LANGUAGES)


def tables(words: Words) -> dict[str, Any]:
    """The words by their names."""
    return {name: value for name, value in vars(words).items() if name.isupper() and name != "ZONE"}


def blanks(words: Any) -> Any:
    """The same words, each text as the set of its names in braces."""
    if isinstance(words, dict):
        return {key: blanks(inner) for key, inner in words.items()}
    return set(re.findall(r"{(\w+)}", words))


@each_language
def test_every_language_has_the_same_words_with_the_same_blanks(words: Words) -> None:
    assert blanks(tables(words)) == blanks(tables(ENGLISH))


def test_every_kind_family_deed_and_outcome_has_words() -> None:
    assert ENGLISH.KINDS.keys() == KINDS.keys()
    assert ENGLISH.WHOSE.keys() == ENGLISH.RESOURCES.keys() == ENGLISH.UNNAMED_RESOURCES.keys() == set(get_args(Family))
    assert ENGLISH.HEADLINES.keys() == ENGLISH.DONE.keys() == set(get_args(Deed))
    assert ENGLISH.DID.keys() == ENGLISH.UNDO.keys() == set(get_args(Done))
    assert ENGLISH.STATES.keys() == set(get_args(State))
    assert ENGLISH.NOW_AFTER_DELETION.keys() > set(get_args(State))
    assert ENGLISH.NOW.keys() > set(get_args(State))
    assert ENGLISH.UNDO_WHY.keys() == {*get_args(UndoWhy), *get_args(Held), *get_args(Mode)} - {"off"}
    assert ENGLISH.HELD.keys() == {*get_args(Held), "would_change"}
    assert ENGLISH.SUBJECTS.keys() == {*get_args(Part), "flood"}


def test_every_code_of_a_fact_has_words_and_every_word_a_code() -> None:
    made, constants = set[str](), set[str]()
    for file in (FUNCTIONS / "trailkeeper").rglob("*.py"):
        if file.parent.name == "mail":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Finding", "fact", "kept_for"):
                code = node.args[0]
                either = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
                made |= {str(one.value) for one in either if isinstance(one, ast.Constant)}
    made |= {code for code, _ in trail.FLAGS.values()} | {*event_data_store.FLAGS.values()}
    assert len(made) > 55
    assert made <= ENGLISH.FACTS.keys() <= constants
