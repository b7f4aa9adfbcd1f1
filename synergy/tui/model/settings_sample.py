"""A settings file to begin with: everything that can be said, commented out at its usual value."""

from __future__ import annotations

from typing import Final

from synergy.tui.actions import ACTIONS
from synergy.tui.model.keymap import label_of
from synergy.tui.model.palettes import THEMES

_HEAD: Final = f"""\
# The settings of synergy-console, for every deployment that you look at; docs/console.md explains them.
# A line that is commented out shows the usual value.

# How it looks: {", ".join(THEMES)}. Each has a form for terminals of 16 colours. `--theme` wins over it.
#theme = "{THEMES[0]}"

# Times in "utc" or in the terminal's own zone, "local"; z changes it while the console runs.
#times = "utc"

# Use the mouse: costs bytes on a slow line, and selecting text then needs shift.
#mouse = false

# Look, and change nothing; the daemon enforces it too.
#read_only = false

# Places to come back to, with :view NAME; :view save NAME puts the present one here.
[views]
#broken = "uow state:invalid"

# Your own keys: an action and one key, or several: skip = ["s", "f7"]. What is not named keeps its key.
# Signs are written as they are, others as f5, delete, ctrl+e, alt+x, shift+up.
[keys]
"""


def sample() -> str:
    """The file's text, which says nothing but what is so without it."""
    return _HEAD + "".join(f"#{action.action_id} = {_keys(action.keys)}\n" for action in ACTIONS)


def _keys(keys: str) -> str:
    labels = [f'"{_escaped(label_of(key))}"' for key in keys.split(",") if key != "ctrl+@"]
    return labels[0] if len(labels) == 1 else f"[{', '.join(labels)}]"


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"')
