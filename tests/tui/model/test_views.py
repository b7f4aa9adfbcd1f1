from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synergy.core.errors import InvalidArgument
from synergy.tui.actions import ACTIONS
from synergy.tui.commands import Go, parse_place
from synergy.tui.model.settings import Settings, read_settings
from synergy.tui.model.settings_sample import sample
from synergy.tui.model.trail import Place
from synergy.tui.model.views import line_of, line_to, with_view


@pytest.mark.parametrize(
    ("place", "filtered", "line"),
    [
        (Place("overview"), "", "overview"),
        (Place("timetable"), "Flights* state:skipped", "tt Flights* state:skipped"),
        (Place("uows"), "state:invalid !Weather", "uow state:invalid !Weather"),
        (Place("tree", "Flights"), "", "tree Flights"),
        (Place("job", "FlightsDaily@2013010100"), "", "job FlightsDaily@2013010100"),
        (Place("log", "FlightsDaily@2013010100#2"), "", "log FlightsDaily@2013010100#2"),
        (Place("directives", "seals"), "Flights", "seals Flights"),
        (Place("directives"), "", "directives"),
        (Place("batch", "b1"), "", "batch b1"),
    ],
)
def test_a_place_is_a_command_line_that_leads_there(place: Place, filtered: str, line: str) -> None:
    assert line_to(place, filtered) == line
    assert parse_place(line) == Go(place, filtered)


@pytest.mark.parametrize(("place", "filtered"), [(Place("job", "A@1"), "x"), (Place("timetable", "A"), "")])
def test_what_no_line_says_is_refused(place: Place, filtered: str) -> None:
    with pytest.raises(InvalidArgument, match="one command line"):
        line_to(place, filtered)


KEPT = """# mine
theme = "light"   # for the projector

[views] # places
broken = "uow state:invalid"
# the last one

[keys]
skip = "f7"
"""


def test_a_view_is_put_in_and_every_other_line_stays() -> None:
    after = with_view(KEPT, "late", "tt state:skipped", "c.toml")
    assert [line for line in after.splitlines() if not line.startswith("late")] == KEPT.splitlines()
    assert read_settings(after, "c.toml").views == {"broken": "uow state:invalid", "late": "tt state:skipped"}


def test_a_view_of_that_name_is_replaced() -> None:
    after = with_view(KEPT, "broken", "tt", "c.toml")
    assert after == KEPT.replace('"uow state:invalid"', '"tt"')


@pytest.mark.parametrize("text", ["", 'theme = "light"', 'theme = "light"\n\n', "[keys]\nskip = 'f7'\n"])
def test_a_file_without_views_gets_them(text: str) -> None:
    after = with_view(text, "late", "tt", "c.toml")
    assert after.startswith(text)
    assert read_settings(after, "c.toml").views == {"late": "tt"}


@pytest.mark.parametrize("text", ["views = { a = 'tt' }\n", "views.a = 'tt'\n", '["views"]\na = "tt"\n'])
def test_a_file_that_is_written_otherwise_is_left_alone_and_the_line_is_told(text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        with_view(text, "late", "tt", "c.toml")
    assert 'late = "tt"' in caught.value.remedy


@pytest.mark.parametrize("name", ["", "save", "two words", "a=b", "ä", '"x"'])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match="no name for a view"):
        with_view("", name, "tt", "c.toml")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_line_that_leads_somewhere_comes_back_as_it_was(source: str) -> None:
    line = f"tt {source}"
    try:
        parse_place(line)
    except InvalidArgument:
        return
    assert tomllib.loads(with_view(KEPT, "late", line, "c.toml"))["views"]["late"] == line


def test_the_sample_says_nothing_new_and_names_everything() -> None:
    assert read_settings(sample(), "c.toml") == Settings()
    spoken = "\n".join(
        line.removeprefix("#") if line.startswith("#") and "= " in line and not line.startswith("# ") else line
        for line in sample().splitlines()
    )
    settings = read_settings(spoken, "c.toml")
    assert set(settings.keys) == {action.action_id for action in ACTIONS}
    assert settings.views == {"broken": "uow state:invalid"}
    assert all(f"\n#{name} = " in sample() for name in ("theme", "times", "mouse", "read_only"))


def test_a_program_may_begin_at_a_saved_view() -> None:
    views = {"broken": "uow state:invalid"}
    assert line_of("view broken", views) == "uow state:invalid"
    assert line_of("tt Flights", views) == "tt Flights"
    assert line_of("", views) == ""
    with pytest.raises(InvalidArgument, match='there is no view "brokn"; use broken; there are broken'):
        line_of("view brokn", views)
    with pytest.raises(InvalidArgument, match=":view save NAME"):
        line_of("view", {})
