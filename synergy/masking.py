"""Values as they may be shown: arguments, commands and environments without what is called a secret there.

Clients are shown the stars, and may send them back: ``unmasked`` puts in again what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from synergy.passwords import without_passwords, without_secrets

MASK: Final = "***"
_SECRET: Final = re.compile(
    r"password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credential|authorization",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(r"(file|path|dir|folder|url|env)$", re.IGNORECASE)
"""``password_file`` names a place, and not a password."""

_PAIR: Final = re.compile(r"([\w-]+)(=|:\s*).+", re.DOTALL)


def is_secret(name: str) -> bool:
    """Whether what is called that is not to be shown."""
    return bool(_SECRET.search(name)) and not _PLACE.search(name)


def masked(value: Any, name: str = "") -> Any:
    """The same value with stars for secrets: those under a telling name, and the passwords of URLs.

    A sequence is taken for the words of a command: ``--password x``, ``--password=x``, ``TOKEN=x``.
    """
    if isinstance(value, Mapping):
        return {key: masked(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_masked_words(value, name))
    if value not in (None, "", True, False) and is_secret(name):
        return MASK
    return without_passwords(value) if isinstance(value, str) else value


def unmasked(value: Any, stored: Any, name: str = "") -> Any:
    """What a client sent, with the stored secrets where it sent back the stars that it was shown."""
    if isinstance(value, Mapping) and isinstance(stored, Mapping):
        return {key: unmasked(inner, stored.get(key), str(key)) for key, inner in value.items()}
    return stored if value == masked(stored, name) else value


def _masked_words(words: Sequence[Any], name: str) -> list[Any]:
    found: list[Any] = []
    before = name
    for word in words:
        told = masked(word, before) if not (isinstance(word, str) and word.startswith("-")) else word
        if isinstance(told, str) and told != MASK:
            told = _masked_pair(told)
        found.append(told)
        is_option = isinstance(word, str) and word.startswith("-") and "=" not in word
        before = word if is_option else name
    return found


def _masked_pair(word: str) -> str:
    """``--token=x``, ``TOKEN=x``, ``Authorization: x``."""
    pair = _PAIR.fullmatch(word)
    if pair and is_secret(pair[1]):
        return f"{pair[1]}{pair[2]}{MASK}"
    return without_secrets(word)
