"""The flow's choices, with functions that do what the test plans; test_state_machine.py runs the real ones."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.machines import Machines, incident

TEXT = (Path(__file__).parents[2] / "workflow" / "state_machine.asl.json").read_text()
FLOW: Any = json.loads(TEXT)
# Each task is tried once: what one task tries again takes seconds.
ONCE: Any = json.loads(TEXT, object_hook=lambda state: {name: state[name] for name in state if name != "Retry"})


def test_the_flow_walks_both_branches_and_hands_their_results_on(machines: Machines) -> None:
    execution = machines.run(FLOW, incident())
    assert execution["status"] == "SUCCEEDED"
    walked = machines.walked(execution)
    assert walked[:9] == [
        *("Found by the watchdog?", "Triage", "Tampering?", "First seen?", "What came before"),
        *("To be restored?", "Restored often?", "Too often?", "Respond"),
    ]
    assert walked[-8:] == [
        *("Still tampering?", "How often?", "Tell now?", "Approval?", "Notify", "Announce", "Outcome", "Handled")
    ]
    assert sorted(walked[9:-8]) == ["Checked?", "Enrich", "Proven?", "Restore", "Undo now?"]
    output = json.loads(execution["output"])
    assert output["trail"] == {"did": "Enrich"}
    assert output["undo"]["logging"] is True
    assert output["notice"] == {"end": "Handled", "next": None, "resolved": True}


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
    harmless = machines.run(FLOW, incident(severity="info", mode="off"), NotifyInfo="true")
    assert machines.walked(harmless)[-1] == "Handled"
    unrelated = machines.run(FLOW, incident("unrelated", severity="info"), NotifyInfo="true")
    assert machines.walked(unrelated) == ["Found by the watchdog?", "Triage", "Tampering?", "Ignored"]


def test_an_undo_that_is_off_is_not_tried(machines: Machines) -> None:
    execution = machines.run(FLOW, incident(mode="off"))
    assert "Restore" not in machines.walked(execution)
    assert json.loads(execution["output"])["undo"] == {}


def test_shadow_only_reads_and_counts_what_would_be_restored(machines: Machines) -> None:
    answer = {"proven": False, "left": [{"field": "IsMultiRegionTrail", "wanted": "true", "found": "false"}]}
    execution = machines.run(FLOW, update(mode="shadow", Restore={"answer": answer}))
    walked = machines.walked(execution)
    assert {"Would restore", "Count what would be restored", "Measure what would be restored"} <= {*walked}
    assert "Restore" not in walked
    (mail,) = machines.mailed(execution)
    assert mail["undo"] == {"held": "shadow", **answer}
    week = machines.cloud.client("dynamodb").scan(TableName=machines.outputs["Ledger"])["Items"]
    (counted,) = [item for item in week if item["id"]["S"].startswith("shadow#")]
    assert int(counted["counted"]["N"]) >= 1
    metrics = machines.cloud.client("cloudwatch").list_metrics(Namespace="Trailkeeper")["Metrics"]
    assert {"MetricName": "WouldRestore", "Value": "UpdateTrail"} in [
        {"MetricName": one["MetricName"], "Value": one["Dimensions"][0]["Value"]} for one in metrics
    ]


@pytest.mark.parametrize("plan", [{"error": "Throttled"}, {"answer": "nothing"}])
def test_shadow_is_told_though_nothing_could_be_read(plan: Any, machines: Machines) -> None:
    (mail,) = machines.mailed(machines.run(FLOW, update(mode="shadow", Restore=plan)))
    assert mail["undo"] == {"held": "shadow"}


def test_shadow_of_a_stop_needs_no_look_at_the_trail(machines: Machines) -> None:
    execution = machines.run(FLOW, incident(mode="shadow"))
    assert "Would restore" not in machines.walked(execution)
    assert machines.mailed(execution)[0]["undo"] == {"held": "shadow"}


def update(**plan: Any) -> dict[str, Any]:
    """An incident that only the baseline can undo."""
    found = incident("narrowed", severity="high", **plan)
    return {**found, "undo": {**found["undo"], "call": "UpdateTrail"}}


def test_who_is_asked_to_approve_is_told_what_would_be_put_back(machines: Machines) -> None:
    answer = {"proven": False, "left": [{"field": "IsMultiRegionTrail", "wanted": "true", "found": "false"}]}
    started = machines.start(FLOW, update(mode="approve", Restore={"answer": answer}))
    execution = machines.end(started)
    assert "Ask" in machines.walked(execution)
    asked = [
        json.loads(one["taskScheduledEventDetails"]["parameters"])["Payload"]
        for one in machines.history(execution)
        if one.get("taskScheduledEventDetails", {}).get("resource") == "invoke.waitForTaskToken"
    ]
    assert [one["undo"] for one in asked] == [answer]


@pytest.mark.parametrize("answer", [{"held": "no_baseline"}, {"proven": True, "left": []}])
def test_nobody_is_asked_to_approve_what_cannot_or_need_not_be_done(answer: Any, machines: Machines) -> None:
    execution = machines.run(FLOW, update(mode="approve", Restore={"answer": answer}))
    assert ("Ask" in machines.walked(execution), machines.walked(execution)[-1]) == (False, "Handled")
    assert machines.mailed(execution)[0]["undo"]["held"] in ("no_baseline", "as_wanted")


def test_what_the_watchdog_found_goes_past_triage(machines: Machines) -> None:
    execution = machines.run(FLOW, {"finding": incident() | {"detected_by": "watchdog"}})
    walked = machines.walked(execution)
    assert walked[:2] == ["Found by the watchdog?", "First seen?"]
    assert ("Triage" in walked, "Restore" in walked, walked[-1]) == (False, True, "Handled")


def test_what_looks_harmless_by_itself_and_is_not_is_undone_after_the_mail(machines: Machines) -> None:
    narrowed = {"judgement": {"verdict": "narrowed", "severity": "high"}}
    event = incident("harmless", severity="info", Enrich=narrowed, Notify={"next": "keep_trying"}) | {"request": {}}
    execution = machines.run(FLOW, event)
    walked = machines.walked(execution)
    assert "Restore" not in walked[: walked.index("Notify")]
    assert "Restore again" in walked[walked.index("Notify") :]
    first, second = machines.mailed(execution)
    assert (first["undo"], second["part"], second["undo"]["proven"]) == ({}, "again", True)


@pytest.mark.parametrize("held", ["as_wanted", "no_baseline"])
def test_what_changed_nothing_and_was_not_put_back_raises_no_mail(held: str, machines: Machines) -> None:
    harmless = {"judgement": {"verdict": "harmless", "severity": "info"}}
    event = incident("narrowed", Restore={"answer": {"held": held}}, Enrich=harmless)
    assert machines.walked(machines.run(FLOW, event))[-1] == "Ignored"
    told = machines.run(FLOW, incident("narrowed", Restore={"answer": {"held": held}}))
    assert machines.mailed(told)[0]["undo"] == {"held": held}


def test_what_was_not_put_back_is_no_restore_of_the_hour(machines: Machines) -> None:
    harmless = {"judgement": {"verdict": "harmless", "severity": "info"}}
    saved = incident("narrowed", Restore={"answer": {"held": "as_wanted"}}, Enrich=harmless)
    for number in range(3):
        machines.run(FLOW, saved | {"id": f"{saved['id']}{number}"}, RestoresPerHour="1")
    stop = incident() | {"dedup_key": saved["dedup_key"]}
    assert "Restore" in machines.walked(machines.run(FLOW, stop, RestoresPerHour="1"))


def test_the_incident_is_kept_before_anything_is_changed(machines: Machines) -> None:
    event = incident()
    walked = machines.walked(machines.run(FLOW, event))
    assert walked.index("First seen?") < walked.index("Restore")
    key = {"id": {"S": f"event#{event['id']}"}}
    kept = machines.cloud.client("dynamodb").get_item(TableName=machines.outputs["Ledger"], Key=key)["Item"]
    assert json.loads(kept["found"]["S"])["action"] == "StopLogging"


def test_a_large_event_goes_through_the_flow(machines: Machines) -> None:
    event = incident() | {"text": ["한" * 10] * 4000}
    execution = machines.run(FLOW, event)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["incident"]["text"] == event["text"]


# ---- One mail for one event, and few for a flood


def test_an_event_that_is_delivered_twice_makes_one_mail(machines: Machines) -> None:
    twice = incident()
    assert machines.walked(machines.run(FLOW, twice))[-1] == "Handled"
    assert machines.walked(machines.run(FLOW, twice))[-1] == "Handled elsewhere"


def test_a_ledger_that_cannot_be_reached_stops_neither_the_restore_nor_the_mail_which_says_so(
    machines: Machines,
) -> None:
    execution = machines.run(FLOW, incident(), role="ForgetfulRole")
    assert {"Restore", "Notify", "Handled"} <= {*machines.walked(execution)}
    (mail,) = machines.mailed(execution)
    assert mail["undo"]["logging"] is True
    assert mail["ledger"] == {"error": "DynamoDB.AccessDeniedException"}


def test_a_flood_makes_three_mails_at_once_and_one_that_counts_the_rest(machines: Machines) -> None:
    denied = incident("attempted", mode="off", severity="medium")
    # The "hour" that ends next, but not before all seven have started.
    left = {seconds: seconds - time.time() % seconds for seconds in range(8, 60)}
    hour = min((seconds for seconds in left if left[seconds] > 8), key=left.__getitem__)

    def start(number: int) -> str:
        return machines.start(FLOW, denied | {"id": f"{denied['id']}{number}"}, FloodSeconds=str(hour))

    ended = [machines.end(start(number)) for number in range(3)]
    ended += [machines.end(arn) for arn in [start(number) for number in range(3, 7)]]
    assert {execution["status"] for execution in ended} == {"SUCCEEDED"}
    mails = [mail for execution in ended for mail in machines.mailed(execution)]
    assert len(mails) == 4
    counted = [mail["flood"] for mail in mails if "calls" in mail["flood"]]
    assert sum(one["counted"] for one in counted) == 7 - 3
    assert counted[0]["calls"] == ["StopLogging"]


def test_in_a_flood_what_only_enrich_finds_is_put_back_at_once(machines: Machines) -> None:
    found: Any = {"Enrich": {"judgement": {"verdict": "narrowed", "severity": "high"}}, "Notify": {"next": "look_back"}}
    harmless = incident("harmless", severity="info", **found) | {"request": {"name": "T"}}
    flow = dict(FLOW, States=FLOW["States"] | {"Wait for more": {"Type": "Pass", "Next": "How many?"}})
    for number in range(4):
        event = harmless | {"id": f"{harmless['id']}{number}"}
        execution = machines.run(flow, event, FloodSeconds="3600", RestoresPerHour="100")
    walked = machines.walked(execution)
    assert walked.index("Restore again") < walked.index("Who tells?") < walked.index("Notify")
    assert machines.mailed(execution)[0]["undo"]["proven"] is True


# What counts each call twice, as one does whose answer got lost.
TWICE = json.loads(json.dumps(FLOW["States"]["How often?"]).replace('{"N": "1"}', '{"N": "5"}'))


def test_a_flood_tells_though_the_next_hour_had_begun_or_a_call_was_counted_twice(machines: Machines) -> None:
    denied = incident("attempted", mode="off", severity="medium")
    flow = dict(FLOW, States=FLOW["States"] | {"How often?": TWICE})
    execution = machines.run(flow, denied, FloodSeconds="2")
    assert "Wait for more" in machines.walked(execution)
    assert machines.mailed(execution)[0]["flood"]["counted"] == 2


def test_a_restore_that_failed_is_told_and_tried_again_whatever_came_before(machines: Machines) -> None:
    stop = incident(Restore={"error": "Lasting"})
    for number in range(5):
        execution = machines.run(ONCE, stop | {"id": f"{stop['id']}{number}"}, FloodSeconds="3600")
        assert [mail["part"] for mail in machines.mailed(execution)] == ["first"]


def test_what_is_worse_is_told_at_once_whatever_came_before(machines: Machines) -> None:
    denied = incident("attempted", mode="off", severity="medium")
    for number in range(3):
        machines.run(FLOW, denied | {"id": f"{denied['id']}{number}"}, FloodSeconds="3600")
    stopped = denied | {"verdict": "stopped", "severity": "critical", "id": f"{denied['id']}9"}
    assert machines.walked(machines.run(FLOW, stopped, FloodSeconds="3600"))[-1] == "Handled"


def test_who_keeps_changing_a_trail_is_told_and_no_longer_undone(machines: Machines) -> None:
    stop = incident()
    walked = [
        machines.walked(machines.run(FLOW, stop | {"id": f"{stop['id']}{number}"}, RestoresPerHour="2"))
        for number in range(3)
    ]
    assert ["Restore" in one for one in walked] == [True, True, False]
    assert "Someone keeps changing it" in walked[2]
    held = machines.run(FLOW, stop | {"id": f"{stop['id']}9"}, RestoresPerHour="2")
    assert machines.mailed(held)[0]["undo"] == {"held": "breaker"}


def test_what_only_enrich_finds_counts_for_the_breaker_too(machines: Machines) -> None:
    found: Any = {
        "Enrich": {"judgement": {"verdict": "narrowed", "severity": "high"}},
        "Notify": {"next": "keep_trying"},
    }
    harmless = incident("harmless", severity="info", **found) | {"request": {"name": "T"}}
    runs = [
        machines.run(FLOW, harmless | {"id": f"{harmless['id']}{number}"}, RestoresPerHour="2") for number in range(3)
    ]
    assert ["Restore again" in machines.walked(one) for one in runs[:2]] == [True, True]
    assert machines.mailed(runs[2])[0]["undo"] == {"held": "breaker"}


def test_the_second_incident_on_a_trail_refers_to_the_first(machines: Machines) -> None:
    stop = incident()
    first = machines.run(FLOW, stop)
    (mail,) = machines.mailed(machines.run(FLOW, stop | {"id": f"{stop['id']}2", "action": "DeleteTrail"}))
    assert machines.mailed(first)[0]["before"] == {}
    assert (mail["before"]["action"], mail["before"]["execution"]) == ("StopLogging", first["executionArn"])


def test_each_mail_is_announced_on_the_event_bus_and_one_that_cannot_be_is_none_the_worse(machines: Machines) -> None:
    pattern = {"source": ["trailkeeper"], "detail-type": ["Trailkeeper Incident"]}
    events, sqs = machines.cloud.client("events"), machines.cloud.client("sqs")
    url = sqs.create_queue(QueueName="announced")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [allow | {"Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    events.put_rule(Name="Announced", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="Announced", Targets=[{"Id": "queue", "Arn": arn}])
    stop = incident()
    machines.run(FLOW, stop)
    (message,) = machines.cloud.wait(
        lambda: sqs.receive_message(QueueUrl=url).get("Messages"), "the event of the incident"
    )
    detail = json.loads(message["Body"])["detail"]
    assert (detail["dedup_key"], detail["resolved"]) == (stop["dedup_key"], True)
    assert detail["incident"]["id"] == stop["id"]
    events.remove_targets(Rule="Announced", Ids=["queue"])
    events.delete_rule(Name="Announced")
    unheard = machines.run(FLOW, incident(), role="ForgetfulRole")
    assert json.loads(unheard["output"])["not_announced"] == "EventBridge.AccessDeniedException"


def test_what_looks_harmless_and_could_not_be_looked_at_is_told(machines: Machines) -> None:
    for broken in ({"exit": 1}, {"error": "ValueError"}):
        harmless = incident("harmless", mode="off", severity="info", Enrich=broken)
        execution = machines.run(FLOW, harmless | {"request": {}, "family": "destination", "facts": []})
        (mail,) = machines.mailed(execution)
        assert (mail["incident"]["verdict"], mail["incident"]["severity"]) == ("narrowed", "high")
        assert mail["incident"]["facts"] == [{"code": "not_checked", "detail": None}]


def test_what_asked_for_nothing_stays_harmless_and_what_failed_was_an_attempt(machines: Machines) -> None:
    for request, error, verdict in ((None, None, "harmless"), ({}, {"code": "AccessDenied"}, "attempted")):
        harmless = incident("harmless", mode="off", severity="info", Enrich={"exit": 1})
        harmless |= {"request": request, "error": error, "family": "trail", "facts": []}
        (mail,) = machines.mailed(machines.run(FLOW, harmless, NotifyInfo="true"))
        assert mail["incident"]["verdict"] == verdict


# ---- What comes after the first mail


def test_what_failed_is_tried_again_after_the_mail_until_it_works_and_a_second_mail_says_so(
    machines: Machines, tmp_path: Path
) -> None:
    failing = {"count": str(tmp_path / "tries"), "failures": 2, "error": "Throttled"}
    execution = machines.run(ONCE, incident(Restore=failing, Notify={"next": "keep_trying"}), UndoSeconds="60")
    first, second = machines.mailed(execution)
    assert (first["part"], first["undo"]["error"]) == ("first", "Throttled")
    assert (second["part"], second["undo"]["logging"]) == ("again", True)
    assert execution["status"] == "SUCCEEDED"


def test_trying_ends_when_the_time_is_up_or_waiting_cannot_help(machines: Machines) -> None:
    for error, seconds in (("Throttled", "2"), ("Lasting", "240")):
        plan: Any = {"Restore": {"error": error}, "Notify": {"next": "keep_trying"}}
        execution = machines.run(ONCE, incident(**plan), UndoSeconds=seconds)
        assert [mail["part"] for mail in machines.mailed(execution)] == ["first", "again"]
        assert machines.mailed(execution)[1]["undo"]["error"] == error


def test_a_report_follows_the_mail_and_one_that_cannot_be_made_is_told(machines: Machines) -> None:
    execution = machines.run(FLOW, incident(Notify={"next": "look_back"}), ReportSeconds="1")
    assert [mail["part"] for mail in machines.mailed(execution)] == ["first", "report"]
    assert machines.mailed(execution)[1]["look_back"] == {"calls": []}
    plan: Any = {"Notify": {"next": "look_back"}, "LookBack": {"exit": 1}}
    broken = machines.run(ONCE, incident(**plan), ReportSeconds="1")
    assert machines.mailed(broken)[1]["look_back"] == {"error": "Runtime.ExitError"}


# ---- Approval


def asked(machines: Machines, event: Any, **filled_in: str) -> tuple[str, dict[str, Any]]:
    """An execution that waits for approval, and what it told Notify."""
    arn = machines.start(FLOW, event, **{"ApprovalSeconds": "60", **filled_in})

    def waiting() -> Any:
        events = machines.states.get_execution_history(executionArn=arn, reverseOrder=True)["events"]
        return any(one["type"] == "TaskSubmitted" for one in events) and events

    events = machines.cloud.wait(waiting, "the question")
    (scheduled,) = (
        one["taskScheduledEventDetails"]
        for one in events
        if "taskScheduledEventDetails" in one and "waitForTaskToken" in one["taskScheduledEventDetails"]["resource"]
    )
    return arn, json.loads(scheduled["parameters"])["Payload"]


def test_nothing_is_undone_before_it_is_approved_and_then_it_is(machines: Machines) -> None:
    arn, question = asked(machines, incident(mode="approve"))
    assert question["part"] == "ask"
    answer = {"approved": True, "by": "arn:aws:iam::123456789012:user/alice", "reason": None}
    machines.states.send_task_success(taskToken=question["ask"]["token"], output=json.dumps(answer))
    execution = machines.end(arn)
    walked = machines.walked(execution)
    assert "Restore" not in walked[: walked.index("Ask")]
    assert "Restore again" in walked[walked.index("Ask") :]
    (mail,) = machines.mailed(execution)
    assert (mail["part"], mail["answer"], mail["undo"]["logging"]) == ("again", answer, True)


@pytest.mark.parametrize(
    "answer",
    [
        {"approved": False, "by": "arn:aws:iam::123456789012:user/alice", "reason": "planned"},
        {"approved": "true", "by": "arn:aws:iam::123456789012:user/alice"},
        {"approved": True},
        {"approved": True, "by": ""},
        [],
    ],
    ids=["declined", "not a yes", "nobody", "no name", "unreadable"],
)
def test_what_is_no_clear_yes_undoes_nothing(machines: Machines, answer: Any) -> None:
    arn, question = asked(machines, incident(mode="approve"))
    machines.states.send_task_success(taskToken=question["ask"]["token"], output=json.dumps(answer))
    execution = machines.end(arn)
    assert "Restore again" not in machines.walked(execution)
    (mail,) = machines.mailed(execution)
    assert (mail["part"], mail["answer"]["approved"]) == ("again", False)


def test_when_nobody_answers_the_setting_decides(machines: Machines) -> None:
    for setting, restored in (("leave", False), ("undo", True)):
        execution = machines.run(FLOW, incident(mode="approve"), ApprovalTimeout=setting)
        assert ("Restore again" in machines.walked(execution)) is restored
        assert machines.mailed(execution)[0]["answer"] == {"approved": restored, "by": None, "reason": None}


def test_a_question_that_cannot_be_sent_is_a_failure_and_never_a_yes(machines: Machines) -> None:
    execution = machines.run(FLOW, incident(mode="approve", Notify={"error": "InvalidParameter"}))
    assert (execution["status"], execution["error"]) == ("FAILED", "NotMailed")
    assert "Restore again" not in machines.walked(execution)


def test_a_question_that_nobody_reads_is_told_at_once(machines: Machines) -> None:
    plan: Any = {"Notify": {"error": "NobodyTold"}}
    execution = machines.run(FLOW, incident(mode="approve", **plan), ApprovalSeconds="3600")
    assert (execution["status"], execution["error"]) == ("FAILED", "NobodyTold")
    assert machines.walked(execution)[-2:] == ["Ask", "NobodyTold"]


def test_what_is_approved_late_is_tried_again_as_long_as_anything_else(machines: Machines, tmp_path: Path) -> None:
    failing = {"count": str(tmp_path / "tries"), "failures": 1, "error": "Throttled"}
    event = incident(mode="approve", Restore=failing)
    execution = machines.run(ONCE, event, ApprovalSeconds="4", ApprovalTimeout="undo", UndoSeconds="3")
    assert machines.mailed(execution)[0]["undo"]["logging"] is True
