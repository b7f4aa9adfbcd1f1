from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from synergy.cli.demo_folder import Backend, example_folder, prepare
from synergy.core.errors import InvalidArgument, SynergyError
from synergy.loading import init_project, load_project


def test_the_finished_year_has_no_clock_and_a_replay_has_one(tmp_path: Path) -> None:
    assert prepare(tmp_path / "year", speed=None)
    assert prepare(tmp_path / "replay", speed=7200.0)
    assert "clock" not in tomllib.loads((tmp_path / "year" / "synergy.toml").read_text())
    clock = tomllib.loads((tmp_path / "replay" / "synergy.toml").read_text())["clock"]
    assert clock == {"start": "2013-01-01T00:00:00Z", "speed": 7200}


def test_the_copy_is_a_project_without_problems(tmp_path: Path) -> None:
    prepare(tmp_path / "year", speed=None)
    project = load_project(tmp_path / "year")
    assert [tree.tree_name for tree in project.context.trees] == ["Flights", "Weather", "Delays"]
    assert project.context.warnings == ()


def test_results_and_by_products_of_the_example_are_not_copied(tmp_path: Path) -> None:
    prepare(tmp_path / "year", speed=None)
    copied = {path.name for path in (tmp_path / "year").rglob("*")}
    assert copied == {path.name for path in example_folder().rglob("*") if path.suffix in {".py", ".toml", ".md"}} | {
        "flights"
    }


def test_a_folder_from_an_earlier_run_is_left_as_it_is(tmp_path: Path) -> None:
    prepare(tmp_path, speed=None)
    (tmp_path / "flights" / "context.py").write_text("# mine")
    assert not prepare(tmp_path, speed=None)
    assert (tmp_path / "flights" / "context.py").read_text() == "# mine"


def test_settings_with_a_server_s_url_are_nobody_else_s_to_read(tmp_path: Path) -> None:
    prepare(tmp_path, speed=None)
    settings = tmp_path / "synergy.toml"
    settings.chmod(0o644)

    prepare(tmp_path, speed=None, backend=Backend(broker="amqp://me:word@one/vhost"))

    assert "amqp://me:word@one/vhost" in settings.read_text()
    assert settings.stat().st_mode & 0o077 == 0


def test_a_replay_does_not_go_on_where_a_finished_year_is(tmp_path: Path) -> None:
    prepare(tmp_path, speed=None)
    with pytest.raises(InvalidArgument, match=r"was made by a run with --headless; name another one"):
        prepare(tmp_path, speed=3600.0)


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InvalidArgument, match=r"is not empty and holds no synergy.toml; name a new one"):
        prepare(tmp_path, speed=None)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_another_project_is_refused_and_left_alone(tmp_path: Path) -> None:
    init_project(tmp_path)
    with pytest.raises(InvalidArgument, match=r"holds another project; name a new one"):
        prepare(tmp_path, speed=None)


def test_a_file_in_the_folders_place_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "year").write_text("")
    with pytest.raises(SynergyError, match=r"folder .*/year cannot be written: .*; name another one with --folder"):
        prepare(tmp_path / "year", speed=None)
