"""Small deployments: two trees over two and a bit days, with every machine, blocking type, grouping and trigger."""

from __future__ import annotations

from random import Random
from typing import Final

from msgspec.structs import replace

from synergy.core.context import (
    BlockingType,
    FreerunSpec,
    MachineKind,
    ManagedSpec,
    ProcessContext,
    TreeSpec,
    Work,
)
from synergy.core.settings import Settings
from synergy.core.timeperiods import Qualifier

START: Final = "2013013020"
END: Final = "2013020203"
WORK: Final = Work(run="jobs:run")

_QUALIFIERS: Final = {
    "Hourly": Qualifier.HOURLY, "Daily": Qualifier.DAILY, "Monthly": Qualifier.MONTHLY, "Yearly": Qualifier.YEARLY
}  # fmt: skip
_GROUPINGS: Final = {Qualifier.HOURLY: (1, 1, 1, 3, 8), Qualifier.DAILY: (1, 1, 2, 10), Qualifier.MONTHLY: (1,)}
_TRIGGERS: Final = ("every 60", "every 60", "every 3600", "at 00:30, 13:10", "cron 20 */7 * * *", "cron 15 * * * *")


def spec(name: str, tree_name: str, **fields: object) -> ManagedSpec:
    """A process called after its tree and level, such as ``MainDaily``."""
    level = next(word for word in _QUALIFIERS if name.endswith(word))
    return ManagedSpec(name, _QUALIFIERS[level], tree_name, WORK, **fields)  # type: ignore[arg-type] # fields of a spec


def context_of(
    *specs: ManagedSpec, dependent_on: dict[str, tuple[str, ...]] | None = None, entries: tuple[FreerunSpec, ...] = ()
) -> ProcessContext:
    """The context of these processes, each listed from the coarsest to the finest within its tree."""
    names = dict.fromkeys(one.tree_name for one in specs)
    trees = tuple(
        TreeSpec(
            name,
            tuple(one.process_name for one in specs if one.tree_name == name),
            dependent_on=(dependent_on or {}).get(name, ()),
        )
        for name in names
    )
    return ProcessContext(managed=specs, freerun=entries, trees=trees)


def settings_of(**fields: object) -> Settings:
    """Settings of a short timetable."""
    given: dict[str, object] = {
        "context": "none",
        "synergy_start_timeperiod": START,
        "synergy_end_timeperiod": END,
        **fields,
    }
    return Settings(**given)  # type: ignore[arg-type] # fields of the settings


def random_context(random: Random, *, simple: bool = False) -> ProcessContext:
    """Two trees, the second dependent on the first. ``simple``: discrete, always due, and not grouped."""
    specs = []
    for tree in ("Main", "Report"):
        levels = random.choice((("Daily", "Hourly"), ("Monthly", "Daily", "Hourly"), ("Monthly", "Hourly")))
        specs += [random_spec(random, tree, level, simple=simple) for level in levels]
    entries = () if simple else (entry("often", "every 1800"), entry("daily", "at 06:00"))
    return context_of(*specs, dependent_on={"Report": ("Main",)}, entries=entries)


def changed_context(random: Random, whole: ProcessContext) -> ProcessContext:
    """Some process is defined anew; sometimes one is missing, and sometimes an entry."""
    specs = list(whole.managed)
    at = random.randrange(len(specs))
    old = specs[at]
    new = random_spec(random, old.tree_name, old.process_name.removeprefix(old.tree_name), simple=False)
    specs[at] = replace(new, concurrency=old.concurrency, is_on=random.random() < 0.8)
    siblings = [one for one in specs if one.tree_name == old.tree_name]
    if len(siblings) > 1 and random.random() < 0.4:
        specs.remove(random.choice(siblings))
    dependent_on = {tree.tree_name: tree.dependent_on for tree in whole.trees}
    entries = whole.freerun[: random.choice((0, 1, 2, 2))]
    return context_of(*specs, dependent_on=dependent_on, entries=entries)


def random_spec(random: Random, tree: str, level: str, *, simple: bool) -> ManagedSpec:
    """A process of a level of a tree. ``simple``: as of ``random_context``."""
    kinds = (MachineKind.DISCRETE, MachineKind.DISCRETE, MachineKind.CONTINUOUS, MachineKind.RECOMPUTING)
    return spec(
        f"{tree}{level}",
        tree,
        state_machine=MachineKind.DISCRETE if simple else random.choice(kinds),
        blocking_type=random.choice(tuple(BlockingType)),
        trigger_frequency="every 60" if simple else random.choice(_TRIGGERS),
        time_grouping=1 if simple else random.choice(_GROUPINGS[_QUALIFIERS[level]]),
        concurrency=random.choice((1, 1, 2, 5)),
        source=random.choice((None, "data")),
    )


def entry(name: str, trigger: str) -> FreerunSpec:
    """An entry ``Free::name``; firings that ``often`` misses are made good, those of others not."""
    return FreerunSpec("Free", name, trigger, WORK, misfire="once" if name == "often" else "skip")
