from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from synergy.core.control import requests as q
from synergy.core.errors import InvalidArgument
from synergy.tui.model.entry_form import (
    entry_request,
    entry_sheet,
    frequency_request,
    look_at_entry,
    look_at_trigger,
)
from synergy.tui.model.next_times import next_times
from tests.tui.fake_rows import ENTRY

NOW = datetime(2013, 3, 5, 14, tzinfo=UTC).timestamp()
NEW = {"entry": "A::b", "trigger": "every 60", "run": "jobs:b"}


def values(**changes: str) -> dict[str, str]:
    """What the form of the entry begins with, and what is typed over it."""
    return {field.name: field.value for field in entry_sheet(ENTRY).fields} | changes


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("entry", "", "needs a name: PROCESS::ENTRY"),
        ("entry", "A", '"A" is no freerun entry; write PROCESS::ENTRY'),
        ("entry", "A b::c", '"A b" is no name; use letters, digits and _ . -, beginning with none of . and -'),
        ("trigger", "", "needs a trigger such as every 60, at 06:30 or cron 30 6 * * 1-5"),
        ("trigger", "at 25:00", "hour 25 is not in 0–23"),
        ("trigger", "cron 0 0 31 2 *", "bad day-of-month"),
        ("trigger", "every 0", "0 seconds is not above 0"),
        ("run", "jobs", '"jobs" is no callable'),
        ("run", "", "nothing to run"),
        ("command", "find", "run and command are both given"),
        ("command", "find 'x", "a quotation mark has no other one"),
        ("command", "find {proces_name}", 'placeholder {proces_name} is unknown; did you mean "process_name"?'),
        ("arguments", "to", 'argument "to" cannot be read; write KEY=VALUE'),
        ("arguments", f"n={2**70}", "integers go up to 2^63 - 1"),
    ],
)
def test_each_mistake_is_told_at_its_field(field: str, text: str, told: str) -> None:
    problems = look_at_entry({**NEW, field: text}, None, NOW, UTC).problems
    assert set(problems) == {field}
    assert told in problems[field]


def test_a_right_entry_has_its_next_times_and_no_problem() -> None:
    seen = look_at_entry(NEW, None, NOW, UTC)
    assert seen.problems == {}
    assert seen.notes == ("every 60 seconds", "next: Tue 2013-03-05 14:01, 14:02, 14:03, 14:04, 14:05 (UTC)")


def test_one_that_is_off_says_so() -> None:
    (_, note) = look_at_entry({**NEW, "is_on": "off"}, None, NOW, UTC).notes
    assert note.startswith("off: it would not run, but when it is on: Tue 2013-03-05 14:01")


def test_times_are_shown_in_the_zone_that_is_shown_and_name_only_what_changes() -> None:
    meaning, times = next_times("at 23:30, 06:30 Europe/Berlin", NOW, UTC)
    assert meaning == "at 23:30, 06:30 (Europe/Berlin)"
    assert times == "Tue 2013-03-05 22:30, Wed 03-06 05:30, 22:30, Thu 03-07 05:30, 22:30"
    assert next_times("every 2.5", NOW, UTC)[1].startswith("Tue 2013-03-05 14:00:02, 14:00:05")


def test_what_fires_beyond_all_dates_is_a_problem_of_the_trigger() -> None:
    assert "fires beyond the year 9999" in look_at_trigger({"trigger": "every 1e10"}, 2.5e11, UTC).problems["trigger"]


def test_a_new_entry_is_asked_for_as_it_was_typed() -> None:
    given = {**NEW, "run": "", "command": "find '/var/my files' -delete", "arguments": "a=1 'b=two words'"}
    assert entry_request({**given, "is_on": "off", "description": "tidy"}, None) == q.SaveEntry(
        "A::b",
        create=True,
        trigger_frequency="every 60",
        command=("find", "/var/my files", "-delete"),
        arguments={"a": 1, "b": "two words"},
        description="tidy",
        is_on=False,
    )


def test_of_a_known_entry_only_what_differs_is_asked_for() -> None:
    with pytest.raises(InvalidArgument, match="nothing is changed"):
        entry_request(values(), ENTRY)
    assert entry_request(values(is_on="off"), ENTRY) == q.SaveEntry("Report::mail", is_on=False)
    assert entry_request(values(description=""), ENTRY) == q.SaveEntry("Report::mail", description="")
    assert entry_request(values(run="", command="mail ops"), ENTRY) == q.SaveEntry(
        "Report::mail", command=("mail", "ops")
    )


def test_an_entry_that_runs_a_command_with_arguments_is_shown_as_it_is_typed() -> None:
    entry = replace(ENTRY, command=("find", "a b"), arguments={"n": 1, "t": "1"}, run="find a b", is_on=False)
    sheet = {field.name: field.value for field in entry_sheet(entry).fields}
    assert (sheet["run"], sheet["command"], sheet["arguments"]) == ("", "find 'a b'", "n=1 't=\"1\"'")
    with pytest.raises(InvalidArgument, match="nothing is changed"):
        entry_request(sheet, entry)


def test_the_form_of_a_new_entry_names_a_process_that_has_entries() -> None:
    assert entry_sheet(None, ["Clean"]).fields[0].hint == "PROCESS::ENTRY, such as Clean::mail"
    assert entry_sheet(replace(ENTRY, by_hand=True)).explained == "The entry is made by an operator."


def test_a_trigger_that_stays_is_no_change() -> None:
    with pytest.raises(InvalidArgument, match="nothing is changed"):
        frequency_request({"trigger": "every 60"}, "A", "every 60")
    assert frequency_request({"trigger": "every 30"}, "A", "every 60") == q.ChangeFrequency("A", "every 30")
