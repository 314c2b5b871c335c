"""Reads a synthesized template: its resources, and its tokens as text that a test can compare."""

import json
from pathlib import Path
from typing import Any

Template = dict[str, Any]


def read(assembly: Path) -> Template:
    template: Template = json.loads((assembly / "Trailkeeper.template.json").read_text())
    return template


def resources(template: Template, kind: str, starting: str = "") -> list[dict[str, Any]]:
    """The properties of the resources of a kind, such as SNS::Topic, whose logical id starts so."""
    return [
        resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == f"AWS::{kind}" and name.startswith(starting)
    ]


def the(template: Template, kind: str, starting: str = "") -> dict[str, Any]:
    (found,) = resources(template, kind, starting)
    return found


def the_id(template: Template, kind: str, starting: str) -> str:
    """The logical id of the one resource of a kind that starts so."""
    found = template["Resources"].items()
    (one,) = [name for name, resource in found if resource["Type"] == f"AWS::{kind}" and name.startswith(starting)]
    return str(one)


def text(value: Any) -> str:
    """A value of a template as text: ${Key.Arn} for Fn::GetAtt, ${Key} for Ref, without the hash of the logical id."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
        case {"Ref": name} if name.startswith("AWS::"):
            return f"${{{name}}}"
        case {"Ref": name}:
            return f"${{{name[:-8]}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name[:-8]}.{attribute}}}"
        case {"Fn::FindInMap": [_, _, key]}:
            return f"${{{key}}}"
        case str():
            return value
    raise AssertionError(f"not a text: {value}")


def resolved(value: Any) -> Any:
    """A part of a template with every token in it as text."""
    if isinstance(value, list):
        return [resolved(one) for one in value]
    if isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value):
        return {key: resolved(one) for key, one in value.items()}
    return text(value) if isinstance(value, dict) else value


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(template: Template, role: str) -> set[str]:
    """What a role may do, as "action on resource"."""
    policy = the(template, "IAM::Policy", f"{role}DefaultPolicy")
    assert [text(name) for name in policy["Roles"]] == [f"${{{role}}}"]
    return granted(policy)


def granted(policy: dict[str, Any]) -> set[str]:
    """What a policy allows, likewise."""
    return {
        f"{action} on {text(resource)}"
        for statement in policy["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def statements(policy: dict[str, Any], service: str) -> list[dict[str, Any]]:
    """What a resource policy says to a service, without the Sid."""
    return [
        {key: value for key, value in statement.items() if key not in ("Sid", "Principal")}
        for statement in policy["Statement"]
        if isinstance(statement["Principal"], dict) and statement["Principal"].get("Service") == service
    ]
