from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import DirectiveChanged, Lagged
from synergy.core.errors import NotFound
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon


def batch(batch_id: str = "p1", outcome: str | None = None) -> r.BatchDetail:
    directive = r.Directive(
        batch_id, "batch", "4 jobs", "ann", samples.AT, total=4, left=2, running=1,
        lifted=None if outcome is None else samples.AT, outcome=outcome,
    )  # fmt: skip
    return r.BatchDetail(batch=directive, jobs=(), counts={})


def ended(batch_id: str = "p1") -> DirectiveChanged:
    return DirectiveChanged(batch_id, "batch", "4 jobs", "ann", is_lifted=True, outcome="done")


def test_a_batch_that_is_done_is_not_waited_for(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ShowBatch, lambda request: batch(request.batch_id, "done"))

    result = ctl("batch", "wait", "p1", "p2", "--timeout", "0", "-o", "jsonl")

    assert result.exit_code == 0
    assert [json.loads(line)["directive_id"] for line in result.stdout.splitlines()] == ["p1", "p2"]


@pytest.mark.parametrize("event", [ended(), Lagged(3)], ids=["heard", "missed"])
def test_its_end_is_heard_of(ctl: Ctl, daemon: ScriptedDaemon, event: DirectiveChanged | Lagged) -> None:
    outcomes: Iterator[str | None] = iter([None, "done"])

    def show(_: q.ShowBatch) -> r.BatchDetail:
        daemon.tell(event)
        return batch("p1", next(outcomes))

    daemon.on(q.ShowBatch, show)

    result = ctl("batch", "wait", "p1")

    assert (result.exit_code, result.stderr) == (0, "")
    assert "done 2026-11-23 23:00:56" in result.stdout
    assert next(outcomes, "asked twice") == "asked twice"


def test_what_else_happens_is_no_reason_to_look(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    def show(_: q.ShowBatch) -> r.BatchDetail:
        daemon.tell(ended("p2"))
        daemon.tell(DirectiveChanged("p1", "batch", "4 jobs", "ann", is_paused=True))
        return batch("p1")

    daemon.on(q.ShowBatch, show)

    result = ctl("batch", "wait", "p1", "--timeout", "0.3")

    assert (result.exit_code, result.stdout) == (124, "")
    assert result.stderr == "error: not done within 0.3 s: p1; see synergyctl batch ls\n"
    assert len(daemon.of(q.ShowBatch)) == 1


def test_the_first_that_is_canceled_ends_the_wait(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ShowBatch, lambda one: batch(one.batch_id, "canceled by ann" if one.batch_id == "p2" else None))

    result = ctl("batch", "wait", "p1", "p2", "-o", "json")

    assert result.exit_code == 1
    assert json.loads(result.stderr)["message"] == "batch p2 is not done: canceled by ann"
    assert [row["directive_id"] for row in json.loads(result.stdout)] == ["p2"]


def test_an_unknown_batch_is_not_waited_for(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    daemon.on(q.ShowBatch, lambda one: NotFound(f'batch "{one.batch_id}" is unknown'))

    assert ctl("batch", "wait", "-", stdin="p9\n").exit_code == NotFound.exit_code


def test_a_restart_of_the_daemon_is_outlasted(ctl: Ctl, daemon: ScriptedDaemon) -> None:
    def show(_: q.ShowBatch) -> r.BatchDetail:
        daemon.hang_up()
        return batch("p1", "done" if len(daemon.of(q.ShowBatch)) > 1 else None)

    daemon.on(q.ShowBatch, show)

    assert ctl("batch", "wait", "p1").exit_code == 0
