"""A call's input, checked against botocore's model of it, as AWS does before a service sees it.

Patterns with Unicode classes, which Python does not know, are not checked; they are those of tags and descriptions.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.model import OperationModel

# The error of an input that breaks its model, where it is not ValidationException.
_CODES = {
    "cloudformation": "ValidationError",
    "iam": "ValidationError",
    "logs": "InvalidParameterException",
    "monitoring": "ValidationError",
    "organizations": "InvalidInputException",
    "sns": "ValidationError",
    "sts": "ValidationError",
}
# The same for single members.
_MEMBER_CODES = {
    "cloudtrail": {
        "AdvancedEventSelectors": "InvalidEventSelectorsException",
        "EventCategory": "InvalidEventCategoryException",
        "EventSelectors": "InvalidEventSelectorsException",
        "InsightSelectors": "InvalidInsightSelectorsException",
        "LookupAttributes": "InvalidLookupAttributesException",
        "MaxResults": "InvalidMaxResultsException",
        "Name": "InvalidTrailNameException",
        "S3BucketName": "InvalidS3BucketNameException",
        "TagsList": "InvalidTagParameterException",
        "TrailName": "InvalidTrailNameException",
    },
    "lambda": {"Runtime": "InvalidParameterValueException"},
}
MALFORMED_XML = (
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
)
_NUMBER = (int, float)
_SCALARS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "blob": (str, "a Blob"),
    "boolean": (bool, "a Boolean"),
    "double": (_NUMBER, "a Double"),
    "float": (_NUMBER, "a Float"),
    "integer": (_NUMBER, "an Integer"),
    "long": (_NUMBER, "a Long"),
    "string": (str, "a String"),
    "timestamp": ((int, float, str), "a Timestamp"),
}


class Unreadable(ValueError):
    """The body is not what it should be; the message says why."""


def check_body(body: bytes, operation: OperationModel, protocol: str) -> None:
    """Raise Unreadable if the body is not text, or should be JSON and is not, or has a value of another type."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("The body is not UTF-8") from error
    if "json" not in protocol:
        return
    shape: Any = operation.input_shape
    if payload := shape and shape.serialization.get("payload"):
        shape = shape.members[payload]
    if not shape or shape.type_name == "blob":
        return
    in_body = [one for one in shape.members.values() if "location" not in one.serialization]
    if not in_body and not body:
        return
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"The body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Unreadable("The body is not a JSON object")
    _check_type(document, shape)


def _check_type(value: Any, shape: Shape) -> None:
    if value is None or getattr(shape, "is_document_type", False):
        return
    if isinstance(shape, StructureShape | MapShape) and isinstance(value, dict):
        members = shape.members if isinstance(shape, StructureShape) else dict.fromkeys(value, shape.value)
        for name, member in members.items():
            _check_type(value.get(member.serialization.get("name", name)), member)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for item in value:
            _check_type(item, shape.member)
    elif isinstance(value, dict):
        raise Unreadable("Start of structure or map found where not expected.")
    elif isinstance(value, list):
        raise Unreadable("Start of list found where not expected")
    else:
        kinds, wanted = _SCALARS.get(shape.type_name, ((), f"a {shape.type_name}"))
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            kind = str(value).upper() if isinstance(value, bool) else "STRING" if isinstance(value, str) else "NUMBER"
            raise Unreadable(f"{kind}_VALUE can not be converted to {wanted}")


def refusal(service: str, operation: OperationModel, parameters: dict[str, Any]) -> tuple[str, str] | None:
    """Say with which code and message the service refuses the input, or None."""
    if operation.name == "PutBucketPolicy" and not is_json_object(parameters.get("Policy", "")):
        return "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"
    if not operation.input_shape:
        return None
    errors = list(_errors(parameters, operation.input_shape, ""))
    if not errors:
        return None
    member = errors[0][0].partition(".")[0]
    if service == "s3":
        return _s3_refusal(operation, member, errors[0][1])
    if service == "sqs":
        if errors[0][1].startswith("Value null"):
            return "MissingParameter", f"The request must contain the parameter {errors[0][0]}."
        return "InvalidParameterValue", errors[0][1]
    code = _MEMBER_CODES.get(service, {}).get(member) or _CODES.get(service, "ValidationException")
    count = f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected"
    return code, f"{count}: {'; '.join(sentence for _, sentence in errors)}"


def _s3_refusal(operation: OperationModel, member: str, sentence: str) -> tuple[str, str]:
    shape: Any = operation.input_shape
    if "location" in shape.members[member].serialization:
        return "InvalidArgument", sentence
    return MALFORMED_XML


def is_json_object(text: str) -> bool:
    """Say whether the text can be a policy."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _errors(value: Any, shape: Shape, path: str) -> Iterator[tuple[str, str]]:
    """The paths of what breaks its model, and how, as AWS words it."""
    at = f"at '{_lower(path)}' failed to satisfy constraint:"
    shown = f"Value '{value}' " if not shape.metadata.get("sensitive") else "Value "
    for constraint in _broken(value, shape):
        yield path, f"{shown}{at} {constraint}"
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        for name, member in shape.members.items():
            below = f"{path}.{name}" if path else name
            if value.get(name) is not None:
                yield from _errors(value[name], member, below)
            elif name in shape.required_members:
                yield below, f"Value null at '{_lower(below)}' failed to satisfy constraint: Member must not be null"
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            if isinstance(shape.member, StructureShape):
                yield from _errors(item, shape.member, f"{path}.{number}.member")
            elif broken := _broken(item, shape.member):
                yield path, f"{shown}{at} Member must satisfy constraint: [{', '.join(broken)}]"
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            if isinstance(shape.value, StructureShape):
                yield from _errors(item, shape.value, f"{path}.{key}.member")
            elif broken := _broken(item, shape.value):
                yield path, f"{shown}{at} Map value must satisfy constraint: [{', '.join(broken)}]"
            if broken := _broken(key, shape.key):
                yield path, f"{shown}{at} Map keys must satisfy constraint: [{', '.join(broken)}]"


def _broken(value: Any, shape: Shape) -> list[str]:
    limits, broken = shape.metadata, []
    number = shape.type_name in ("integer", "long", "float", "double")
    what, size = ("value", value) if number else ("length", len(value) if hasattr(value, "__len__") else 0)
    if size < limits.get("min", size):
        broken.append(f"Member must have {what} greater than or equal to {limits['min']:g}")
    if size > limits.get("max", size):
        broken.append(f"Member must have {what} less than or equal to {limits['max']:.0f}")
    if value not in limits.get("enum", [value]):
        broken.append(f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]")
    if "pattern" in limits and not _matches(limits["pattern"], value):
        broken.append(f"Member must satisfy regular expression pattern: {limits['pattern']}")
    return broken


def _matches(pattern: str, value: str) -> bool:
    regex = _regex(pattern)
    anchored = pattern.startswith("^") or pattern.endswith("$")  # some of these mean only the beginning or the end
    return regex is None or bool(regex.search(value) if anchored else regex.fullmatch(value))


@cache
def _regex(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return None


def _lower(path: str) -> str:
    return re.sub(r"(^|\.)([A-Z])", lambda start: start.group(0).lower(), path)
