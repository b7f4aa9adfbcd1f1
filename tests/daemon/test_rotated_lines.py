from __future__ import annotations

from pathlib import Path

import pytest

from synergy.daemon.rotated_lines import CHUNK_BYTES, LONGEST_LINE_BYTES, PAGE_BYTES, RotatedLines


def texts(lines: RotatedLines, first: int, limit: int = 100) -> list[str]:
    return [line.decode() for _, line in lines.page(first, limit)]


def write(path: Path, *numbers: int) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"line {number}\n" for number in numbers)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "daemon.log"


def test_a_file_that_is_not_there_has_no_lines(path: Path) -> None:
    lines = RotatedLines(path)
    lines.look()
    assert (lines.first, lines.total, lines.page(-5, 5)) == (0, 0, [])


def test_only_whole_lines_count(path: Path) -> None:
    path.write_text("one\ntwo\nthr")
    lines = RotatedLines(path)
    lines.look()
    assert lines.total == 2
    with path.open("a", encoding="utf-8") as file:
        file.write("ee\n")
    lines.look()
    assert texts(lines, 0) == ["one", "two", "three"]


def test_pages_are_read_from_anywhere(path: Path) -> None:
    write(path, *range(50_000))
    assert path.stat().st_size > 5 * CHUNK_BYTES
    lines = RotatedLines(path)
    lines.look()
    assert lines.total == 50_000
    for first in (0, 1, 4_999, 5_000, 12_345, 49_998):
        assert lines.page(first, 2) == [(at, f"line {at}".encode()) for at in (first, first + 1)]
    assert texts(lines, -2) == ["line 49998", "line 49999"]
    assert texts(lines, 50_000) == []


def test_numbers_stay_true_while_files_are_rotated_and_dropped(path: Path) -> None:
    lines = RotatedLines(path)
    for turn in range(4):
        write(path, *range(turn * 10, turn * 10 + 10))
        lines.look()
        assert lines.total == turn * 10 + 10
        assert texts(lines, -1) == [f"line {turn * 10 + 9}"]
        for number in (2, 1):  # two older files are kept
            older = path.with_name(f"{path.name}.{number}")
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{number + 1}"))
        path.with_name(f"{path.name}.3").unlink(missing_ok=True)
        path.replace(path.with_name(f"{path.name}.1"))
        lines.look()
    assert (lines.first, lines.total) == (20, 40)
    assert texts(lines, 0, 1) == ["line 20"]
    assert texts(lines, 29, 2) == ["line 29", "line 30"]


def test_a_file_that_was_written_anew_has_new_lines(path: Path) -> None:
    write(path, *range(10))
    lines = RotatedLines(path)
    lines.look()
    path.write_text("other\n")
    lines.look()
    assert (lines.first, lines.total, texts(lines, 0)) == (10, 11, ["other"])
    path.write_text("again\nother\n")
    lines.look()
    assert (lines.first, texts(lines, 0)) == (11, ["again", "other"])


def test_long_lines_are_cut_and_pages_of_them_end_early(path: Path) -> None:
    long = "x" * (3 * LONGEST_LINE_BYTES)
    path.write_text("".join(f"{long}\n" for _ in range(100)) + "short\n")
    lines = RotatedLines(path)
    lines.look()
    page = lines.page(0, 1000)
    assert {len(line) for _, line in page} == {LONGEST_LINE_BYTES}
    assert len(page) == PAGE_BYTES // LONGEST_LINE_BYTES
    assert texts(lines, 100) == ["short"]


def test_a_line_longer_than_a_chunk_is_one_line(path: Path) -> None:
    path.write_text("a\n" + "x" * (2 * CHUNK_BYTES) + "\nb\n")
    lines = RotatedLines(path)
    lines.look()
    assert [len(line) for _, line in lines.page(0, 9)] == [1, LONGEST_LINE_BYTES, 1]
