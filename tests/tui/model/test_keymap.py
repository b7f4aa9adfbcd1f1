from __future__ import annotations

import pytest
from textual.app import App
from textual.keys import _character_to_key

from synergy.core.errors import InvalidArgument
from synergy.tui.actions import ACTIONS, MOVES, Action
from synergy.tui.model.keymap import key_name, label_of, rekeyed, textual_keymap


def of(table: tuple[Action, ...], action_id: str) -> Action:
    return next(action for action in table if action.action_id == action_id)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("?", "question_mark"), ("question_mark", "question_mark"), ("R", "R"), ("r", "r"), ("7", "7"), ("-", "minus"),
        ("F5", "f5"), ("ctrl+E", "ctrl+e"), ("shift+ctrl+up", "ctrl+shift+up"), ("alt+x", "alt+x"), (" ", "space"),
        ("esc", "escape"), ("pgdn", "pagedown"), ("ctrl+slash", "ctrl+slash"), ("+", "plus"), ("alt++", "alt+plus"),
        ("ä", "ä"),
    ],
)  # fmt: skip
def test_a_key_is_called_as_textual_calls_it(written: str, name: str) -> None:
    assert key_name(written) == name


@pytest.mark.parametrize("sign", [chr(code) for code in range(32, 127)])
def test_every_sign_has_the_name_that_textual_gives_it(sign: str) -> None:
    assert key_name(sign) == _character_to_key(sign)
    assert App._normalize_keymap({"x": key_name(sign)}) == {"x": key_name(sign)}
    assert label_of(key_name(sign)) == (sign if sign != " " else "space")


@pytest.mark.parametrize(
    "written",
    ["", "hyper+x", "ctrl+", "ctrl+ctrl+x", "f99", "shift+x", "nonsense", "\x01", "ctrl+i", "ctrl+m", "ctrl+["],
)
def test_a_key_that_is_none_or_cannot_be_told_is_refused_with_a_remedy(written: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        key_name(written)
    assert repr(written) in caught.value.message
    assert caught.value.remedy


def test_an_action_gets_the_operators_keys_in_everything_that_is_made_of_the_table() -> None:
    table = rekeyed({"reprocess": ("f5", "ctrl+e")})
    assert of(table, "reprocess").keys == "f5,ctrl+e"
    assert of(table, "reprocess").key_label == "f5"
    assert [action for action in table if action.action_id != "reprocess"] == [
        action for action in ACTIONS if action.action_id != "reprocess"
    ]
    assert textual_keymap({"reprocess": ("f5",)}, table) == {"reprocess": "f5,ctrl+e"}


def test_two_actions_may_change_places() -> None:
    table = rekeyed({"reprocess": ("s",), "skip": ("r",)})
    assert (of(table, "reprocess").keys, of(table, "skip").keys) == ("s", "r")


def test_a_key_may_mean_other_things_on_other_screens() -> None:
    assert of(rekeyed({"follow": ("p",)}), "follow").keys == "p"


def test_an_action_may_keep_a_key_that_is_kept_for_it() -> None:
    assert of(rekeyed({"quit": ("ctrl+q", "f10")}), "quit").keys == "ctrl+q,f10"


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"reproces": ("R",)}, ("reproces", "reprocess")),
        ({"reprocess": ("s",)}, ("keys.reprocess", "s is skip", "job")),
        ({"skip": ("f7",), "cancel": ("f7",)}, ("keys.cancel", "f7 is skip")),
        ({"skip": ("nonsense",)}, ("keys.skip", "nonsense")),
        ({"skip": ()}, ("keys.skip", "no key")),
        ({"skip": ("ctrl+q",)}, ("keys.skip", "ctrl+q", "quit")),
        ({"skip": ("j",)}, ("keys.skip", "j is kept for", "row down")),
        ({"skip": ("S",)}, ("keys.skip", "S sorts")),
        ({"skip": ("ctrl+m",)}, ("keys.skip", "enter")),
    ],
)
def test_what_cannot_be_is_refused_by_name_with_a_remedy(
    keys: dict[str, tuple[str, ...]], named: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        rekeyed(keys)
    told = f"{caught.value.message} {caught.value.remedy}"
    assert all(part in told for part in named), told
    assert caught.value.remedy


def test_every_key_of_the_table_can_be_written_in_a_keymap() -> None:
    for action in ACTIONS:
        for key in action.keys.split(","):
            assert key_name(key) == key or key == "ctrl+@", key
    for move in MOVES:
        assert [key_name(key) for key in move.keys.split(",")] == move.keys.split(",")
