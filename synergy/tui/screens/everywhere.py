"""The actions that mean the same on every screen."""

from __future__ import annotations

from typing import ClassVar

from synergy.core.counting import counted
from synergy.core.errors import InvalidArgument
from synergy.tui.model.filters import EVERYTHING, Filter
from synergy.tui.model.log_targets import read_names
from synergy.tui.model.trail import HOME, Place
from synergy.tui.places import Copy, GoBack, GoTo, Redraw
from synergy.tui.screens.choosing import Choosing
from synergy.tui.screens.ordering import Ordering
from synergy.tui.screens.saving import Saving
from synergy.tui.widgets.chrome import TypedLine


class Everywhere(Choosing, Ordering, Saving):
    """What a screen can do without knowing what it shows."""

    screen_name: ClassVar[str] = ""
    wanted: Filter = EVERYTHING

    def target(self) -> str | None:
        """The job, entry or unit of work that the cursor stands on."""
        return None

    def targets(self) -> tuple[str, ...]:
        """What a change would act on: the marked ones, or the one under the cursor."""
        target = self.target()
        return (target,) if target else ()

    def log_targets(self) -> tuple[str, ...]:
        """Whose logs are wanted: each by itself, for a log is of no range."""
        return self.targets()

    def after_change(self) -> None:
        """What was just changed is read at once, and not only at the feed's pace."""
        self.reload()

    def reload(self, *, periodic: bool = False) -> None:
        """Read again what is shown."""

    def show(self) -> None:
        """Show what is known; called whenever it may have changed."""

    def narrow(self) -> None:
        """Apply ``wanted`` and only-problems."""

    def chrome(self) -> None:
        """Tell top, title, freshness and keys anew."""

    @property
    def only_problems(self) -> bool:
        """Whether only what is wrong is shown."""
        return self.screen_name in self.desk.only_problems

    def go_into_job(self) -> None:
        """Show the job, if the cursor stands on one."""
        if target := self.target():
            self.post_message(GoTo(Place("job", target), inside=True))

    def takes(self, place: Place) -> bool:
        """Whether a place is within this screen, which has gone to it then."""
        del place
        return False

    def do_enter(self) -> None:
        """Go in."""
        self.go_into_job()

    def do_why(self) -> None:
        """The job's screen says why."""
        self.go_into_job()

    def do_log(self) -> None:
        """The log of the newest attempt; of several marked ones their logs as one."""
        marked = " ".join(self.log_targets())
        if " " in marked:
            try:
                self.post_message(GoTo(Place("merged", " ".join(read_names(marked))), inside=True))
            except InvalidArgument as problem:
                self.notify(str(problem), severity="warning", markup=False)
        elif target := self.target():
            self.post_message(GoTo(Place("log", target), inside=True))
        else:
            self.notify("log: the cursor stands on nothing that has a log", severity="warning")

    def do_filter(self) -> None:
        """Type a filter."""
        self.query_one(TypedLine).open("filter", "/", self.wanted.source)

    def do_command(self) -> None:
        """Type a command."""
        self.query_one(TypedLine).open("command", ":")

    def do_help(self) -> None:
        """The keys of this screen."""
        from synergy.tui.screens.help import HelpScreen  # noqa: PLC0415 - no part of the first picture

        may_change, table = self.desk.may_change, self.desk.actions
        self.app.push_screen(HelpScreen(self.screen_name, may_change=may_change, table=table))

    def do_palette(self) -> None:
        """Find an action by its name."""
        self.app.action_command_palette()

    def do_last_view(self) -> None:
        """Back and forth."""
        self.post_message(GoBack(last=True))

    def do_refresh(self) -> None:
        """Read again, and draw all of it."""
        self.post_message(Redraw())
        self.reload()

    def do_dismiss(self) -> None:
        """Take the toast away before its time: rows lie behind it."""
        self.app.clear_notifications()

    def do_zone(self) -> None:
        """UTC or local time."""
        self.notify(f"Times are in {self.desk.toggle_zone()}.", timeout=2)
        self.chrome()
        self.show()

    def do_only_problems(self) -> None:
        """Show only what is wrong, or everything again."""
        self.desk.only_problems ^= {self.screen_name}
        self.narrow()
        self.chrome()

    def copied(self) -> str:
        """What is copied: all that is marked, a line each, or what the cursor stands on."""
        return self.target() or ""

    def do_copy(self) -> None:
        """Copy through the terminal."""
        if text := self.copied():
            self._copy(text)
        else:
            self.notify("copy: the cursor stands on nothing", severity="warning")

    def fix(self) -> str | None:
        """The command that helps against what the cursor stands on."""
        return None

    def do_copy_fix(self) -> None:
        """Copy the command that helps."""
        if command := self.fix():
            self._copy(self.desk.shell_line(command))
        else:
            self.notify("No command is known that helps here.", severity="warning")

    def tell_marked(self, number: int, what: str) -> None:
        """Say how many are marked now."""
        self.notify(f"{counted(number, what)} marked: all that is shown. esc drops the marks.", timeout=3)

    def do_copy_command(self) -> None:
        """Copy the last change as a command line."""
        if self.desk.last_command:
            self._copy(self.desk.last_command)
        else:
            self.notify("Nothing was changed from this console yet.", severity="warning")

    def _copy(self, text: str) -> None:
        self.post_message(Copy(text))

    def do_quit(self) -> None:
        """Leave."""
        self.app.exit()

    def do_go_overview(self) -> None:
        """Go there."""
        self.post_message(GoTo(HOME))

    def do_go_timetable(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("timetable")))

    def do_go_tree(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("tree")))

    def do_go_uows(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("uows")))

    def do_go_processes(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("processes")))

    def do_go_freerun(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("freerun")))

    def do_go_collector(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("collector")))

    def do_go_workers(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("workers")))

    def do_go_problems(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("problems")))

    def do_go_audit(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("audit")))

    def do_go_logs(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("logs")))

    def do_go_directives(self) -> None:
        """Go there."""
        self.post_message(GoTo(Place("directives")))
