"""JSONata as Step Functions evaluates it."""

from typing import Any

import pytest

from localcloud.stepfunctions.jsonata import EvaluationError, evaluate

SCOPE = {
    "states": {"input": {"name": 'it\'s "q" \\ 한', "one": ["x"], "nothing": None}, "result": [{"a": 1}, {}]},
    "empty": None,
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$states.input.name", 'it\'s "q" \\ 한'),
        ("$states.input.one", ["x"]),
        ("$states.input.nothing", None),
        ("$states.result[1]", {}),
        ("$empty", None),
        ("$exists($empty)", True),
        ("$exists($states.input.absent)", False),
        ("$exists($states.input.absent) ? 1 : null", None),
        ("'a' in ['a', 'b']", True),
        ("[1..3]", [1, 2, 3]),
        ("{'whole': $states.input.one[0] & '!'}", {"whole": "x!"}),
        ("$string({'a': null})", '{"a":null}'),
        ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ],
)
def test_an_expression_has_the_value_of_step_functions(expression: str, value: Any) -> None:
    assert evaluate(expression, SCOPE) == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("$states.input.absent", "returned nothing (undefined)"),
        ("$unknown", "returned nothing (undefined)"),
        ("$sum", "returned an unsupported result type"),
        ("'a' + 1", "threw an error during evaluation. The left side of the + operator must evaluate to a number"),
        ("1/0", "threw an error during evaluation"),
        ("(", "threw an error during evaluation"),
    ],
)
def test_an_expression_without_a_json_value_says_why(expression: str, reason: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        evaluate(expression, SCOPE)
    assert reason in str(raised.value)
    assert f"'{expression}'" in str(raised.value)


def test_an_expression_cannot_change_the_values_that_it_sees() -> None:
    scope = {"states": {"input": {"a": [1]}}}
    assert evaluate("$states.input ~> |$|{'a': 2}|", scope) == {"a": 2}
    assert scope == {"states": {"input": {"a": [1]}}}
