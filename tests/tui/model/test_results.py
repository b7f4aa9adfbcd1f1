from __future__ import annotations

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.tui.model.listings import Style
from synergy.tui.model.results import is_partial, result_lines, told
from tests.tui.fake_plans import REAL_TIME

HOLD = r.Directive("h1", "hold", "Flights", "olga", REAL_TIME)
DONE = r.Applied("p1", 2, (), "synergyctl skip A@1 --yes")
REFUSED = (r.Refusal("A@3", "illegal_state", "is noop"),)


def test_a_sentence_tells_what_was_done() -> None:
    assert told(DONE) == "2 jobs changed"
    assert told(replace(DONE, changed=1, kills=("u1",))) == "1 job changed, 1 stopped"
    assert told(replace(DONE, changed=0, directives=(HOLD,))) == "hold of Flights"
    assert told(replace(DONE, changed=0, directives=(replace(HOLD, lifted=REAL_TIME),))) == "hold of Flights lifted"
    assert told(replace(DONE, changed=0, directives=(HOLD,) * 4)) == "hold of Flights, hold of Flights, 2 more"
    assert told(replace(DONE, repeated=True)) == "Done before: 2 jobs changed"
    assert told(replace(DONE, refused=REFUSED, lost=("the log",))) == "2 jobs changed, 1 refused, 1 not undone"


def test_only_what_was_not_done_whole_is_told_item_by_item() -> None:
    assert not is_partial(DONE)
    assert is_partial(replace(DONE, refused=REFUSED))
    assert is_partial(replace(DONE, overtaken=("A@4 has been started",)))


def test_each_item_has_its_line_and_what_was_not_done_comes_first() -> None:
    plan = r.Plan("p1", "undo", (r.PlanChange("A", "1", "state_skipped", "state_embryo", "target"),), ("u1",), {}, ())
    applied = replace(DONE, refused=REFUSED, lost=("the log",), directives=(HOLD,), kills=("u1",))
    lines = ["".join(text for text, _ in line) for line in result_lines(plan, applied, Style())]
    assert lines == [
        "✗ A@3: is noop",
        "✗ not undone: the log",
        "✓ hold of Flights",
        "✓ A@1  · embryo",
        "✓ is being stopped  u1",
    ]
