"""The deployment's health in a few lines: what is wrong first, then daemon, store, broker, clock and workers."""

from __future__ import annotations

from typing import Final

from synergy.core.control import replies as r
from synergy.core.states import JobState, UowState
from synergy.tui.model.formats import DASH, count, duration, moment, size
from synergy.tui.model.glyphs import INVALID, JOB_LOOKS, UOW_LOOKS
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.reducer import View

Part = tuple[str, str]
"""A text and its Rich style."""
Line = list[Part]

GOOD: Final = "#5faf5f"
MAX_PROBLEMS: Final = 3


def health_lines(view: View, style: Style) -> list[Line]:
    """What the head of the overview says."""
    status = view.status
    if status is None:
        return [[("Waiting for the daemon's first answer.", GREY)]]
    return [
        *_problems(status, view, style),
        _daemon(status, style),
        _outside(status, style),
        _clock(status, view, style),
        _jobs(status, style),
        _uows(status, style),
    ]


def _problems(status: r.Status, view: View, style: Style) -> list[Line]:
    problems = [*status.problems, *_invalid(status)]
    alerts = [f"{alert.code}: {alert.message}" for alert in reversed(view.alerts)]
    known = (problems + alerts)[:MAX_PROBLEMS]
    if not known:
        return [[(f"{style.glyphs.choose('✓', 'ok')} ", GOOD), ("Nothing is wrong.", "")]]
    lines: list[Line] = [[("! ", f"bold {RED}"), (text, RED)] for text in known]
    hidden = len(problems) + len(alerts) - len(known)
    if hidden:
        lines.append([(f"  … and {hidden:,} more; synergyctl status tells all", GREY)])
    return lines


def _invalid(status: r.Status) -> list[str]:
    number = status.uows.get(UowState.INVALID, 0)
    if not number:
        return []
    are = "unit of work is" if number == 1 else "units of work are"
    return [f"{number:,} {are} invalid and wait for a retry: :uow state:invalid"]


def _daemon(status: r.Status, style: Style) -> Line:
    return [
        *_label("daemon"),
        (status.state, GOOD if status.state == "running" else "#ffaf5f"),
        (f"  pid {status.pid}  {status.version}  since {moment(status.started, style.zone)}", ""),
        (f"  {size(status.rss_bytes)}", GREY),
    ]


def _outside(status: r.Status, style: Style) -> Line:
    parts: Line = []
    for name, component in (("store", status.store), ("broker", status.broker)):
        kind = component.url.split(":", maxsplit=1)[0]
        word = "up" if component.up else f"DOWN since {moment(component.since, style.zone)} {component.detail}"
        parts += [*_label(name), (word, GOOD if component.up else f"bold {RED}"), (f" {kind}   ", "")]
    workers = f"{status.running}/{status.slots} slots busy"
    supervisors = f"{status.supervisors} supervisor{'' if status.supervisors == 1 else 's'}"
    parts += [*_label("workers"), (supervisors, "" if status.supervisors else f"bold {RED}"), (f"  {workers}", "")]
    return parts


def _clock(status: r.Status, view: View, style: Style) -> Line:
    speed = f"  {style.glyphs.choose('×', 'x')}{status.clock.speed:g}" if status.clock.speed != 1 else ""
    lag = duration(status.lag_seconds) if status.lag_seconds else "none"
    return [
        *_label("clock"),
        (moment(view.schedule_time, style.zone), ""),
        (speed, "#af87ff"),
        ("   ", ""),
        *_label("lag"),
        (lag, "" if status.lag_seconds < 3600 else "#ffaf5f"),
        ("   ", ""),
        *_label("oldest open"),
        (status.oldest_unfinished or DASH, ""),
    ]


def _jobs(status: r.Status, style: Style) -> Line:
    line = _label("jobs")
    for state in JobState:
        look = JOB_LOOKS[state]
        number = status.jobs.get(state, 0)
        line += [(f"{style.glyphs.of(look)} ", look.color), (f"{count(number)} {look.word}  ", "" if number else GREY)]
    return line


def _uows(status: r.Status, style: Style) -> Line:
    line = _label("work")
    for state in (UowState.REQUESTED, UowState.IN_PROGRESS, UowState.INVALID):
        look = UOW_LOOKS[state]
        number = status.uows.get(state, 0)
        loud = f"bold {RED}" if look is INVALID and number else "" if number else GREY
        line += [(f"{style.glyphs.of(look)} ", look.color), (f"{count(number)} {look.word}  ", loud)]
    line.append((f"  queued {count(status.queued)}", GREY))
    return line


def _label(text: str) -> Line:
    return [(f"{text} ", GREY)]
