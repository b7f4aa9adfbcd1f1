from __future__ import annotations

import os
from pathlib import Path

import pytest

from synergy.daemon.place_check import unusable_places
from synergy.loading import load_paths
from tests.test_loading import SETTINGS, project


def unusable(folder: Path, settings: str = "") -> tuple[str, ...]:
    return unusable_places(load_paths(project(folder, settings=f"{SETTINGS}\n{settings}\n")))


def test_a_new_project_is_usable_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "store.db").touch()
    assert unusable(tmp_path, 'store = "sqlite:store.db"') == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jobs.py", "store.db", "synergy.toml"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("runtime_folder", "/proc/nope"), ("log_folder", "/proc/nope"), ("store", "sqlite:/proc/x/s.db")],
)
def test_a_place_that_keeps_no_files_is_told(tmp_path: Path, setting: str, value: str) -> None:
    [told] = unusable(tmp_path, f'{setting} = "{value}"')
    assert told.startswith(f"{setting}: /proc/")
    assert told.endswith(f" cannot be written: /proc keeps no files; correct that or {setting}")


def test_a_file_in_the_way_is_told_once(tmp_path: Path) -> None:
    (tmp_path / ".synergy").mkdir()
    in_the_way = tmp_path / ".synergy" / "logs"
    in_the_way.symlink_to("nowhere")
    [told] = unusable(tmp_path, 'store = "sqlite:.synergy/logs/deep/s.db"')
    assert told.startswith(f"log_folder: {in_the_way} cannot be written: {in_the_way} is no folder")


def test_what_this_user_may_not_write_is_told_once_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    [told] = unusable(tmp_path)
    assert told == (
        f"runtime_folder: {tmp_path / '.synergy'} cannot be written: {tmp_path} is not writable for this user;"
        " correct that or runtime_folder"
    )


def test_a_store_that_this_user_may_not_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "store.db"
    file.touch()
    monkeypatch.setattr(os, "access", lambda path, _mode: path != file)
    [told] = unusable(tmp_path, 'store = "sqlite:store.db"')
    assert told.startswith(f"store: {file} cannot be written: {file} is not writable for this user")


def test_a_store_elsewhere_is_not_looked_for(tmp_path: Path) -> None:
    assert unusable(tmp_path, 'store = "mongodb://nowhere/db"') == ()
