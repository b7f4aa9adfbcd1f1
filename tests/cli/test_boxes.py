from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from tests.cli import samples
from tests.cli.conftest import Ctl
from tests.cli.scripted_daemon import ScriptedDaemon


def boxes(*, pid: int | None, up: bool = True) -> r.Boxes:
    """One box, whose only daemon process has this pid."""
    box = samples.box()
    return r.Boxes(boxes=(replace(box, up=up, processes=(replace(box.processes[0], pid=pid),)),))


@pytest.mark.parametrize(("verb", "pid", "is_on"), [("start", 7, True), ("stop", None, False)])
def test_it_is_done_once_the_box_says_so(
    ctl: Ctl, daemon: ScriptedDaemon, verb: str, pid: int | None, *, is_on: bool
) -> None:
    daemon.on(q.SwitchOnBox, lambda _: r.Done(message="asked"))
    daemon.on(q.Boxes, lambda _: boxes(pid=pid))

    result = ctl("box", verb, "box-1", "Feed", "--reason", "x")

    assert (result.exit_code, result.stdout) == (0, "asked\n")
    assert daemon.asked[0] == q.SwitchOnBox("box-1", "Feed", is_on=is_on, reason="x")


@pytest.mark.parametrize("told", [boxes(pid=7), boxes(pid=None, up=False), r.Boxes(boxes=())])
def test_what_the_box_does_not_confirm_in_time_is_said_to_be_so(
    ctl: Ctl, daemon: ScriptedDaemon, told: r.Boxes
) -> None:
    daemon.on(q.SwitchOnBox, lambda _: r.Done(message="asked"))
    daemon.on(q.Boxes, lambda _: told)

    result = ctl("box", "stop", "box-1", "Feed", "--timeout", "0")

    assert result.exit_code == 6
    assert "Feed is not seen stopped on box-1" in result.stderr
    again = ctl("box", "stop", "box-1", "Feed", "--timeout", "0", "-o", "json")
    assert json.loads(again.stderr)["code"] == "not_confirmed"
