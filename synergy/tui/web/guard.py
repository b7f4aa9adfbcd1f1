"""Who may ask the web server for what: pure rules over a request's head.

A page that any site shows in the operator's browser can send requests to this machine, and a name that an attacker
owns can be made to lead here. So a request must name this server (Host), come from its own page (Origin,
Sec-Fetch-Site), and show the cookie that the one link was exchanged for; the link is void once it was used.
"""

from __future__ import annotations

import secrets
from typing import Final

from msgspec import Struct

LOOPBACK: Final = "127.0.0.1"
TOKEN: Final = "token"  # noqa: S105 - a word of the query
_HTTP_PORT: Final = 80
_AGAIN: Final = "leave synergy-console with ctrl+c and start it again for a new link"


class Head(Struct, frozen=True):
    """What is looked at in a request. What it does not have is empty."""

    method: str
    path: str
    host: str
    token: str = ""
    cookie: str = ""
    origin: str = ""
    site: str = ""
    is_upgrade: bool = False


class Refusal(Struct, frozen=True):
    """An HTTP status, and why, for whoever reads it."""

    status: int
    reason: str


class Admission(Struct, frozen=True):
    """The link was good: give the browser this cookie."""

    cookie: str


class Guard:
    """Of one server on one port. ``token`` is the link's, until it was used."""

    def __init__(self, port: int) -> None:
        self.host: Final = LOOPBACK if port == _HTTP_PORT else f"{LOOPBACK}:{port}"
        self.origin: Final = f"http://{self.host}"
        self.cookie_name: Final = f"synergy_console_{port}"
        self._token: str | None = secrets.token_urlsafe(32)
        self._cookie = secrets.token_urlsafe(32)

    @property
    def link(self) -> str:
        """What the operator opens, once."""
        return f"{self.origin}/?{TOKEN}={self._token}" if self._token else self.origin

    def check(self, head: Head) -> Refusal | Admission | None:
        """Why a request is refused; whether it opens the door; None: it may pass."""
        if (foreign := self._foreign(head)) is not None:
            return foreign
        if head.token and head.path == "/" and not head.is_upgrade:
            return self._exchange(head)
        if head.site not in {"", "none", "same-origin"}:
            return Refusal(403, "another site asks for this console")
        if not secrets.compare_digest(head.cookie.encode(), self._cookie.encode()):
            return Refusal(403, f"this browser was not let in: open the link that was printed, once; or {_AGAIN}")
        return None

    def _foreign(self, head: Head) -> Refusal | None:
        if head.host != self.host:
            return Refusal(403, f'this is not "{head.host}": open {self.origin}, on the same port through ssh -L')
        if head.method not in {"GET", "HEAD"}:
            return Refusal(405, f"{head.method} is not served")
        if (head.origin or head.is_upgrade) and head.origin != self.origin:
            return Refusal(403, f'another page ("{head.origin}") asks for this console')
        return None

    def _exchange(self, head: Head) -> Refusal | Admission:
        """Only a page that is really opened uses the link up; a browser that was let in already needs no new one."""
        if self._token is None or not secrets.compare_digest(head.token.encode(), self._token.encode()):
            return Refusal(403, f"this link was used already, or is wrong: {_AGAIN}")
        if head.method != "GET":
            return Refusal(405, "the link is to be opened")
        self._token = None
        return Admission(self._cookie)
