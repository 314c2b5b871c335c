"""Whether the policy of a resource allows one request, by IAM's rules, with three answers.

True, False, and None for what cannot be told: a condition on a key whose value is not known here, an operator or an
element that is not known. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from trailkeeper.record import mapping, mappings, one_or_more

Answer = bool | None
# What is known of a request: each context key, in lower case, with the values that it may have, one at a time. With no
# value the request does not have the key; a key that is missing here is not known.
Context = Mapping[str, tuple[str, ...]]
Statement = Mapping[str, Any]

ELEMENTS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
VERSIONS = ("2008-10-17", "2012-10-17")  # the first has no variables, and is meant where none is given
MANY, ONE = "many", "one"  # the wildcards of a pattern, among its letters


class Request(NamedTuple):
    """What a service of AWS asks for; a `resource` that ends with `*` stands for all that begin so."""

    service: str
    action: str
    resource: str
    context: Context


class Reason(NamedTuple):
    """An answer, the element of the policy that it comes from, and what stands there."""

    answer: Answer
    element: str
    detail: str | None = None


def refusal(document: Mapping[str, Any], request: Request) -> Reason | None:
    """Why the policy does not allow the request, or why that cannot be told; None if it allows it."""
    version = document.get("Version", VERSIONS[0])
    if version not in VERSIONS or set(document) - {"Version", "Id", "Statement"}:
        return Reason(None, "Version", str(version))
    variables = request.context if version == VERSIONS[1] else None
    found: dict[Any, list[Reason]] = {"Allow": [], "Deny": []}
    for statement in mappings(document.get("Statement")):
        if statement.get("Effect") not in ("Allow", "Deny"):
            return Reason(None, "Effect", sid(statement))
        found[statement["Effect"]].append(applies(statement, request, variables))
    denied = sorted((one for one in found["Deny"] if one.answer is not False), key=lambda one: one.answer is None)
    allowed = any(one.answer for one in found["Allow"])
    if denied and (denied[0].answer or allowed):
        return Reason(False if denied[0].answer else None, "Deny", denied[0].detail)
    if allowed:
        return None
    # The statement that comes nearest says why.
    nearness = {"Condition": 0, "Resource": 1}
    found["Allow"].sort(key=lambda one: (one.answer is not None, nearness.get(one.element, 2)))
    return found["Allow"][0] if found["Allow"] else Reason(False, "Statement")


def applies(statement: Statement, request: Request, variables: Context | None) -> Reason:
    """Whether a statement is about a request, by the first element that says no, else one that is unclear."""
    reasons = [
        Reason(None if set(statement) - ELEMENTS else True, "Statement", sid(statement)),
        Reason(element(statement, "Principal", lambda one: is_for(one, request.service)), "Principal", sid(statement)),
        Reason(element(statement, "Action", lambda one: is_action(one, request.action)), "Action", sid(statement)),
        Reason(
            element(statement, "Resource", lambda one: is_resource(one, request.resource, variables)),
            "Resource",
            ", ".join(map(str, one_or_more(statement.get("Resource", statement.get("NotResource"))))),
        ),
        *conditions(statement.get("Condition", {}), request.context, variables),
    ]
    for answer in (False, None):
        for reason in reasons:
            if reason.answer is answer:
                return reason
    return Reason(True, "Statement", sid(statement))


def sid(statement: Statement) -> str | None:
    """The statement's own name."""
    return str(statement["Sid"]) if statement.get("Sid") else None


def element(statement: Statement, name: str, test: Callable[[Any], Answer]) -> Answer:
    """Whether one of the values of an element passes, or none of those of its opposite, `Not...`."""
    if (name in statement) == (f"Not{name}" in statement):
        return None
    given = statement.get(name, statement.get(f"Not{name}"))
    answer = any_of(test(one) for one in (principals(given) if name == "Principal" else one_or_more(given)))
    return answer if name in statement else opposite(answer)


def any_of(answers: Iterable[Answer]) -> Answer:
    """True if one is, else None if one is, else False."""
    found = list(answers)
    return True if True in found else None if None in found else False


def opposite(answer: Answer) -> Answer:
    """The other answer, where there is one."""
    return None if answer is None else not answer


# ---- Principal, Action, Resource


def principals(given: Any) -> list[tuple[str, Any]]:
    """(kind, name) of each principal."""
    if isinstance(given, dict):
        return [(str(kind), one) for kind, names in given.items() for one in one_or_more(names)]
    return [("AWS" if one == "*" else "", one) for one in one_or_more(given)]


def is_for(principal: tuple[str, Any], service: str) -> Answer:
    """Whether a principal is the service."""
    kind, name = principal
    if kind not in ("AWS", "Service", "Federated", "CanonicalUser") or not isinstance(name, str):
        return None
    if kind == "Service":
        family = service.partition(".")[0]
        return True if name == service else None if name == "*" or name.startswith(f"{family}.") else False
    return kind == "AWS" and name == "*"


def is_action(pattern: Any, action: str) -> Answer:
    """Whether an action fits a pattern; case does not count."""
    return fits(letters(lower(pattern), None), lower(action)) if isinstance(pattern, str) else None


def lower(text: str) -> str:
    """A text in lower case, but for letters that Unicode alone takes for one of ASCII's, such as the kelvin sign."""
    return text.lower() if text.isascii() else text


def is_resource(pattern: Any, resource: str, variables: Context | None) -> Answer:
    """Whether a resource, or all that begin so, fits a pattern."""
    if not isinstance(pattern, str):
        return None
    found = letters(pattern, variables)
    if found is None or found == [MANY]:
        return None if found is None else True
    begins = resource.endswith("*")
    return is_arn(found, resource.removesuffix("*"), begins)


# ---- Patterns


def letters(pattern: str, variables: Context | None, wildcards: bool = True) -> list[str] | None:
    """The letters and wildcards of a pattern, with its variables filled in; None if one of them is not known.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    found: list[str] = []
    for part in re.split(r"(\$\{[^}]*\})", pattern) if variables is not None else [pattern]:
        if variables is not None and part.startswith("${"):
            name = part[2:-1]
            values = (name,) if name in ("*", "?", "$") else variables.get(name.strip().lower(), ())
            if len(values) != 1:
                return None
            found += values[0]
        else:
            # A run of asterisks is one.
            part = re.sub(r"\*+", "*", part) if wildcards else part
            found += [{"*": MANY, "?": ONE}.get(one, one) if wildcards else one for one in part]
    return found


def fits(pattern: list[str] | None, text: str, begins: bool = False) -> Answer:
    """Whether a text fits a pattern; if it only `begins` so, whether all texts do that begin so, None for some."""
    if pattern is None:
        return None

    def reached(places: set[int]) -> set[int]:
        """Those places, and those behind wildcards that may stand for nothing."""
        found = set()
        for place in places:
            found.add(place)
            while place < len(pattern) and pattern[place] == MANY:
                place += 1
                found.add(place)
        return found

    # All places at once, and no regular expression: an attacker's pattern cannot make this take long.
    places = reached({0})
    for letter in text:
        if not places:
            return False
        here = {place for place in places if place < len(pattern)}
        places = reached(
            {place for place in here if pattern[place] == MANY}
            | {place + 1 for place in here if pattern[place] in (ONE, letter)}
        )
    if not begins:
        return len(pattern) in places
    if any(pattern[place:] == [MANY] for place in places):
        return True
    return None if places - {len(pattern)} else False


def is_arn(pattern: list[str], arn: str, begins: bool = False) -> Answer:
    """Whether an ARN fits a pattern, each of its six parts alone; None for a pattern that is not made of six."""
    wanted: list[list[str]] = [[]]
    for one in pattern:
        if one == ":" and len(wanted) < 6:
            wanted.append([])
        else:
            wanted[-1].append(one)
    given = arn.split(":", 5)
    if len(wanted) != 6 or len(given) != 6:
        return None
    answers = [fits(part, text) for part, text in zip(wanted[:5], given[:5], strict=True)]
    answers.append(fits(wanted[5], given[5], begins))
    return False if False in answers else None if None in answers else True


# ---- Condition


def conditions(given: Any, context: Context, variables: Context | None) -> Iterator[Reason]:
    """Each condition of a statement: all must be met."""
    if not isinstance(given, dict):
        yield Reason(None, "Condition")
        return
    for operator, tests in given.items():
        if not isinstance(tests, dict):
            yield Reason(None, "Condition", str(operator))
        for key, wanted in mapping(tests).items():
            values = [str(one).lower() if isinstance(one, bool) else str(one) for one in one_or_more(wanted)]
            answer = is_met(lower(str(operator)), lower(str(key)), values, context, variables)
            yield Reason(answer, "Condition", f"{operator} {key} {', '.join(values)}")


def is_met(operator: str, key: str, wanted: list[str], context: Context, variables: Context | None) -> Answer:
    """Whether a condition is met by each value that the key may have; None where they differ, or none is known.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    values = context.get(key)
    if values is None:
        return None
    if operator == "null":
        return None if len(wanted) != 1 or wanted[0] not in ("true", "false") else (wanted[0] == "true") == (not values)
    quantifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("ifexists")
    if quantifier not in ("", "forallvalues", "foranyvalue") or name not in OPERATORS:
        return None
    test, negated = OPERATORS[name]
    if not values:
        if rest != name or quantifier == "forallvalues":
            return True
        return negated and not quantifier
    answers = []
    for value in values:
        answer = any_of(test(one, value, variables) for one in wanted)
        answers.append(opposite(answer) if negated else answer)
    return answers[0] if len(set(answers)) == 1 else None


def text_test(ignore_case: bool = False, wildcards: bool = False) -> Any:
    """A test of texts."""

    def test(wanted: str, value: str, variables: Context | None) -> Answer:
        pattern = letters(wanted, variables, wildcards)
        if pattern is None or not ignore_case:
            return fits(pattern, value)
        return fits([lower(one) for one in pattern], lower(value))

    return test


def arn_test(wanted: str, value: str, variables: Context | None) -> Answer:
    """A test of ARNs: equal and like mean the same."""
    pattern = letters(wanted, variables)
    return None if pattern is None else is_arn(pattern, value)


def ordered(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Any:
    """A test of numbers or times."""

    def test(wanted: str, value: str, variables: Context | None) -> Answer:
        try:
            return compare(read(value), read(wanted))
        except (ValueError, OverflowError, OSError):
            return None

    return test


def number(text: str) -> float:
    """A number."""
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text, re.ASCII):
        raise ValueError(text)
    return float(text)


def moment(text: str) -> datetime:
    """A time, in ISO 8601 or in seconds since 1970."""
    if re.fullmatch(r"\d+", text, re.ASCII):
        return datetime.fromtimestamp(int(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_bool(wanted: str, value: str, variables: Context | None) -> Answer:
    """A test of flags."""
    return wanted.lower() == value if wanted.lower() in ("true", "false") else None


ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: value == wanted,
    "lessthan": lambda value, wanted: value < wanted,
    "lessthanequals": lambda value, wanted: value <= wanted,
    "greaterthan": lambda value, wanted: value > wanted,
    "greaterthanequals": lambda value, wanted: value >= wanted,
}
# Operator -> (test, whether it is negated). Those of addresses and of bytes are missing: no key of those is known.
OPERATORS: dict[str, tuple[Callable[[str, str, Context | None], Answer], bool]] = {
    "stringequals": (text_test(), False),
    "stringnotequals": (text_test(), True),
    "stringequalsignorecase": (text_test(ignore_case=True), False),
    "stringnotequalsignorecase": (text_test(ignore_case=True), True),
    "stringlike": (text_test(wildcards=True), False),
    "stringnotlike": (text_test(wildcards=True), True),
    "arnequals": (arn_test, False),
    "arnnotequals": (arn_test, True),
    "arnlike": (arn_test, False),
    "arnnotlike": (arn_test, True),
    "bool": (is_bool, False),
    "numericnotequals": (ordered(number, ORDERS["equals"]), True),
    "datenotequals": (ordered(moment, ORDERS["equals"]), True),
    **{f"numeric{name}": (ordered(number, order), False) for name, order in ORDERS.items()},
    **{f"date{name}": (ordered(moment, order), False) for name, order in ORDERS.items()},
}
