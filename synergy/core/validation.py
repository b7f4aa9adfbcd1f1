"""From the user's definitions to a process context, or to all mistakes at once.

Single fields are checked in ``synergy.core.definition_fields``; here it is names and trees: a process is in exactly one
tree, a tree has at most one process per qualifier, and what trees depend on never leads back.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from msgspec.structs import replace

from synergy.core.context import ManagedSpec, ProcessContext, TreeSpec, Work
from synergy.core.counting import counted
from synergy.core.definition_fields import (
    Definition,
    Kind,
    Problems,
    read_daemon,
    read_freerun,
    read_managed,
    read_tree,
)
from synergy.core.errors import InvalidDefinition
from synergy.core.suggestions import did_you_mean
from synergy.core.timeperiods import Qualifier

Spec = TypeVar("Spec")

_COARSEST_FIRST: Final = tuple(reversed(Qualifier))


def build_context(
    definitions: Sequence[Definition],
    *,
    box_id: str,
    pools: Mapping[str, int] | None = None,
    problems: Iterable[str] = (),
) -> ProcessContext:
    """Check the definitions and put the context together.

    Args:
        definitions: everything in process_context and timetable_context, in the order of the file.
        box_id: this box; a definition that no box pattern brings here is worth a warning.
        pools: the sizes of the pools that a definition may name.
        problems: mistakes that were found before, to be told together with those found here.

    Raises:
        InvalidDefinition: ``problems`` holds every mistake.
    """
    check = _Check(definitions)
    check.problems.lines.extend(problems)
    context = check.context(box_id, dict(pools or {}))
    if check.problems.lines:
        raise wrong_definitions(check.problems.lines)
    return context


def wrong_definitions(problems: Sequence[str]) -> InvalidDefinition:
    """The error that tells so many mistakes."""
    return InvalidDefinition(counted(len(problems), "wrong definition"), problems=tuple(problems))


class _Check:
    """One check over all definitions; ``problems`` grows, nothing is raised."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.problems = Problems()
        self._of = {kind: [each for each in definitions if each.kind is kind] for kind in Kind}

    def context(self, box_id: str, pools: dict[str, int]) -> ProcessContext:
        """What could be read; complete only when no problem was noted."""
        self._unique_names()
        managed = self._readable(Kind.MANAGED, read_managed)
        freerun = self._readable(Kind.FREERUN, read_freerun)
        daemons = self._readable(Kind.DAEMON, read_daemon)
        trees = self._readable(Kind.TREE, read_tree)
        processes = {spec.process_name: spec for _, spec in managed}
        tree_of = self._tree_of_each(trees, processes)
        self._dependencies(trees)
        works = [*((each, spec.work) for each, spec in managed), *((each, spec.work) for each, spec in freerun)]
        works += [(each, spec.work) for each, spec in daemons]
        self._known_pools(works, pools)
        return ProcessContext(
            managed=tuple(replace(spec, tree_name=tree_of.get(spec.process_name, "")) for _, spec in managed),
            freerun=tuple(spec for _, spec in freerun),
            daemons=tuple(spec for _, spec in daemons),
            trees=tuple(_coarsest_first(spec, processes) for _, spec in trees),
            pools=pools,
            warnings=tuple(_absent(works, box_id)),
        )

    def _readable(
        self, kind: Kind, read: Callable[[Definition, Problems], Spec | None]
    ) -> list[tuple[Definition, Spec]]:
        """The definitions of a kind that have no mistake of their own, with what they say."""
        return [(each, spec) for each in self._of[kind] if (spec := read(each, self.problems)) is not None]

    def _unique_names(self) -> None:
        """Managed and daemon processes share one set of names; freerun entries may share a process among themselves."""
        seen: dict[tuple[str, str], Definition] = {}
        for kind in (Kind.MANAGED, Kind.DAEMON, Kind.FREERUN, Kind.TREE):
            for each in filter(_is_named, self._of[kind]):
                first = seen.setdefault(("tree" if kind is Kind.TREE else "process", each.name), each)
                if first is not each:
                    self.problems.add(each, f"the name is taken by {first.defined_at}", "choose another name")
        owners = {each.name: each for kind in (Kind.MANAGED, Kind.DAEMON) for each in self._of[kind]}
        for each in self._of[Kind.FREERUN]:
            owner = owners.get(str(each.fields.get("process_name")))
            if owner is not None:
                what = f'process_name "{owner.name}" belongs to the {owner.kind} of {owner.defined_at}'
                self.problems.add(each, what, "choose another process_name")

    def _tree_of_each(
        self, trees: Sequence[tuple[Definition, TreeSpec]], processes: Mapping[str, ManagedSpec]
    ) -> dict[str, str]:
        """The tree of each process; exactly one."""
        tree_of: dict[str, str] = {}
        for each, tree in trees:
            if not tree.processes:
                self.problems.add(each, "enclosed_processes is empty", "name a managed process, or remove the tree")
            taken: dict[Qualifier, str] = {}
            for name in tree.processes:
                if self._encloses(each, name) and name in tree_of:
                    where = "twice" if tree_of[name] == tree.tree_name else f'in tree "{tree_of[name]}" too'
                    self.problems.add(each, f'process "{name}" is enclosed {where}', "a process is in exactly one tree")
                    continue
                tree_of[name] = tree.tree_name
                if name in processes:
                    self._one_per_qualifier(each, processes[name], taken)
        for each in filter(_is_named, self._of[Kind.MANAGED]):
            # With a tree that could not be read nobody knows what it encloses.
            if each.name not in tree_of and len(trees) == len(self._of[Kind.TREE]):
                self.problems.add(each, "the process is in no tree", "name it in enclosed_processes of a Tree")
        return tree_of

    def _encloses(self, tree: Definition, name: str) -> bool:
        """Whether a tree may enclose what has this name."""
        known = [each.name for each in self._of[Kind.MANAGED]]
        if name in known:
            return True
        others = [each for kind in (Kind.DAEMON, Kind.FREERUN) for each in self._of[kind]]
        other = next((each for each in others if each.fields.get("process_name") == name), None)
        if other is None:
            self.problems.add(tree, f'enclosed process "{name}" is unknown', did_you_mean(name, known))
        else:
            what = f'enclosed process "{name}" is a {other.kind}'
            self.problems.add(tree, what, "a tree encloses managed processes only")
        return False

    def _one_per_qualifier(self, tree: Definition, spec: ManagedSpec, taken: dict[Qualifier, str]) -> None:
        qualifier = spec.time_qualifier
        first = taken.setdefault(qualifier, spec.process_name)
        if first != spec.process_name:
            what = f'processes "{first}" and "{spec.process_name}" are both {qualifier}'
            self.problems.add(tree, what, "a tree has one process per qualifier; make another tree")

    def _known_pools(self, works: Iterable[tuple[Definition, Work]], pools: Mapping[str, int]) -> None:
        """A misspelt pool would be one without a limit."""
        for each, work in works:
            if work.pool is not None and work.pool not in pools:
                remedy = did_you_mean(work.pool, pools) if pools else f"set its size in [pools], e.g. {work.pool} = 4"
                self.problems.add(each, f'pool "{work.pool}" is unknown', remedy)

    def _dependencies(self, trees: Sequence[tuple[Definition, TreeSpec]]) -> None:
        """Known trees, each once, and no way back."""
        names = {each.name for each in self._of[Kind.TREE]}
        for each, tree in trees:
            for name, count in Counter(tree.dependent_on).items():
                if name not in names:
                    others = names - {tree.tree_name}
                    remedy = did_you_mean(name, others) if others else "define that tree, or leave it out"
                    self.problems.add(each, f'dependent_on: tree "{name}" is unknown', remedy)
                elif count > 1:
                    self.problems.add(each, f'dependent_on names tree "{name}" {count} times', "name it once")
        needs = {tree.tree_name: tree.dependent_on for _, tree in trees}
        told: set[frozenset[str]] = set()
        for each, tree in trees:
            path = _way_back(tree.tree_name, needs)
            if path and frozenset(path) not in told:
                told.add(frozenset(path))
                way = " -> ".join(path)
                self.problems.add(each, f"dependent_on leads back: {way}", "remove one of these dependencies")


def _is_named(definition: Definition) -> bool:
    return definition.is_named


def _way_back(start: str, needs: Mapping[str, Sequence[str]]) -> list[str]:
    """A shortest path of dependencies from a tree back to itself, both ends included; empty when there is none."""
    paths = deque([[start]])
    seen: set[str] = set()
    while paths:
        path = paths.popleft()
        for name in needs.get(path[-1], ()):
            if name == start:
                return [*path, name]
            if name not in seen:
                seen.add(name)
                paths.append([*path, name])
    return []


def _coarsest_first(tree: TreeSpec, processes: Mapping[str, ManagedSpec]) -> TreeSpec:
    """The tree with its levels in order, as the rest of the program relies on; unknown names last."""
    ranks = {name: _COARSEST_FIRST.index(spec.time_qualifier) for name, spec in processes.items()}
    return replace(tree, processes=tuple(sorted(tree.processes, key=lambda name: ranks.get(name, len(ranks)))))


def _absent(works: Iterable[tuple[Definition, Work]], box_id: str) -> Iterator[str]:
    """A warning for each definition that no pattern brings to this box."""
    for each, work in works:
        if not any(re.fullmatch(pattern, box_id) for pattern in work.present_on_boxes):
            patterns = ", ".join(f'"{pattern}"' for pattern in work.present_on_boxes)
            yield f"{each.defined_at}: {each.name}: present_on_boxes {patterns} does not match this box ({box_id})"
