from __future__ import annotations

import csv
import io
import json
from pathlib import PurePath

import pytest

from synergy.core.errors import InvalidArgument
from synergy.tui.model.exports import Sheet, Wanted, csv_of, json_of, read_wanted, stem_of, text_of
from synergy.tui.model.table import Cell, Column, Row, Table

TABLE = Table(
    (Column("Tree", 8), Column("State", 12), Column("Lag", 5), Column("At", 10), Column("Jobs", 9), Column("Lag", 3)),
    (
        Row(
            "Flights",
            (
                Cell('Flights, "all"'),
                Cell("■ processed"),
                Cell("1h 30m", value=5400.0),
                Cell("11-23 08:33", value="2026-11-23T08:33:27Z"),
                Cell("▸ 3  ■ 4", value=7.0, parts=(("▸ 3", ""),)),
                Cell("99 %", value=0.995),
            ),
        ),
        Row(
            "none", (Cell("x\ny"), Cell("! invalid"), Cell("—", value=0.0), Cell("—"), Cell("3/8", value=3.0), Cell(""))
        ),
    ),
)
SHEET = Sheet("production", "overview > uow", "units of work [2]", "live", ["HEAD\nTWO", "row   "], TABLE)


def test_text_is_what_is_seen_without_blanks_at_the_ends() -> None:
    assert text_of(SHEET) == "HEAD\nTWO\nrow\n"


def test_csv_has_a_figure_for_its_wording_and_nothing_for_what_is_unknown() -> None:
    head, first, second = csv.reader(io.StringIO(csv_of(SHEET)))
    assert head == ["key", "Tree", "State", "Lag", "At", "Jobs", "Lag 2"]
    assert first == ["Flights", 'Flights, "all"', "processed", "5400", "2026-11-23T08:33:27Z", "▸ 3  ■ 4", "0.995"]
    assert second == ["none", "x\ny", "invalid", "", "", "3/8", ""]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\r\n=1", "-rw-r--r-- 1 root", "＝1+1"],
)
def test_no_text_is_a_formula_to_a_spreadsheet(text: str) -> None:
    sheet = SHEET._replace(
        table=Table((Column(text, 3), Column("B", 3)), (Row(text, (Cell(text), Cell("3", value=text))),))
    )
    head, row = csv.reader(io.StringIO(csv_of(sheet), newline=""))
    assert (head[1:], row) == (["'" + text, "B"], ["'" + text] * 3)
    assert json.loads(json_of(sheet))["rows"] == [{"key": text, text: text, "B": text}]


@pytest.mark.parametrize("text", ["-5", "+3.25", "-1e-07", "-", "+", "a=1", "'=1", "2013-01-01"])
def test_numbers_signs_and_other_texts_stay_as_they_are(text: str) -> None:
    sheet = SHEET._replace(
        table=Table((Column("A", 3), Column("B", 3)), (Row(text, (Cell(text), Cell("x", value=-5.0))),))
    )
    assert list(csv.reader(io.StringIO(csv_of(sheet), newline="")))[1] == [text, text, "-5"]


def test_json_has_the_rows_by_their_columns_and_all_the_lines() -> None:
    said = json.loads(json_of(SHEET))
    assert list(said) == ["deployment", "place", "title", "freshness", "lines", "rows"]
    assert said["rows"][0] == {
        "key": "Flights", "Tree": 'Flights, "all"', "State": "processed", "Lag": 5400,
        "At": "2026-11-23T08:33:27Z", "Jobs": "▸ 3  ■ 4", "Lag 2": 0.995,
    }  # fmt: skip
    assert said["rows"][1]["Lag"] is None


@pytest.mark.parametrize(
    ("text", "overwrites", "wanted"),
    [
        ("csv", False, Wanted("csv")),
        ("JSON", False, Wanted("json")),
        ("~/a b.svg", False, Wanted("svg", PurePath("~/a b.svg"))),
        ("x.TXT", True, Wanted("txt", PurePath("x.TXT"), overwrites=True)),
    ],
)
def test_a_format_or_a_file_may_be_named(text: str, overwrites: bool, wanted: Wanted) -> None:  # noqa: FBT001
    assert read_wanted(text, overwrites=overwrites) == wanted


@pytest.mark.parametrize("text", ["x", "x.xls", "folder/", ".csv", "x."])
def test_what_says_no_format_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidArgument, match=r'"' + text.replace(".", r"\.") + '".*txt, csv, json, svg'):
        read_wanted(text, overwrites=False)


def test_only_a_file_that_is_named_is_replaced() -> None:
    with pytest.raises(InvalidArgument, match="end its name with a dot"):
        read_wanted("csv", overwrites=True)
    with pytest.raises(InvalidArgument, match=":save! needs a file"):
        read_wanted("", overwrites=True)


def test_a_name_has_only_signs_that_every_file_system_takes_and_is_not_too_long() -> None:
    assert stem_of("job", "FlightsDaily@2013010100") == "synergy-job-FlightsDaily@2013010100"
    assert stem_of("overview", "") == "synergy-overview"
    assert stem_of("log", "a/b ü#1") == "synergy-log-a_b___1"
    assert len(stem_of("job", "x" * 500)) == 120
