"""Reading logs: every form they come in, damage reported and passed over, and memory that does not grow."""

import gzip
import json
import os
import tracemalloc
from errno import EACCES
from pathlib import Path
from typing import Any

import pytest

from console.records import LONGEST, Damage, files, records

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
        ("", []),
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


def test_a_folder_gives_its_logs_in_order_and_no_digests(tmp_path: Path) -> None:
    for name in ("b/2.json.gz", "b/1.json", "a.jsonl", "notes.txt", "CloudTrail-Digest/x.json.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [Path(str(file)).name for file in files([str(tmp_path)])] == ["a.jsonl", "1.json", "2.json.gz"]
    assert files([str(tmp_path / "notes.txt"), "-"]) == [str(tmp_path / "notes.txt"), "-"]


def test_what_in_a_folder_cannot_be_looked_at_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1.json").write_text(json.dumps(ONE))
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "elsewhere").symlink_to(tmp_path)
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> Any:  # the tests may run as root, to whom every folder is open
        if path.endswith("closed"):
            raise PermissionError(EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    lines = [one for file in files([str(tmp_path)]) for one in ([file] if isinstance(file, Damage) else records(file))]
    assert [str(one).removeprefix(f"{tmp_path}/") for one in lines] == [
        "elsewhere: a link to a folder is not followed; give it as a PATH of its own",
        "closed: Permission denied",
        str(ONE),
        "gone.json: No such file or directory",
    ]
    with pytest.raises(PermissionError):
        files([str(tmp_path / "closed")])


def test_a_path_that_gives_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").touch()
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
