"""The operator console: assembles feed, desk and screens, and moves between places. See ``main``."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, Final

from rich.console import RenderableType
from rich.text import Text
from textual.app import App
from textual.command import Provider
from textual.events import Key, Resize
from textual.filter import LineFilter, Monochrome, NoColor
from textual.geometry import Size
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen

from synergy.client import ControlClient
from synergy.core.errors import DiskFull, InvalidArgument, SynergyError
from synergy.tui.arguments import Options, Web, door, parse_arguments
from synergy.tui.canvas import Canvas
from synergy.tui.commands import Go, parse_place
from synergy.tui.desk import Desk
from synergy.tui.doors import Door
from synergy.tui.ending import INTERRUPTED, UNHEARD, heed_signals
from synergy.tui.feed import Announcement
from synergy.tui.model.clipboard import sequences, told, why_not
from synergy.tui.model.connection import LinkState
from synergy.tui.model.glyphs import GlyphSet, speaks_utf8
from synergy.tui.model.keymap import textual_keymap
from synergy.tui.model.listings import Style
from synergy.tui.model.palettes import palette_of, theme_for
from synergy.tui.model.settings import Settings, zone_of
from synergy.tui.model.trail import HOME, Place, Trail
from synergy.tui.model.views import line_of
from synergy.tui.own_files import keep_copied
from synergy.tui.places import Copy, GoBack, GoTo, Wear
from synergy.tui.screens.catalog import screen_of
from synergy.tui.screens.frame import Frame
from synergy.tui.settings_file import SettingsFile, chosen, write_sample
from synergy.tui.widgets.ascii import AsciiFilter
from synergy.tui.widgets.colors import style_of, theme_of
from synergy.tui.widgets.line_table import LineTable

TOAST_SECONDS: Final[Mapping[str, float]] = {"information": 4, "warning": 6, "error": 12}
"""How long a toast stays, by its severity; it lies over the rows behind it."""

TOLD: Final[Mapping[str, str]] = {"warning": "warning", "error": "bold problem"}
"""How a dialog tells on its border what would else be a toast."""


class FeedSays(Message):
    """The feed has news."""

    def __init__(self, announcement: Announcement) -> None:
        super().__init__()
        self.announcement = announcement


def _commands() -> type[Provider]:
    from synergy.tui.palette import ConsoleCommands  # noqa: PLC0415 - no part of the first picture

    return ConsoleCommands


class ConsoleApp(App[None]):
    """The console. ``connect`` makes one connection to the daemon, as often as it is needed."""

    CSS_PATH = "console.tcss"
    TITLE = "Synergy"
    COMMANDS: ClassVar = {_commands}

    def __init__(
        self,
        connect: Callable[[], Awaitable[ControlClient]],
        *,
        settings: SettingsFile | None = None,
        unicode: bool = True,
        label: str = "",
        shell_line: Callable[[str], str] = str,
        start: Go | None = None,
    ) -> None:
        """``shell_line``: see Desk."""
        super().__init__()
        self.animation_level = "none"
        self.desk = Desk(
            connect,
            self._announce,
            settings=settings,
            unicode=unicode,
            label=label,
            shell_line=shell_line,
        )
        self._dress(self.desk.settings.theme)
        self.set_keymap(textual_keymap(self.desk.settings.keymap, self.desk.actions))
        self.crash: Exception | None = None
        self._canvas = Canvas()
        self._drawn_size = Size()
        self._start = start
        self._ascii = not unicode
        if self._ascii:
            self._filters.append(AsciiFilter())

    def get_default_screen(self) -> Screen[None]:
        """The overview lies below everything else."""
        return screen_of(HOME, self.desk)

    async def on_mount(self) -> None:
        """Connect, and go where the command line says."""
        self.set_class(self._ascii, "-ascii")
        if not self.is_headless:
            heed_signals(lambda code: self.exit(return_code=code))
        self.run_worker(self.desk.feed.run(), group="feed")
        if self._start is not None and self._start.place != HOME:
            await self.on_go_to(GoTo(self._start.place, filter_source=self._start.filter_source))

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a toast, as long as its severity asks for unless ``timeout`` says otherwise.

        A dialog hides toasts, and may stay open longer than they last: of a mishap it tells on its own border.
        """
        if severity != "information" and self.screen_stack and isinstance(self.screen, ModalScreen):
            for box in self.screen.query(".dialog, .help"):
                box.border_subtitle = Text(message.partition("\n")[0], style_of(TOLD[severity]))
        seconds = TOAST_SECONDS[severity] if timeout is None else timeout
        super().notify(message, title=title, severity=severity, timeout=seconds, markup=markup)

    def _dress(self, theme: str) -> None:
        """Take the theme before the stylesheet is first read: a theme set later has it read, and all drawn, again."""
        self.set_reactive(ConsoleApp.theme, self._know(theme))
        self.stylesheet.set_variables(self.get_css_variables())
        self._filters[:] = [_without_colors(each) for each in self._filters]

    def on_copy(self, event: Copy) -> None:
        """Copy, and tell."""
        self.copy_to_clipboard(event.text)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy through the terminal, or into a file where that cannot be; tells which."""
        self._clipboard = text
        around = {} if self.is_web else os.environ  # a browser's page stands in no terminal
        if why := why_not(text, around):
            self.run_worker(self._copy_to_file(text, why), group="copying")
            return
        if self._driver is not None:
            self._driver.write(sequences(text, around))
        self.notify(told(text), markup=False, timeout=3)

    async def _copy_to_file(self, text: str, why: str) -> None:
        try:
            path = await asyncio.to_thread(keep_copied, text, os.environ)
        except OSError as problem:
            self.notify(f"not copied: {why}; and not written: {problem}", severity="error", markup=False)
            return
        self.notify(f"Copied into {path}: {why}", severity="warning", markup=False)

    def on_wear(self, event: Wear) -> None:
        """Show everything in another theme from now on."""
        self.theme = self._know(event.theme)

    def _know(self, theme: str) -> str:
        """Tell Textual of a theme, in the form that fits the terminal; how that form is called."""
        name = theme_for(theme, self.console.color_system)
        self.register_theme(theme_of(palette_of(name)))
        return name

    def _announce(self, announcement: Announcement) -> None:
        self.post_message(FeedSays(announcement))

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, self._canvas.update(renderable))

    def on_resize(self, event: Resize) -> None:
        """Also told of a terminal that was left and taken again, with what others wrote; Textual draws nothing then."""
        self._canvas.forget()
        if event.size == self._drawn_size:
            self.screen.refresh(layout=True)
        self._drawn_size = event.size

    def on_redraw(self) -> None:
        """See Redraw."""
        self._canvas.forget()
        self.screen.refresh(layout=True)

    def on_feed_says(self, event: FeedSays) -> None:
        """Tell the uppermost screen; those below begin anew when they are shown again.

        Textual repaints everything that is visible when a screen below changes, so they must not.
        """
        if isinstance(event.announcement, LinkState) and event.announcement.news:
            self.notify(event.announcement.news, severity="warning", markup=False)
        cells = self.desk.hear(event.announcement)
        frames = [screen for screen in self.screen_stack if isinstance(screen, Frame)]
        if frames and frames[-1].is_whole:
            frames[-1].hear(event.announcement, cells)

    def on_key(self, event: Key) -> None:
        """Only a letter that was not typed sorts a table."""
        if not (
            isinstance(self.screen, Frame)
            and event.character
            and event.character.isupper()
            and isinstance(self.focused, LineTable)
            and self.focused.sort_by_letter(event.character)
        ):
            return
        event.prevent_default()
        event.stop()

    async def on_go_to(self, event: GoTo) -> None:
        """Show a place: inside this one, or on its own."""
        place = _without_filter(event.place)
        trail = self.desk.trail.go(place) if event.inside else self.desk.trail.jump(place)
        if event.filter_source:
            self.desk.filters[place.screen] = event.filter_source
        await self._walk(trail, filter_source=event.filter_source)

    async def on_go_back(self, event: GoBack) -> None:
        """Leave the place."""
        await self._walk(self.desk.trail.last() if event.last else self.desk.trail.back())

    async def _walk(self, trail: Trail, *, filter_source: str = "") -> None:
        """Make the stack of screens what the trail says; what both have in common stays as it is."""
        before, self.desk.trail = self.desk.trail.places, trail
        common = 0
        for old, new in zip(before, trail.places, strict=False):
            if old != new:
                break
            common += 1
        for _ in range(len(self.screen_stack) - common):
            await self.pop_screen()
        for place in trail.places[common:]:
            await self.push_screen(screen_of(place, self.desk))
        if filter_source and common == len(trail.places) and isinstance(self.screen, Frame):
            self.screen.typed("filter", filter_source)

    def _handle_exception(self, error: Exception) -> None:
        self.crash = self.crash or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """The report holds the traceback; the operator's terminal does not."""
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Textual gives up, since nothing can be read from the terminal any more; it would draw that."""
        from synergy.tui.crash import gave_up  # noqa: PLC0415 - seldom wanted

        self.crash = self.crash or gave_up(renderables)
        self._close_messages_no_wait()


def _without_colors(line_filter: LineFilter) -> LineFilter:
    """NO_COLOR means none at all; Textual would still send greys."""
    return NoColor() if isinstance(line_filter, Monochrome) else line_filter


def _without_filter(place: Place) -> Place:
    """Places that are the same screen are the same place, whatever they are filtered by."""
    return place._replace(target=place.target.strip())


def main(argv: Sequence[str] | None = None) -> int:
    """``synergy-console``. Exit codes: 0 done, 1 the console failed, 2 usage, 5 not let in, 9 no daemon."""
    options: Options | None = None
    try:
        options = parse_arguments(argv)
        return _run(options)
    except SynergyError as problem:
        sys.stderr.write(f"error: {problem}\n")
        return problem.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads what --plain prints has read enough
        return UNHEARD
    except Exception as problem:  # noqa: BLE001 - the end of the program
        return _tell_crash(problem, options, "no screen")


def _run(options: Options) -> int:
    if options.writes_settings:
        sys.stdout.write(f"wrote {write_sample(options.settings_file, os.environ)}\n")
        return 0
    own = chosen(options, os.environ)
    way = door(options._replace(read_only=own.settings.read_only))
    options = options._replace(command=line_of(options.command, own.settings.views))
    start = parse_place(options.command) if options.command else None
    if options.plain:
        return asyncio.run(_print_plain(way, options, own.settings))
    if options.web is not None:
        return _serve(options.web, options.label)
    if not options.is_served:
        _check_terminal()
    app = ConsoleApp(
        way,
        settings=own,
        unicode=speaks_utf8(os.environ),
        label=options.label,
        shell_line=options.shell_line,
        start=start,
    )
    asyncio.run(_be(app, way, mouse=own.settings.mouse))
    if app.crash is not None:
        return _tell_crash(app.crash, options, app.desk.trail.breadcrumb(" > "))
    return app.return_code or 0


async def _be(app: ConsoleApp, way: Door, *, mouse: bool) -> None:
    """Be the console, once what has to be asked at the terminal is answered."""
    await way.enter()
    await app.run_async(mouse=mouse)


def _serve(web: Web, label: str) -> int:
    try:
        from synergy.tui.web.command import console_argv, serve  # noqa: PLC0415 - seldom wanted, and heavy
    except ModuleNotFoundError as missing:
        message = f"--web needs what is not installed: {missing.name}"
        raise InvalidArgument(message, remedy="pip install 'synergy-scheduler[web]'") from None
    argv = console_argv(web.words, may_change=web.may_change)
    asyncio.run(serve(argv, web.port, label or "Synergy", may_change=web.may_change))
    return 0


def _check_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidArgument("standard input or output is no terminal", remedy="print a screen with --plain")


async def _print_plain(way: Door, options: Options, settings: Settings) -> int:
    from synergy.tui.plain import plain_lines  # noqa: PLC0415 - the screens do without

    await way.enter()
    client = await way()
    try:
        style = Style(GlyphSet(speaks_utf8(os.environ)), zone_of(settings))
        lines = await plain_lines(client, options.command, style, options.shell_line)
    finally:
        await client.close()
    _print("\n".join(lines) + "\n")
    return 0


def _print(text: str) -> None:
    """Print at once; what cannot be written now is not tried again when Python ends."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if problem.errno == errno.ENOSPC:
            raise DiskFull(
                "standard output cannot be written: the disk is full", remedy="make room and try again"
            ) from None
        raise


def _tell_crash(problem: Exception, options: Options | None, place: str) -> int:
    from synergy.tui.crash import tell_crash  # noqa: PLC0415 - seldom wanted

    return tell_crash(problem, place, options)
