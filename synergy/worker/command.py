"""Commands: a process group of its own, started behind a gate that opens once its pid is stored.

The gate is a shell that waits for a line on its stdin and then becomes the command. If the supervisor dies first, the
shell reads end-of-file and nothing is ever run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from synergy.core.context import Work
from synergy.core.records import UnitOfWork
from synergy.worker import marks
from synergy.worker.footprints import started_at
from synergy.worker.lines import LineSplitter
from synergy.worker.logs import AttemptLog
from synergy.worker.pipes import PipeReader, open_pipes
from synergy.worker.process_table import read_row
from synergy.worker.process_tree import TreeRoot
from synergy.worker.reaping import Reaper
from synergy.worker.site import Site

GATE: Final = 'read -r _ && exec "$@" </dev/null'

Output = Callable[[str, list[str]], None]


class NotExecutable(Exception):
    """The command cannot be run: no such program or folder, or no permission; the message is the exit reason."""


class CommandProcess:
    """One running command. It waits at its gate until ``let_go``."""

    def __init__(self, site: Site, uow: UnitOfWork, work: Work, output: Output) -> None:
        """Start it at the gate.

        Raises:
            NotExecutable: with the reason.
        """
        folder = site.folder_of(work)
        told = marks.uow_environment(uow)
        environment = marks.process_environment(site.folder, site.box_mark, {**told, **work.env})
        environment.setdefault("PYTHONUNBUFFERED", "1")
        command = resolve_program(marks.fill_placeholders(work.command, uow), folder, environment["PATH"])
        self._marks = {**site.marks, marks.UOW_ID: uow.uow_id, marks.ATTEMPT: str(uow.attempt)}
        self._output = output
        self._splitters = {stream: LineSplitter() for stream in ("stdout", "stderr")}
        self._pipes: dict[str, PipeReader] = {}
        gate = self._gate = -1
        try:
            self._pipes = open_pipes({stream: self._reading(stream) for stream in self._splitters})
            gate, self._gate = os.pipe()
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", GATE, "sh", *command],
                stdin=gate,
                stdout=self._pipes["stdout"].write_fd,
                stderr=self._pipes["stderr"].write_fd,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            self.close()
            raise NotExecutable(f"not executable: {command[0]}: {error}") from error
        finally:
            if gate >= 0:
                os.close(gate)
            for pipe in self._pipes.values():
                pipe.started()
        row = read_row(self.pid)
        self._started = row.started if row else 0
        self.started = started_at(self.pid)

    @property
    def pid(self) -> int:
        """Its process id, which is also its group and session."""
        return self._process.pid

    def tree(self) -> TreeRoot:
        """Its group, its session, its descendants, and what carries the attempt's marks."""
        return TreeRoot((self.pid,), self._marks, self._started)

    def watch(self, reaper: Reaper, ended: Callable[[int], None]) -> None:
        """Call ``ended`` with the return code when it is over and all of its output was handed over."""

        def on_end(return_code: int) -> None:
            self.flush()
            ended(return_code)

        reaper.watch(self._process, on_end)

    def let_go(self) -> None:
        """Open the gate: the command runs. A second call does nothing."""
        if self._gate >= 0:
            # One that was killed at the gate reads no more, and its end is on its way.
            with suppress(BrokenPipeError):
                os.write(self._gate, b"\n")
            self._close_gate()

    def pause_for(self, log: AttemptLog) -> None:
        """Read no more of its output until the log has room."""
        for pipe in self._pipes.values():
            pipe.pause()
        log.on_room = self._resume

    def flush(self) -> None:
        """Hand over what is in the pipes now, with an unfinished last line."""
        for stream, pipe in self._pipes.items():
            pipe.drain()
            if rest := self._splitters[stream].rest():
                self._output(stream, rest)

    def close(self) -> None:
        """Let go of the pipes; what is still written into them is lost."""
        self._close_gate()
        for pipe in self._pipes.values():
            pipe.close()

    def _reading(self, stream: str) -> Callable[[bytes], None]:
        def on_data(data: bytes) -> None:
            if lines := self._splitters[stream].feed(data):
                self._output(stream, lines)

        return on_data

    def _resume(self) -> None:
        for pipe in self._pipes.values():
            pipe.resume()

    def _close_gate(self) -> None:
        if self._gate >= 0:
            os.close(self._gate)
            self._gate = -1


def resolve_program(command: list[str], folder: Path, path: str) -> list[str]:
    """The command with its program found, as the shell would find it from that folder.

    Raises:
        NotExecutable: there is no such folder, program or permission.
    """
    if not folder.is_dir():
        raise NotExecutable(f"not executable: folder {folder} does not exist")
    program, *arguments = command
    found = shutil.which(folder / program) if "/" in program else shutil.which(program, path=path)
    if found is None:
        raise NotExecutable(f"not executable: {program}")
    return [os.fspath(found), *arguments]
