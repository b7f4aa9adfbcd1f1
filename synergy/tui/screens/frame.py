"""What every screen has: the line on top, a panel that says how fresh it is, the typed line and the keys.

A screen adds what it reads, how it shows it, and what the cursor stands on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from synergy.core.errors import DaemonUnreachable, InvalidArgument, SynergyError
from synergy.tui.actions import actions_of, find, footer_of, offered
from synergy.tui.commands import Act, Choose, Go, Save, action_here, complete, parse_command
from synergy.tui.desk import Desk
from synergy.tui.feed import Announcement
from synergy.tui.model.connection import LinkState, freshness
from synergy.tui.model.filters import EVERYTHING, Filter, parse_filter
from synergy.tui.model.formats import moment
from synergy.tui.model.gate import Gate
from synergy.tui.model.health import Line, down_badges, draining_badge
from synergy.tui.model.reducer import Step
from synergy.tui.model.trail import HOME, Place
from synergy.tui.places import GoBack, GoTo
from synergy.tui.screens.changing import WITHOUT_TARGET
from synergy.tui.screens.everywhere import Everywhere
from synergy.tui.widgets.chrome import FooterLine, TopLine, TypedLine
from synergy.tui.widgets.colors import title_of
from synergy.tui.widgets.lines import width_of
from synergy.tui.widgets.panel import Panel

_OPENERS: Final = frozenset({"command", "filter", "search", "only_lines", "window"})
"""Actions that open the typed line. Their keys come first, before the widget with the focus hears of them: what was
typed behind them in the same burst would reach that widget else, and the line late."""


def bindings_of(screen: str) -> list[BindingType]:
    """The bindings of a screen, from the table of actions."""
    return [
        Binding(
            action.keys,
            f"act('{action.action_id}')",
            action.label,
            show=False,
            priority=action.action_id in _OPENERS,
            id=action.action_id,
        )
        for action in actions_of(screen)
    ]


class Frame(Everywhere):
    """One screen of the console."""

    AUTO_FOCUS = "#main"

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__()
        self.desk = desk
        self.place = place
        self.wanted: Filter = EVERYTHING
        self.gate = Gate()
        self._last_failure = ""
        self._is_outdated = False
        self._read_at = 0.0
        self.is_read = False

    def compose(self) -> ComposeResult:
        """Top, panel, typed line, keys."""
        yield TopLine(id="top")
        with Panel(id="panel"):
            yield from self.body()
        yield FooterLine(id="footer")
        yield TypedLine(self._complete)  # docked to the same edge: it covers the keys while it is open

    def body(self) -> ComposeResult:
        """What stands in the panel; one widget has the id ``main`` and takes the focus."""
        yield Widget(id="main")

    async def read(self) -> None:
        """Read from the daemon what the view does not hold."""

    def notes(self) -> str:
        """What else is on, for the lower border; each part behind a dot."""
        return ""

    def drop_marks(self) -> bool:
        """Unmark everything; False when nothing was marked."""
        return False

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """The view changed; ``cells``: processes whose cells did."""
        del step, cells
        self.show()

    # What the app and Textual tell

    def on_mount(self) -> None:
        """Take up the remembered filter, and start reading."""
        self._filter_by(self.desk.filters.get(self.screen_name, ""))
        self.set_interval(1.0, self.tick)
        self.call_after_refresh(self.begin)

    def begin(self) -> None:
        """The first picture."""
        self.narrow()
        self.show()
        self.chrome()
        self.reload()

    def on_screen_resume(self) -> None:
        """Shown again: what happened meanwhile was not followed."""
        if self.is_mounted:
            self.begin()

    def on_resize(self) -> None:
        """Both lines have another width."""
        self.call_after_refresh(self.chrome)

    def hear(self, announcement: Announcement, cells: frozenset[str]) -> None:
        """What the feed announced."""
        if isinstance(announcement, LinkState):
            self.chrome()
            if announcement.resumed:
                self.take_up()
            return
        self.chrome()
        self.on_step(announcement, cells)
        if announcement.resync:
            self.reload()

    def take_up(self) -> None:
        """There is a new connection, and no event was missed; what was asked on the one before has no answer."""
        self.reload()

    def reload(self, *, periodic: bool = False) -> None:
        """Read again; one request in flight, and none while a change is made."""
        if self.desk.is_changing or not self.desk.link.is_live or not self.is_whole or not self.is_uppermost:
            return
        if self.gate.begin(periodic=periodic):
            self.work(self._reading(), "reading")

    def reload_in_time(self, seconds: float, *, changed: bool) -> None:
        """Read again once something changed since it was read last, but not twice within so many seconds."""
        self._is_outdated = self._is_outdated or changed
        if self._is_outdated and time.monotonic() - self._read_at >= seconds:
            self.reload(periodic=True)

    @property
    def is_uppermost(self) -> bool:
        """Whether no other screen but a dialog lies above this one."""
        frames = [screen for screen in self.app.screen_stack if isinstance(screen, Frame)]
        return bool(frames) and frames[-1] is self

    async def _reading(self) -> None:
        self._is_outdated, self._read_at = False, time.monotonic()
        try:
            await self.read()
            self._last_failure = ""
            if not self.is_read:
                self.is_read = True
                self.show()
        except DaemonUnreachable:
            pass  # the panel says so
        except SynergyError as problem:
            self._is_outdated = True
            self.tell_failure(problem)
        finally:
            if self.gate.end():
                self.reload()
        self.chrome()

    def tell_failure(self, problem: SynergyError) -> None:
        """Say once that something in the background failed; what was shown stays."""
        if str(problem) != self._last_failure:
            self._last_failure = str(problem)
            self.notify(str(problem), severity="error", markup=False)

    def tick(self) -> None:
        """The age of stale rows grows by itself; while live it is told with what is heard."""
        if not self.desk.link.is_live and self.is_uppermost:
            self._tell_freshness()

    def chrome(self) -> None:
        """Tell top, title, freshness and keys anew."""
        if not self.is_whole:
            return
        right = self._top_right()
        self.query_one(TopLine).tell(self._top_left(self.size.width - width_of(right)), right)
        self._tell_freshness()
        footer = footer_of(self.screen_name, may_change=self.desk.may_change, table=self.desk.actions)
        self.query_one(FooterLine).tell(footer, may_act=self.desk.may_act)

    def _tell_freshness(self) -> None:
        panel = self.query_one(Panel)
        panel.tell_title(self.title_text())
        text = freshness(self.desk.link, time.monotonic(), self.desk.style.zone)
        reason = f" · {self.desk.link.reason}" if self.desk.link.reason and not self.desk.link.is_live else ""
        panel.tell_freshness(text + reason + self.notes(), stale=self.desk.link.is_stale)

    def _top_left(self, room: int) -> Line:
        hello = self.desk.link.hello
        title = self.desk.name
        arrow = self.desk.style.glyphs.choose(" › ", " > ")
        crumbs = self.desk.trail.breadcrumb(arrow, room - len(title) - 4)
        return [(f" {title} ", title_of(hello.console_color if hello else None)), (f" {crumbs} ", "bold")]

    def _top_right(self) -> Line:
        badge: Line = [] if self.desk.may_change or self.desk.link.hello is None else [(" READ-ONLY ", "badge-warning")]
        status = self.desk.view.status
        if status is None:
            return badge
        speed = f" {self.desk.style.glyphs.choose('×', 'x')}{status.clock.speed:g}" if status.clock.speed != 1 else ""
        zone = "" if self.desk.style.zone is None else "Z"
        return [
            *down_badges(status),
            *draining_badge(status),
            *badge,
            (f" {moment(self.desk.view.schedule_time, self.desk.style.zone)[:16]}{zone}{speed} ", "heading"),
        ]

    # Typing

    def _complete(self, text: str) -> str | None:
        view = self.desk.view
        names = [row.process_name for row in view.processes]
        trees = [row.tree_name for row in view.trees]
        may_change, views = self.desk.may_change, self.desk.settings.views
        actions = offered(self.screen_name, may_change=may_change, table=self.desk.actions)
        return complete(text, processes=names, trees=trees, actions=actions, views=views, may_change=may_change)

    def on_typed_line_changed(self, event: TypedLine.Changed) -> None:
        """A filter shows its effect while it is typed; what is not complete yet is not complained about."""
        if event.purpose == "filter":
            try:
                self.wanted = parse_filter(event.text)
            except InvalidArgument:
                return
            self.narrow()
            self.chrome()

    def on_typed_line_typed(self, event: TypedLine.Typed) -> None:
        """A line was entered; one that is refused stays, to be corrected."""
        try:
            action_id = self.typed(event.purpose, event.text)
        except InvalidArgument as problem:
            self.notify(str(problem), severity="error", markup=False)
            self.query_one(TypedLine).refuse()
            return
        self._close_typed()
        if action_id is not None:
            self.action_act(action_id)  # some open the line again, and what is typed meanwhile must not be keys

    def typed(self, purpose: str, text: str) -> str | None:
        """Do what the line says; returns the action that it means, to be done once the line is closed."""
        if purpose == "filter":
            self._filter_by(text)
            return None
        if not text.strip():
            return None
        command = parse_command(text)
        if (action_id := action_here(command, self.screen_name)) is not None:
            return action_id
        if isinstance(command, Go) and not self.takes(command.place):
            self.post_message(GoTo(command.place, filter_source=command.filter_source))
        elif isinstance(command, Choose):
            self.choose(command)
        elif isinstance(command, Save):
            self.save(command.wanted)
        elif isinstance(command, Act) and self._may_act(command.verb):
            targets = command.targets or (() if command.verb in WITHOUT_TARGET else self.targets())
            self.plan(command.verb, targets, command.given)
        return None

    def _filter_by(self, source: str) -> None:
        self.wanted = parse_filter(source)
        self.desk.filters[self.screen_name] = self.wanted.source
        self.narrow()
        self.chrome()

    def _close_typed(self) -> None:
        self.query_one(TypedLine).close()
        self.set_focus(self.query_one("#main"))  # at once: Widget.focus would come after a line opened again

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What opens the typed line is text in it."""
        return not (action == "act" and _OPENERS.intersection(parameters) and isinstance(self.focused, Input))

    def action_act(self, action_id: str) -> None:
        """Do an action of the table; a change only when it may be made now."""
        action = find(action_id)
        if action is None or self.screen_name not in action.screens:
            return
        if action.changes and not self._may_act(action.label):
            return
        act: Callable[[], None] = getattr(self, f"do_{action_id}")
        act()

    def _may_act(self, what: str) -> bool:
        """Whether a change may be made now; says why not."""
        if not self.desk.may_act:
            why = "what is shown is stale" if self.desk.may_change else "this console is read-only"
            self.notify(f"{what}: not now, {why}", severity="warning", markup=False)
        return self.desk.may_act

    def do_back(self) -> None:
        """The typed line, marks, the filter, the screen: in this order."""
        if self.query_one(TypedLine).is_open:
            self._filter_by(self.desk.filters.get(self.screen_name, ""))
            self._close_typed()
        elif self.drop_marks():
            pass
        elif self.wanted:
            self._filter_by("")
        elif self.place != HOME:
            self.post_message(GoBack())
