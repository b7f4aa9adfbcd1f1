from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from synergy.core.arguments import argument_pairs, read_arguments
from synergy.core.errors import InvalidArgument

SCALARS = (
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text()
)


def test_arguments_are_read_as_json_scalars() -> None:
    assert read_arguments(("a=1", "b=true", "c=null", "d=x=y", "e=[1]", "f=1.5", 'g="1"')) == {
        "a": 1,
        "b": True,
        "c": None,
        "d": "x=y",
        "e": "[1]",
        "f": 1.5,
        "g": "1",
    }


@pytest.mark.parametrize("pair", ["to", "=ops"])
def test_an_argument_without_a_name_or_a_value_is_refused(pair: str) -> None:
    with pytest.raises(InvalidArgument, match=f'argument "{pair}" cannot be read; write KEY=VALUE'):
        read_arguments((pair,))


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e400", "[" * 5_000, "9" * 5_000])
def test_what_is_no_value_that_can_be_sent_stays_a_text(text: str) -> None:
    assert read_arguments((f"a={text}",)) == {"a": text}


@given(some.dictionaries(some.text(min_size=1).filter(lambda key: "=" not in key), SCALARS))
def test_what_is_written_is_read_again(arguments: dict[str, str | int | float | bool | None]) -> None:
    assert read_arguments(argument_pairs(arguments)) == arguments
