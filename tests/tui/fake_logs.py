"""The logs of units of work of the small deployment in memory."""

from __future__ import annotations

from collections.abc import Iterable

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.control.events import Event, LogGrew
from synergy.core.states import UowState
from tests.tui.fake_plans import REAL_TIME


class FakeLogs:
    """Of every first attempt one: three lines until a test writes others."""

    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, list[r.LogRow]] = {}
        self.live_logs: set[str] = set()

    def announce(self, *events: Event) -> None:
        """Tell subscribers."""
        raise NotImplementedError

    def write(self, uow_id: str, lines: Iterable[str]) -> None:
        """Log lines of a unit of work that runs."""
        log = self.logs.setdefault(uow_id, [])
        self.live_logs.add(uow_id)
        for text in lines:
            level = text.split(" ", 1)[0] if text.startswith(("ERROR", "WARNING", "INFO")) else ""
            log.append(r.LogRow(len(log), REAL_TIME, "log" if level else "stdout", level, text))
        self.announce(LogGrew(uow_id, 1, len(log)))

    def log(self, request: q.Logs) -> r.LogPage:
        """A page."""
        log = self._log_of(request.target)
        first = max(0, len(log) + request.first_line) if request.first_line < 0 else request.first_line
        uow_id = self._uow_of(request.target)
        live = uow_id in self.live_logs
        state = UowState.IN_PROGRESS if live else UowState.PROCESSED
        return r.LogPage(uow_id, 1, 1, 1, first, len(log), live, state, None, tuple(log[first : first + request.limit]))

    def _uow_of(self, target: str) -> str:
        return target if target.endswith(".1") else f"{target}.1"

    def _log_of(self, target: str) -> list[r.LogRow]:
        uow_id = self._uow_of(target)
        if uow_id not in self.logs:
            texts = ["INFO flights: reading", "842 flights", "ERROR nothing serious"]
            self.logs[uow_id] = [
                r.LogRow(at, REAL_TIME, "log" if " " in text and text.isupper() else "stdout", text.split(" ")[0], text)
                for at, text in enumerate(texts)
            ]
        return self.logs[uow_id]
