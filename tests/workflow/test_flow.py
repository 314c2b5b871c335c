"""The flow's choices, with functions that do what the test plans; test_state_machine.py runs the real ones."""

import json
from pathlib import Path
from typing import Any

from tests.machines import Machines, incident

FLOW: Any = json.loads((Path(__file__).parents[2] / "workflow" / "state_machine.asl.json").read_text())


def test_the_flow_walks_both_branches_and_hands_their_results_on(machines: Machines) -> None:
    execution = machines.run(FLOW, incident())
    assert execution["status"] == "SUCCEEDED"
    walked = machines.walked(execution)
    assert (walked[:3], walked[-3:]) == (["Triage", "Tampering?", "Respond"], ["Notify", "Outcome", "Handled"])
    assert sorted(walked[3:-3]) == ["Enrich", "Proven?", "Restore", "Still tampering?", "Undo now?"]
    output = json.loads(execution["output"])
    assert output["trail"] == {"did": "Enrich"}
    assert output["undo"]["logging"] is True
    assert output["notice"] == {"end": "Handled"}


def test_what_enrich_judges_replaces_what_triage_did(machines: Machines) -> None:
    judgement = {"verdict": "narrowed", "severity": "high", "facts": [{"code": "x", "detail": None}]}
    execution = machines.run(FLOW, incident(mode="off", Enrich={"judgement": judgement}))
    result = json.loads(execution["output"])["incident"]
    assert {name: result[name] for name in judgement} == judgement


def test_what_enrich_finds_harmless_raises_no_mail_but_what_was_undone_always_does(machines: Machines) -> None:
    harmless = {"judgement": {"verdict": "harmless", "severity": "info"}}
    execution = machines.run(FLOW, incident("narrowed", mode="off", Enrich=harmless))
    assert machines.walked(execution)[-2:] == ["Still tampering?", "Ignored"]
    assert machines.walked(machines.run(FLOW, incident(Enrich=harmless)))[-1] == "Handled"


def test_notify_info_mails_what_is_harmless_or_announced_and_never_what_is_unrelated(machines: Machines) -> None:
    harmless = machines.run(FLOW, incident(severity="info", mode="off"), notify_info="true")
    assert machines.walked(harmless)[-1] == "Handled"
    unrelated = machines.run(FLOW, incident("unrelated", severity="info"), notify_info="true")
    assert machines.walked(unrelated) == ["Triage", "Tampering?", "Ignored"]


def test_an_undo_that_is_off_is_not_tried(machines: Machines) -> None:
    execution = machines.run(FLOW, incident(mode="off"))
    assert "Restore" not in machines.walked(execution)
    assert json.loads(execution["output"])["undo"] == {}


def test_a_large_event_goes_through_the_flow(machines: Machines) -> None:
    event = incident() | {"text": ["한" * 10] * 4000}
    execution = machines.run(FLOW, event)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["incident"]["text"] == event["text"]
