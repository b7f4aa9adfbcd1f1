"""What every part of a supervisor knows of the place it works at, as one value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from synergy.core.context import DaemonSpec, ProcessContext, Work
from synergy.core.settings import Settings
from synergy.worker.marks import BOX

FENCE_GRACE_SECONDS: Final = 8.0
FENCE_GRACE_SHARE: Final = 0.4
FENCE_SPARE_SECONDS: Final = 2.0
FENCE_SPARE_SHARE: Final = 0.1
"""At most so long, and so much of the lease: half of it is always left to be renewed in."""


class Site(Struct, frozen=True):
    """The project, the box and this supervisor's own name. ``box_mark`` is the value of SYNERGY_BOX."""

    folder: Path
    log_folder: Path
    settings: Settings
    context: ProcessContext
    supervisor_id: str
    host: str
    box_mark: str
    slots: int

    @property
    def box_id(self) -> str:
        """The box of this supervisor."""
        return self.settings.box_id

    @property
    def marks(self) -> Mapping[str, str]:
        """What every process of this box and project carries."""
        return {BOX: self.box_mark}

    @property
    def fence_seconds(self) -> float:
        """How long after its last stored heartbeat a supervisor begins to end its work: the lease less the grace."""
        lease = self.settings.lease_seconds
        return lease - self.fence_grace_seconds - min(FENCE_SPARE_SECONDS, lease * FENCE_SPARE_SHARE)

    @property
    def fence_grace_seconds(self) -> float:
        """The grace that work gets then."""
        return min(FENCE_GRACE_SECONDS, self.settings.lease_seconds * FENCE_GRACE_SHARE)

    def works(self) -> dict[tuple[str, str | None], Work]:
        """What is run on this box, by process and freerun entry (None for a managed process)."""
        works: dict[tuple[str, str | None], Work] = {
            (spec.process_name, None): spec.work for spec in self.context.managed if self.has(spec.work)
        }
        works.update(
            ((spec.process_name, spec.entry_name), spec.work) for spec in self.context.freerun if self.has(spec.work)
        )
        return works

    def daemons(self) -> tuple[DaemonSpec, ...]:
        """The daemon processes that belong on this box."""
        return tuple(spec for spec in self.context.daemons if self.has(spec.work))

    def has(self, work: Work) -> bool:
        """Whether the work is present on this box."""
        return _matches(work.present_on_boxes, self.box_id)

    def folder_of(self, work: Work) -> Path:
        """Where the work is run; a relative ``cwd`` is meant from the project's folder."""
        return self.folder / work.cwd if work.cwd else self.folder


def _matches(patterns: Iterable[str], box_id: str) -> bool:
    return any(re.fullmatch(pattern, box_id) for pattern in patterns)
