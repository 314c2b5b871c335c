"""Evaluates the JSONata of a state machine as Step Functions does: values in, plain JSON out, or a named failure."""

import hashlib
import json
from typing import Any

from jsonata import Jsonata  # type: ignore[import-untyped]
from jsonata.utils import Utils  # type: ignore[import-untyped]
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str


class EvaluationError(Exception):
    """What Step Functions would say about an expression that has no JSON result."""


def evaluate(expression: str, scope: dict[str, Any]) -> Any:
    """The JSON value of `expression`, in which `$name` stands for `scope["name"]`."""
    used = {name: value for name, value in scope.items() if f"${name}" in expression}
    values: dict[str, Any] = json.loads(to_json_str(used))  # a copy, in which times are ISO 8601 text
    # To jsonata-python, None is "undefined" at the top level and null below it.
    bindings = FUNCTIONS | {name: Utils.NULL_VALUE if value is None else value for name, value in values.items()}
    try:
        program = Jsonata(expression)
        program.set_output_convert_nulls(False)
        result = program.evaluate(None, bindings)
    except Exception as error:  # the evaluator raises whatever Python raises, a ZeroDivisionError for instance
        reason = f"The JSONata expression '{expression}' threw an error during evaluation. {error}"
        raise EvaluationError(reason) from error
    if result is None:
        raise EvaluationError(f"The JSONata expression '{expression}' returned nothing (undefined).")
    try:
        return json.loads(json.dumps(Utils.convert_nulls(result), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise EvaluationError(f"The JSONata expression '{expression}' returned an unsupported result type.") from error


def _hash(text: str, algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", ""), text.encode()).hexdigest()


# Of what Step Functions adds to JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
FUNCTIONS: dict[str, Any] = {"hash": Jsonata.JLambda(_hash)}
