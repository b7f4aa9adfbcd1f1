"""``--web`` where textual-serve is not installed: it says so before anything else happens."""

from __future__ import annotations

import sys

import pytest

from synergy.tui.app import main


@pytest.mark.parametrize("missing", ["textual_serve", "aiohttp"])
def test_what_is_missing_is_named_with_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith(("synergy.tui.web", missing))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(["--web", "--port", "0", "--socket", "/nowhere"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"--web needs what is not installed: {missing}" in told
    assert "pip install 'synergy-scheduler[web]'" in told
