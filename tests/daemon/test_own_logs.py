from __future__ import annotations

import asyncio
import json
import socket
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.control.log_requests import DaemonLog, DaemonLogs, SearchDaemonLog
from synergy.core.control.roles import Role
from synergy.core.errors import InvalidArgument, NotFound, WorldError
from synergy.core.records import SupervisorRecord
from synergy.daemon.callers import Caller
from synergy.daemon.own_logs import OwnLogs
from synergy.loading import ProjectPaths
from tests.core.engine.contexts import settings_of

AT = "2026-11-26T10:41:15.232Z"
VIEWER = Caller("ann", 1000, 1000, 1, Role.VIEWER)
SETTINGS = replace(settings_of(), box_id="box-1", runtime_folder=".synergy")


def supervisor(box_id: str, host: str) -> SupervisorRecord:
    return SupervisorRecord(f"{box_id}.1", box_id, host, 1, 0.0, "1", 1, 0.0, 4)


class Logs:
    """A project's log folder, and who reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ".synergy" / "logs"
        self.folder.mkdir(parents=True)
        self.people = [supervisor("box-1", socket.gethostname())]
        self.own = OwnLogs(ProjectPaths(folder=folder, settings=SETTINGS), lambda: self.people)

    def write(self, name: str, *lines: dict[str, object] | str) -> None:
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.writelines(
                (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n" for line in lines
            )

    async def texts(self, name: str = "daemon", first_line: int = 0, limit: int = 1000) -> list[str]:
        page = await self.own.page(DaemonLog(name, first_line, limit), VIEWER)
        return [line.text for line in page.lines]


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    return Logs(tmp_path)


def event(message: str, **more: object) -> dict[str, object]:
    return {"at": AT, "level": "INFO", "logger": "x", "action": "log", "message": message} | more


async def test_an_event_is_a_line_with_its_time_level_and_fields(logs: Logs) -> None:
    logs.write("daemon.log", event("store is down", action="store_down", level="ERROR", box_id="b"))
    (line,) = (await logs.own.page(DaemonLog(), VIEWER)).lines
    assert (line.at, line.level, line.stream) == ("2026-11-26T10:41:15.232Z", "ERROR", "log")
    assert line.text == "store is down (store_down box_id=b)"


async def test_a_look_that_nobody_waits_for_any_more_has_ended_before_the_next_one_begins(logs: Logs) -> None:
    seen: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert may_end.wait(10.0)
        seen.append("slow")

    given_up = asyncio.ensure_future(logs.own._do(slow))
    await asyncio.to_thread(begun.wait, 10.0)
    given_up.cancel()
    await asyncio.wait({given_up})
    following = asyncio.ensure_future(logs.own._do(lambda: seen.append("next")))
    await asyncio.wait({following}, timeout=0.05)
    may_end.set()
    await following
    assert seen == ["slow", "next"]


async def test_a_traceback_stands_behind_its_message_and_garbage_is_shown_as_it_is(logs: Logs) -> None:
    logs.write(
        "daemon.log",
        event("failed", traceback="Traceback …\nValueError: x"),
        "Segmentation fault",
        "[1]",
        '{"n": 1}',
        "",
    )
    assert await logs.texts() == [
        "failed (log)\nTraceback …\nValueError: x",
        "Segmentation fault",
        "[1]",
        '{"n": 1}',
        "",
    ]


async def test_secrets_are_left_out(logs: Logs) -> None:
    logs.write("daemon.log", event("broker at amqp://me:hush@host/v is lost", url="a://b:hush@c"), "password=hush")
    logs.write("Feed.log", "mongodb://u:hush@h/db?x=1 and password: hush")
    assert not any("hush" in text for text in await logs.texts() + await logs.texts("Feed@box-1"))
    assert (await logs.own.search(SearchDaemonLog("hush"), VIEWER)).total == 0


async def test_pages_and_searches_are_bounded(logs: Logs) -> None:
    logs.write("daemon.log", *(event(f"line {at}") for at in range(3000)))
    page = await logs.own.page(DaemonLog(first_line=-5, limit=3), VIEWER)
    assert (page.first_line, page.total, len(page.lines)) == (2995, 3000, 3)
    assert (await logs.own.page(DaemonLog(first_line=9999), VIEWER)).first_line == 3000
    found = await logs.own.search(SearchDaemonLog("LINE", near=1500, limit=10), VIEWER)
    assert (found.lines, found.before, found.total, found.more) == (tuple(range(1495, 1505)), 1495, 3000, True)
    logs.write("daemon.log", event("Straße", box_id="b"), event('say "x"'))
    for text in ("strasse", "straße (log", "box_id=b", 'say "x"', "(log box_id=b)"):
        assert (await logs.own.search(SearchDaemonLog(text), VIEWER)).total == 1, text
    for limit in (0, 1001):
        with pytest.raises(InvalidArgument, match="limit"):
            await logs.own.page(DaemonLog(limit=limit), VIEWER)
    with pytest.raises(InvalidArgument, match="empty"):
        await logs.own.search(SearchDaemonLog(""), VIEWER)


async def test_all_logs_in_reach_are_listed_and_those_elsewhere_are_told(logs: Logs) -> None:
    logs.write("daemon.log", event("x"))
    logs.write("supervisor.log", event("x"))
    logs.write("Feed.log", "x")
    guest = logs.folder.parent / "boxes" / "box-2" / "logs"
    guest.mkdir(parents=True)
    (guest / "supervisor.log").write_text("guest\n")
    logs.people += [supervisor("box-2", socket.gethostname()), supervisor("box-3", "far")]
    listed = (await logs.own.listed(DaemonLogs(), VIEWER)).logs
    assert [(row.name, bool(row.problem)) for row in listed] == [
        ("daemon", False), ("supervisor@box-1", False), ("Feed@box-1", False), ("supervisor@box-2", False),
        ("supervisor@box-3", True),
    ]  # fmt: skip
    assert await logs.texts("supervisor@box-2") == ["guest"]
    assert await logs.texts("Feed") == ["x"]
    with pytest.raises(NotFound, match="it is on host far"):
        await logs.texts("supervisor@box-3")


@pytest.mark.parametrize("name", ["other", "", "../../../etc/passwd", "../secret@box-1", "supervisor@../box", "@box-1"])
async def test_only_files_that_are_listed_are_read(logs: Logs, name: str) -> None:
    (logs.folder.parent / "secret.log").write_text("hush\n")
    logs.people.append(supervisor("../box", socket.gethostname()))
    with pytest.raises(NotFound, match="use one of daemon, supervisor@box-1"):
        await logs.texts(name)


async def test_a_log_that_is_not_there_yet_is_empty(logs: Logs) -> None:
    page = await logs.own.page(DaemonLog(first_line=-10), VIEWER)
    assert (page.first_line, page.total, page.lines) == (0, 0, ())


async def test_what_cannot_be_read_is_told(logs: Logs) -> None:
    (logs.folder / "daemon.log").mkdir()
    with pytest.raises(WorldError, match=r"daemon\.log: it is no file, but a folder"):
        await logs.texts()
