"""The deployment's health in a few lines: what is wrong first, then daemon, store, broker, clock and workers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from synergy.core.control import replies as r
from synergy.core.counting import counted
from synergy.core.states import JobState, UowState
from synergy.tui.model.formats import count, duration, moment, size
from synergy.tui.model.glyphs import INVALID, JOB_LOOKS, UOW_LOOKS, Look, look_of_cell
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.reducer import View
from synergy.tui.model.trail import Place

Part = tuple[str, str]
"""A text and its Rich style."""
Line = list[Part]

GOOD: Final = "good"
ORANGE: Final = "warning"
DRAINING: Final = "badge-draining"
MOST: Final = 8
MOST_WHEN_LOW: Final = 3
"""So many problems are named at once."""
MAX_NAMED_BOXES: Final = 2
LATE_SECONDS: Final = 3600


class Told(NamedTuple):
    """A line of the overview's head, and the screen that shows what it tells of; ``is_cut``: it may be shortened."""

    line: Line
    leads: Place | None = None
    filter_source: str = ""
    is_cut: bool = False

    @property
    def way(self) -> tuple[Place, str] | None:
        """Where it leads."""
        return None if self.leads is None else (self.leads, self.filter_source)


def health_lines(view: View, style: Style) -> list[Line]:
    """What the head of the overview says."""
    return [told.line for told in health(view, style)]


def health(view: View, style: Style, *, is_low: bool = False) -> list[Told]:
    """What the head of the overview says, the worst first; ``is_low``: few lines, for a low terminal."""
    status = view.status
    if status is None:
        return [Told([("Waiting for the daemon's first answer.", GREY)])]
    return [
        *_draining(status),
        *_problems(status, view, style, MOST_WHEN_LOW if is_low else MOST),
        Told(_daemon(status, style), Place("logs")),
        *_outside(status, style),
        Told(
            _clock(status, view, style, is_short=is_low),
            place_of(status.oldest_unfinished or "")[0] or Place("timetable"),
        ),
        Told(_jobs(status, style, is_short=is_low), Place("timetable")),
        Told(_uows(status, style), Place("uows")),
        *_orders(status),
    ]


def _problems(status: r.Status, view: View, style: Style, most: int) -> list[Told]:
    about = (*status.about, *[""] * len(status.problems))
    known = [(text, *place_of(of)) for text, of in zip(status.problems, about, strict=False)]
    known += [(text, Place("uows"), "state:invalid") for text in _invalid(status)]
    told = set(status.about)
    alerts = [alert for alert in reversed(view.alerts) if alert.target is None or alert.target not in told]
    known += [(f"{alert.code}: {alert.message}", *place_of(alert.target or "")) for alert in alerts]
    notes = [Told([("  ", ""), (note, ORANGE)]) for note in status.notes]
    if not known:
        good: Line = [(f"{style.glyphs.choose('✓', 'ok')} ", GOOD), ("Nothing is wrong.", "")]
        return notes or [Told(good, Place("problems"))]
    lines = [
        Told([("! ", f"bold {RED}"), (text, RED)], leads, filter_source, is_cut=True)
        for text, leads, filter_source in known[:most]
    ]
    hidden = len(known) - len(lines)
    if hidden:
        lines.append(Told([(f"  … and {hidden:,} more: :problems", GREY)], Place("problems")))
    return [*lines, *notes]


def place_of(about: str) -> tuple[Place | None, str]:
    """The screen, and its filter, that shows what a problem is about; see ``Status.about``."""
    kind, _, name = about.partition(":")
    if kind in _KINDS and "::" not in about:
        screen, filter_source = _KINDS[kind]
        return Place(screen, name), filter_source
    if "@" in about:
        return Place("log" if "." in about.rpartition("@")[2] else "job", about), ""
    if "::" in about:
        return Place("freerun"), f"process:{about.partition('::')[0]}"
    return None, ""


_KINDS: Final = {
    "store": ("logs", ""),
    "broker": ("logs", ""),
    "workers": ("workers", ""),
    "box": ("box", ""),
    "batch": ("batch", ""),
    "invalid": ("uows", "state:invalid"),
}


def _draining(status: r.Status) -> list[Told]:
    if not status.draining:
        return []
    line: Line = [(" DRAINING ", DRAINING), (f" nothing is started, {status.draining}: ctrl+d resumes", ORANGE)]
    return [Told(line, Place("directives"))]


def draining_badge(status: r.Status) -> Line:
    """For the top of every screen, while nothing is started."""
    return [(" DRAINING ", DRAINING), (" ", "")] if status.draining else []


def _orders(status: r.Status) -> list[Told]:
    """What is held and batched, where there is any."""
    counts = [(status.holds, "hold", None), (status.batches, "batch", "batches")]
    told = "  ".join(counted(number, one, many) for number, one, many in counts if number)
    line: Line = [*_label("orders"), (f"{told} in force", "held"), ("   9 shows them", GREY)]
    return [Told(line, Place("directives"))] if told else []


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


def _outside(status: r.Status, style: Style) -> list[Told]:
    supervisors = f"{status.supervisors} supervisor{'' if status.supervisors == 1 else 's'}"
    busy = f"{status.running}/{status.slots} busy"
    first: Line = [*_label("store"), *_component(status.store, style)]
    second: Line = [*_label("broker"), *_component(status.broker, style)]
    workers: Line = [(supervisors, "" if status.supervisors else f"bold {RED}"), (f", {busy}", "")]
    boxes = Place("workers")
    if not (status.store.up and status.broker.up):
        parts = [Told(line, Place("logs")) for line in (first, second)]
        return [*parts, Told([*_label("workers"), *workers], boxes)]
    return [Told([*first, ("   broker ", GREY), *second[1:], ("   workers ", GREY), *workers], boxes)]


def _component(component: r.Component, style: Style) -> Line:
    kind = component.url.split(":", maxsplit=1)[0]
    if component.up:
        return [("up", GOOD), (f" {kind}", "")]
    return [
        (f"DOWN since {moment(component.since, style.zone)}", f"bold {RED}"),
        (f"   {kind}   {component.detail}", ""),
    ]


def _clock(status: r.Status, view: View, style: Style, *, is_short: bool) -> Line:
    """The clock's speed stands on top of the screen, too."""
    speed = f" {style.glyphs.choose('×', 'x')}{status.clock.speed:g}" if status.clock.speed != 1 else ""
    late = status.lag_seconds >= LATE_SECONDS
    word = "oldest" if is_short else "oldest open"
    oldest: Line = [(f"   {word} ", GREY), (status.oldest_unfinished, "")] if status.oldest_unfinished else []
    return [
        *_label("clock"),
        (moment(view.schedule_time, style.zone), ""),
        ("" if is_short else speed, "batch"),
        ("   lag ", GREY),
        (duration(status.lag_seconds) if status.lag_seconds else "none", ORANGE if late else ""),
        *oldest,
    ]


def _jobs(status: r.Status, style: Style, *, is_short: bool) -> Line:
    """All states, so that this line is the legend too; zeros are faint, or left out."""
    looks = [(JOB_LOOKS[state], status.jobs.get(state, 0)) for state in JobState]
    looks = [(look, number) for look, number in looks if number or not is_short]
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
