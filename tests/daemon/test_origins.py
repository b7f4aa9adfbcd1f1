"""What is known of a caller beyond its socket, read from a made-up and from the real /proc."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synergy.daemon.origins import UNKNOWN, Origin, read_origin
from synergy.unix_sockets import Peer, user_name

ME = user_name(os.getuid())


def peer(pid: int, uid: int | None = None) -> Peer:
    return Peer(pid, os.getuid() if uid is None else uid, os.getgid())


def process(proc: Path, pid: int, parent: int = 1, *, login: str = "4294967295", environ: bytes = b"") -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "loginuid").write_text(login)
    (folder / "stat").write_text(f"{pid} (a ) name) S {parent} 1 1 0")
    (folder / "environ").write_bytes(environ)


def test_the_login_user_is_the_kernel_s(tmp_path: Path) -> None:
    process(tmp_path, 7, login=str(os.getuid()), environ=b"SUDO_USER=liar\0")
    assert read_origin(peer(7), tmp_path) == Origin(ME, None)


def test_without_the_kernel_s_word_sudo_s_is_a_claim(tmp_path: Path) -> None:
    process(tmp_path, 7, environ=b"HOME=/\0SUDO_USER=anna\0")
    assert read_origin(peer(7), tmp_path) == Origin("anna (claimed)", None)


def test_the_connection_is_found_with_an_ancestor(tmp_path: Path) -> None:
    process(tmp_path, 9, 8)
    process(tmp_path, 8, 7, environ=b"SSH_CONNECTION=10.0.0.7 50000 10.0.0.1 22\0")
    process(tmp_path, 7, 1, environ=b"SSH_CONNECTION=10.9.9.9 50000 10.0.0.1 22\0SUDO_USER=olga\0")
    assert read_origin(peer(9), tmp_path) == Origin("olga (claimed)", "ssh 10.0.0.7 (claimed)")


@pytest.mark.parametrize(
    "environ",
    [b"SUDO_USER=\x1b[31mred\0", b"SUDO_USER=\0", b"SSH_CONNECTION=\x1b[2J 1 2 3\0", b"SSH_CONNECTION\0", b"\xff\0"],
)
def test_a_claim_that_is_no_name_and_no_address_is_dropped(tmp_path: Path, environ: bytes) -> None:
    process(tmp_path, 7, environ=environ)
    assert read_origin(peer(7), tmp_path) == UNKNOWN


def test_who_is_gone_or_another_s_process_now_has_no_origin(tmp_path: Path) -> None:
    process(tmp_path, 7, login=str(os.getuid()))
    assert read_origin(peer(8), tmp_path) == UNKNOWN
    assert read_origin(peer(7, os.getuid() + 1), tmp_path) == UNKNOWN


def test_files_that_are_missing_or_odd_are_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    assert read_origin(peer(7), tmp_path) == UNKNOWN
    process(tmp_path, 8, login="x")
    (tmp_path / "8" / "stat").write_text("nonsense")
    assert read_origin(peer(8), tmp_path) == UNKNOWN


def test_a_circle_of_ancestors_ends(tmp_path: Path) -> None:
    process(tmp_path, 7, 8)
    process(tmp_path, 8, 7)
    assert read_origin(peer(7), tmp_path) == UNKNOWN


def test_this_process_can_be_asked() -> None:
    assert isinstance(read_origin(peer(os.getpid())), Origin)
