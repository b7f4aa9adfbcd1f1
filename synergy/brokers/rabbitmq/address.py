"""Where a RabbitMQ node answers, and as whom; the password is never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from synergy.core.errors import InvalidDefinition

PORTS: Final = {"amqp": 5672, "amqps": 5671}
_REMEDY: Final = 'write it as "amqp://USER:PASSWORD@HOST:5672/VHOST", with %XX for what a URL cannot hold'


class Address(Struct, frozen=True):
    """One virtual host of one node. ``ca_file``: whom to trust with TLS; None: whom the system trusts."""

    host: str
    port: int
    user: str
    password: str
    vhost: str
    tls: bool = False
    ca_file: Path | None = None

    @classmethod
    def parse(cls, url: str, password: str | None = None, ca_file: Path | None = None) -> Address:
        """Read ``amqp://`` or, with TLS, ``amqps://``; ``password`` goes before the one in the URL.

        Raises:
            InvalidDefinition: it is no such URL.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise InvalidDefinition("broker: the URL cannot be read", remedy=_REMEDY) from None
        # With an "@" behind its host the URL has a password that is not escaped: what was read as the host is a part.
        if parts.scheme not in PORTS or not parts.hostname or "/" in parts.path[1:] or "@" in parts.path:
            raise InvalidDefinition("broker: the URL names no host and virtual host", remedy=_REMEDY)
        if parts.query or parts.fragment:
            raise InvalidDefinition("broker: the URL has options", remedy="set them in [mq]")
        return cls(
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            user=unquote(parts.username or "guest"),
            password=unquote(parts.password or "guest") if password is None else password,
            vhost=unquote(parts.path[1:]) or "/",
            tls=parts.scheme == "amqps",
            ca_file=ca_file,
        )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Address({self.user}@{self}, vhost {self.vhost})"
