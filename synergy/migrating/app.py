"""The composition root of a move: the only module of this room that chooses adapters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from synergy.clocks import RealClock
from synergy.core.errors import AlreadyRunning, InvalidArgument
from synergy.core.ports import ArchiveStore
from synergy.loading import ProjectPaths
from synergy.migrating.copying import Progress
from synergy.migrating.moving import Move, Report, Surroundings
from synergy.passwords import lacks_password, store_password
from synergy.pidfile import holder


class Target(NamedTuple):
    """The store to move into. ``password``: of its URL's user; None: the URL's own, else the project's store's."""

    url: str
    password: str | None = None


def plan(paths: ProjectPaths, to: Target) -> Report:
    """See Move.plan.

    Raises:
        InvalidArgument: ``to`` is no store's URL.
    """
    around = Surroundings(RealClock(), paths.settings, lambda _: None, lambda *_: None)
    return asyncio.run(_do(paths, to, around, Move.plan))


def migrate(
    paths: ProjectPaths, to: Target, *, verify: bool, tell: Callable[[str], None], progress: Progress
) -> Report:
    """See Move.run. A daemon or supervisor of this folder that is frozen, too, keeps its pid file's lock.

    Raises:
        InvalidArgument: ``to`` is no store's URL.
    """
    for name, path in (("daemon", paths.pid_file), ("supervisor", paths.supervisor_pid_file)):
        if pid := holder(path):
            raise AlreadyRunning(f"the {name} of {paths.folder} runs, pid {pid}", remedy="stop it first: synergyd stop")
    around = Surroundings(RealClock(), paths.settings, tell, progress)
    return asyncio.run(_do(paths, to, around, partial(Move.run, verify=verify)))


async def _do(
    paths: ProjectPaths, to: Target, around: Surroundings, work: Callable[[Move], Awaitable[Report]]
) -> Report:
    password = store_password(paths.settings, paths.folder, os.environ)
    source = _archive(paths, Target(paths.settings.store, password))
    target = _archive(paths, to._replace(password=password) if to.password is None and lacks_password(to.url) else to)
    try:
        return await work(Move(source, target, around))
    finally:
        await source.close()
        await target.close()


def _archive(paths: ProjectPaths, store: Target) -> ArchiveStore:
    scheme, _, rest = store.url.partition(":")
    settings = paths.settings
    if scheme == "sqlite" and rest:
        from synergy.stores.sqlite.archive import SqliteArchive  # noqa: PLC0415 - only what is used

        return SqliteArchive(paths.folder / rest)
    if scheme in {"mongodb", "mongodb+srv"} and rest.startswith("//"):
        from synergy.stores.mongodb.archive import MongoArchive  # noqa: PLC0415 - only what is used
        from synergy.stores.mongodb.link import Options  # noqa: PLC0415 - only what is used

        return MongoArchive(
            store.url,
            Options(settings.db_connect_seconds, settings.db_timeout_seconds, settings.db_log_ttl_days, store.password),
        )
    raise InvalidArgument(
        f'"{scheme}:…" is no store that is known', remedy="use sqlite:PATH or mongodb://HOST/DATABASE"
    )
