from __future__ import annotations

from typing import Any

import msgspec
import pytest

from synergy.core.context import BlockingType, MachineKind, ProcessContext
from synergy.core.definition_fields import Definition, Kind, check_field
from synergy.core.errors import InvalidDefinition
from synergy.core.timeperiods import Qualifier
from synergy.core.validation import build_context


def managed(name: str, **fields: Any) -> Definition:
    values = {"process_name": name, "time_qualifier": "hourly", "run": "jobs:work", "command": (), **fields}
    return Definition(Kind.MANAGED, values, f"jobs.py:{len(name)}")


def freerun(name: str, entry: str, **fields: Any) -> Definition:
    values = {"process_name": name, "entry_name": entry, "trigger_frequency": "every 60", "run": None}
    return Definition(Kind.FREERUN, {**values, "command": ["true"], **fields}, "jobs.py:70")


def daemon(name: str, **fields: Any) -> Definition:
    return Definition(Kind.DAEMON, {"process_name": name, "command": ["feed"], **fields}, "jobs.py:80")


def tree(name: str, *processes: str, **fields: Any) -> Definition:
    return Definition(Kind.TREE, {"tree_name": name, "enclosed_processes": processes, **fields}, "jobs.py:90")


def problems_of(*definitions: Definition) -> tuple[str, ...]:
    with pytest.raises(InvalidDefinition) as caught:
        build_context(definitions, box_id="box-1")
    return caught.value.problems


def problem_of(*definitions: Definition) -> str:
    (problem,) = problems_of(*definitions)
    return problem


def test_what_is_right_becomes_a_context_that_survives_the_wire() -> None:
    context = build_context(
        [
            managed(
                "H",
                concurrency=4,
                grace_seconds=0,
                env={"A": "b"},
                arguments={"origin": "all", "n": 1, "x": 0.5, "on": True, "no": None},
            ),
            managed("M", time_qualifier="monthly", blocking_type="blocking_children", state_machine="continuous"),
            managed("D", time_qualifier=Qualifier.DAILY, run=None, command=["echo", "{timeperiod} {not that}"]),
            managed("W", present_on_boxes=["box-.*"], trigger_frequency="at 06:30 Europe/Berlin", time_grouping=8),
            freerun("Report", "mail", misfire="skip"),
            freerun("Report", "sms"),
            daemon("Feed", defined_at="ignored"),
            tree("Flights", "H", "M", "D", dependent_on=["Weather"]),
            tree("Weather", "W"),
        ],
        box_id="box-1",
    )
    assert [tree.processes for tree in context.trees] == [("M", "D", "H"), ("W",)]
    assert [spec.tree_name for spec in context.managed] == ["Flights", "Flights", "Flights", "Weather"]
    assert context.managed[1].blocking_type is BlockingType.CHILDREN
    assert context.managed[1].state_machine is MachineKind.CONTINUOUS
    assert context.managed[0].work.env == {"A": "b"}
    assert [spec.entry_name for spec in context.freerun] == ["mail", "sms"]
    assert context.daemons[0].work.command == ("feed",)
    assert context.warnings == ()
    assert msgspec.json.decode(msgspec.json.encode(context), type=ProcessContext) == context


def test_nothing_at_all_is_an_empty_context() -> None:
    assert build_context([], box_id="box-1") == ProcessContext()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"time_qualifier": "hourl"}, 'time_qualifier "hourl" is unknown; did you mean "hourly"?'),
        ({"time_qualifier": 7}, "time_qualifier 7: expected str, got int; correct its type"),
        ({"state_machine": "x"}, 'state_machine "x" is unknown; known are: continuous, discrete, recomputing'),
        ({"blocking_type": "child"}, 'blocking_type "child" is unknown; did you mean "children"?'),
        ({"blocking_type": None}, "blocking_type None: expected str, got null"),
        ({"trigger_frequency": "at 7-10:00"}, 'trigger_frequency is wrong: trigger "at 7-10:00": day 7 is not in 0–6'),
        ({"time_grouping": 24}, "time_grouping 24 is not in 1–23; that is the range of hourly periods"),
        ({"time_grouping": 0}, "time_grouping 0 is not in 1–23"),
        ({"concurrency": 0}, "concurrency 0 is too small; use at least 1"),
        ({"concurrency": 1.5}, "concurrency 1.5: expected int, got float"),
        ({"time_limit": 0}, "time_limit 0.0 is not above 0; use a positive number"),
        ({"time_limit": float("nan")}, "time_limit nan is not above 0"),
        ({"deadline": -1}, "deadline -1.0 is not above 0"),
        ({"grace_seconds": -1}, "grace_seconds -1.0 is too small; use at least 0"),
        ({"grace_seconds": float("inf")}, "grace_seconds inf is too large; use at most 1,000,000,000"),
        ({"retry_delay_seconds": -3}, "retry_delay_seconds -3.0 is too small"),
        ({"max_attempts": 0}, "max_attempts 0 is too small"),
        ({"is_on": "yes"}, "is_on 'yes': expected bool, got str"),
        ({"noop_exit_codes": [0]}, "noop_exit_codes 0 is not in 1–255; 0 always means processed"),
        ({"fatal_exit_codes": [256]}, "fatal_exit_codes 256 is not in 1–255"),
        ({"noop_exit_codes": [9], "fatal_exit_codes": [9]}, "exit code 9 is both noop and fatal"),
        ({"noop_exit_codes": 99}, "noop_exit_codes 99: expected array, got int"),
        ({"run": "jobs.work"}, 'run "jobs.work" is no callable; write it as "module:callable"'),
        ({"run": "jobs:"}, 'run "jobs:" is no callable'),
        ({"run": None}, 'nothing to run; give it run="module:callable" or command=[…]'),
        ({"command": ["true"]}, "run and command are both set; keep one of them"),
        ({"run": None, "command": "true"}, "command 'true': expected array, got str"),
        ({"run": None, "command": [""]}, "command names no program"),
        ({"run": None, "command": ["a\0b"]}, "command argument 'a\\x00b' holds a NUL character"),
        (
            {"run": None, "command": ["echo", "{period}"]},
            'command: placeholder {period} is unknown; did you mean "timeperiod"?',
        ),
        ({"env": {"A=B": "x"}}, "env variable 'A=B' cannot be set"),
        ({"env": {"": "x"}}, "env variable '' cannot be set"),
        ({"env": {"A": 1}}, "env {'A': 1}: expected str, got int"),
        ({"cwd": ""}, "cwd '' is empty; leave it out"),
        ({"arguments": {"a": [1]}}, "arguments {'a': [1]}: expected bool | int | float | str | null, got array"),
        ({"arguments": {"a": float("inf")}}, 'arguments "a" is inf; use a finite number'),
        ({"arguments": {"a": 2**63}}, 'arguments "a" is 9223372036854775808; integers go up to'),
        ({"present_on_boxes": ["box-["]}, 'present_on_boxes "box-[" is no regular expression: unterminated'),
        ({"present_on_boxes": ["a{99999999999}"]}, 'present_on_boxes "a{99999999999}" is no regular expression'),
        ({"present_on_boxes": ["(" * 3_000]}, "((((…; write for example"),
        ({"pool": "(" * 3_000}, "((((…; use letters"),
        ({"memory_limit_mb": 0}, "memory_limit_mb 0 is too small; use at least 1"),
        ({"memory_limit_mb": 1.5}, "memory_limit_mb 1.5: expected int"),
        ({"time_limit": 1e308}, "time_limit 1e+308 is too large; use at most 1,000,000,000"),
        ({"time_limit": 10**400}, "…: Number out of range"),
        ({"priority": 2**63}, "priority 9223372036854775808 is too large"),
        ({"concurrency": 10**5_000}, "concurrency <int> is too large"),
        ({"description": "\ud800"}, r"description '\ud800' holds text that is no UTF-8; write it in UTF-8"),
        ({"env": "\ud800"}, r"env '\ud800' holds text that is no UTF-8"),
        ({"arguments": {"a": "\ud800"}}, "holds text that is no UTF-8"),
        ({"present_on_boxes": []}, "present_on_boxes is empty; name a box"),
    ],
)
def test_a_wrong_field_is_told_with_line_name_value_and_remedy(fields: dict[str, Any], says: str) -> None:
    problem = problem_of(managed("Flights", **fields), tree("T", "Flights"))
    assert problem.startswith("jobs.py:7: Flights: ")
    assert says in problem


@pytest.mark.parametrize("name", ["", "a b", "a@b", "a:b", "a/b", "-a", "..", "a,b"])
def test_a_name_that_cannot_be_typed_as_a_target_is_refused(name: str) -> None:
    problem = problems_of(managed(name))[0]
    assert f'process_name "{name}" is no name' in problem
    assert "a daemon" not in problem
    assert f'entry_name "{name}" is no name' in problem_of(freerun("R", name))
    assert f'tree_name "{name}" is no name' in problem_of(managed("P"), tree(name, "P"))


def test_a_definition_without_a_usable_name_is_called_by_its_kind() -> None:
    assert problems_of(managed("x", process_name=7))[0].startswith(
        "jobs.py:1: ManagedProcess: process_name 7: expected"
    )


def test_an_entry_needs_a_trigger_and_a_known_misfire() -> None:
    assert 'misfire "never" is unknown; use one of: once, skip' in problem_of(freerun("R", "e", misfire="never"))
    assert 'R::e: trigger_frequency is wrong: trigger "": begins' in problem_of(freerun("R", "e", trigger_frequency=""))


def test_each_kind_of_misfire_is_taken() -> None:
    context = build_context([freerun("R", "a", misfire="once"), freerun("R", "b", misfire="skip")], box_id="box-1")
    assert [spec.misfire for spec in context.freerun] == ["once", "skip"]


def test_a_daemon_process_is_a_command_without_placeholders() -> None:
    assert "Feed: nothing to run; give it a command" in problem_of(daemon("Feed", command=[]))
    assert "placeholder {timeperiod} is unknown; there is none" in problem_of(daemon("Feed", command=["f{timeperiod}"]))


def test_a_name_is_given_once() -> None:
    assert "jobs.py:80: A: the name is taken by jobs.py:1" in problem_of(managed("A"), daemon("A"), tree("T", "A"))
    assert "R::e: the name is taken by jobs.py:70" in problem_of(freerun("R", "e"), freerun("R", "e"))
    assert "T: the name is taken by jobs.py:90" in problems_of(managed("A"), tree("T", "A"), tree("T", "A"))[0]


def test_an_entry_does_not_share_the_queue_of_a_process() -> None:
    problem = problem_of(managed("A"), tree("T", "A"), freerun("A", "e"))
    assert 'A::e: process_name "A" belongs to the ManagedProcess of jobs.py:1; choose another' in problem


def test_a_process_and_a_tree_may_have_the_same_name() -> None:
    assert build_context([managed("A"), tree("A", "A")], box_id="b").trees[0].tree_name == "A"


def test_a_process_is_in_exactly_one_tree() -> None:
    assert "jobs.py:1: A: the process is in no tree; name it in enclosed_processes" in problem_of(managed("A"))
    twice = problem_of(managed("A"), tree("T", "A"), tree("U", "A"))
    assert 'U: process "A" is enclosed in tree "T" too; a process is in exactly one tree' in twice
    assert 'T: process "A" is enclosed twice' in problem_of(managed("A"), tree("T", "A", "A"))


def test_a_tree_that_cannot_be_read_does_not_make_its_processes_homeless() -> None:
    assert "T: enclosed_processes 7: expected array" in problem_of(managed("A"), tree("T", enclosed_processes=7))


def test_a_process_that_cannot_be_read_is_still_known_to_its_tree() -> None:
    assert "concurrency" in problem_of(managed("A", concurrency=0), tree("T", "A"))


def test_a_tree_encloses_known_managed_processes() -> None:
    assert 'T: enclosed process "Fligths" is unknown; did you mean "Flights"?' in problem_of(
        managed("Flights"), tree("T", "Flights", "Fligths")
    )
    assert 'enclosed process "F" is a DaemonProcess; a tree encloses' in problem_of(daemon("F"), tree("T", "F"))
    assert 'enclosed process "R" is a FreerunEntry' in problem_of(freerun("R", "e"), tree("T", "R"))
    assert "T: enclosed_processes is empty" in problem_of(tree("T"))


def test_a_tree_has_one_process_per_qualifier() -> None:
    problem = problem_of(managed("A"), managed("B"), tree("T", "A", "B"))
    assert 'T: processes "A" and "B" are both hourly; a tree has one process per qualifier' in problem


def test_what_trees_depend_on_exists_and_is_named_once() -> None:
    assert 'T: dependent_on: tree "Wether" is unknown; did you mean "Weather"?' in problem_of(
        managed("A"), managed("B"), tree("T", "A", dependent_on=["Wether"]), tree("Weather", "B")
    )
    assert 'T: dependent_on names tree "U" 2 times' in problem_of(
        managed("A"), managed("B"), tree("T", "A", dependent_on=["U", "U"]), tree("U", "B")
    )


def test_a_cycle_is_told_once_with_its_way() -> None:
    problem = problem_of(
        managed("a"),
        managed("b"),
        managed("c"),
        tree("X", "c", dependent_on=["A"]),
        tree("A", "a", dependent_on=["B"]),
        tree("B", "b", dependent_on=["A"]),
    )
    assert "A: dependent_on leads back: A -> B -> A; remove one" in problem


def test_a_long_way_round_and_a_tree_that_needs_itself_are_cycles_too() -> None:
    assert "leads back: T -> T" in problem_of(managed("a"), tree("T", "a", dependent_on=["T"]))
    long = problem_of(
        managed("a"),
        managed("b"),
        managed("c"),
        managed("d"),
        tree("A", "a", dependent_on=["D", "B"]),
        tree("B", "b", dependent_on=["D", "C"]),
        tree("C", "c", dependent_on=["A"]),
        tree("D", "d"),
    )
    assert "leads back: A -> B -> C -> A" in long


def test_work_that_no_pattern_brings_here_is_a_warning() -> None:
    context = build_context(
        [managed("A", present_on_boxes=["x", "box"]), tree("T", "A"), daemon("F", present_on_boxes=["box-1"])],
        box_id="box-1",
    )
    assert context.warnings == ('jobs.py:1: A: present_on_boxes "x", "box" does not match this box (box-1)',)


def test_all_mistakes_are_told_at_once_and_those_found_before_too() -> None:
    definitions = [managed("A", concurrency=0, time_limit=0), managed("B"), tree("T", "A", "C")]
    with pytest.raises(InvalidDefinition, match="5 wrong definitions") as caught:
        build_context(definitions, box_id="box-1", problems=["first"])
    assert len(caught.value.problems) == 5
    assert caught.value.problems[0] == "first"
    with pytest.raises(InvalidDefinition, match=r"^1 wrong definition$"):
        build_context([], box_id="box-1", problems=["first"])


def test_a_field_that_does_not_exist_is_answered_with_the_one_that_was_meant() -> None:
    fields = {"process_name": "H", "time_qualifier": "hourly", "run": "jobs:work", "concurrency": 1}
    strange = Definition(Kind.MANAGED, fields, "jobs.py:1", strange=("concurency",))

    assert problem_of(strange, tree("T", "H")) == (
        'jobs.py:1: H: field concurency is unknown; did you mean "concurrency"?'
    )


def test_every_missing_field_is_told_and_nothing_that_follows_from_it() -> None:
    nameless = Definition(Kind.MANAGED, {"command": ["true"]}, "jobs.py:1")
    bare = Definition(Kind.FREERUN, {"process_name": "Report", "command": ["true"]}, "jobs.py:2")

    assert problems_of(nameless, nameless, bare) == (
        *("jobs.py:1: ManagedProcess: field process_name is missing; a ManagedProcess needs one",
          "jobs.py:1: ManagedProcess: field time_qualifier is missing; a ManagedProcess needs one") * 2,
        "jobs.py:2: Report::?: field entry_name is missing; a FreerunEntry needs one",
        "jobs.py:2: Report::?: field trigger_frequency is missing; a FreerunEntry needs one",
    )  # fmt: skip


def test_a_dependency_of_the_only_tree_is_to_be_defined_or_left_out() -> None:
    assert problem_of(managed("H"), tree("T", "H", dependent_on=["W"])) == (
        'jobs.py:90: T: dependent_on: tree "W" is unknown; define that tree, or leave it out'
    )


def test_a_pool_is_one_of_the_settings() -> None:
    definitions = [managed("H", pool="database"), freerun("R", "a", pool="mail"), tree("T", "H")]
    context = build_context(definitions, box_id="box-1", pools={"database": 4, "mail": 1})
    assert (context.managed[0].work.pool, context.freerun[0].work.pool) == ("database", "mail")
    assert context.pools == {"database": 4, "mail": 1}


def test_an_unknown_pool_is_refused() -> None:
    definitions = [managed("H", pool="databse"), tree("T", "H")]
    for pools, remedy in (
        ({"database": 4}, 'did you mean "database"?'),
        ({}, "set its size in [pools], e.g. databse = 4"),
    ):
        with pytest.raises(InvalidDefinition) as caught:
            build_context(definitions, box_id="box-1", pools=pools)
        assert caught.value.problems == (f'jobs.py:1: H: pool "databse" is unknown; {remedy}',)


def test_one_field_is_checked_by_itself() -> None:
    assert check_field("entry_name", "mail") is None
    assert check_field("run", "jobs") == (
        '"jobs" is no callable',
        'write it as "module:callable", for example "flights.jobs:hourly"',
    )
    assert check_field("description", 5) == ("5: expected str | null, got int", "correct its type")
