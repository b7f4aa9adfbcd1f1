"""What an operator may choose for every console of theirs."""

from __future__ import annotations

import msgspec

from synergy.tui.model.palettes import THEMES


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The operator's choices; what is not said is as it always was."""

    theme: str = THEMES[0]
    read_only: bool = False
