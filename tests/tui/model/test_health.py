"""The head of the overview: what is wrong, what passes by itself, or that all is well."""

from __future__ import annotations

from msgspec.structs import replace

from synergy.core.states import UowState
from synergy.tui.model.health import health_lines
from synergy.tui.model.listings import Style
from synergy.tui.model.reducer import View
from tests.tui.fake_daemon import FakeDeployment

STATUS = replace(FakeDeployment().status(), uows={UowState.REQUESTED: 2}, problems=())
NOTE = "the supervisor is starting"


def head(*notes: str, problems: tuple[str, ...] = ()) -> list[str]:
    """The lines above the daemon's."""
    view = View(status=replace(STATUS, notes=notes, problems=problems))
    lines = ["".join(text for text, _ in line) for line in health_lines(view, Style())]
    return [line.strip() for line in lines[: next(at for at, line in enumerate(lines) if line.startswith("daemon"))]]


def test_where_nothing_is_wrong_that_is_said() -> None:
    assert head() == ["✓ Nothing is wrong."]


def test_what_passes_by_itself_is_told_and_is_not_called_well() -> None:
    assert head(NOTE) == [NOTE]


def test_problems_come_before_notes() -> None:
    assert head(NOTE, problems=("store is down",)) == ["! store is down", NOTE]


def test_invalid_work_is_counted_and_not_said_to_be_retried_where_it_was_given_up() -> None:
    view = View(
        status=replace(STATUS, uows={UowState.INVALID: 1}, problems=("A@1 is invalid: exit 1 (A@1.1, gave up)",))
    )

    said = ["".join(text for text, _ in line) for line in health_lines(view, Style())][:2]

    assert said == ["! A@1 is invalid: exit 1 (A@1.1, gave up)", "! 1 unit of work is invalid: :uow state:invalid"]
