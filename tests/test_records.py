"""Reading logs: every form they come in, damage told and gone around, and memory that does not grow."""

import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from console.records import LONGEST, Damage, files, records

ONE, TWO, THREE = ({"eventVersion": "1.11", "eventName": name, "eventSource": "x"} for name in ("A", "B", "C"))
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
        (b"%s\n%s\n\xff", [ONE, TWO], ["invalid start byte, not UTF-8"]),
        (b"%s\n%s\n" + b"[" * 100_000, [ONE, TWO], ["nested too deeply"]),
        (b"%s %s nonsense", [ONE, TWO], ["Expecting value"]),
    ],
)
def test_damage_is_told_with_its_place_and_the_rest_goes_on(
    tmp_path: Path, content: bytes, expected: list[Any], damage: list[str]
) -> None:
    file = tmp_path / "log.json"
    file.write_bytes(content % (json.dumps(ONE).encode(), json.dumps(TWO).encode()))
    found, told = read(file)
    assert found == expected
    assert [line.partition(": at character ")[2].partition(": ")[2] for line in told] == damage
    assert all(line.startswith(str(file)) for line in told)


def test_a_packed_file_that_was_cut_gives_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "log.json.gz"
    many = json.dumps({"Records": [ONE | {"eventID": str(number)} for number in range(1000)]}).encode()
    file.write_bytes(gzip.compress(many)[:-500])
    found, told = read(file)
    assert len(found) > 100
    assert any("end-of-stream marker" in line for line in told)


def test_a_record_without_end_is_given_up_and_not_read_into_memory(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_bytes(b'{"Records": [{"eventVersion": "' + b"x" * (3 * LONGEST))
    tracemalloc.start()
    found, told = read(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found, len(told)) == ([], 1)
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
    assert [Path(file).name for file in files([str(tmp_path)])] == ["a.jsonl", "1.json", "2.json.gz"]
    assert list(files([str(tmp_path / "notes.txt"), "-"])) == [str(tmp_path / "notes.txt"), "-"]


def test_the_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(json.dumps({"Records": [ONE, THREE]}).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(packed)))
    assert list(records("-")) == [ONE, THREE]
