"""Each kind of undo on the local cloud: from a real call that tampers to the proof that all is as it was."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from tests.guarded import UNDONE, Guarded, guarded_cloud


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The cloud with all of it."""
    with guarded_cloud(tmp_path_factory.mktemp("guarded")) as cloud:
        yield cloud


@pytest.mark.parametrize("action", UNDONE)
def test_it_is_put_back_and_proven(
    action: str, guarded: Guarded, record_property: Callable[[str, object], None]
) -> None:
    undone, before = UNDONE[action], len(guarded.cloud.executions())
    wanted = undone.read(guarded.clients, guarded.on)
    start = time.monotonic()
    undone.tamper(guarded.clients, guarded.on)
    execution = guarded.cloud.wait(
        lambda: len(guarded.cloud.executions()) > before and guarded.execution(action), f"the end of {action}"
    )
    record_property("seconds", round(time.monotonic() - start, 2))
    result = json.loads(execution["output"])["undo"]
    assert (result["call"], result["proven"]) == (undone.call, True), result
    assert undone.read(guarded.clients, guarded.on) == wanted
