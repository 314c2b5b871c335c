"""Watch, on moto: what it says of Trailkeeper itself, and through which topic."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.samples import ARN
from tests.watched import REFUSED, Account
from trailkeeper import aws, guard, ledger
from trailkeeper.run import NotAllDone


def test_a_part_that_breaks_is_mailed_once_and_again_when_another_breaks(seen: Account) -> None:
    seen.function = {"Configuration": {"State": "Active"}, "Concurrency": {"ReservedConcurrentExecutions": 0}}
    seen.run()
    (mail,) = seen.read_mails()
    assert mail["Subject"] == "[HIGH] Trailkeeper itself needs repair: 1 broken (Trailkeeper)"
    assert json.loads(mail["Message"]) == {"guard": [{"code": "no_concurrency", "name": "Trailkeeper-Triage"}]}
    seen.run()
    assert seen.read_mails() == []
    seen.sqs.send_message(QueueUrl=seen.dead, MessageBody="lost")
    seen.run()
    (mail,) = seen.read_mails()
    assert {one["code"] for one in json.loads(mail["Message"])["guard"]} == {"no_concurrency", "dead_letters"}
    seen.function = {"Configuration": {"State": "Active"}}
    seen.run()
    assert seen.read_mails() == [], "what is repaired is no news"


def test_that_no_rule_is_left_is_mailed_and_that_they_could_not_be_listed_is_no_news(seen: Account) -> None:
    seen.answer("events", "list_rules", lambda **_: {"Rules": []})
    seen.run()
    (mail,) = seen.read_mails()
    assert {"code": "gone", "name": "rules"} in json.loads(mail["Message"])["guard"]
    seen.answer("events", "list_rules", lambda **_: {})
    with pytest.raises(NotAllDone, match="ListRules"):
        seen.run()
    assert seen.read_mails() == []


def test_a_mail_goes_through_the_topic_that_has_readers(seen: Account) -> None:
    incidents = next(iter(seen.readers))
    seen.readers[incidents] = 0
    seen.run()
    (mail,) = seen.read_mails()
    assert mail["TopicArn"].endswith("Trailkeeper-Alarms")
    assert json.loads(mail["Message"]) == {"guard": [{"code": "no_reader", "name": "Trailkeeper-Incidents"}]}


def test_a_mail_goes_through_the_topic_that_takes_it_and_the_other_is_named(seen: Account) -> None:
    incidents, publish = next(iter(seen.readers)), aws.client("sns", "us-east-1").publish

    def refusing(**message: Any) -> Any:
        if message["TopicArn"] == incidents:
            raise REFUSED
        return publish(**message)

    seen.answer("sns", "publish", refusing)
    seen.function = {"Configuration": {"State": "Failed"}}
    with pytest.raises(NotAllDone, match="mail to Incidents: AccessDeniedException"):
        seen.run()
    (mail,) = seen.read_mails()
    assert mail["TopicArn"].endswith("Trailkeeper-Alarms")
    seen.run()
    assert seen.read_mails() == [], "it was told"


def test_a_mail_that_could_not_be_sent_is_sent_by_the_next_run(seen: Account) -> None:
    seen.function = {"Configuration": {"State": "Failed"}}
    with seen.patch.context() as patch:
        patch.setattr(aws.client("sns", "us-east-1"), "publish", lambda **_: (_ for _ in ()).throw(REFUSED))
        with pytest.raises(NotAllDone):
            seen.run()
    seen.run()
    assert len(seen.read_mails()) == 1


def test_the_metric_is_written_once_a_day(seen: Account) -> None:
    assert seen.metrics() == {"Guard", "Differs"}
    written = list[Any]()
    seen.answer("cloudwatch", "put_metric_data", lambda **given: written.append(given))
    seen.run()
    assert written == []
    ledger.delete(f"day#{datetime.now(UTC):%Y-%m-%d}")
    seen.run()
    (given,) = written
    assert [(one["MetricName"], one["Value"]) for one in given["MetricData"]] == [("Guard", 1), ("Differs", 0)]


def test_what_shadow_counted_is_mailed_once_a_week(seen: Account, deployed: Callable[..., None]) -> None:
    deployed(undo={"StopLogging": "shadow"})
    week = int(datetime.now(UTC).timestamp() * 1000 // 604_800_000) - 1
    call = f"2026-11-20T02:01 StartLogging {ARN}"
    ledger.put({"id": {"S": f"shadow#{week}"}, "counted": {"N": "2"}, "calls_seen": {"SS": [call]}})
    seen.run()
    (mail,) = seen.read_mails()
    assert mail["Subject"] == "[INFO] Trailkeeper would have restored 2 times last week (Trailkeeper)"
    assert json.loads(mail["Message"]) == {"shadow": {"counted": 2, "calls": [call]}}
    seen.run()
    assert seen.read_mails() == []


def test_a_baseline_that_was_deleted_is_told_and_what_is_found_does_not_take_its_place(seen: Account) -> None:
    ledger.delete(f"baseline#{ARN}")
    seen.cloudtrail.update_trail(Name="TestTrail", S3KeyPrefix="evil")
    assert seen.run()["recorded"] == []
    (mail,) = seen.read_mails()
    assert json.loads(mail["Message"]) == {"guard": [{"code": "baseline_lost", "name": ARN}]}


@pytest.mark.parametrize(("minutes", "told"), [(20, ["other_code"]), (2, [])])
def test_a_function_that_runs_other_code_than_the_rest_is_told_but_not_while_all_are_deployed(
    minutes: int, told: list[str], seen: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNCTIONS", "Triage,Enrich,Notify")
    modified = f"{datetime.now(UTC) - timedelta(minutes=minutes):%FT%T.000+0000}"
    hashes = {"Triage": "evil", "Enrich": "ours", "Notify": "ours"}

    def get_function(FunctionName: str) -> dict[str, Any]:
        return {"Configuration": {"CodeSha256": hashes[FunctionName], "LastModified": modified}}

    seen.answer("lambda", "get_function", get_function)
    seen.run()
    found = [one for mail in seen.read_mails() for one in json.loads(mail["Message"])["guard"]]
    assert [one["code"] for one in found] == told
    assert all(one["name"] == "Triage" for one in found)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"State": "ENABLED", "Targets": [{"Id": "x"}]}, None),
        ({"State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "Targets": [{"Id": "x"}]}, None),
        ({"State": "ENABLED"}, None),  # its targets could not be read, which is told otherwise
        ({"State": "ENABLED", "Targets": []}, "rule_without_target"),
        ({"State": "DISABLED", "Targets": [{"Id": "x"}]}, "rule_off"),
    ],
)
def test_a_rule_starts_something_if_it_is_enabled_and_has_a_target(rule: dict[str, Any], code: str | None) -> None:
    assert guard.starts(rule) == code


def test_a_state_machine_that_is_being_deleted_is_told(seen: Account) -> None:
    seen.answer("stepfunctions", "describe_state_machine", lambda **_: {"status": "DELETING"})
    seen.run()
    (mail,) = seen.read_mails()
    assert [one["code"] for one in json.loads(mail["Message"])["guard"]] == ["gone"]
    assert mail["MessageAttributes"]["verdict"]["Value"] == "guard"


def test_people_get_a_text_and_programs_get_json(seen: Account) -> None:
    sent = list[Any]()
    seen.answer("sns", "publish", lambda **message: sent.append(message))
    seen.function = {"Configuration": {"State": "Failed"}}
    seen.run()
    (message,) = (json.loads(one["Message"]) for one in sent)
    assert message["email"].startswith("Trailkeeper's watchdog")
    assert json.loads(message["default"])["guard"]


def test_without_the_ledger_the_metric_says_that_the_guard_is_broken(
    seen: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = list[Any]()
    seen.answer("cloudwatch", "put_metric_data", lambda **given: written.append(given))

    def refused(**_: Any) -> Any:
        raise REFUSED

    monkeypatch.setattr(ledger.dynamodb(), "get_item", refused)
    monkeypatch.setenv("WATCH_MINUTES", "60")
    with pytest.raises(NotAllDone):
        seen.run()
    (given,) = written
    assert (given["MetricData"][0]["MetricName"], given["MetricData"][0]["Value"]) == ("Guard", 0)
    monkeypatch.setenv("WATCH_MINUTES", "0")
    seen.read_mails()
    with pytest.raises(NotAllDone):
        seen.run()
    assert (seen.read_mails(), len(written)) == ([], 1), "in one run of an hour"


def test_an_answer_that_was_cut_off_says_nothing_of_a_part(seen: Account) -> None:
    seen.answer("sqs", "get_queue_attributes", lambda **_: {"Attributes": {}})
    with pytest.raises(NotAllDone, match="Trailkeeper-DeadLetters: IncompleteAnswer"):
        seen.run()
    assert seen.read_mails() == []


def test_what_another_run_has_told_is_not_told_again(seen: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    seen.function = {"Configuration": {"State": "Failed"}}
    monkeypatch.setattr(ledger, "put_if", lambda *_, **__: False)
    seen.run()
    assert seen.read_mails() == []


def test_when_the_time_is_up_what_is_left_is_named(seen: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "deadline", lambda _: 0)
    with pytest.raises(NotAllDone, match="DescribeTrails: no time left; ListEventDataStores: no time left"):
        seen.run()


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sqs", "get_queue_attributes", "QueueDoesNotExist"),
        ("sqs", "get_queue_attributes", "AWS.SimpleQueueService.NonExistentQueue"),
        ("lambda", "get_function", "ResourceNotFoundException"),
        ("stepfunctions", "describe_state_machine", "StateMachineDoesNotExist"),
    ],
)
def test_a_part_that_is_gone_is_told(service: str, call: str, code: str, seen: Account) -> None:
    def gone(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Any")

    seen.answer(service, call, gone)
    seen.run()
    (mail,) = seen.read_mails()
    assert [one["code"] for one in json.loads(mail["Message"])["guard"]] == ["gone"]
