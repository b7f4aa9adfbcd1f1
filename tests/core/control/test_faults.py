"""Errors cross the wire as themselves."""

from __future__ import annotations

import pytest

from synergy.core import errors
from synergy.core.control.faults import Fault, FaultData, kinds_by_code, to_error, to_fault


def kinds() -> list[type[errors.SynergyError]]:
    found = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return [kind for kind in found if issubclass(kind, errors.SynergyError)]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_error_arrives_as_the_class_it_left_as(kind: type[errors.SynergyError]) -> None:
    arrived = to_error(to_fault(kind("box 7 is gone", remedy="look for it")))
    assert type(arrived) is kind
    assert (arrived.message, arrived.remedy) == ("box 7 is gone", "look for it")


def test_what_an_adapter_refines_arrives_as_what_it_refines() -> None:
    class Vague(errors.SynergyError):
        code = "vague"

    class Fine(Vague):
        """Has no code of its own."""

    assert kinds_by_code(Vague) == {Fine.code: Vague}


def test_codes_are_unique_because_they_name_the_class() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes))


def test_problems_of_a_definition_cross_too() -> None:
    arrived = to_error(to_fault(errors.InvalidDefinition("2 problems", problems=("a", "b"))))
    assert isinstance(arrived, errors.InvalidDefinition)
    assert arrived.problems == ("a", "b")


def test_an_error_of_a_newer_daemon_becomes_a_protocol_error_that_tells_its_words() -> None:
    arrived = to_error(Fault(-1, "x", FaultData("moon_phase", "the moon is full", "wait")))
    assert type(arrived) is errors.PeerError
    assert str(arrived) == 'the daemon answered with the unknown error "moon_phase": the moon is full; wait'


def test_an_unknown_error_without_a_remedy_gets_one() -> None:
    assert "same version" in str(to_error(Fault(-1, "x", FaultData("moon_phase", "full"))))


def test_an_error_object_of_a_foreign_program_becomes_a_protocol_error() -> None:
    arrived = to_error(Fault(-32601, "Method not found"))
    assert type(arrived) is errors.PeerError
    assert "-32601: Method not found" in arrived.message


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (errors.NotFound("x"), -32000),
        (errors.PeerError("x"), -32600),
        (errors.StoreDown("x"), -32001),
        (errors.SynergyError("x"), -32603),
    ],
)
def test_the_number_says_whose_turn_it_is(error: errors.SynergyError, number: int) -> None:
    assert to_fault(error).code == number


def test_a_given_number_wins() -> None:
    assert to_fault(errors.InvalidArgument("x"), -32601).code == -32601
