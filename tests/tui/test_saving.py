"""What is shown becomes a file; what stands in its way is told in a sentence, and nothing is left half done."""

from __future__ import annotations

import asyncio
import csv
import errno
import json
import os
import stat
from pathlib import Path, PurePath
from xml.etree import ElementTree as ET

import pytest

from synergy.core.control import replies as r
from synergy.core.errors import InvalidArgument
from synergy.tui.commands import Go
from synergy.tui.model.exports import CSV, Wanted
from synergy.tui.model.trail import Place
from synergy.tui.screens.saving import save_as
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.fake_plans import REAL_TIME
from tests.tui.operator import Operator, console
from tests.tui.test_copying import COPIED
from tests.tui.test_diff import FIRST, SECOND, TwoAttempts


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


async def saved(operator: Operator, line: str, path: Path) -> str:
    await operator.enters(line)
    await operator.until(lambda: f"Saved as {path.name}" in operator.toasts)
    return await asyncio.to_thread(path.read_text)


@pytest.mark.parametrize("screen", COPIED)
async def test_every_screen_is_saved_as_text_csv_json_and_a_picture(tmp_path: Path, screen: str) -> None:
    place, seen, _ = COPIED[screen]
    played = TwoAttempts(FIRST, SECOND) if screen == "diff" else FakeDeployment()
    played.directives = [r.Directive("b1", "batch", "81 jobs", "olga", REAL_TIME, total=81, left=79, running=1)]
    async with console(tmp_path, played, start=Go(place)) as operator:
        await operator.sees(seen)
        await operator.types("ctrl+s")
        folder = tmp_path / "here"
        await operator.until(lambda: len(list(folder.glob("*.txt"))) == 1)
        (text,) = folder.iterdir()
        assert text.name.startswith(f"synergy-{screen}")
        assert text.read_text().strip()
        rows = list(csv.reader((await saved(operator, "save csv", text.with_suffix(".csv"))).splitlines()))
        said = json.loads(await saved(operator, "export json", text.with_suffix(".json")))
        assert said["place"].startswith("overview")
        assert rows[0][0] == "key"
        assert len(rows) > 1
        assert [row["key"] for row in said["rows"]] == [row[0] for row in rows[1:]]
        picture = await saved(operator, "save svg", text.with_suffix(".svg"))
        assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314 - our own
        assert "url(http" not in picture
        assert "export" not in picture


async def test_states_are_words_and_figures_are_numbers(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("uows"))) as operator:
        await operator.sees("exit 3")
        rows = json.loads(await saved(operator, "save json", tmp_path / "here" / "synergy-uows.json"))["rows"]
        assert {"processed", "in progress", "invalid"} <= {row["State"] for row in rows}
        assert all(isinstance(row["Attempt"], int) for row in rows)


async def test_the_timetable_has_a_column_a_period(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··", "waits")
        rows = json.loads(await saved(operator, "save json", tmp_path / "here" / "synergy-timetable.json"))["rows"]
        hourly = next(row for row in rows if row["key"] == "FlightsHourly")
        assert hourly["Tree"] == "Flights"
        assert {"processed", "in progress", "embryo"} <= set(hourly.values())
        assert any(len(name) == 10 and name.isdigit() for name in hourly)


async def test_the_timetable_is_written_with_all_that_is_read_on_it(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24), start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··", "is not finished")
        written = (await saved(operator, "save txt", tmp_path / "here" / "synergy-timetable.txt")).splitlines()
        lines = json.loads(await saved(operator, "save json", tmp_path / "here" / "synergy-timetable.json"))["lines"]
        assert [line.rstrip() for line in lines] == written
        assert written[1].split() == ["2013-03-03", "2013-03-04", "2013-03-05"]
        assert written[2].split()[:4] == ["06", "12", "18", "00"]
        hourly = next(line for line in written if line.startswith("FlightsHourly"))
        assert written[2].index("06") == hourly.index("■") + 5
        assert hourly.endswith("■·▸▸▸··")
        assert any(line.startswith("· embryo ▸ in progress") for line in written)
        assert any(line.startswith("FlightsHourly@2013030514") for line in written)
        assert any("is not finished" in line for line in written)


async def test_of_the_timetable_periods_that_there_are_are_columns_and_a_job_stands_in_one_of_them(
    tmp_path: Path,
) -> None:
    async with console(tmp_path, size=(200, 50), start=Go(Place("timetable"))) as operator:
        await operator.sees("■·▸▸▸··")
        await operator.types("less_than_sign")
        await operator.sees("daily periods")
        rows = json.loads(await saved(operator, "save json", tmp_path / "here" / "synergy-timetable.json"))["rows"]
        days = [name for name in rows[0] if name.isdigit()]
        assert (days[0], days[-1], len(days)) == ("2013010100", "2013030500", 64)
        monthly = next(row for row in rows if row["key"] == "FlightsMonthly")
        assert [day for day in days if monthly[day]] == ["2013010100", "2013020100", "2013030100"]
        yearly = next(row for row in rows if row["key"] == "FlightsYearly")
        assert [day for day in days if yearly[day]] == ["2013010100"]


async def test_a_file_that_is_there_is_replaced_only_when_that_is_said(tmp_path: Path) -> None:
    mine, link = tmp_path / "here" / "mine.csv", tmp_path / "here" / "link.csv"
    mine.write_text("precious")
    mine.chmod(0o640)
    link.symlink_to("mine.csv")
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.enters("save mine.csv")
        await operator.until(lambda: "cannot save mine.csv: file exists; :save! FILE replaces it" in operator.toasts)
        assert mine.read_text() == "precious"
        assert "FlightsYearly" in await saved(operator, "save! link.csv", link)
        assert link.is_symlink()
        assert "FlightsYearly" in mine.read_text()
        assert stat.S_IMODE(mine.stat().st_mode) == 0o640
        assert sorted((tmp_path / "here").iterdir()) == [link, mine]


async def test_what_no_format_says_is_refused_and_can_be_corrected(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.enters("save mine.xls")
        await operator.until(lambda: '"mine.xls" is no file that can be written' in operator.toasts)
        await operator.sees(":save mine.xls")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nowhere/x.csv", "cannot save nowhere/x.csv: no such file or directory; make the folder first"),
        ("/dev/null/x.csv", "cannot save /dev/null/x.csv: not a directory; name a folder"),
        (f"{'x' * 300}.csv", "file name too long; take a shorter name"),
        ("/sys/x.csv", "save where you may write: :save FOLDER/NAME"),
    ],
)
def test_what_cannot_be_written_is_told_with_its_remedy(path: str, sentence: str) -> None:
    with pytest.raises(InvalidArgument, match="cannot save") as refused:
        save_as(lambda: "text", Wanted(CSV, PurePath(path)), "stem")
    assert sentence in str(refused.value)


def test_a_folder_is_not_replaced() -> None:
    Path("x.csv").mkdir()
    with pytest.raises(InvalidArgument, match=r"x\.csv: is a directory; it is a folder"):
        save_as(lambda: "text", Wanted(CSV, PurePath("x.csv"), overwrites=True), "stem")
    assert os.listdir() == ["x.csv"]  # noqa: PTH208


def test_a_full_disk_leaves_no_part_and_what_was_there_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("x.csv").write_text("precious")
    with monkeypatch.context() as small:
        small.setattr(os, "fsync", _is_full)
        with pytest.raises(InvalidArgument, match="no space left on device; free some space"):
            save_as(lambda: "text", Wanted(CSV, PurePath("x.csv"), overwrites=True), "stem")
    assert os.listdir() == ["x.csv"]  # noqa: PTH208
    assert Path("x.csv").read_text() == "precious"


def test_a_file_of_which_a_part_was_written_is_taken_away() -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(InvalidArgument, match=r"cannot save into .*: file too large"):
            save_as(lambda: "x" * 1_000_000, Wanted(CSV), "stem")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir() == []  # noqa: PTH208


def _is_full(_handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
