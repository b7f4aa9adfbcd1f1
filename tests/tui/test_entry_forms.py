"""An operator makes, changes and deletes freerun entries, and changes a process's trigger, in forms."""

from __future__ import annotations

from pathlib import Path

from textual.events import Key
from textual.widgets import Button, Input

from synergy.core.control import requests as q
from synergy.tui.commands import Go
from synergy.tui.model.trail import Place
from synergy.tui.screens.form_dialog import FormDialog
from synergy.tui.screens.frame import Frame
from tests.tui.fake_daemon import FakeDeployment
from tests.tui.operator import Operator, console, text_of

FREERUN = Go(Place("freerun"))


async def fill(operator: Operator, **values: str) -> None:
    for name, value in values.items():
        operator.app.screen.query_one(f"#{name}", Input).focus()
        operator.app.screen.query_one(f"#{name}", Input).value = value
        await operator.pilot.pause()


async def test_an_entry_is_made_in_a_form_and_only_after_its_plan(tmp_path: Path) -> None:
    async with console(tmp_path, start=FREERUN) as operator:
        await operator.sees("Report::mail")
        await operator.types("n")
        await operator.sees("New freerun entry")
        await fill(operator, entry="Clean::tmp", trigger="at Mon-06:30", command="find '/var/my files' -delete")
        await operator.sees("Monday 06:30", "next: Mon 2013-03-11 06:30, Mon 03-18 06:30")
        await operator.types("enter")
        await operator.sees("New freerun entry?", "Clean::tmp would be saved", "its next firings")
        focused = operator.app.focused
        assert isinstance(focused, Button)
        assert focused.id == "no"
        assert operator.deployment.changed == []
        await operator.types("right", "enter")
        await operator.sees("Clean::tmp", "at Mon-06:30")
        (sent,) = operator.deployment.changed
        assert isinstance(sent, q.SaveEntry)
        assert (sent.command, sent.create, sent.run) == (("find", "/var/my files", "-delete"), True, None)


async def test_each_mistake_stands_beside_its_field_while_it_is_typed(tmp_path: Path) -> None:
    async with console(tmp_path, start=FREERUN, size=(80, 24)) as operator:
        await operator.sees("Report::mail")
        await operator.types("n")
        await operator.sees("New freerun entry")
        assert "needs a" not in text_of(operator.app)
        await fill(operator, entry="Clean")
        await operator.sees('"Clean" is no freerun entry; write PROCESS::ENTRY')
        await fill(operator, trigger="every x")
        await operator.sees('"x" is not a number of seconds')
        await fill(operator, trigger="every 90", entry="Clean::tmp")
        await operator.until(lambda: "is no freerun entry" not in text_of(operator.app))
        await operator.sees("next: Tue 2013-03-05 14:01:30, 14:03:00, 14:04:30")
        await operator.types("enter")
        await operator.sees("nothing to run")
        assert isinstance(operator.app.screen, FormDialog)
        assert operator.app.focused is operator.app.screen.query_one("#run")


async def test_what_the_daemon_refuses_is_told_in_the_form(tmp_path: Path) -> None:
    async with console(tmp_path, start=FREERUN) as operator:
        await operator.sees("Report::mail")
        await operator.types("n")
        await operator.sees("New freerun entry")
        await fill(operator, entry="Report::mail", trigger="every 60", run="jobs:mail")
        await operator.types("enter")
        await operator.sees("Report::mail exists already; change it")
        assert operator.deployment.changed == []


async def test_an_entry_is_changed_by_what_differs_and_the_form_is_kept_when_its_plan_is_left(tmp_path: Path) -> None:
    async with console(tmp_path, start=FREERUN) as operator:
        await operator.sees("Report::mail")
        await operator.types("e")
        await operator.sees("Change Report::mail", "flights.jobs:mail", "next: Wed 2013-03-06 06:30")
        await operator.types("enter")
        await operator.sees("nothing is changed")
        await fill(operator, trigger="at 07:00", reason="too early")
        await operator.types("enter")
        await operator.sees("Report::mail would be saved")
        await operator.types("escape")
        await operator.sees("next: Wed 2013-03-06 07:00", "too early")
        await operator.types("enter")
        await operator.sees("Report::mail would be saved")
        await operator.types("right", "enter")
        await operator.until(lambda: operator.deployment.changed)
        (sent,) = operator.deployment.changed
        assert isinstance(sent, q.SaveEntry)
        assert (sent.trigger_frequency, sent.reason, sent.run, sent.is_on) == ("at 07:00", "too early", None, None)


async def test_deleting_names_the_entry_and_what_it_stops(tmp_path: Path) -> None:
    async with console(tmp_path, start=FREERUN) as operator:
        await operator.sees("Report::mail")
        await operator.types("delete")
        await operator.sees("Delete the entry Report::mail?", "Report::mail@1.1 would be stopped")
        await operator.types("enter")
        await operator.until(lambda: isinstance(operator.app.screen, Frame))
        assert operator.deployment.entries
        await operator.types("delete")
        await operator.sees("Delete the entry")
        await operator.types("right", "enter")
        await operator.sees("No freerun entry is defined; n makes one.")


async def test_a_lost_answer_is_asked_for_again_under_the_same_key(tmp_path: Path) -> None:
    deployment = FakeDeployment()
    deployment.lost_answers = 1
    async with console(tmp_path, deployment, start=FREERUN) as operator:
        await operator.sees("Report::mail")
        await operator.types("o")
        await operator.sees("Switch Report::mail off?")
        await operator.types("right", "enter")
        await operator.sees("the answer was lost", "is safe")
        await operator.types("right", "enter")
        await operator.until(lambda: len(deployment.changed) == 2)
        assert len({one.key for one in deployment.changed}) == 1


async def test_a_trigger_is_changed_with_its_next_times(tmp_path: Path) -> None:
    async with console(tmp_path, start=Go(Place("processes"))) as operator:
        await operator.sees("FlightsYearly")
        await operator.types("e")
        await operator.sees("Trigger of FlightsYearly", "every 60 seconds")
        await fill(operator, trigger="cron 0 3 1 * * Europe/Berlin")
        await operator.sees("next: Mon 2013-04-01 01:00, Wed 05-01 01:00")
        await operator.types("enter")
        await operator.sees("would be triggered cron 0 3 1")
        await operator.types("right", "enter")
        await operator.until(lambda: operator.deployment.frequencies)
        assert operator.deployment.frequencies == {"FlightsYearly": "cron 0 3 1 * * Europe/Berlin"}


async def test_who_may_only_look_is_offered_no_form(tmp_path: Path) -> None:
    async with console(tmp_path, start=FREERUN, read_only=True) as operator:
        await operator.sees("Report::mail", "READ-ONLY")
        assert "new" not in text_of(operator.app).splitlines()[-1]
        await operator.types("n", "e", "delete")
        await operator.until(lambda: operator.toasts.count("read-only") == 3)
        assert isinstance(operator.app.screen, Frame)


async def test_what_is_typed_in_one_burst_lands_in_its_fields(tmp_path: Path) -> None:
    async with console(tmp_path, start=FREERUN) as operator:
        await operator.sees("Report::mail")
        await operator.types("n")
        await operator.sees("New freerun entry")
        for key in (*"A::b", "down", *"at 7", "down", *"a:b"):
            operator.app.post_message(Key(key, key if len(key) == 1 else None))
        await operator.until(lambda: operator.app.screen.query_one("#run", Input).value == "a:b")
        assert operator.app.screen.query_one("#entry", Input).value == "A::b"
        assert operator.app.screen.query_one("#trigger", Input).value == "at 7"
