"""Whoever plants a link or a pipe where a file of run time is to be has nothing cut, locked, written or waited for."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from synergy.clocks import open_clock
from synergy.core.errors import AlreadyRunning, NotPermitted, SynergyError, WorldError
from synergy.core.settings import ClockSettings
from synergy.daemon.lifecycle import prepare_folders
from synergy.daemon.rotated_lines import RotatedLines
from synergy.loading import load_paths
from synergy.logging_json import log_to_file
from synergy.pidfile import PidFile, file_trouble, holder
from synergy.runtime_files import LOG_MODE, Planted, append_to_own, make_own_folder, open_own
from synergy.unix_listener import bind
from synergy.worker.rotating_log import RotatingLog
from tests.test_loading import project

PRECIOUS = "what must stay as it is\n"


def link(path: Path) -> None:
    path.symlink_to(path.parent / "precious")


def dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nothing")


def link_to_link(path: Path) -> None:
    (path.parent / "step").symlink_to(path.parent / "precious")
    path.symlink_to(path.parent / "step")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


Plant = Callable[[Path], None]
LINKS: tuple[Plant, ...] = (link, dangling, link_to_link)
ALL: tuple[Plant, ...] = (*LINKS, pipe, folder)


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    path = tmp_path / "precious"
    path.write_text(PRECIOUS)
    return path


def take_pid_file(path: Path) -> None:
    PidFile(path).acquire()


def look_at_pid_file(path: Path) -> None:
    holder(path)


def begin_log(path: Path) -> None:
    try:
        log_to_file(path, "info")
    except OSError as error:
        raise file_trouble("log file", path, error) from error


def listen(path: Path) -> None:
    with closing(bind(path, 0o666)):
        pass


@pytest.mark.parametrize("plant", ALL)
@pytest.mark.parametrize("use", [take_pid_file, look_at_pid_file, begin_log, listen])
def test_what_is_planted_is_refused_in_words_and_not_followed(
    tmp_path: Path, precious: Path, plant: Plant, use: Callable[[Path], None]
) -> None:
    path = tmp_path / "known"
    plant(path)
    before = path.lstat()
    with pytest.raises((NotPermitted, WorldError)) as caught:
        use(path)
    assert str(path) in caught.value.message
    assert caught.value.remedy
    assert precious.read_text() == PRECIOUS
    assert not (tmp_path / "nothing").exists()
    after = path.lstat()
    assert (after.st_ino, after.st_mode, after.st_gid) == (before.st_ino, before.st_mode, before.st_gid)


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (link, "pid file {} is refused: it is a symbolic link; see who put it there, and correct that"),
        (pipe, "pid file {} is refused: it is no file, but a pipe; see who put it there, and correct that"),
    ],
)
def test_a_refusal_says_what_is_there(tmp_path: Path, plant: Plant, told: str) -> None:
    path = tmp_path / "synergyd.pid"
    plant(path)
    with pytest.raises(NotPermitted) as caught:
        PidFile(path).acquire()
    assert str(caught.value) == told.format(path)


@pytest.mark.parametrize("plant", ALL)
def test_what_daemon_processes_print_is_lost_rather_than_written_elsewhere(
    tmp_path: Path, precious: Path, plant: Plant, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "Feed.log"
    plant(path)
    RotatingLog(path).write(b"output\n")
    assert precious.read_text() == PRECIOUS
    assert [record.action for record in caplog.records] == ["daemon_log_failed"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("plant", LINKS)
def test_a_rotated_log_takes_the_place_of_a_link(tmp_path: Path, precious: Path, plant: Plant) -> None:
    log, path = RotatingLog(tmp_path / "Feed.log", max_bytes=10), tmp_path / "Feed.log.1"
    plant(path)
    log.write(b"1234567\n")
    log.write(b"8\n9\n")
    assert not path.is_symlink()
    assert path.read_bytes() == b"1234567\n"
    assert precious.read_text() == PRECIOUS


@pytest.mark.parametrize("plant", [link, link_to_link, pipe, folder])
def test_a_log_that_leads_elsewhere_is_not_read_for_clients(tmp_path: Path, precious: Path, plant: Plant) -> None:
    assert precious.exists()
    plant(tmp_path / "Feed.log")
    lines = RotatedLines(tmp_path / "Feed.log")
    with pytest.raises(OSError, match=r"symbolic link|is no file"):
        lines.look()


@pytest.mark.parametrize("plant", LINKS)
def test_the_clock_is_kept_in_a_file_of_its_own(tmp_path: Path, precious: Path, plant: Plant) -> None:
    anchor = tmp_path / "replay.json"
    plant(tmp_path / f"replay.json.{os.getpid()}")
    open_clock(ClockSettings("2013-01-01T00:00:00Z"), anchor)
    assert not anchor.is_symlink()
    assert precious.read_text() == PRECIOUS


@pytest.mark.parametrize("plant", ALL)
def test_a_start_looks_where_it_prints(tmp_path: Path, precious: Path, plant: Plant) -> None:
    paths = load_paths(project(tmp_path))
    paths.log_folder.mkdir(parents=True)
    out = paths.log_folder / "daemon.out"
    plant(out)
    with pytest.raises(SynergyError, match="log folder"):
        prepare_folders(paths)
    assert precious.read_text() == PRECIOUS


@pytest.mark.parametrize("kind", ["runtime", "log"])
def test_a_folder_in_which_everybody_may_write_is_refused(tmp_path: Path, kind: str) -> None:
    paths = load_paths(project(tmp_path))
    paths.log_folder.mkdir(parents=True)
    folder = paths.runtime_folder if kind == "runtime" else paths.log_folder
    folder.chmod(0o777)
    with pytest.raises(NotPermitted, match=rf"{kind} folder {folder} is refused: everybody may write in it"):
        prepare_folders(paths)


def test_folders_and_files_are_made_with_modes_of_ours_whatever_the_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        paths = load_paths(project(tmp_path))
        out = prepare_folders(paths)
        handler = log_to_file(paths.daemon_log, "info")
        logging.getLogger().removeHandler(handler)
        handler.close()
        with PidFile(paths.pid_file):
            pass
    finally:
        os.umask(before)
    found = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (paths.runtime_folder, paths.log_folder, out, paths.daemon_log, paths.pid_file)
    }
    assert found == {
        ".synergy": 0o755, "logs": 0o750, "daemon.out": 0o640, "daemon.log": 0o640, "synergyd.pid": 0o644,
    }  # fmt: skip


def test_a_file_of_ours_is_opened_again_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    for _ in range(2):
        with os.fdopen(append_to_own(path), "a") as file:
            file.write("line\n")
    assert path.read_text() == "line\nline\n"
    assert stat.S_IMODE(path.stat().st_mode) == LOG_MODE & ~_mask()


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def test_a_socket_in_the_way_is_told(tmp_path: Path) -> None:
    with closing(bind(tmp_path / "s", 0o600)), pytest.raises(Planted, match="but a socket"):
        open_own(tmp_path / "s", os.O_WRONLY)


def test_a_folder_through_a_link_is_a_folder(tmp_path: Path) -> None:
    """Whoever puts the runtime folder elsewhere has decided so in a folder of his own."""
    (tmp_path / "elsewhere").mkdir(0o755)
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    make_own_folder(tmp_path / "run", 0o755)
    with PidFile(tmp_path / "run" / "x.pid"), pytest.raises(AlreadyRunning):
        PidFile(tmp_path / "elsewhere" / "x.pid").acquire()


async def test_a_pipe_without_a_writer_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.pid")
    async with asyncio.timeout(5):
        with pytest.raises(NotPermitted, match="but a pipe"):
            await asyncio.to_thread(holder, tmp_path / "x.pid")
