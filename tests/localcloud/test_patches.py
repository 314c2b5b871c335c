"""Every patch is applied, and fails once moto lacks what it replaces.

What each patch does is tested beside the code that it puts in place.
"""

import inspect
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from unittest.mock import Mock

import pytest
from moto.sns.models import Topic

import localcloud
from localcloud import patches

FILES = Path(localcloud.__file__).parent.glob("*/patches.py")
SERVICES = [import_module(f"localcloud.{file.parent.name}.patches") for file in sorted(FILES)]


def functions(module: ModuleType) -> dict[str, FunctionType]:
    """The patches that a module defines."""
    found = inspect.getmembers(module, inspect.isfunction)
    names = {"apply", "replace"}
    return {name: item for name, item in found if item.__module__ == module.__name__ and name not in names}


@pytest.mark.parametrize("module", [patches, *SERVICES], ids=lambda module: module.__name__)
def test_every_patch_is_applied(module: ModuleType) -> None:
    found = functions(module)
    assert found
    assert set(module.apply.__code__.co_names) >= set(found)


def test_the_patches_of_every_service_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in functions(patches):
        monkeypatch.setattr(patches, name, Mock())
    applied = {service.__name__: Mock() for service in SERVICES}
    for service in SERVICES:
        monkeypatch.setattr(service, "apply", applied[service.__name__])
    patches.apply(Mock(), "http://127.0.0.1")
    assert applied
    assert {name: mock.call_count for name, mock in applied.items()} == dict.fromkeys(applied, 1)


def test_a_patch_for_what_moto_no_longer_has_fails_by_name() -> None:
    with pytest.raises(AttributeError, match=r"there is no Topic\.gone to patch"):
        patches.replace(Topic, "gone", None)
