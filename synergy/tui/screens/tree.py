"""One tree by year, month, day and hour: a level is read when its branch is opened, with what is inside rolled up."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult

from synergy.core.control import requests as q
from synergy.core.control.grid_requests import RollUp
from synergy.core.timeperiods import Qualifier, is_coarser, span, timeperiod_of
from synergy.tui.desk import Desk
from synergy.tui.model.branches import Branch, Levels, levels_of, roll_up
from synergy.tui.model.glyphs import ABSENT_CELL
from synergy.tui.model.health import legend
from synergy.tui.model.problem_search import PROBLEMS
from synergy.tui.model.reducer import Step
from synergy.tui.model.sheets import branches_table
from synergy.tui.model.table import Table
from synergy.tui.model.trail import Place
from synergy.tui.model.zoom import ZOOMS
from synergy.tui.places import GoTo
from synergy.tui.screens.frame import Frame, bindings_of
from synergy.tui.widgets.branch_tree import BranchTree
from synergy.tui.widgets.lines import LinesView

PAGE: Final = 2000
"""Columns asked for at once."""


class TreeScreen(Frame):
    """The periods of one tree."""

    screen_name = "tree"
    BINDINGS = bindings_of(screen_name)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._wanted: list[Branch | None] = []
        self._opened_first = False
        self._narrowed = False

    def body(self) -> ComposeResult:
        """The branches, and what their glyphs mean."""
        yield BranchTree(self.desk.style.glyphs, id="main")
        yield LinesView([legend(self.desk.style)], id="legend")

    @property
    def branches(self) -> BranchTree:
        """The widget."""
        return self.query_one("#main", BranchTree)

    @property
    def tree_name(self) -> str:
        """Which tree; the first one when none was named."""
        if self.place.target:
            return self.place.target
        return self.desk.view.trees[0].tree_name if self.desk.view.trees else ""

    def levels(self) -> Levels | None:
        """The tree's processes that have periods."""
        rows = [row for row in self.desk.view.processes if row.tree_name == self.tree_name]
        return levels_of(
            [(row.process_name, row.time_qualifier, row.first_timeperiod, row.last_timeperiod) for row in rows]
        )

    def show(self) -> None:
        """Plant the tree once its processes are known; let it grow with time."""
        levels = self.levels()
        planted = self.branches.levels
        if levels is not None and levels != planted:
            if planted is None or not _grew(planted, levels):
                self.branches.plant(levels, empty=self.only_problems)
            else:
                self.branches.levels = levels
                for branch in self.branches.open_branches:
                    if len(levels.children(branch)) > self.branches.children_of(branch):
                        self._want(branch)
            self._want(None)
        self.chrome()

    def begin(self) -> None:
        """Every open branch is read again."""
        self._wanted += [branch for branch in self.branches.open_branches if branch not in self._wanted]
        super().begin()

    def on_step(self, step: Step, cells: frozenset[str]) -> None:
        """Apply the events; after a reconnect every open branch is read again."""
        del cells
        if step.resync:
            for branch in (None, *self.branches.open_branches):
                self._want(branch)
        if step.resync or step.grew:
            self.show()
        for _, change in step.jobs:
            self.branches.change(change)
        if self.only_problems and any(change.cell in PROBLEMS for _, change in step.jobs):
            for branch in (None, *self.branches.open_branches):
                self._want(branch)

    def on_branch_tree_opened(self, event: BranchTree.Opened) -> None:
        """Fill the branch."""
        self._want(event.branch)

    def on_branch_tree_moved(self) -> None:
        """The title tells where."""
        self.chrome()

    def _want(self, branch: Branch | None) -> None:
        if branch not in self._wanted:
            self._wanted.append(branch)
        self.reload()

    async def read(self) -> None:
        """Fill what is wanted; one that fails is asked for again when it is opened again."""
        while self._wanted:
            await self._fill(self._wanted.pop(0))

    async def _fill(self, parent: Branch | None) -> None:
        levels = self.branches.levels
        if levels is None:
            return
        children, narrowed = levels.roots() if parent is None else levels.children(parent), self.only_problems
        if narrowed:
            children = await self._troubled(levels, children)
        if not children:
            return
        own = await self._cells(levels.process(children[0].qualifier), children[0].qualifier, children)
        below = levels.below(children[0].qualifier)
        inside = await self._cells(below.process_name, below.qualifier, children) if below else {}
        if narrowed is not self.only_problems:
            return  # meanwhile others are wanted
        self.branches.add(parent, children)
        for child in children:
            counts = None
            if below:
                ordinals = span(child.qualifier, child.ordinal, below.qualifier)
                counts = roll_up("".join(inside.get(at, ABSENT_CELL) for at in ordinals))
            self.branches.tell(child, own.get(child.ordinal) if own else None, counts)
        if parent is None and not self._opened_first:
            self._opened_first = True
            self.branches.root.children[0 if narrowed else -1].expand()

    async def _troubled(self, levels: Levels, children: list[Branch]) -> list[Branch]:
        """Those with a problem of their own, or inside at any depth."""
        if not children:
            return []
        names = tuple(
            level.process_name for level in levels.levels if not is_coarser(level.qualifier, children[0].qualifier)
        )
        request = RollUp(children[0].qualifier, children[0].timeperiod, len(children), names)
        rows = (await self.desk.feed.call(request)).rows
        return [child for at, child in enumerate(children) if any(row.cells[at] in PROBLEMS for row in rows)]

    async def _cells(self, process_name: str | None, qualifier: Qualifier, children: list[Branch]) -> dict[int, str]:
        """The cells of a process over all children, by ordinal."""
        if process_name is None:
            return {}
        around = children[0].qualifier
        first = span(around, children[0].ordinal, qualifier).start
        end = span(around, children[-1].ordinal, qualifier).stop
        found: dict[int, str] = {}
        for start in range(first, end, PAGE):
            count = min(PAGE, end - start)
            reply = await self.desk.feed.call(
                q.Grid(qualifier, timeperiod_of(qualifier, start), count, (process_name,))
            )
            for row in reply.rows:
                found |= {start + index: cell for index, cell in enumerate(row.cells)}
        return found

    def target(self) -> str | None:
        """The branch's job."""
        branch = self.branches.branch
        return branch.job if branch else None

    def order_targets(self) -> tuple[str, ...]:
        """The branch's job, or where no process has one, all of the tree in that period."""
        branch = self.branches.branch
        return self.targets() or ((f"{self.tree_name}@{branch.timeperiod}",) if branch else ())

    def targets(self) -> tuple[str, ...]:
        """The marked jobs, or the branch's."""
        return self.branches.marked or super().targets()

    def drop_marks(self) -> bool:
        """Unmark all jobs."""
        had = self.branches.drop_marks()
        self.chrome()
        return had

    def do_mark(self) -> None:
        """Mark the branch's job."""
        self.branches.toggle_mark()
        self.chrome()

    def do_mark_range(self) -> None:
        """Mark from the last mark to here."""
        self.branches.mark_range()
        self.chrome()

    def do_mark_all(self) -> None:
        """Mark the jobs of all branches that are shown."""
        self.tell_marked(self.branches.mark_all(), "job")
        self.chrome()

    def narrow(self) -> None:
        """Only the branches with problems, or all again."""
        if self.is_mounted and self._narrowed != self.only_problems and self.branches.levels is not None:
            self._narrowed, self._opened_first = self.only_problems, False
            self._wanted.clear()
            self.branches.plant(self.branches.levels, empty=self.only_problems)
            self._want(None)

    def copied(self) -> str:
        """The marked jobs, or the branch's, or the tree's period where no process has one."""
        return "\n".join(self.order_targets())

    def do_enter(self) -> None:
        """Into the job; a branch without one opens or closes."""
        if self.target():
            self.go_into_job()
        elif self.branches.cursor_node is not None:
            self.branches.cursor_node.toggle()

    def title_text(self) -> str:
        """The tree, and what the cursor stands on."""
        target = self.target()
        problems = " problems only" if self.only_problems else ""
        marked = len(self.branches.marked)
        marks = f" · {marked:,} marked" if marked else ""
        return f"tree {self.tree_name}{problems}" + (f" · {target}" if target else "") + marks

    def plain_lines(self) -> list[str]:
        """The visible branches."""
        tree = self.branches
        lines = [tree.get_node_at_line(line) for line in range(tree.last_line + 1)]
        shown = [f"{'   ' * ZOOMS.index(node.data.qualifier)}{node.label}" for node in lines if node and node.data]
        return [self.title_text(), *shown]

    def shown_table(self) -> Table:
        """The visible branches."""
        return branches_table(self.branches.told())

    def do_go_tree(self) -> None:
        """The next tree, when one is shown already."""
        names = [row.tree_name for row in self.desk.view.trees]
        if self.tree_name in names:
            following = names[(names.index(self.tree_name) + 1) % len(names)]
            self.post_message(GoTo(Place("tree", following)))


def _grew(before: Levels, now: Levels) -> bool:
    """Whether the tree only got younger periods."""
    same = [(one.process_name, one.first) for one in before.levels] == [
        (one.process_name, one.first) for one in now.levels
    ]
    return same and all(old.last <= new.last for old, new in zip(before.levels, now.levels, strict=True))
