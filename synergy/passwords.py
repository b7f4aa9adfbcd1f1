"""Passwords of servers: read from the environment or a file instead of synergy.toml, and never shown."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from synergy.core.errors import InvalidDefinition
from synergy.core.settings import Settings

STORE_VARIABLE: Final = "SYNERGY_DB_PASSWORD"
_SECRET_OPTION: Final = re.compile(r"([?&][^=&]*(?:password|properties)=)[^&]*", re.IGNORECASE)
"""An option of a URL that may hold a secret: of a key's file, a proxy or an authentication mechanism."""

_URL: Final = re.compile(r"\b[A-Za-z][\w+.-]*://[^\s\"'<>]+")
_NAMED: Final = re.compile(
    r"((?:password|passwd|passphrase|secret|token|api_?key)[\"']?\s*[:=]\s*)[^\s,;&}]+", re.IGNORECASE
)


def read_password(variable: str, environment: Mapping[str, str], setting: str, path: Path | None) -> str | None:
    """What the variable holds, else the first line of the file, else None.

    Jobs do not inherit it: variables that begin with SYNERGY_ are not handed on to them.

    Raises:
        InvalidDefinition: the file cannot be read, or is empty; ``setting`` names it.
    """
    if given := environment.get(variable):
        return given
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    else:
        if lines and lines[0]:
            return lines[0]
        reason = "its first line is empty"
    raise InvalidDefinition(
        f"{setting}: {path} holds no password: {reason}", remedy=f"write it into that file, or set {variable}"
    )


def store_password(settings: Settings, folder: Path, environment: Mapping[str, str]) -> str | None:
    """That of the user whom the store's URL names; goes before one that the URL holds. ``folder``: the project's.

    Raises:
        InvalidDefinition: see read_password.
    """
    path = folder / settings.db_password_file if settings.db_password_file else None
    return read_password(STORE_VARIABLE, environment, "db_password_file", path)


def exposed_passwords(settings: Settings, folder: Path) -> Iterator[str]:
    """A warning for each file that holds a password and that every user of the machine may read."""
    urls = (settings.store, settings.broker, settings.data_source or "")
    if any(without_password(url) != url for url in urls) and _is_everybodys(folder / "synergy.toml"):
        yield "synergy.toml holds a password, and everybody may read it: chmod o= synergy.toml, or name a password file"
    named = {"db_password_file": settings.db_password_file, "mq.password_file": settings.mq_password_file}
    for setting, name in named.items():
        if name is not None and _is_everybodys(folder / name):
            yield f"{setting}: everybody may read {name}: chmod o= {name}"


def _is_everybodys(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def lacks_password(url: str) -> bool:
    """Whether the URL names a user, but no password."""
    user = url.partition("://")[2].partition("?")[0].rpartition("@")[0]
    return bool(user) and ":" not in user


def without_password(url: str) -> str:
    """The URL as it may be shown: the password, and options that may hold one, replaced by stars."""
    scheme, separator, rest = _SECRET_OPTION.sub(r"\1***", url).partition("://")
    user, at, place = rest.rpartition("@")
    if not at or ":" not in user:
        return f"{scheme}{separator}{rest}"
    return f"{scheme}{separator}{user.partition(':')[0]}:***@{place}"


def without_passwords(text: str) -> str:
    """A text as it may be kept: without the passwords of the URLs in it."""
    return _URL.sub(lambda found: without_password(found[0]), text) if "://" in text else text


def without_secrets(text: str) -> str:
    """A text as it may be shown: without the passwords of the URLs in it, and without what is called a secret there."""
    return _NAMED.sub(r"\1***", without_passwords(text))
