"""The tree of periods: Textual's own tree, filled one level at a time, its labels changed in place by events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from synergy.core.control.events import JobChanged
from synergy.core.states import JOB_CODES, JobState
from synergy.core.timeperiods import cast, ordinal_of
from synergy.tui.actions import moves
from synergy.tui.model.branches import Branch, Levels, describe
from synergy.tui.model.glyphs import GlyphSet
from synergy.tui.widgets.colors import style_of


class BranchTree(Tree[Branch]):
    """Branches with their state and roll-up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "open_branch", "open", show=False),
        Binding("left", "close_branch", "close", show=False),
        Binding("space", "screen.act('mark')", "mark", show=False),  # Textual's own tree opens branches with it
        *(Binding(move.keys, move.verb, move.help, show=False) for move in moves("cursor_up", "cursor_down")),
    ]

    class Opened(Message):
        """A branch wants its children."""

        def __init__(self, branch: Branch) -> None:
            super().__init__()
            self.branch = branch

    class Moved(Message):
        """The cursor stands on another branch."""

    def __init__(self, glyphs: GlyphSet, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__("", id=id)
        self.show_root = False
        self.guide_depth = 3
        self.auto_expand = False
        self.glyphs = glyphs
        self.levels: Levels | None = None
        self._known: dict[Branch, TreeNode[Branch]] = {}
        self._cells: dict[Branch, str] = {}
        self._counts: dict[Branch, Counter[str]] = {}
        self._marks: set[Branch] = set()
        self._anchor: Branch | None = None

    @property
    def marked(self) -> tuple[str, ...]:
        """The marked jobs, also of branches that are closed, in the order of the calendar."""
        marks = sorted(self._marks, key=lambda branch: (branch.timeperiod, branch.qualifier.value))
        return tuple(branch.job for branch in marks if branch.job)

    @property
    def branch(self) -> Branch | None:
        """The branch under the cursor."""
        return self.cursor_node.data if self.cursor_node else None

    @property
    def open_branches(self) -> list[Branch]:
        """The branches whose children are shown."""
        return [branch for branch, node in self._known.items() if node.is_expanded and node.children]

    def told(self) -> Iterator[tuple[Branch, str | None, Mapping[str, int]]]:
        """Each branch that is shown, from top to bottom, with its state and what is inside, as far as known."""
        for branch in self._shown():
            yield branch, self._cells.get(branch), self._counts.get(branch, Counter())

    def children_of(self, branch: Branch) -> int:
        """How many branches are shown inside one."""
        node = self._known.get(branch)
        return len(node.children) if node else 0

    def plant(self, levels: Levels, *, empty: bool = False) -> None:
        """Start anew with the years of a tree; ``empty``: which of them are shown is not known yet."""
        self.levels = levels
        self.clear()
        self._known.clear()
        self._cells.clear()
        self._counts.clear()
        self._marks.clear()
        self.add(None, () if empty else levels.roots())
        self.root.expand()
        self.cursor_line = 0

    def add(self, parent: Branch | None, branches: Iterable[Branch]) -> None:
        """Put branches under one; those that are there stay. One that is gone by now gets none."""
        node = self.root if parent is None else self._known.get(parent)
        if node is None:
            return
        for branch in branches:
            if branch not in self._known:
                leaf = self.levels is None or self.levels.is_leaf(branch)
                self._known[branch] = node.add(self._label(branch), branch, allow_expand=not leaf)

    def tell(self, branch: Branch, cell: str | None, counts: Counter[str] | None) -> None:
        """Say a branch's own state, and what is inside; None leaves what is known."""
        before = (self._cells.get(branch), self._counts.get(branch))
        if cell is not None:
            self._cells[branch] = cell
        if counts is not None:
            self._counts[branch] = counts
        if before != (self._cells.get(branch), self._counts.get(branch)):
            self._relabel(branch)

    def change(self, change: JobChanged) -> None:
        """Apply an event to the job's branch and to the roll-ups around it."""
        if self.levels is None:
            return
        level = next((at for at in self.levels.levels if at.process_name == change.process_name), None)
        if level is None:
            return
        ordinal = ordinal_of(level.qualifier, change.timeperiod)
        own = Branch(level.qualifier, ordinal, level.process_name)
        old = self._cells.get(own) or str(JOB_CODES[JobState(change.old_state)])
        self.tell(own, change.cell, None)
        for branch, counts in list(self._counts.items()):
            inside = self.levels.below(branch.qualifier)
            if inside == level and cast(level.qualifier, ordinal, branch.qualifier) == branch.ordinal:
                moved = counts.copy()
                moved[old] -= 1
                moved[change.cell] += 1
                self.tell(branch, None, +moved)

    def toggle_mark(self) -> None:
        """Mark or unmark the branch's job, and go on by one."""
        branch = self.branch
        if branch is not None and branch.job:
            self._marks ^= {branch}
            self._anchor = branch
            self._relabel(branch)
        self.action_cursor_down()

    def mark_range(self) -> None:
        """Mark the jobs of all branches shown from the last mark to the cursor."""
        shown = self._shown()
        here = self.branch
        if here is None:
            return
        at, start = shown.index(here), shown.index(self._anchor) if self._anchor in shown else shown.index(here)
        self._mark(shown[min(at, start) : max(at, start) + 1])

    def mark_all(self) -> int:
        """Mark the jobs of all branches that are shown; how many are marked then."""
        self._mark(self._shown())
        return len(self._marks)

    def drop_marks(self) -> bool:
        """Unmark all; False when nothing was marked."""
        marks, self._marks = self._marks, set()
        for branch in marks:
            self._relabel(branch)
        return bool(marks)

    def _mark(self, branches: Iterable[Branch]) -> None:
        for branch in branches:
            if branch.job and branch not in self._marks:
                self._marks.add(branch)
                self._relabel(branch)

    def _shown(self) -> list[Branch]:
        nodes = (self.get_node_at_line(line) for line in range(self.last_line + 1))
        return [node.data for node in nodes if node is not None and node.data is not None]

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Branch]) -> None:
        """Ask for the children."""
        event.stop()
        if event.node.data is not None:
            self.post_message(self.Opened(event.node.data))

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Branch]) -> None:
        """The cursor moved."""
        event.stop()
        self.post_message(self.Moved())

    def action_open_branch(self) -> None:
        """Open the branch, or go to its first child."""
        node = self.cursor_node
        if node is None or not node.allow_expand:
            return
        if node.is_expanded:
            self.action_cursor_down()
        else:
            node.expand()

    def action_close_branch(self) -> None:
        """Close the branch, or go to the one around it."""
        node = self.cursor_node
        if node is None:
            return
        if node.is_expanded and node.allow_expand:
            node.collapse()
        elif node.parent is not None and not node.parent.is_root:
            self.move_cursor(node.parent)

    def on_mount(self) -> None:
        """Labels are made once, so they are made anew for another theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._recolor())

    def _recolor(self) -> None:
        for branch in self._known:
            self._relabel(branch)

    def _relabel(self, branch: Branch) -> None:
        if (node := self._known.get(branch)) is not None:
            node.set_label(self._label(branch))

    def _label(self, branch: Branch) -> Text:
        parts = describe(
            branch, self._cells.get(branch), self._counts.get(branch, {}), self.glyphs, marked=branch in self._marks
        )
        return Text.assemble(*((text, style_of(meaning)) for text, meaning in parts))
