from __future__ import annotations

from collections import defaultdict

import pytest
from textual.binding import Binding

from synergy.core.errors import InvalidArgument
from synergy.tui.actions import ACTIONS, MOVES, actions_of, find, footer_of, moves, offered
from synergy.tui.commands import action_here, complete, parse_command, word_of
from synergy.tui.keys_page import draw
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
def test_every_action_has_its_word_on_the_command_line_and_ghost_text_completes_it(screen: str) -> None:
    own = offered(screen, may_change=True)
    words = [word_of(action) for action in own]
    assert [action_here(parse_command(word), screen) for word in words] == [action.action_id for action in own]
    for word in words:
        assert (complete(word, processes=(), trees=(), actions=own) or "").startswith(word)


@pytest.mark.parametrize("screen", SCREENS)
def test_an_action_of_other_screens_is_refused_with_their_names(screen: str) -> None:
    known = {action.action_id for action in actions_of(screen)}
    known |= {"release"} if "hold" in known else set()  # one key does both
    for action in ACTIONS:
        if action.action_id not in known:
            with pytest.raises(InvalidArgument) as caught:
                action_here(parse_command(word_of(action)), screen)
            assert f":{word_of(action)}" in caught.value.message
            assert caught.value.remedy


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_of_keys_tells_key_word_and_meaning_of_every_action(screen: str) -> None:
    everywhere, _, others = draw().partition("\n## ")
    everywhere, _, others = others.partition("\n## ")
    own = f"\n## {others}".partition(f"\n## {screen.capitalize()}\n")[2].partition("\n## ")[0]
    for action in actions_of(screen):
        row = f"| `{action.key_label}` | `:{word_of(action)}` | {action.label}"
        assert row in everywhere or row in own, action.action_id


@pytest.mark.parametrize("screen", SCREENS)
def test_the_footer_shows_only_actions_of_its_screen_each_rank_once(screen: str) -> None:
    footer = footer_of(screen, may_change=True)
    assert set(footer) <= set(actions_of(screen))
    assert footer[0].action_id in {"enter", "help", "search"}
    assert "help" in {action.action_id for action in footer[:2]}


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
    assert "shows the plan first" not in told


def test_actions_and_moves_are_found_by_name() -> None:
    assert find("quit") is not None
    assert find("nothing") is None
    assert [move.verb for move in moves("first", "last")] == ["first", "last"]
