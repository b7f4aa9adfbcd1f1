from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.errors import InvalidDefinition
from synergy.core.settings import Settings
from synergy.passwords import (
    exposed_passwords,
    lacks_password,
    read_password,
    store_password,
    without_password,
    without_secrets,
)

HUSH = "hush"
SETTINGS = Settings(context="jobs", synergy_start_timeperiod="2013010100")


def read(path: Path | None, given: str = "") -> str | None:
    return read_password("SYNERGY_MQ_PASSWORD", {"SYNERGY_MQ_PASSWORD": given}, "mq_password_file", path)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from the file\n")
    assert read(file, "from outside") == "from outside"
    assert read(file) == "from the file"
    assert read(None) is None


@pytest.mark.parametrize("content", [b"", b"\nsecond line", b"\xff\xfe"])
def test_a_file_without_a_password_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(InvalidDefinition, match=f"mq_password_file: {file} holds no password"):
        read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="no such file"):
        read(tmp_path / "password")


def test_the_store_s_password_is_read_from_the_project_s_folder_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("from the file\n")
    settings = Settings(context="jobs", synergy_start_timeperiod="2013010100", db_password_file="word")  # noqa: S106 - a file's name
    assert store_password(settings, tmp_path, {}) == "from the file"
    assert store_password(settings, tmp_path, {"SYNERGY_DB_PASSWORD": "from outside"}) == "from outside"
    with pytest.raises(InvalidDefinition, match=r"db_password_file: .*, or set SYNERGY_DB_PASSWORD"):
        store_password(settings, tmp_path / "elsewhere", {})


@pytest.mark.parametrize(
    ("url", "lacks"),
    [
        ("mongodb://me@one/db", True),
        ("mongodb://me:word@one/db", False),
        ("mongodb://one:27017/db?appname=a@b", False),
        ("sqlite:moved/synergy.db", False),
    ],
)
def test_a_url_lacks_a_password_that_names_a_user_only(url: str, *, lacks: bool) -> None:
    assert lacks_password(url) is lacks


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:.synergy/synergy.db", "sqlite:.synergy/synergy.db"),
        ("mongodb://one,two/db?replicaSet=rs0", "mongodb://one,two/db?replicaSet=rs0"),
        ("mongodb://me:se@cr/et@one:27017/db?w=1", "mongodb://me:***@one:27017/db?w=1"),
        ("amqps://me@one/vhost", "amqps://me@one/vhost"),
        (
            "mongodb://one:1/db?tlsCertificateKeyFilePassword=se@cret&replicaSet=rs0",
            "mongodb://one:1/db?tlsCertificateKeyFilePassword=***&replicaSet=rs0",
        ),
        ("mongodb://one/?w=1&authMechanismProperties=TOKEN:secret", "mongodb://one/?w=1&authMechanismProperties=***"),
    ],
)
def test_a_url_is_shown_without_what_is_secret(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o640, False), (0o600, False), (None, False)])
def test_a_password_that_everybody_may_read_is_warned_of(tmp_path: Path, mode: int | None, *, warned: bool) -> None:
    places = {"db_password_file": "db-password", "mq_password_file": "mq-password"}
    settings = replace(SETTINGS, broker=f"amqp://a:{HUSH}@h", **places)
    for name in ("synergy.toml", "db-password", "mq-password") if mode is not None else ():
        (tmp_path / name).write_text(HUSH)
        (tmp_path / name).chmod(mode or 0)
    told = list(exposed_passwords(settings, tmp_path))
    assert len(told) == (3 if warned else 0)
    assert HUSH not in "".join(told)


def test_settings_without_a_password_are_everybodys_to_read(tmp_path: Path) -> None:
    (tmp_path / "synergy.toml").write_text("")
    (tmp_path / "synergy.toml").chmod(0o644)
    assert list(exposed_passwords(SETTINGS, tmp_path)) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("broker at amqp://me:se@cr@host:5672/v is lost", "broker at amqp://me:***@host:5672/v is lost"),
        ('{"url": "mongodb://me:x@one/db"}', '{"url": "mongodb://me:***@one/db"}'),
        ("DB_PASSWORD=hush, user=me", "DB_PASSWORD=***, user=me"),
        ('{"api_key": "hush"}', '{"api_key": ***}'),
        ("the password is asked for; see docs://x", "the password is asked for; see docs://x"),
    ],
)
def test_a_text_is_shown_without_the_secrets_in_it(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
