from __future__ import annotations

from collections.abc import Iterator

from synergy.core import errors
from synergy.core.errors import CallerError, InvalidDefinition, PeerError, SynergyError, WorldError


def all_errors(root: type[SynergyError] = SynergyError) -> Iterator[type[SynergyError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from all_errors(child)


def test_an_error_reads_as_message_and_remedy() -> None:
    assert str(SynergyError("job X is gone")) == "job X is gone"
    assert str(SynergyError("job X is gone", remedy="reprocess it")) == "job X is gone; reprocess it"


def test_wrong_definitions_carry_every_problem() -> None:
    error = InvalidDefinition("2 wrong definitions", problems=("a", "b"))
    assert error.problems == ("a", "b")
    assert InvalidDefinition("one").problems == ()


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in all_errors()]
    assert len(codes) == len(set(codes))


def test_every_error_is_somebodys_turn() -> None:
    for error in all_errors():
        assert error is SynergyError or issubclass(error, CallerError | PeerError | WorldError)


def test_the_exit_codes_are_those_that_scripts_know() -> None:
    assert {error.exit_code for error in all_errors()} <= {1, 2, 3, 4, 5, 6, 7, 8, 9, 124}
