"""The console's command line, and what it says about where the daemon is."""

from __future__ import annotations

import argparse
import shlex
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from textwrap import fill
from typing import Final, NamedTuple

from synergy import __version__
from synergy.client.ssh import PROGRAM, Address, parse_address
from synergy.core.errors import InvalidArgument, InvalidDefinition
from synergy.tui.commands import places_offered
from synergy.tui.doors import Door, SocketDoor
from synergy.tui.model.palettes import THEMES

PROJECT: Final = "synergy.toml"
SOCKET: Final = "control.sock"
WEB_PORT: Final = 8765
MOST_PORT: Final = 65_535

_PLACES: Final = ", ".join(word.name for word in places_offered())
_EPILOG: Final = f"""commands that lead to a screen, as behind ":" in the console:
{fill(_PLACES, width=80, initial_indent="  ", subsequent_indent="  ")}

examples:
  synergy-console                          the deployment of the current folder
  synergy-console -C flights tt Flights    straight to the timetable, filtered
  synergy-console ssh://ops@box-1/srv/flights --read-only
  synergy-console --plain uow state:invalid
  synergy-console --web                    the same in a browser on this machine
"""


class Web(NamedTuple):
    """A browser is wanted. ``words`` are those of each tab's console; see also ``synergy.tui.web``."""

    port: int
    may_change: bool
    words: tuple[str, ...]


class Options(NamedTuple):
    """What was asked for. ``command`` is a line of the console's own command line, empty for the overview.

    ``folder`` is None where only a socket is known; ``remote`` is None for a deployment of this machine.
    ``is_served``: it speaks with a browser instead of a terminal.
    """

    folder: Path | None
    socket: Path | None
    remote: Address | None
    read_only: bool
    plain: bool
    mouse: bool
    command: str
    web: Web | None = None
    is_served: bool = False
    theme: str | None = None
    settings_file: Path | None = None
    writes_settings: bool = False

    @property
    def label(self) -> str:
        """How the deployment is called until the daemon says better."""
        if self.remote:
            return self.remote.host
        return self.folder.resolve().name if self.folder else ""

    def shell_line(self, command: str) -> str:
        """A synergyctl line that means this deployment in whichever folder it is pasted.

        Of a socket whose project is not known it names the socket.
        """
        if self.remote is not None:
            return self.remote.shell_line(command)
        where = ("-C", self.folder) if self.folder is not None else ("--socket", self.socket or Path())
        program, blank, rest = command.partition(" ")
        return f"{program} {where[0]} {shlex.quote(str(where[1].resolve()))}{blank}{rest}"


def parse_arguments(argv: Sequence[str] | None = None) -> Options:
    """Read the command line; exits with 2 and a usage line when it is wrong.

    Raises:
        InvalidArgument: the remote address cannot be used.
    """
    for_web = _web_parser()
    parser = argparse.ArgumentParser(
        prog="synergy-console",
        parents=[for_web],
        description="The operator console of a Synergy deployment.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-C",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help="the project's folder (default: this one)",
    )
    parser.add_argument(
        "--socket", type=Path, metavar="PATH", help="the daemon's control socket, instead of the folder's"
    )
    parser.add_argument(
        "--synergyd", default=PROGRAM, metavar="PROGRAM", help="what synergyd is called on the far machine"
    )
    parser.add_argument("--read-only", action="store_true", help="look, and change nothing; the daemon enforces it too")
    parser.add_argument("--plain", action="store_true", help="print what a screen shows as plain lines, and leave")
    parser.add_argument("--mouse", action="store_true", help="use the mouse (costs bytes on a slow line)")
    parser.add_argument("--served", action="store_true", help=argparse.SUPPRESS)  # how --web starts a tab's console
    parser.add_argument("--theme", choices=THEMES, help="how it looks, whatever the settings say")
    parser.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="your settings (default: $XDG_CONFIG_HOME/synergy/console.toml, where there is one)",
    )
    parser.add_argument(
        "--write-settings", action="store_true", help="write a settings file to begin with, all explained, and leave"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument(
        "words",
        nargs="*",
        metavar="ssh://[USER@]HOST[:PORT][/FOLDER] | COMMAND",
        help="a far deployment, and where to start, e.g. tt Flights or job FlightsDaily@2013010100",
    )
    read = parser.parse_args(argv)
    if not read.web and (read.port is not None or read.allow_changes):
        parser.error("--port and --allow-changes go with --web")
    words = list(read.words)
    remote = parse_address(words.pop(0), read.synergyd) if words and "://" in words[0] else None
    folder = read.folder or (_project_of(read.socket) if read.socket else Path())
    web = _web(read, for_web.parse_known_args(argv)[1], remote) if read.web else None
    return Options(
        folder, read.socket, remote, read.read_only, read.plain, read.mouse, " ".join(words), web, read.served,
        read.theme, read.settings, read.write_settings,
    )  # fmt: skip


def _web_parser() -> argparse.ArgumentParser:
    """What is said to the web server; all else goes on to the consoles behind it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--web", action="store_true", help="serve the console to a browser on this machine, read-only")
    parser.add_argument("--port", type=int, metavar="N", help=f"with --web: its port (default: {WEB_PORT}; 0: any)")
    parser.add_argument("--allow-changes", action="store_true", help="with --web: let it change something, too")
    return parser


def _web(read: argparse.Namespace, words: Sequence[str], remote: Address | None) -> Web:
    port = WEB_PORT if read.port is None else int(read.port)
    if not 0 <= port <= MOST_PORT:
        raise InvalidArgument(f"--port {port} is no port", remedy=f"take a number from 0 to {MOST_PORT}")
    if read.plain:
        raise InvalidArgument("--web and --plain exclude each other", remedy="leave one of them out")
    if read.read_only and read.allow_changes:
        raise InvalidArgument("--read-only and --allow-changes exclude each other", remedy="leave one of them out")
    if remote is not None:
        remedy = f"start it there, and lead the port here: ssh -L {port}:127.0.0.1:{port} {remote.login}"
        raise InvalidArgument(f"--web serves deployments of this machine, not {remote.place}", remedy=remedy)
    return Web(port, read.allow_changes, tuple(word for word in words if word != "--read-only"))


def _project_of(socket: Path) -> Path | None:
    """The folder above a socket whose settings name that very socket."""
    place = socket.resolve()
    for folder in place.parents:
        with suppress(InvalidDefinition):
            if control_socket(folder).resolve() == place:
                return folder
    return None


def door(options: Options) -> Door:
    """The way to the daemon.

    Raises:
        InvalidDefinition: the folder is no project.
    """
    if options.remote is not None:
        from synergy.tui.far import SshDoor  # noqa: PLC0415 - most deployments are on this machine

        return SshDoor(options.remote, read_only=options.read_only)
    path = options.socket or control_socket(options.folder or Path())
    return SocketDoor(path, read_only=options.read_only)


def runtime_folder(folder: Path) -> Path:
    """Where the deployment keeps its socket, from the one setting of synergy.toml that the console needs.

    Raises:
        InvalidDefinition: there is no synergy.toml, or it cannot be read.
    """
    path = folder / PROJECT
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidDefinition(
            f"{folder.resolve()} is no Synergy project: it has no {PROJECT}", remedy="name the project with -C FOLDER"
        ) from None
    except (OSError, ValueError, RecursionError) as problem:
        raise InvalidDefinition(f"{path}: {problem}", remedy="synergyd check tells more") from None
    section = settings.get("synergy", {})
    name = section.get("runtime_folder", ".synergy") if isinstance(section, dict) else ".synergy"
    return folder / str(name)


def control_socket(folder: Path) -> Path:
    """The control socket of a project's folder; raises as ``runtime_folder``."""
    return runtime_folder(folder) / SOCKET
