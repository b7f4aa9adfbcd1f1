from __future__ import annotations

from synergy.core.timeperiods import Qualifier, ordinal_of
from synergy.tui.model.branches import Branch, Levels, describe, levels_of, roll_up
from synergy.tui.model.glyphs import GlyphSet


def levels(*processes: tuple[str, str, str, str]) -> Levels:
    made = levels_of(list(processes))
    assert made is not None
    return made


FLIGHTS = levels(
    ("Hourly", "hourly", "2013013120", "2013020205"),
    ("Daily", "daily", "2013013100", "2013020200"),
    ("Yearly", "yearly", "2013000000", "2013000000"),
)


def names(branches: list[Branch]) -> list[str]:
    return [branch.timeperiod for branch in branches]


def test_levels_are_sorted_and_a_missing_one_is_a_branch_without_a_job() -> None:
    assert [level.process_name for level in FLIGHTS.levels] == ["Yearly", "Daily", "Hourly"]
    year = FLIGHTS.roots()[0]
    months = FLIGHTS.children(year)
    assert names(months) == ["2013010000", "2013020000"]
    assert [month.job for month in months] == [None, None]
    assert year.job == "Yearly@2013000000"


def test_children_are_clipped_to_the_periods_there_are() -> None:
    january = FLIGHTS.children(FLIGHTS.roots()[0])[0]
    days = FLIGHTS.children(january)
    assert names(days) == ["2013013100"]
    hours = FLIGHTS.children(days[0])
    assert names(hours) == ["2013013120", "2013013121", "2013013122", "2013013123"]
    assert FLIGHTS.is_leaf(hours[0])
    assert FLIGHTS.children(hours[0]) == []


def test_a_tree_without_periods_has_no_levels() -> None:
    assert levels_of([("Hourly", "hourly", None, None)]) is None


def test_a_tree_of_hours_only_still_hangs_under_years() -> None:
    only = levels(("Hourly", "hourly", "2013010100", "2014010100"))
    assert names(only.roots()) == ["2013000000", "2014000000"]
    assert only.below(Qualifier.YEARLY) == only.finest
    assert only.below(Qualifier.HOURLY) is None


def test_a_roll_up_counts_jobs_only() -> None:
    assert dict(roll_up("33 -?16")) == {"3": 2, "1": 1, "6": 1}


def test_a_label_tells_state_period_process_and_what_is_inside_worst_first() -> None:
    branch = Branch(Qualifier.DAILY, ordinal_of(Qualifier.DAILY, "2013013100"), "Daily")
    text = "".join(part for part, _ in describe(branch, "1", {"3": 20, "6": 1}, GlyphSet()))
    assert text == "▸ 2013-01-31  Daily  ! 1  ■ 20"
    bare = Branch(Qualifier.MONTHLY, ordinal_of(Qualifier.MONTHLY, "2013010000"), None)
    assert "".join(part for part, _ in describe(bare, None, {}, GlyphSet())) == "  2013-01"
