"""Settings that were made wrong while the daemon runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synergy.cli.synergyd import main as synergyd
from synergy.cli.wrong_settings import paths_despite
from synergy.pidfile import PidFile
from tests.cli.conftest import TOML, Ctl, invoke
from tests.cli.scripted_daemon import ScriptedDaemon

WRONG = f"{TOML}slotz = 1\n"


@pytest.mark.parametrize("text", [WRONG, "[synergy\n", f"{TOML}slotz = 1\nbox_id = 7\n"])
def test_the_error_names_the_socket_of_the_daemon_that_runs(
    ctl: Ctl, folder: Path, daemon: ScriptedDaemon, text: str
) -> None:
    (folder / "synergy.toml").write_text(text)
    with PidFile(folder / ".synergy" / "synergyd.pid"):
        result = ctl("status")

    assert result.exit_code == 2
    assert f"synergyctl --socket {daemon.path}" in result.stderr
    assert daemon.path.exists()


def test_without_a_daemon_the_error_is_all(ctl: Ctl, folder: Path) -> None:
    (folder / "synergy.toml").write_text(WRONG)

    result = ctl("status")

    assert result.exit_code == 2
    assert "slotz" in result.stderr
    assert "--socket" not in result.stderr


def test_what_is_right_among_the_settings_tells_the_places(tmp_path: Path) -> None:
    told = 'runtime_folder = "run"\nlog_folder = 3\nstop_grace_seconds = 5\nbroker = "smoke:"\nslotz = 1\n'
    (tmp_path / "synergy.toml").write_text(f"[synergy]\n{told}")
    (tmp_path / "run").mkdir()
    assert paths_despite(tmp_path) is None

    with PidFile(tmp_path / "run" / "supervisor.pid"):
        found = paths_despite(tmp_path)

    assert found is not None
    assert found.settings.stop_grace_seconds == 5.0
    assert found.settings.broker == "embedded:"
    assert found.log_folder == tmp_path / "run" / "logs"
    assert not (tmp_path / "run" / "synergyd.pid").exists()


def test_a_box_that_shares_the_folder_is_found_too(folder: Path) -> None:
    (folder / "synergy.toml").write_text(WRONG)
    guest = folder / ".synergy" / "boxes" / "box-2"
    guest.mkdir(parents=True)
    status = ["supervisor", "status", "-C", str(folder), "--box"]
    with PidFile(guest / "supervisor.pid"):
        found = invoke(synergyd, [*status, "box-2"])
        other = invoke(synergyd, [*status, "box-3"])

    assert found.stdout == f"supervisor  runs, pid {os.getpid()}\n"
    assert found.stderr.startswith("warning: ")
    assert "slotz" in other.stderr
    assert other.stderr.startswith("error: ")


def test_a_box_that_cannot_be_is_no_wrong_setting(folder: Path) -> None:
    with PidFile(folder / ".synergy" / "synergyd.pid"):
        result = invoke(synergyd, ["supervisor", "status", "-C", str(folder), "--box", "../x"])

    assert result.exit_code == 2
    assert result.stderr.startswith('error: box "../x" is not a name')


def test_a_file_that_is_gone_leaves_what_is_usual(tmp_path: Path) -> None:
    (tmp_path / ".synergy").mkdir()
    with PidFile(tmp_path / ".synergy" / "synergyd.pid") as held:
        assert held.path.read_text() == f"{os.getpid()}\n"
        found = paths_despite(tmp_path)
    assert found is not None
    assert found.control_socket == tmp_path / ".synergy" / "control.sock"
