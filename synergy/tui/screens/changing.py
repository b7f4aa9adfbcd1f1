"""How a screen changes anything: the daemon's plan first, then the operator's word, then a toast with the command."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from msgspec.structs import replace
from textual.app import App

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.counting import counted
from synergy.core.errors import InvalidArgument, SynergyError, WorldError
from synergy.core.wishes import Verb
from synergy.tui.desk import Desk
from synergy.tui.model.forms import Asked, Form, form_of
from synergy.tui.model.plans import difference
from synergy.tui.model.results import is_partial, result_lines, told
from synergy.tui.model.wishes import NOTHING, Given, request_of
from synergy.tui.screens.working import Working

WITHOUT_TARGET = frozenset({"drain", "resume", "undo"})
"""Verbs that act on nothing that the cursor could stand on."""

SAFE = "To ask again is safe: it is done once only"


class Changing(Working):
    """Part of every screen that acts on jobs, entries or processes."""

    desk: Desk

    def targets(self) -> tuple[str, ...]:
        """What a change would act on."""
        raise NotImplementedError

    def hidden_marks(self) -> int:
        """How many marked ones are not shown; no verb acts on them."""
        return 0

    def no_target(self, verb: str) -> str:
        """Why there is nothing to act on."""
        if self.hidden_marks():
            return f"{verb}: what is marked is not shown; esc drops the marks, or the filter after them"
        return f"{verb}: the cursor stands on nothing to {verb}"

    def plan(self, verb: Verb, targets: tuple[str, ...], given: Given = NOTHING, *, note: str = "") -> None:
        """Ask the daemon what a verb would change, and show it with a ``note`` of what is left out."""
        if not targets and verb not in WITHOUT_TARGET:
            _notify(self.app, self.no_target(verb), "warning")
            return
        try:
            asked = Asked(self._request(verb, targets, given), given, form_of(verb, targets, given))
        except InvalidArgument as problem:
            _notify(self.app, str(problem), "error")
            return
        self.work(self._plan(asked, note), "changing", exclusive=True)

    def ask(self, form: Form, note: str = "") -> None:
        """Have a form filled in, and ask for the plan that it wishes for; ``note``: see ``plan``."""
        self.work(self._fill_in(form, note), "changing", exclusive=True)

    async def _fill_in(self, form: Form, note: str) -> None:
        if (chosen := await self._wished(form, {})) is not None:
            await self._show_plans(*chosen, note)

    async def _wished(self, form: Form, before: Given) -> tuple[Asked, r.Plan] | None:
        """The plan for what the form was filled in with, over what was given before; None: it was left.

        What the daemon refuses leaves the form open, to be corrected.
        """
        from synergy.tui.screens.form_dialog import FormDialog  # noqa: PLC0415 - no part of the first picture

        found: list[tuple[Asked, r.Plan]] = []

        async def check(filled: Given) -> None:
            given = {**before, **filled}
            asked = Asked(self._request(form.verb, form.targets_of(given), given), given, form)
            found.append((asked, await self._draft(asked)))

        dialog = FormDialog(form.filled(before), self.desk.style.glyphs, check)
        return found[-1] if await self.app.push_screen_wait(dialog) is not None else None

    def _request(self, verb: Verb, targets: tuple[str, ...], given: Given) -> q.MakePlan:
        return request_of(verb, targets, given, self.desk.real_time)

    async def _draft(self, asked: Asked) -> r.Plan:
        with self._held():
            return await self.desk.feed.call(asked.request)

    async def _drafted(self, asked: Asked) -> r.Plan | None:
        """The plan; says why there is none."""
        try:
            return await self._draft(asked)
        except SynergyError as problem:
            _notify(self.app, f"{asked.request.verb}: {problem}", "error")
            return None

    async def _plan(self, asked: Asked, note: str) -> None:
        if (plan := await self._drafted(asked)) is not None:
            await self._show_plans(asked, plan, note)

    async def _show_plans(self, asked: Asked, plan: r.Plan, note: str) -> None:
        """Show plan after plan, until one is agreed to or none is wanted."""
        from synergy.tui.screens import plan_dialog as shown  # noqa: PLC0415 - no part of the first picture

        left_out = " ".join(filter(None, (note, self._note())))
        note = left_out
        while True:
            before = plan
            match await self.app.push_screen_wait(shown.PlanDialog(self.desk, plan, asked, note=note)):
                case None:
                    return
                case shown.Anew(reason):
                    asked = asked.because(reason)
                    if (anew := await self._drafted(asked)) is None:
                        return
                    plan, note = anew, f"{difference(before, anew)} {left_out}".rstrip()
                case shown.Otherwise(reason, form):
                    asked = asked.because(reason)
                    if (chosen := await self._wished(form, asked.given)) is not None:
                        asked, plan = chosen
                        note = f"{difference(before, plan)} {left_out}".rstrip()
                case applied:
                    self.applied(plan, applied)
                    return

    def _note(self) -> str:
        hidden = self.hidden_marks()
        return f"{counted(hidden, 'marked row')} not shown, and left out." if hidden else ""

    def applied(self, plan: r.Plan, applied: r.Applied) -> None:
        """Say what was done, and how it is done from a shell; item by item where not all of it was."""
        command = self.desk.shell_line(applied.command) if applied.command else ""
        self.desk.last_command = command or self.desk.last_command
        refused = applied.refused or plan.refused
        applied = replace(applied, refused=refused)
        if is_partial(applied):
            from synergy.tui.screens.result_dialog import ResultDialog  # noqa: PLC0415 - seldom wanted

            lines = result_lines(plan, applied, self.desk.style)
            self.app.push_screen(ResultDialog(told(applied), lines, command))
        else:
            line = f"\n{command}\nctrl+y copies the command" if command else ""
            _notify(self.app, f"{told(applied)}{line}", "information")
        self.after_change()

    def after_change(self) -> None:
        """Something was changed from here; what no event tells of is read again."""

    def change(self, question: str, request: q.Change[r.Done], command: str) -> None:
        """Show what a change would do that has no plan of jobs (a trigger, a switch, the collector), and ask."""
        self.work(self._change(question, request, self.desk.shell_line(command)), "changing", exclusive=True)

    async def _change(self, question: str, request: q.Change[r.Done], command: str) -> None:
        try:
            told = await self.preview(request)
        except SynergyError as problem:
            _notify(self.app, str(problem), "error")
            return
        await self.settle(question, request, told, command)

    async def preview(self, request: q.Change[r.Done]) -> tuple[str, ...]:
        """What the daemon says that a change would do.

        Raises:
            SynergyError: it would be refused.
        """
        with self._held():
            done = await self.desk.feed.call(replace(request, preview=True))
        return (done.message, *done.details)

    async def settle(self, question: str, request: q.Change[r.Done], told: tuple[str, ...], command: str = "") -> bool:
        """Show what would be done, and do it when the operator agrees; tells whether that is settled.

        The same change asked for twice, since an answer was lost, is made once.
        """
        from synergy.tui.screens.confirm import ConfirmDialog  # noqa: PLC0415 - no part of the first picture

        key = f"console-{secrets.token_hex(6)}"
        reason: str | None = request.reason or ""
        note: tuple[str, ...] = ()
        while True:
            dialog = ConfirmDialog(question, command, told=(*told, *note), reason=reason)
            reason = await self.app.push_screen_wait(dialog)
            if reason is None:
                return False
            asked = replace(request, reason=reason or None, key=key)
            try:
                with self._held():
                    done = await self.desk.feed.call(asked)
                break
            except WorldError as problem:
                note = (f"{problem}. {SAFE}.",)
            except SynergyError as problem:
                _notify(self.app, str(problem), "error")
                return False
        command = self.desk.shell_line(done.command) if done.command else command
        self.desk.last_command = command
        self.after_change()
        _notify(self.app, f"{done.message}\n{command}\nctrl+y copies the command", "information")
        return True

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Nothing is read in the background while a change is made."""
        self.desk.is_changing = True
        try:
            with self.desk.feed.gate.hold():
                yield
        finally:
            self.desk.is_changing = False


def _notify(app: App[object], text: str, severity: Literal["information", "warning", "error"]) -> None:
    app.notify(text, severity=severity, markup=False)
