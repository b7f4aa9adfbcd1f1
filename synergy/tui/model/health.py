"""The deployment's health in a few lines: what is wrong first, then daemon, store, broker, clock and workers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.core.states import JobState, UowState
from synergy.tui.model.formats import count, duration, moment, size
from synergy.tui.model.glyphs import INVALID, JOB_LOOKS, UOW_LOOKS, Look, look_of_cell
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.reducer import View

Part = tuple[str, str]
"""A text and its Rich style."""
Line = list[Part]

GOOD: Final = "good"
ORANGE: Final = "warning"
DRAINING: Final = "badge-draining"
MAX_PROBLEMS: Final = 3
MAX_NAMED_BOXES: Final = 2
LATE_SECONDS: Final = 3600


def health_lines(view: View, style: Style) -> list[Line]:
    """What the head of the overview says."""
    status = view.status
    if status is None:
        return [[("Waiting for the daemon's first answer.", GREY)]]
    return [
        *_draining(status),
        *_problems(status, view, style),
        _daemon(status, style),
        *_outside(status, style),
        _clock(status, view, style),
        _jobs(status, style),
        _uows(status, style),
        *_orders(status),
    ]


def _problems(status: r.Status, view: View, style: Style) -> list[Line]:
    problems = [*status.problems, *_invalid(status)]
    alerts = [f"{alert.code}: {alert.message}" for alert in reversed(view.alerts)]
    known = (problems + alerts)[:MAX_PROBLEMS]
    notes: list[Line] = [[("  ", ""), (note, ORANGE)] for note in status.notes]
    if not known:
        return notes or [[(f"{style.glyphs.choose('✓', 'ok')} ", GOOD), ("Nothing is wrong.", "")]]
    lines: list[Line] = [[("! ", f"bold {RED}"), (text, RED)] for text in known]
    hidden = len(problems) + len(alerts) - len(known)
    if hidden:
        lines.append([(f"  … and {hidden:,} more; synergyctl status tells all", GREY)])
    return lines + notes


def _draining(status: r.Status) -> list[Line]:
    if not status.draining:
        return []
    return [[(" DRAINING ", DRAINING), (f" nothing is started, {status.draining}: ctrl+d resumes", ORANGE)]]


def draining_badge(status: r.Status) -> Line:
    """For the top of every screen, while nothing is started."""
    return [(" DRAINING ", DRAINING), (" ", "")] if status.draining else []


def _orders(status: r.Status) -> list[Line]:
    """What is held and batched, where there is any."""
    counts = [(status.holds, "hold", None), (status.batches, "batch", "batches")]
    told = "  ".join(counted(number, one, many) for number, one, many in counts if number)
    return [[*_label("orders"), (f"{told} in force", "held"), ("   9 shows them", GREY)]] if told else []


def _invalid(status: r.Status) -> list[str]:
    number = status.uows.get(UowState.INVALID, 0)
    if not number:
        return []
    what = "unit of work is" if number == 1 else "units of work are"  # given up or to be retried: that stands above
    return [f"{number:,} {what} invalid: :uow state:invalid"]


def _daemon(status: r.Status, style: Style) -> Line:
    return [
        *_label("daemon"),
        (status.state.replace("_", " "), GOOD if status.state == "running" else f"bold {RED}"),
        (f"   pid {status.pid}   {status.version}   since {moment(status.started, style.zone)}", ""),
        (f"   {size(status.rss_bytes)}", GREY),
    ]


def _outside(status: r.Status, style: Style) -> list[Line]:
    supervisors = f"{status.supervisors} supervisor{'' if status.supervisors == 1 else 's'}"
    busy = f"{status.running}/{status.slots} busy"
    first: Line = [*_label("store"), *_component(status.store, style)]
    second: Line = [*_label("broker"), *_component(status.broker, style)]
    workers: Line = [(supervisors, "" if status.supervisors else f"bold {RED}"), (f", {busy}", "")]
    if not (status.store.up and status.broker.up):
        return [first, second, [*_label("workers"), *workers]]
    return [[*first, ("   broker ", GREY), *second[1:], ("   workers ", GREY), *workers]]


def _component(component: r.Component, style: Style) -> Line:
    kind = component.url.split(":", maxsplit=1)[0]
    if component.up:
        return [("up", GOOD), (f" {kind}", "")]
    return [
        (f"DOWN since {moment(component.since, style.zone)}", f"bold {RED}"),
        (f"   {kind}   {component.detail}", ""),
    ]


def _clock(status: r.Status, view: View, style: Style) -> Line:
    speed = f" {style.glyphs.choose('×', 'x')}{status.clock.speed:g}" if status.clock.speed != 1 else ""
    late = status.lag_seconds >= LATE_SECONDS
    oldest: Line = [("   oldest open ", GREY), (status.oldest_unfinished, "")] if status.oldest_unfinished else []
    return [
        *_label("clock"),
        (moment(view.schedule_time, style.zone), ""),
        (speed, "batch"),
        ("   lag ", GREY),
        (duration(status.lag_seconds) if status.lag_seconds else "none", ORANGE if late else ""),
        *oldest,
    ]


def _jobs(status: r.Status, style: Style) -> Line:
    """All states, so that this line is the legend too; zeros are faint."""
    looks = [(JOB_LOOKS[state], status.jobs.get(state, 0)) for state in JobState]
    return [*_label("jobs"), *_counted(looks, style)]


def _uows(status: r.Status, style: Style) -> Line:
    states = (UowState.REQUESTED, UowState.IN_PROGRESS, UowState.INVALID)
    looks = [(UOW_LOOKS[state], status.uows.get(state, 0)) for state in states]
    return [*_label("work"), *_counted(looks, style), (f"{count(status.queued)} queued", "" if status.queued else GREY)]


def _counted(looks: Iterable[tuple[Look, int]], style: Style) -> Line:
    line: Line = []
    for look, number in looks:
        loud = f"bold {RED}" if look is INVALID else look.color
        line.append((f"{style.glyphs.of(look)} {count(number)} {look.word}  ", loud if number else GREY))
    return line


def down_badges(status: r.Status) -> Line:
    """What is down, for the top of every screen."""
    names = [name for name, part in (("store", status.store), ("broker", status.broker)) if not part.up]
    boxes = status.boxes_down
    names += [f"{len(boxes)} boxes"] if len(boxes) > MAX_NAMED_BOXES else boxes
    return [part for name in names for part in ((f" {name.upper()} DOWN ", "badge-problem"), (" ", ""))]


def legend(style: Style) -> Line:
    """What each glyph of a job means."""
    looks = [look_of_cell(cell) for cell in "0123456"]
    return [part for look in looks for part in ((f"{style.glyphs.of(look)} ", look.color), (f"{look.word} ", GREY))]


def _label(text: str) -> Line:
    """The words on the left stand under each other."""
    return [(f"{text:<8}", GREY)]
