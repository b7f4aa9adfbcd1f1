"""Boxes with their footprints, and one box with what it runs, as tables and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import Final

from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.tui.model.formats import DASH, duration, elapsed, moment, short_moment, size
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.sparks import spark
from synergy.tui.model.table import Cell, Column, Row, Table

STATES: Final = {"up": "good", "silent": "warning", "down": f"bold {RED}", "stopped": GREY}
_TREND: Final = 14
_LONG_TREND: Final = 40
_WORKERS_TOLD: Final = 4

BOXES: Final = (
    Column("Box", 9, flex=1),
    Column("State", 7),
    Column("Beat", 6, right=True),
    Column("Busy", 6, right=True),
    Column("CPU", 6, right=True),
    Column("CPU lately", _TREND, rank=2),
    Column("Memory", 9, right=True),
    Column("Memory lately", _TREND, rank=4),
    Column("Host", 10, flex=1, rank=5),
    Column("Version", 8, rank=6),
    Column("Since", 14, rank=7),
)


def boxes_table(boxes: Iterable[r.BoxRow], style: Style) -> Table:
    """Every box; what is wrong comes first."""
    rows = [_box(box, style) for box in boxes]
    return Table(BOXES, tuple(sorted(rows, key=lambda row: not row.is_problem)))


def _box(box: r.BoxRow, style: Style) -> Row:
    is_there = box.state != "stopped"
    return Row(
        box.box_id,
        (
            Cell(box.box_id, "bold" if is_there else GREY),
            Cell(_told(box), STATES.get(box.state, "")),
            Cell(
                duration(box.heartbeat_seconds),
                "" if box.state == "up" else STATES.get(box.state, ""),
                box.heartbeat_seconds,
            ),
            Cell(f"{box.running}/{box.slots}", value=float(box.running)),
            Cell(f"{box.cpu_percent:.0f} %" if is_there else DASH, value=box.cpu_percent),
            Cell(_cpu_trend(box, style, _TREND), "key"),
            Cell(size(box.rss_bytes) if is_there else DASH, value=float(box.rss_bytes)),
            Cell(_memory_trend(box, style, _TREND), "key"),
            Cell(box.host),
            Cell(box.version or DASH),
            Cell(short_moment(box.since, style.zone), value=box.since or DASH),
        ),
        {"box": box.box_id, "state": box.state},
        is_problem=box.state in {"silent", "down"} or any(_is_wrong(process) for process in box.processes),
    )


def _told(box: r.BoxRow) -> str:
    return box.state.upper() if box.state == "down" else box.state


def _cpu_trend(box: r.BoxRow, style: Style, width: int) -> str:
    return spark(box.cpu_past, width, style.glyphs, full=100.0)


def _memory_trend(box: r.BoxRow, style: Style, width: int) -> str:
    return spark(box.rss_past, width, style.glyphs, full=_machine_memory(box))


def _machine_memory(box: r.BoxRow) -> float:
    """What fills a bar: all the memory that the machine has, from the box's share; of a share of 0 nothing is seen."""
    return box.rss_bytes * 100.0 / box.memory_percent if box.memory_percent else inf


def _is_wrong(process: r.BoxProcessRow) -> bool:
    """It shall run and does not, or dies again and again."""
    return process.is_on and process.pid is None


def box_lines(box: r.BoxRow, draining: str | None, style: Style) -> list[Line]:
    """The head of a box's screen."""
    glyph = style.glyphs.choose("·", "|")
    lines: list[Line] = [
        [
            (f"{box.box_id} ", "bold"),
            (_told(box), STATES.get(box.state, "")),
            (f"  on {box.host} {glyph} pid {box.pid or DASH} {glyph} {box.version or DASH}", ""),
            (f" {glyph} since {moment(box.since, style.zone)}", ""),
            (
                f" {glyph} last heartbeat {duration(box.heartbeat_seconds)} ago"
                if box.heartbeat_seconds is not None
                else "",
                "",
            ),
        ]
    ]
    if box.state == "stopped":
        return [*lines, [("It stopped by order: nothing runs here until its supervisor is started again.", GREY)]]
    if draining:
        lines.append([("draining: ", "bold warning"), (f"nothing new starts, {draining}", "warning")])
    return [
        *lines,
        [
            ("cpu    ", GREY),
            (_cpu_trend(box, style, _LONG_TREND).strip(), "key"),
            (f"  {box.cpu_percent:.0f} % (100 % is one CPU)", ""),
        ],
        [
            ("memory ", GREY),
            (_memory_trend(box, style, _LONG_TREND).strip(), "key"),
            (f"  {size(box.rss_bytes)}, {box.memory_percent:g} % (100 % is all of the machine's)", ""),
        ],
    ]


def box_summary(box: r.BoxRow, workers: Sequence[r.WorkerRow], now: str) -> list[Line]:
    """A box under the cursor of the list: what it runs, in a few lines."""
    if box.state == "stopped":
        return [[(f"{box.box_id} stopped by order; nothing runs there.", GREY)]]
    busy = [worker for worker in workers if worker.uow_id]
    idle = sum(worker.kind == "child" and not worker.uow_id for worker in workers)
    warm = counted(idle, "warm child", "warm children")
    free = f"{box.slots - box.running} of {counted(box.slots, 'slot')} free, {warm} idle"
    lines: list[Line] = [[(f"{box.box_id} on {box.host}: ", "bold"), (free, "")]]
    for process in box.processes:
        state = (
            ("on" if process.is_on else "off") + f", {process.state}" + (f" as {process.pid}" if process.pid else "")
        )
        restarts = f", {counted(process.restarts, 'restart')}" if process.restarts else ""
        lines.append([(f"  daemon process {process.process_name}: ", GREY), (state + restarts, _color(process))])
    busy.sort(key=lambda worker: worker.since or "")
    for worker in busy[:_WORKERS_TOLD]:
        lasts = duration(elapsed(worker.since, now))
        lines.append([(f"  {worker.pid} ", GREY), (f"{worker.uow_id} ", ""), (f"for {lasts}", GREY)])
    if len(busy) > _WORKERS_TOLD:
        lines.append([(f"  and {len(busy) - _WORKERS_TOLD} more: enter shows all", GREY)])
    return lines


BOX: Final = (
    Column("Kind", 7),
    Column("Works on", 22, flex=3),
    Column("State", 7),
    Column("Pid", 7, right=True),
    Column("For", 7, right=True),
    Column("CPU", 5, right=True),
    Column("Memory", 9, right=True),
    Column("Restarts", 8, right=True, rank=2),
    Column("Detail", 10, flex=2, rank=1),
)


def box_table(box: r.BoxRow, workers: Iterable[r.WorkerRow], now: str) -> Table:
    """The daemon processes of a box, then its children; ``now``: real time as a stamp."""
    own = [worker for worker in workers if worker.kind != "supervisor"]
    by_process = {worker.process_name: worker for worker in own if worker.kind == "daemon"}
    daemons = [_daemon(process, by_process.get(process.process_name), now) for process in box.processes]
    children = [worker for worker in own if worker.kind != "daemon"]
    children.sort(key=lambda worker: (worker.uow_id is None, worker.since or ""))
    return Table(BOX, (*daemons, *(_child(worker, now) for worker in children)))


def _daemon(process: r.BoxProcessRow, worker: r.WorkerRow | None, now: str) -> Row:
    word = "off" if not process.is_on and process.pid is None else process.state
    return Row(
        f"daemon/{process.process_name}",
        (
            Cell("daemon"),
            Cell(process.process_name, "bold" if process.is_on else GREY),
            Cell(word, _color(process)),
            Cell(str(process.pid) if process.pid else DASH, value=float(process.pid or 0)),
            Cell(duration(elapsed(process.since, now)), value=process.since or DASH),
            *_footprint(worker),
            Cell(str(process.restarts) if process.restarts else DASH, value=float(process.restarts)),
            Cell((worker.detail or "") if worker else ""),
        ),
        {"process": process.process_name, "state": "on" if process.is_on else "off", "kind": "daemon"},
        is_problem=_is_wrong(process),
    )


def _child(worker: r.WorkerRow, now: str) -> Row:
    return Row(
        f"{worker.kind}/{worker.pid}",
        (
            Cell(worker.kind),
            Cell(worker.uow_id or worker.process_name or "", "" if worker.uow_id else GREY),
            Cell("works" if worker.uow_id else "idle", "in-progress" if worker.uow_id else GREY),
            Cell(str(worker.pid), value=float(worker.pid)),
            Cell(duration(elapsed(worker.since, now)), value=worker.since or DASH),
            *_footprint(worker),
            Cell(DASH),
            Cell(worker.detail or ""),
        ),
        {"process": worker.process_name or "", "uow": worker.uow_id or "", "box": worker.box_id},
        is_problem=not worker.up,
    )


def _footprint(worker: r.WorkerRow | None) -> tuple[Cell, Cell]:
    if worker is None or not worker.pid:
        return Cell(DASH), Cell(DASH)
    return (
        Cell(f"{worker.cpu_percent:.0f} %", value=worker.cpu_percent),
        Cell(size(worker.rss_bytes) if worker.rss_bytes else DASH, value=float(worker.rss_bytes)),
    )


def _color(process: r.BoxProcessRow) -> str:
    if _is_wrong(process):
        return f"bold {RED}"
    return "good" if process.pid else GREY
