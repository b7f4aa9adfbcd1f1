from __future__ import annotations

import pytest

from synergy.core.errors import InvalidArgument
from synergy.tui.commands import WORDS, Act, Do, Go, complete, parse_command
from synergy.tui.model.trail import Place

PROCESSES = ("FlightsDaily", "FlightsHourly")
TREES = ("Flights", "Weather")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("tt Flights*", Go(Place("timetable"), "Flights*")),
        ("uow state:invalid", Go(Place("uows"), "state:invalid")),
        ("tree Weather", Go(Place("tree", "Weather"))),
        ("tree", Go(Place("tree"))),
        ("job FlightsDaily@2013010100", Go(Place("job", "FlightsDaily@2013010100"))),
        ("log u1", Go(Place("log", "u1"))),
        ("ov", Go(Place("overview"))),
        ("gc", Go(Place("collector"))),
        ("reprocess A@1 A@2", Act("reprocess", ("A@1", "A@2"))),
        ("skip", Act("skip", ())),
        ("skip A@1", Act("skip", ("A@1",))),
        ("holds", Go(Place("directives", "holds"))),
        ("batches late", Go(Place("directives", "batches"), "late")),
        ("directives", Go(Place("directives"))),
        ("batch p1", Go(Place("batch", "p1"))),
        ("batch pause p1 p2", Act("batch pause", ("p1", "p2"))),
        ("batch cancel p1", Act("batch cancel", ("p1",))),
        ("hold A --until 2h --reason 'bad feed'", Act("hold", ("A",), {"until": "2h", "reason": "bad feed"})),
        ("mark noop A@1", Act("mark", ("A@1",), {"to": "noop"})),
        ("mark", Act("mark", ())),
        ("cursor A 2013010100", Act("cursor", ("A",), {"to": "2013010100"})),
        ("drain", Act("drain", ())),
        ("undo p1", Act("undo", ("p1",))),
        ("unseal A@1", Act("unseal", ("A@1",))),
        (" q ", Do("quit")),
        ("help", Do("help")),
    ],
)
def test_a_line_is_a_command(line: str, command: object) -> None:
    assert parse_command(line) == command


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("nonsense", "nonsense"),
        ("job", "job"),
        ("uow state:purple", "state:purple"),
        ("tt *Daily", "*Daily"),
        ("mark done A@1", ":mark"),
        ("mark noop", ":mark"),
        ("cursor A", ":cursor"),
        ("batch", ":batch"),
        ("batch pause", ":batch pause"),
        ("skip A --until 2h", "--until"),
        ("hold 'A", "'A"),
        ("hold A --until", "--until"),
    ],
)
def test_a_wrong_line_is_refused_by_name_with_a_remedy(line: str, named: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_command(line)
    assert named in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("ti", None), ("tr", "tree"), ("u", "uow"), ("job fl", "job FlightsDaily@"), ("tree w", "tree Weather"),
        ("hold w", "hold Weather"), ("seal w", "seal Weather"),
        ("reprocess A@1 --dep", "reprocess A@1 --depth"), ("skip A --o", "skip A --only"), ("force A --self", None),
        ("tt !x fl", "tt !x FlightsDaily"), ("job ", None), ("job zz", None), ("nonsense x", None), ("quit x", None),
    ],
)  # fmt: skip
def test_ghost_text_completes_words_processes_and_trees(typed: str, whole: str | None) -> None:
    assert complete(typed, processes=PROCESSES, trees=TREES) == whole


def test_what_may_not_be_changed_is_not_completed() -> None:
    assert complete("hol", processes=(), trees=(), may_change=False) == "holds"
    assert complete("sk", processes=(), trees=(), may_change=False) is None


def test_no_two_words_share_a_name() -> None:
    names = [name for word in WORDS for name in (word.name, *word.aliases)]
    assert len(set(names)) == len(names)


def test_a_misspelt_word_is_told_with_those_that_are_near() -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_command("proceses")
    assert caught.value.remedy == "use :processes or :process; ? lists all"
