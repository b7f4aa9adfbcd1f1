from __future__ import annotations

import pytest

from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument
from synergy.core.wishes import Scope, Verb
from synergy.tui.model.wishes import BREAK, flags_of, read_flags, request_of


def test_the_flags_are_those_of_synergyctl() -> None:
    line = "A@1 --self --dependents --depth 2 --exclude X --exclude=Y* --max-parallel 3 --reason late B@2"
    targets, given = read_flags("reprocess", line.split())
    assert targets == ("A@1", "B@2")
    assert given["reason"] == "late"
    assert request_of("reprocess", targets, given, now=0.0) == q.MakePlan(
        "reprocess",
        ("A@1", "B@2"),
        scope=Scope(alone=True, dependents=True, depth=2, exclude=("X", "Y*")),
        max_parallel=3,
    )


def test_a_line_from_a_shell_may_say_what_the_console_does_anyway() -> None:
    line = "A@1 --plan --yes --only embryo --only in_progress,Skipped --tree Flights --break-seal --reason late"
    targets, given = read_flags("skip", line.split())
    assert given["seal"] == BREAK
    assert request_of("skip", targets, given, now=0.0) == q.MakePlan(
        "skip", ("A@1",), only=("state_embryo", "state_in_progress", "state_skipped"), tree="Flights"
    )


def test_flags_are_told_by_verb() -> None:
    assert set(flags_of("force")) == {"--only", "--tree", "--break-seal", "--reason"}
    assert set(flags_of("undo")) == {"--break-seal", "--reason"}
    assert set(flags_of("release")) == {"--reason"}


def test_a_time_is_seen_from_the_daemon_s_now() -> None:
    assert request_of("hold", ("A",), {"until": "2h"}, now=1000.0).until == 8200.0


def test_what_is_empty_is_not_given() -> None:
    given = {"until": "", "reach": "", "depth": "", "exclude": "", "max_parallel": "", "to": "", "reason": ""}
    assert request_of("reprocess", ("A@1",), given, now=0.0) == q.MakePlan("reprocess", ("A@1",))


@pytest.mark.parametrize(
    ("verb", "line", "named"),
    [
        ("skip", "A@1 --max-parallel 2", "--max-parallel"),
        ("force", "A@1 --self", "--self"),
        ("hold", "A --unknown", "--unknown"),
        ("hold", "A --until", "--until has no value"),
    ],
)
def test_a_flag_that_a_verb_does_not_take_is_refused_with_those_it_takes(verb: Verb, line: str, named: str) -> None:
    with pytest.raises(InvalidArgument, match=named) as caught:
        read_flags(verb, line.split())
    assert "--" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"only": "embryo, broken"}, "broken"),
        ({"depth": "-1"}, '"-1"'),
        ({"max_parallel": "0"}, '"0"'),
        ({"depth": "²"}, '"²"'),
        ({"depth": "9" * 5_000}, '"999'),
        ({"until": "soon"}, "soon"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidArgument, match=named):
        request_of("reprocess", ("A@1",), given, now=0.0)
