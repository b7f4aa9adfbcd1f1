"""What a caller is allowed: each role may do all that those before it may."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A caller's role, and the one that a request needs."""

    VIEWER = "viewer"
    """Looks."""
    OPERATOR = "operator"
    """Changes jobs, processes and entries."""
    ADMIN = "admin"
    """Decides about the daemon itself."""

    def covers(self, other: Role) -> bool:
        """Whether this role may do what needs the other one."""
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER: Final = tuple(Role)
