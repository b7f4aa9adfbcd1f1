from __future__ import annotations

import pytest

from synergy.cli import words as w
from synergy.cli.output import Column, RowWriter, write_facts
from synergy.cli.targets import split_states

COLUMNS = (
    Column[tuple[str, int]]("NAME", lambda row: row[0]),
    Column[tuple[str, int]]("COUNT", lambda row: str(row[1]), numeric=True),
)


def test_columns_line_up_and_numbers_stand_right(capsys: pytest.CaptureFixture[str]) -> None:
    writer = RowWriter("table", COLUMNS)
    writer.add([("a", 1), ("longer", 20)])
    writer.add([("b", 3)])
    writer.close()

    assert capsys.readouterr().out == "NAME    COUNT\na           1\nlonger     20\nb           3\n"


def test_pages_of_json_are_one_array(capsys: pytest.CaptureFixture[str]) -> None:
    writer = RowWriter[dict[str, int]]("json", ())
    writer.add([{"a": 1}])
    writer.add([])
    writer.add([{"a": 2}])
    writer.close()

    assert capsys.readouterr().out == '[\n{"v":1,"a":1},\n{"v":1,"a":2}\n]\n'


def test_facts_line_up(capsys: pytest.CaptureFixture[str]) -> None:
    write_facts({"a": "1", "long": "2"})

    assert capsys.readouterr().out == "a     1\nlong  2\n"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "-"),
        (0.25, "0.25 s"),
        (59, "59 s"),
        (60, "1 m"),
        (200, "3 m 20 s"),
        (3600, "1 h"),
        (187200, "2 d 4 h"),
    ],
)
def test_durations_are_short(seconds: float | None, told: str) -> None:
    assert w.duration(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"), [(512, "512 B"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB"), (3 << 30, "3.0 GiB")]
)
def test_sizes_have_units(count: int, told: str) -> None:
    assert w.size(count) == told


def test_what_is_not_there_is_a_dash() -> None:
    assert [w.when(None), w.state_word(None), w.text(None), w.counts({"state_noop": 0})] == ["-"] * 4


def test_states_may_be_listed_either_way() -> None:
    assert split_states(("processed, noop", "skipped", ",")) == ("processed", "noop", "skipped")
