from __future__ import annotations

from collections import defaultdict

import pytest
from textual.binding import Binding

from synergy.tui.actions import ACTIONS, MOVES, actions_of, find, footer_of, moves, offered
from synergy.tui.screens.catalog import SCREENS, screen_type
from synergy.tui.screens.help import help_lines


@pytest.mark.parametrize("screen", SCREENS)
def test_bindings_are_exactly_the_table(screen: str) -> None:
    bound = {
        (binding.id, binding.key, binding.action)
        for binding in screen_type(screen).BINDINGS
        if isinstance(binding, Binding)
    }
    assert bound == {(at.action_id, at.keys, f"act('{at.action_id}')") for at in actions_of(screen)}


@pytest.mark.parametrize("screen", SCREENS)
def test_the_help_tells_every_key_that_works_there(screen: str) -> None:
    told = ["".join(text for text, _ in line) for line in help_lines(screen, may_change=True)]
    for action in actions_of(screen):
        assert any(action.key_label in line and action.help in line for line in told), action.action_id
    for move in MOVES:
        assert any(move.help in line for line in told)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_action_is_done_by_its_screen(screen: str) -> None:
    for action in actions_of(screen):
        assert callable(getattr(screen_type(screen), f"do_{action.action_id}", None)), action.action_id


@pytest.mark.parametrize("screen", SCREENS)
def test_no_key_means_two_things_on_one_screen(screen: str) -> None:
    meanings = defaultdict(list)
    for action in actions_of(screen):
        for key in action.keys.split(","):
            meanings[key].append(action.action_id)
    assert {key: ids for key, ids in meanings.items() if len(ids) > 1} == {}


def test_ids_are_unique_and_every_screen_is_real() -> None:
    ids = [action.action_id for action in ACTIONS]
    assert len(set(ids)) == len(ids)
    assert {screen for action in ACTIONS for screen in action.screens} == set(SCREENS)


@pytest.mark.parametrize("screen", SCREENS)
def test_read_only_offers_nothing_that_changes(screen: str) -> None:
    assert not any(action.changes for action in offered(screen, may_change=False))
    assert not any(action.changes for action in footer_of(screen, may_change=False))
    told = "\n".join("".join(text for text, _ in line) for line in help_lines(screen, may_change=False))
    assert "shows the plan first" not in told.split("Moving")[0]


def test_actions_and_moves_are_found_by_name() -> None:
    assert find("quit") is not None
    assert find("nothing") is None
    assert [move.verb for move in moves("first", "last")] == ["first", "last"]
