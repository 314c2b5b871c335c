"""Reading logs: every form they come in, damage reported and passed over, and memory that does not grow."""

import base64
import gzip
import json
import os
import tracemalloc
from errno import EACCES
from pathlib import Path
from typing import Any

import pytest

from console.files import Damage, Note, files
from console.records import LONGEST, records

ONE, TWO, THREE = ({"eventVersion": "1.11", "eventName": name, "eventSource": "x"} for name in ("A", "B", "C"))
PROPERTY = "Expecting property name enclosed in double quotes"
DIGITS = (
    "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; "
    "use sys.set_int_max_str_digits() to increase the limit"
)
ENVELOPE = {"detail-type": "AWS API Call via CloudTrail", "detail": ONE}


def read(path: Path) -> tuple[list[Any], list[str]]:
    """The records of a file, and the damage in it."""
    found = list(records(str(path)))
    return [one for one in found if not isinstance(one, Damage)], [str(one) for one in found if isinstance(one, Damage)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (json.dumps({"Records": [ONE, TWO]}), [ONE, TWO]),
        (json.dumps({"Records": [ONE, TWO]}, indent=2), [ONE, TWO]),
        ('{"Records":[]}', []),
        (json.dumps({"version": 1, "Records": [ONE]}), [ONE]),
        (json.dumps([ONE, TWO]), [ONE, TWO]),
        (json.dumps(ONE), [ONE]),
        (json.dumps(ONE, indent=2) + "\n", [ONE]),
        (json.dumps(ENVELOPE), [ENVELOPE]),
        (f"{json.dumps(ONE)}\n{json.dumps(ENVELOPE)}\r\n\n{json.dumps(TWO)}", [ONE, ENVELOPE, TWO]),
        (f"{json.dumps({'Records': [ONE]})}\n{json.dumps({'Records': [TWO]})}", [ONE, TWO]),
        (json.dumps({"Records": [ONE]}) + json.dumps({"Records": []}) + json.dumps([TWO]), [ONE, TWO]),
        ("\ufeff" + json.dumps(ONE), [ONE]),
    ],
)
def test_every_form_is_read_plain_and_packed(tmp_path: Path, content: str, expected: list[Any]) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_text(content, encoding="utf-8")
    packed.write_bytes(gzip.compress(content.encode()))
    assert read(plain) == (expected, [])
    assert read(packed) == (expected, [])


@pytest.mark.parametrize(
    ("content", "expected", "damage"),
    [
        (b'{"Records": [%s, 5, "x", null, {"a": 1}, %s]}', [ONE, TWO], ["not a CloudTrail record"] * 4),
        (b'{"Records": [%s, {"eventVersion": nonsense}, %s]}', [ONE, TWO], ["Expecting value"]),
        (b"%s\n{broken\n%s\n", [ONE, TWO], ["Expecting property name enclosed in double quotes"]),
        (b'{"Records": [%s, %s', [ONE, TWO], ["the file ends within its records"]),
        (b'{"Records": [%s, %s, {"eventVersion": "1', [ONE, TWO], ["Unterminated string starting at"]),
        (b'{"Records": [%s, %s]} and more', [ONE, TWO], ["Expecting value"]),
        (b"%s\n%s\n\xff", [ONE, TWO], ["invalid start byte, not UTF-8, here or more than here", "Expecting value"]),
        (
            b'{"eventName": "A\xff"}\n%s\n%s',
            [{"eventName": "A\ufffd"}, ONE, TWO],
            ["invalid start byte, not UTF-8, here or more than here"],
        ),
        (
            b'[%s, {"eventVersion": "1", "resources": [{"a": 1}, {"b": 2}], broken, "x": [[], {"c": 3}]}, %s]',
            [ONE, TWO],
            ["Expecting property name enclosed in double quotes"],
        ),
        (
            b'[{"awsRegion": "x", "eventName": "A"}, {"awsRegion": broken}, {"awsRegion": "", "eventName": 1}%.0s%.0s]',
            [{"awsRegion": "x", "eventName": "A"}, {"awsRegion": "", "eventName": 1}],
            ["Expecting value"],
        ),
        (b'[%s, {"eventVersion": 1, broken}, {"eventVersion": broken}, %s]', [ONE, TWO], [PROPERTY, "Expecting value"]),
        (
            b'{"Records": [{"eventVersion": "1" "r": {"l": [{"a": 1}, {"detail": {}}, {"eventName": "x"}]}}, %s, %s]}',
            [ONE, TWO],
            ["Expecting ',' delimiter"],
        ),
        (b'{"Records"! [%s, %s]}', [ONE, TWO], ["Expecting ':' delimiter", "Expecting value"]),
        (b"%s\n%s\n" + b"5" * 5000, [ONE, TWO], [DIGITS]),
        (b"%s\n%s\n" + b"[" * 100_000, [ONE, TWO], ["nested too deeply"]),
        (b"%s %s nonsense", [ONE, TWO], ["Expecting value"]),
    ],
)
def test_damage_is_reported_with_its_place_and_the_rest_goes_on(
    tmp_path: Path, content: bytes, expected: list[Any], damage: list[str]
) -> None:
    file = tmp_path / "log.json"
    file.write_bytes(content % (json.dumps(ONE).encode(), json.dumps(TWO).encode()))
    found, lines = read(file)
    assert found == expected
    assert [line.partition(": at character ")[2].partition(": ")[2] for line in lines] == damage
    assert all(line.startswith(str(file)) for line in lines)


def test_a_packed_file_that_was_cut_gives_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "log.json.gz"
    many = json.dumps({"Records": [ONE | {"eventID": str(number)} for number in range(1000)]}).encode()
    file.write_bytes(gzip.compress(many)[:-500])
    found, lines = read(file)
    assert len(found) > 100
    assert any("end-of-stream marker" in line for line in lines)


def test_a_record_without_end_is_given_up_and_not_read_into_memory(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_bytes(b'{"Records": [{"eventVersion": "' + b"x" * (3 * LONGEST))
    tracemalloc.start()
    found, lines = read(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found, len(lines)) == ([], 1)
    assert lines[0].endswith("at character 13: longer than 4,194,304 characters, or without end")
    assert peak < 6 * LONGEST


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for many in (2_000, 20_000):
        file = tmp_path / f"{many}.json"
        file.write_text(json.dumps({"Records": [ONE | {"userAgent": "x" * 1000}] * many}))
        tracemalloc.start()
        assert sum(1 for _ in records(str(file))) == many
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_folder_gives_all_of_its_files_in_order(tmp_path: Path) -> None:
    for name in ("b/2.json.gz", "b/1.json", "a.jsonl", "notes.txt", "CloudTrail-Digest/x.json.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(Path(str(file)).relative_to(tmp_path)) for file in files([str(tmp_path)])]
    assert found == ["CloudTrail-Digest/x.json.gz", "a.jsonl", "b/1.json", "b/2.json.gz", "notes.txt"]
    assert files([str(tmp_path / "notes.txt"), "-"]) == [str(tmp_path / "notes.txt"), "-"]


def test_what_in_a_folder_cannot_be_looked_at_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1.json").write_text(json.dumps(ONE))
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "elsewhere").symlink_to(tmp_path)
    (tmp_path / "closed").mkdir()
    os.mkfifo(tmp_path / "pipe")
    scandir = os.scandir

    def refuse(path: str) -> Any:  # the tests may run as root, to whom every folder is open
        if path.endswith("closed"):
            raise PermissionError(EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    lines = [one for file in files([str(tmp_path)]) for one in ([file] if isinstance(file, Damage) else records(file))]
    assert [str(one).removeprefix(f"{tmp_path}/") for one in lines] == [
        "elsewhere: a link to a folder is not followed; give it as a PATH of its own",
        "pipe: a pipe, socket or device is not read; give it as a PATH of its own",
        "closed: Permission denied",
        str(ONE),
        "gone.json: No such file or directory",
    ]
    with pytest.raises(PermissionError):
        files([str(tmp_path / "closed")])


def test_a_path_that_gives_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for paths in ([""], [str(tmp_path / "nowhere")], [str(tmp_path)], ["x" * 300], ["-", "-"]):
        with pytest.raises(OSError, match=r"\["):
            files(paths)
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(FileNotFoundError, match="the standard input is closed"):
        files(["-"])


def test_the_standard_input_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(json.dumps({"Records": [ONE, THREE]}).encode()))
    with packed.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert list(records("-")) == [ONE, THREE]


def lookup(*found: Any) -> str:
    """What `aws cloudtrail lookup-events` shows."""
    events = [{"EventId": "1", "EventName": "A", "CloudTrailEvent": json.dumps(one)} for one in found]
    return json.dumps({"Events": events, "NextToken": "x"}, indent=4)


def packed(value: Any) -> str:
    """JSON as CloudWatch Logs sends it."""
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


SUBSCRIPTION = {
    "messageType": "DATA_MESSAGE",
    "logGroup": "trail",
    "subscriptionFilters": ["x"],
    "logEvents": [{"id": "1", "timestamp": 1, "message": json.dumps(one)} for one in (ONE, TWO)],
}
# https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
KINESIS = {"eventSource": "aws:kinesis", "eventName": "aws:kinesis:record", "eventVersion": "1.0"}
ATHENA = {
    "eventversion": "1.11",
    "useridentity": {"type": "IAMUser", "accesskeyid": "AKIA", "sessioncontext": {"sessionissuer": {"username": "x"}}},
    "eventname": "StopLogging",
    "requestparameters": '{"name": "Main"}',
    "resources": [{"arn": "arn:aws:kms:x", "accountid": "1"}],
}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (lookup(ONE, TWO), [ONE, TWO]),
        (json.dumps({"records": [ONE]}), [ONE]),
        (json.dumps({"events": [{"timestamp": 1, "message": json.dumps(ONE)}], "searchedLogStreams": []}), [ONE]),
        (json.dumps(SUBSCRIPTION), [ONE, TWO]),
        (json.dumps(SUBSCRIPTION) * 2, [ONE, TWO] * 2),  # as Firehose puts them, without anything between
        (json.dumps({"awslogs": {"data": packed(SUBSCRIPTION)}}), [ONE, TWO]),
        (json.dumps({"Records": [{"kinesis": {"data": packed(SUBSCRIPTION)}}]}), [ONE, TWO]),
        (f"2026-11-23T02:01:00.000Z {json.dumps(ONE)}\n2026-11-23T02:02:00.000Z {json.dumps(TWO)}\n", [ONE, TWO]),
        (json.dumps({"Messages": [{"MessageId": "1", "Body": json.dumps(ENVELOPE)}]}), [ENVELOPE]),
        (json.dumps({"Records": [{"messageId": "1", "body": json.dumps({"Records": [ONE]})}]}), [ONE]),
        (json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(ENVELOPE)}}]}), [ENVELOPE]),
        (json.dumps({"Type": "Notification", "Message": json.dumps(ONE)}), [ONE]),
        (json.dumps({"s": ONE}) + "\n" + json.dumps({"_1": TWO}), [ONE, TWO]),
        (json.dumps({"_1": [ONE, TWO]}), [ONE, TWO]),
        (json.dumps([json.dumps(ONE), json.dumps(TWO)]), [ONE, TWO]),  # lookup-events --query Events[].CloudTrailEvent
        (json.dumps({"Records": [KINESIS | {"kinesis": {"data": packed(SUBSCRIPTION)}}]}), [ONE, TWO]),
        (json.dumps({"Records": [{"SequenceNumber": "1", "Data": packed(SUBSCRIPTION)}]}), [ONE, TWO]),
        (json.dumps({"invocationId": "1", "records": [{"data": packed(SUBSCRIPTION)}]}), [ONE, TWO]),
        (json.dumps([{"@timestamp": "x", "@message": ONE}]), [ONE]),
        (
            json.dumps(ATHENA),
            [
                {
                    "eventVersion": "1.11",
                    "userIdentity": {
                        "type": "IAMUser",
                        "accessKeyId": "AKIA",
                        "sessionContext": {"sessionIssuer": {"userName": "x"}},
                    },
                    "eventName": "StopLogging",
                    "requestParameters": {"name": "Main"},
                    "resources": [{"ARN": "arn:aws:kms:x", "accountId": "1"}],
                }
            ],
        ),
    ],
)
def test_what_people_have_is_read_whatever_it_is_wrapped_in(tmp_path: Path, content: str, expected: list[Any]) -> None:
    file = tmp_path / "log"
    file.write_text(content)
    assert read(file) == (expected, [])


def test_what_is_packed_twice_is_read(tmp_path: Path) -> None:
    file = tmp_path / "firehose"
    file.write_bytes(gzip.compress(gzip.compress(json.dumps(SUBSCRIPTION).encode()) * 2))
    assert read(file) == ([ONE, TWO] * 2, [])


def test_insights_digests_and_control_messages_are_no_damage(tmp_path: Path) -> None:
    insight = {"eventVersion": "1.11", "eventType": "AwsCloudTrailInsight", "insightDetails": {"eventName": "x"}}
    delivered = {"detail-type": "AWS Insight via CloudTrail", "detail": insight}
    control = {"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL MESSAGE: Checking health"}]}
    others = [{"digestStartTime": "x", "logFiles": []}, delivered, control]
    file = tmp_path / "log.json"
    file.write_text(json.dumps({"Records": [insight, ONE]}) + "".join(map(json.dumps, others)))
    assert read(file) == (["Insights event", ONE, "digest", "Insights event", "control message"], [])


def test_an_empty_file_is_named_and_one_that_breaks_at_once_is_damage(tmp_path: Path) -> None:
    file = tmp_path / "log.json.gz"
    whole = gzip.compress(json.dumps(ONE).encode())
    for content in (b"", gzip.compress(b"")):
        file.write_bytes(content)
        assert [*map(str, read(file)[0])] == [f"{file}: left out, as it is empty"]
    for length in range(1, len(whole)):
        file.write_bytes(whole[:length])
        assert [one for one in records(str(file)) if isinstance(one, Damage | Note)], length


S3_NOTICE = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {}}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"Records": [S3_NOTICE]}, "an S3 event notification, not a record: give the log file that it names"),
        ({"s3Bucket": "x", "s3ObjectKey": ["y"]}, "CloudTrail's notice of a log file, not a record"),
        ({"detail": {"bucket": {}}, "source": "aws.s3"}, "an event of EventBridge that is not CloudTrail's"),
        ({"message": "no JSON"}, "not a CloudTrail record"),
        ({"data": "no base64"}, "not a CloudTrail record"),
        ({"data": "\u00e9"}, "not a CloudTrail record"),
        (KINESIS | {"eventSource": "aws:dynamodb"}, "not a CloudTrail record"),
        (
            {"Sns": {"Sns": {"Sns": {"Sns": {"Sns": {"Sns": {"Sns": {"Sns": {"Sns": [[[[[ONE]]]]]}}}}}}}}},
            "not a CloudTrail record",
        ),
    ],
)
def test_what_only_looks_like_a_record_is_called_what_it_is(tmp_path: Path, value: Any, why: str) -> None:
    file = tmp_path / "log.json"
    file.write_text(json.dumps(value))
    found, (line,) = read(file)
    assert (found, why in line) == ([], True)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PAR1\x15\x04", "Parquet: query it with Athena"),
        (b"\x28\xb5\x2f\xfd\x00", "packed by zstd: unpack it first"),
        (b"PK\x03\x04\x14\x00", "a zip archive: unpack it first"),
        (json.dumps(ONE).encode("utf-16"), "in UTF-16: convert it first (iconv -f utf-16 "),
        (json.dumps(ONE).encode("utf-16-le"), "in UTF-16: convert it first (iconv -f utf-16le "),
        (json.dumps(ONE).encode("utf-16-be"), "in UTF-16: convert it first (iconv -f utf-16be "),
        (b"a.json".ljust(257, b"\0") + b"ustar\x0000", "a tar archive: unpack it first"),
        (b"eventVersion,userIdentity\n1.11,x\n", "CSV: give the records as JSON instead"),
        (b'"Event name","Event time"\n', "CSV: give the records as JSON instead"),
        (b'"useridentity","eventname"\r\n', "CSV: give the records as JSON instead"),
    ],
)
def test_another_format_is_one_line_that_says_what_to_do(tmp_path: Path, content: bytes, what: str) -> None:
    for name, data in (("plain.json", content), ("other", content), ("packed.json.gz", gzip.compress(content))):
        file = tmp_path / name
        file.write_bytes(data)
        found, lines = read(file)
        assert (found, len(lines)) == ([], 1)
        assert lines[0].startswith(f"{file}: {what}")


def test_a_file_of_another_ending_is_read_if_it_holds_records_and_else_named(tmp_path: Path) -> None:
    (tmp_path / "trail.txt").write_text(json.dumps(ONE))
    (tmp_path / "README.md").write_text("# Logs")
    found = [one for file in files([str(tmp_path)]) for one in records(str(file))]
    assert [str(one) for one in found] == [
        f"{tmp_path}/README.md: left out, as it does not begin as JSON does",
        str(ONE),
    ]
    assert isinstance(found[0], Note)


# A record of every kind of member, each of whose bytes is damaged in turn; whatever member comes first.
WHOLE: dict[str, Any] = {
    "userIdentity": {"type": "IAMUser", "mfa": True, "keys": [{"a": 1}, {"b": 2.5}]},
    "eventName": "StopLogging",
    "eventSource": "cloudtrail.amazonaws.com",
    "requestParameters": None,
    "count": -12,
    "text": "a\\b\u00e9\n",
}


# What stands before, between and behind records, and a record in its own wrapping.
FORMS = {
    "array": ('{"Records": [', ", ", "]}", "%s"),
    "lines": ("", "\n", "", "%s"),
    "export": ("", "\n", "", "2026-11-23T02:01:00.000Z %s"),
    "lookup": ('{"Events": [', ", ", '], "NextToken": "x"}', '{"EventId": "1", "CloudTrailEvent": %s}'),
    "firehose": ("", "", "", '{"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": %s}]}'),
}
BROKEN = ("", "\x00", "}", "{", '"', ",", "]")


def pieces(first: str, form: str) -> list[str]:
    """A file of five records, whose counts are 0 to 4: what stands around them at even places."""
    start, between, end, wrapping = FORMS[form]
    plain = json.dumps({first: WHOLE.get(first, "of"), **WHOLE})
    numbered = (plain.replace("-12", str(number)) for number in range(5))
    wrapped = [
        wrapping % (json.dumps(one) if "message" in wrapping or "Event" in wrapping else one) for one in numbered
    ]
    return [start, *(part for one in wrapped[:-1] for part in (one, between)), wrapped[-1], end]


def found_with(file: Path, parts: list[str], which: int, place: int, letter: str) -> set[Any]:
    """The counts of the records that are found where one letter is another."""
    broken = parts[which][:place] + letter + parts[which][place + 1 :]
    file.touch()
    with file.open("r+") as written:  # ext4 flushes a file that was emptied and is written again
        written.write("".join([*parts[:which], broken, *parts[which + 1 :]]))
        written.truncate()
    return {one.get("count") for one in read(file)[0] if isinstance(one, dict)}


@pytest.mark.parametrize(
    ("first", "form"),
    [
        *((first, form) for first in ("userIdentity", "eventName", "text", "unheard") for form in ("array", "lines")),
        *(("unheard", form) for form in ("export", "lookup", "firehose")),
    ],
)
def test_one_broken_byte_never_costs_another_record(tmp_path: Path, first: str, form: str) -> None:
    parts = pieces(first, form)
    for place in range(len(parts[5])):
        for letter in BROKEN:
            found = found_with(tmp_path / "log.json", parts, 5, place, letter)
            assert {0, 1, 3, 4} <= found, (place, letter)


@pytest.mark.parametrize("form", FORMS)
def test_a_broken_byte_between_records_costs_none(tmp_path: Path, form: str) -> None:
    parts = pieces("unheard", form)
    for which in range(0, len(parts), 2):
        for place in range(len(parts[which])):
            for letter in BROKEN:
                found = found_with(tmp_path / "log.json", parts, which, place, letter)
                assert found >= {0, 1, 2, 3, 4}, (which, place, letter)


def test_a_line_that_is_no_json_is_one_damage(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text("2026-11-23 02:01:00 started\n" * 3 + json.dumps(ONE) + "\n2026-11-23T02:01:00Z START x\n")
    found, lines = read(file)
    assert (found, len(lines)) == ([ONE], 2)


def test_braces_without_end_cost_no_time(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text("{" * 1_000_000 + json.dumps(ONE))
    assert read(file)[0] == [ONE]
