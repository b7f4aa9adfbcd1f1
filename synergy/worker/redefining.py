"""Takes changed definitions into a running supervisor, so that it need not be stopped, nor its work.

The daemon tells which definitions it works by each time it starts, SIGHUP asks too, and so does a request that no
definition tells. The project is then loaded anew, as the daemon loads it: user code is imported by a child process
alone. Definitions that do not load change nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import structs

from synergy.core.context import digest_of
from synergy.core.errors import SynergyError
from synergy.core.settings import Settings
from synergy.loading import Project
from synergy.worker.site import Site

Load = Callable[[], Project]
Take = Callable[[Site], Awaitable[None]]

NOT_HELD: Final = frozenset({"context", "synergy_start_timeperiod", "synergy_end_timeperiod", "clock", "pools"})
"""Settings that a supervisor does not hold: the daemon's, beside the collector's, and the pools, which come with the
definitions. A change of any other one needs a new start."""

log = logging.getLogger(__name__)


class Redefiner:
    """Loads when asked, one load at a time; who asks during a load is answered by another one.

    Args:
        site: what the supervisor was started with.
        load: reads the project; blocks, and is called in a thread.
        take: puts a site with other definitions to work.
    """

    def __init__(self, site: Site, load: Load, take: Take) -> None:
        self._site = site
        self._load = load
        self._take = take
        self._digest = digest_of(site.context)
        self._wanted = asyncio.Event()
        self._loading = False
        self.on_begin: Callable[[], None] = lambda: None
        """Called when a load is wanted; ``on_end``: when the definitions are known again."""
        self.on_end: Callable[[], None] = lambda: None

    def ask(self, digest: str | None = None) -> None:
        """Load soon; not when the definitions of this ``digest`` are at work already."""
        if digest == self._digest and not self._loading:
            return
        self.on_begin()
        self._wanted.set()

    async def run(self) -> None:
        """Load whenever asked, until cancelled."""
        while True:
            await self._wanted.wait()
            self._loading = True
            while self._wanted.is_set():
                self._wanted.clear()
                await self._redefine()
            self._loading = False
            self.on_end()

    async def _redefine(self) -> None:
        try:
            project = await asyncio.to_thread(self._load)
        except (SynergyError, OSError) as error:
            extra = {"action": "definitions_refused"}
            log.error("the definitions stay as they were: %s", error, extra=extra)  # noqa: TRY400 - told by its message
            return
        _tell_settings(self._site.settings, project.settings)
        digest = digest_of(project.context)
        if digest == self._digest:
            log.info("the definitions did not change", extra={"action": "definitions_unchanged"})
            return
        site = structs.replace(self._site, context=project.context)
        await self._take(site)
        self._site, self._digest = site, digest
        log.info("other definitions are at work", extra={"action": "definitions_changed"})


def _tell_settings(old: Settings, new: Settings) -> None:
    changed = [
        name
        for name in old.__struct_fields__
        if getattr(old, name) != getattr(new, name) and name not in NOT_HELD and not name.startswith("gc_")
    ]
    if changed:
        log.warning(
            "changed settings are not used before the supervisor is started again: %s",
            ", ".join(changed),
            extra={"action": "settings_changed", "settings": changed},
        )
