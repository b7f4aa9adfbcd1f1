"""What all screens of one console share: the feed, the cells, how things are shown, and what the operator remembers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC

from synergy.client import ControlClient
from synergy.core.control.replies import Status
from synergy.core.timeperiods import Qualifier
from synergy.tui.feed import Announcement, Feed
from synergy.tui.model.connection import LinkState
from synergy.tui.model.formats import read_stamp
from synergy.tui.model.glyphs import GlyphSet
from synergy.tui.model.grid_cache import GridCache
from synergy.tui.model.keymap import rekeyed
from synergy.tui.model.listings import Style
from synergy.tui.model.reducer import View
from synergy.tui.model.settings import Settings, zone_of
from synergy.tui.model.trail import Trail
from synergy.tui.settings_file import SettingsFile


class Desk:
    """Shared by the screens of one console; owned by the app."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[ControlClient]],
        announce: Callable[[Announcement], None],
        *,
        settings: SettingsFile | None = None,
        unicode: bool = True,
        label: str = "",
        shell_line: Callable[[str], str] = str,
    ) -> None:
        """``shell_line`` makes a synergyctl line one that works in the operator's shell."""
        self.feed = Feed(connect, announce)
        self.file = settings or SettingsFile()
        self.actions = rekeyed(self.settings.keymap)
        self.style = Style(GlyphSet(unicode), zone_of(self.settings))
        self.read_only = self.settings.read_only
        self.label = label
        self.shell_line = shell_line
        self.cache = GridCache()
        self.trail = Trail()
        self.filters: dict[str, str] = {}
        self.only_problems: set[str] = set()
        self.last_command: str | None = None
        self.is_changing = False

    @property
    def settings(self) -> Settings:
        """The operator's choices."""
        return self.file.settings

    @property
    def view(self) -> View:
        """What is known."""
        return self.feed.view

    @property
    def link(self) -> LinkState:
        """The connection."""
        return self.feed.state

    @property
    def name(self) -> str:
        """How the deployment is called."""
        hello = self.link.hello
        return (hello and hello.console_title) or self.label or "synergy"

    @property
    def may_change(self) -> bool:
        """Whether changes are offered at all."""
        return self.link.may_change(read_only=self.read_only)

    @property
    def may_act(self) -> bool:
        """Whether a change may be made now: what is shown is true now."""
        return self.may_change and self.link.is_live

    @property
    def real_time(self) -> float:
        """The daemon's real time as it was heard last, in seconds since the epoch."""
        stamp = read_stamp(self.view.real_time)
        return stamp.timestamp() if stamp else 0.0

    def toggle_zone(self) -> str:
        """Show times in UTC, or in the terminal's own zone; tells which."""
        zone = None if self.style.zone is UTC else UTC
        self.style = self.style._replace(zone=zone)
        return "UTC" if zone is UTC else "local time"

    def hear(self, announcement: Announcement) -> frozenset[str]:
        """Keep the cells true; the processes whose cells are different now."""
        if isinstance(announcement, LinkState):
            return frozenset()
        self.cache.know({row.process_name: Qualifier(row.time_qualifier) for row in self.view.processes})
        if announcement.resync:
            self.cache.clear()
        for growth in announcement.grew:
            self.cache.forget_end(growth.process_name, growth.last_timeperiod)
        changed = {change.process_name for seq, change in announcement.jobs if self.cache.change(seq, change)}
        return frozenset(changed | {growth.process_name for growth in announcement.grew})

    def status(self) -> Status | None:
        """The newest status."""
        return self.view.status
