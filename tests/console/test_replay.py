"""Replay: what it makes of logs, and how it shows it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console.cli import main
from localcloud import LocalCloud
from tests.account import recording_trail
from tests.samples import event

KEYS = [
    *("eventID", "eventTime", "eventName", "eventSource", "verdict", "severity", "facts", "technique", "family"),
    *("resource", "trail", "actor", "undo"),
]
COMMAND = Path(sys.executable).with_name("trailkeeper")
HOSTILE = "\x1b]0;x\x07\u202eevil\n[bold]https://evil.example"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder of logs: a stop, the same once more by another trail, a denied one, and what matches nothing."""
    folder = tmp_path / "logs"
    folder.mkdir()
    stop = event("stop-logging")["detail"]
    reads = event("stop-logging", eventName="DescribeTrails", eventID="r")["detail"]
    (folder / "1.json").write_text(json.dumps({"Records": [stop, reads]}))
    (folder / "2.json").write_text(json.dumps(stop) + "\n" + json.dumps(event("stop-logging-denied")))
    return folder


def replay(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    """The exit code, and what was written to each stream."""
    code = main(["replay", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def settings(tmp_path: Path, **context: Any) -> Path:
    """A file of settings."""
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"context": context}))
    return file


def lines(out: str) -> list[Any]:
    """The JSON lines."""
    return [json.loads(line) for line in out.splitlines()]


def test_a_line_of_json_a_matched_record_and_the_same_event_once(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = replay(capsys, logs, "--json")
    found = lines(out)
    assert (code, err) == (0, "")
    assert [one["verdict"] for one in found] == ["stopped", "attempted"]
    assert [*found[0]] == KEYS
    assert found[0]["trail"]["name"] == "TestTrail"
    assert found[0]["undo"]["call"] == "StartLogging"


def test_a_line_of_json_says_what_the_call_was_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = "Trailkeeper-Tampering1A2B"
    disable = event(
        "stop-logging", eventSource="events.amazonaws.com", eventName="DisableRule", requestParameters={"name": rule}
    )
    file = tmp_path / "log.json"
    file.write_text(json.dumps(disable["detail"]))
    (one,) = lines(replay(capsys, file, "--json")[1])
    assert (one["family"], one["resource"]) == ("trailkeeper", {"kind": "rule", "name": rule})


def test_parts_of_trailkeeper_are_known_in_every_account_and_region_that_logs_come_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = "arn:aws:sns:eu-west-1:111122223333:Trailkeeper-Alarms1A2B"
    delete = event(
        "stop-logging",
        eventSource="sns.amazonaws.com",
        eventName="DeleteTopic",
        requestParameters={"topicArn": arn},
        awsRegion="eu-west-1",
        recipientAccountId="111122223333",
    )
    file = tmp_path / "log.json"
    file.write_text(json.dumps(delete["detail"]))
    assert [one["verdict"] for one in lines(replay(capsys, file, "--json")[1])] == ["deleted"]


def test_all_shows_what_matched_nothing_with_the_verdict_null(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = replay(capsys, logs, "--json", "--all")
    assert [(one["eventName"], one["verdict"]) for one in lines(out)] == [
        ("StopLogging", "stopped"),
        ("DescribeTrails", None),
        ("StopLogging", "attempted"),
    ]


def test_the_table_and_the_summary_by_actor(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = replay(capsys, logs)
    assert code == 0
    assert "StopLogging trail TestTrail" in out
    assert "StartLogging (off)" in out
    assert out.splitlines()[-1] == "4 records read, 2 matched a rule, 2 would have raised a mail, 1 there twice"
    assert "arn:aws:iam::123456789012:user/" in out


def test_an_announced_change_is_info_with_other_settings(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {
        "principal": "arn:aws:iam::123456789012:user/*a*",
        "actions": ["StopLogging"],
        "reason": "migration",
        "until": "2999-12-31",
    }
    _, out, _ = replay(capsys, logs / "1.json", "--json", "--settings", settings(tmp_path, expected=[entry]))
    assert [(one["severity"], one["facts"][-1]) for one in lines(out)] == [
        ("info", {"code": "announced", "detail": "migration"})
    ]
    _, out, _ = replay(capsys, logs / "1.json", "--settings", settings(tmp_path, undo="auto"))
    assert "StartLogging (auto)" in out


def test_only_destinations_of_the_settings_match(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = event(
        "stop-logging",
        eventSource="s3.amazonaws.com",
        eventName="DeleteBucket",
        requestParameters={"bucketName": "trail-logs"},
    )["detail"]
    file = tmp_path / "log.json"
    file.write_text(json.dumps(record))
    assert replay(capsys, file, "--json")[1] == ""
    watched = settings(tmp_path, destinations=["arn:aws:s3:::trail-logs"])
    assert [one["verdict"] for one in lines(replay(capsys, file, "--json", "--settings", watched)[1])] == ["deleted"]


def test_what_a_console_calls_right_after_create_trail_raises_no_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create = event("stop-logging", eventName="CreateTrail", eventID="1", requestParameters={"name": "TestTrail"})
    none = {"trailName": "TestTrail", "insightSelectors": []}
    insights = event("stop-logging", eventName="PutInsightSelectors", eventID="2", requestParameters=none)
    file = tmp_path / "log.json"
    file.write_text(json.dumps([create["detail"], insights["detail"]]))
    assert [one["verdict"] for one in lines(replay(capsys, file, "--json")[1])] == ["harmless", "harmless"]
    file.write_text(json.dumps([insights["detail"]]))
    assert [one["severity"] for one in lines(replay(capsys, file, "--json")[1])] == ["low"]


def test_damage_is_found_and_ends_with_1(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (logs / "0.json").write_text("{")
    code, out, err = replay(capsys, logs, "--json")
    assert (code, len(lines(out)), len(err.splitlines())) == (1, 2, 1)
    assert err.startswith(f"{logs / '0.json'}: at character 0: ")


def test_bad_input_is_one_line_and_2(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(capsys, logs, tmp_path / "nowhere") == (
        2,
        "",
        f"{tmp_path / 'nowhere'}: No such file or directory; give logs, a folder of them, or - once\n",
    )
    code, _, err = replay(capsys, logs, "--settings", settings(tmp_path, undo="always"))
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("undo: 'always' is not allowed")


def test_a_path_reaches_the_terminal_as_plain_letters(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = replay(capsys, "/nowhere\x1b[31m\nx")
    assert (code, err[:-1].isprintable()) == (2, True)


def test_a_terminal_that_lacks_letters_gets_others(logs: Path) -> None:
    (logs / "1.json").write_text(json.dumps(event("stop-logging", requestParameters={"name": "트레일"})))
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ran = subprocess.run([COMMAND, "replay", logs / "1.json"], env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "\\ud2b8\\ub808\\uc77c" in ran.stdout


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_who_reads_may_have_enough(how: list[str], logs: Path) -> None:
    (logs / "3.json").write_text((json.dumps(event("stop-logging", eventName="DescribeTrails")) + "\n") * 3000)
    replaying = subprocess.Popen(
        [COMMAND, "replay", "--all", *how, logs], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert replaying.stdout and replaying.stderr
    replaying.stdout.readline()
    replaying.stdout.close()
    assert replaying.stderr.read() == b""
    assert replaying.wait(timeout=30) == 141


def test_a_disk_that_is_full_is_one_line(logs: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([COMMAND, "replay", logs], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (ran.returncode, ran.stderr) == (2, "trailkeeper: [Errno 28] No space left on device\n")


def test_a_time_before_there_were_computers_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = "0001-01-01T00:00:00Z"
    create = event("stop-logging", eventName="CreateTrail", eventID="1", eventTime=old)
    file = tmp_path / "log.json"
    file.write_text(json.dumps([create["detail"], event("stop-logging", eventTime=old)["detail"]]))
    assert [one["verdict"] for one in lines(replay(capsys, file, "--json")[1])] == ["harmless", "stopped"]


@pytest.mark.parametrize("field", ["eventID", "eventTime", "userAgent", "errorCode", "errorMessage", "awsRegion"])
def test_hostile_text_reaches_the_terminal_as_plain_letters(
    field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    identity = {"type": "AssumedRole", "arn": f"arn:{HOSTILE}", "userName": HOSTILE}
    record = event("stop-logging", **{field: HOSTILE}, userIdentity=identity, requestParameters={"name": HOSTILE})
    file = tmp_path / "log.json"
    file.write_text(json.dumps(record))
    for arguments in ([], ["--json"], ["--all"]):
        out = replay(capsys, file, *arguments)[1]
        assert "evil" in out
        assert out.replace("\n", "").isprintable()
        assert len(out.splitlines()) < 8


def test_records_of_any_shape_are_judged_or_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources: list[Any] = [[], {}, None, 5]
    shapes: list[Any] = [{"eventName": "StopLogging", "eventSource": source} for source in sources]
    shapes += [{"eventName": "StopLogging"}, {"eventName": ["x"]}, {"eventName": None}, {"eventName": {}}]
    file = tmp_path / "log.json"
    file.write_text(json.dumps(shapes))
    assert replay(capsys, file, "--json", "--all")[0] == 0


def test_insights_and_digests_are_counted_apart_and_a_lone_record_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log.json"
    insight = {"eventType": "AwsCloudTrailInsight", "insightDetails": {}}
    file.write_text(json.dumps([event("stop-logging")["detail"], insight, {"digestStartTime": "x"}]))
    code, out, err = replay(capsys, file)
    assert (code, err) == (0, "")
    assert out.endswith(
        "1 record read, 1 matched a rule, 1 would have raised a mail, 1 Insights event left out, 1 digest left out\n"
    )


def test_where_there_is_nothing_to_read_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("# Logs")
    code, _, err = replay(capsys, tmp_path)
    assert (code, err) == (1, f"{tmp_path}/README.md: left out, as it does not begin as JSON does\nno records found\n")
    assert replay(capsys, tmp_path, "--jobs", "0")[0] == 2


def test_what_kms_does_itself_to_a_watched_key_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/aaaaaaaa-2222-3333-4444-55555555aaaa"
    changes = {"eventSource": "kms.amazonaws.com", "eventName": "DeleteExpiredKeyMaterial", "requestParameters": None}
    record = event("stop-logging", eventType="AwsServiceEvent", resources=[{"ARN": key}], **changes)["detail"]
    file = tmp_path / "log.json"
    file.write_text(json.dumps(record))
    (found,) = lines(replay(capsys, file, "--json", "--settings", settings(tmp_path, destinations=[key]))[1])
    assert (found["verdict"], found["facts"][0]["code"]) == ("narrowed", "cannot_encrypt")
    assert found["technique"] == ["T1562.008", "T1685.002"]


def test_it_reads_what_a_trail_of_the_local_cloud_delivers(
    cloud: LocalCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    region = "eu-south-2"  # used by this test only
    recording_trail(cloud, "ReplayTrail", region)
    cloud.client("cloudtrail", region).stop_logging(Name="ReplayTrail")
    bucket = f"replaytrail-{region}"
    cloud.wait(lambda: cloud.client("s3").list_objects_v2(Bucket=bucket).get("Contents"), "the log file")
    command = [str(COMMAND.with_name("aws")), "s3", "sync", f"s3://{bucket}", str(tmp_path / "copy")]
    environment = cloud.environment() | {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    code, out, _ = replay(capsys, tmp_path / "copy", "--json")
    assert (code, [json.loads(line)["eventName"] for line in out.splitlines()]) == (0, ["StopLogging"])
