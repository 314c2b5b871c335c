"""What a rule's target receives: the event, a part of it, a constant, or a template that is filled in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from typing import Any

from jsonpath_ng.parser import JsonPathParser

_PLACEHOLDER = re.compile(r"<([^<>\s]+)>")
_ABSENT = object()
_paths = JsonPathParser()


class InvalidInput(Exception):
    """The filled-in template is not JSON, or the path matches nothing."""


def target_input(target: dict[str, Any], event: dict[str, Any], rule_arn: str, received: str) -> str:
    """The text that the target receives; `received` is the time when EventBridge received the event."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        value = _at(target["InputPath"], event)
        if value is _ABSENT:
            raise InvalidInput(f"InputPath {target['InputPath']} matches nothing in the event")
        return _json(value)
    if "InputTransformer" not in target:
        return _json(event)
    transformer = target["InputTransformer"]
    values = {name: _at(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
    return _fill(transformer["InputTemplate"], values | _predefined(event, rule_arn, received))


def template_fault(target: dict[str, Any]) -> str | None:
    """Say why PutTargets would refuse the target's InputTemplate: it names what nothing fills in."""
    transformer = target.get("InputTransformer", {})
    known = {*transformer.get("InputPathsMap", {}), *_predefined({}, "", "")}
    unknown = [name for name in _PLACEHOLDER.findall(transformer.get("InputTemplate", "")) if name not in known]
    return f"InputTemplate for target {target['Id']} contains invalid placeholder {unknown[0]}." if unknown else None


def _predefined(event: dict[str, Any], rule_arn: str, received: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": received,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def _fill(template: str, values: dict[str, Any]) -> str:
    def fill(placeholder: re.Match[str]) -> str:
        value = values.get(placeholder[1], _ABSENT)
        quotes = re.findall(r'(?<!\\)"', template[: placeholder.start()])
        if len(quotes) % 2 == 0:
            return _json("" if value is _ABSENT else value)
        if isinstance(value, str):  # not escaped, as documented: a quote in it breaks a JSON template
            return value
        return "" if value is _ABSENT else _json(value).replace('"', "")

    filled = _PLACEHOLDER.sub(fill, template)
    if template.lstrip().startswith(("{", "[")):
        try:
            json.loads(filled)
        except ValueError as error:
            raise InvalidInput(f"The filled-in InputTemplate is not JSON: {error}: {filled}") from error
    return filled


def _at(path: str, event: dict[str, Any]) -> Any:
    found = [match.value for match in _paths.parse(path).find(event)]
    if not found:
        return _ABSENT
    return found if "*" in path else found[0]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
