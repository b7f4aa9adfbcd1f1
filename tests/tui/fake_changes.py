"""Changes of entries, processes and boxes in the small deployment in memory: made once a key, or only previewed."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from synergy.core.control import replies as r
from synergy.core.control import requests as q
from synergy.core.errors import IllegalState, StoreDown
from tests.tui.fake_plans import FakePlans
from tests.tui.fake_rows import ENTRY


class FakeChanges(FakePlans):
    """What is switched, triggered, made and deleted; ``changed`` are the changes that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, r.EntryRow] = {"Report::mail": ENTRY}
        self.is_on: dict[str, bool] = {}
        self.frequencies: dict[str, str] = {}
        self.changed: list[q.Change[Any]] = []

    def change(self, request: q.Change[Any]) -> r.Done:
        """Do it, or tell what would be done."""
        done = self._done(request, "would be" if request.preview else "is")
        if request.preview:
            return done
        is_new = request.key not in {one.key for one in self.changed}
        self.changed.append(request)
        if is_new:
            self._make(request)
        if self.lost_answers:
            self.lost_answers -= 1
            raise StoreDown("the answer was lost")
        return done

    def _done(self, request: q.Change[Any], verb: str) -> r.Done:  # noqa: C901, PLR0911 - a switchboard
        match request:
            case q.SwitchProcess():
                return r.Done(f"{request.process_name} {verb} {'active' if request.is_on else 'inactive'}")
            case q.ChangeFrequency():
                return r.Done(f"{request.process_name} {verb} triggered {request.trigger_frequency}")
            case q.SaveEntry():
                if request.create and request.entry in self.entries:
                    raise IllegalState(f"{request.entry} exists already", remedy="change it: synergyctl freerun set")
                return r.Done(f"{request.entry} {verb} saved", details=("its next firings: 06:30",))
            case q.RemoveEntry():
                return r.Done(f"{request.entry} {verb} deleted", details=("Report::mail@1.1 would be stopped",))
            case q.SwitchOnBox():
                return r.Done(
                    f"{request.process_name} {verb} {'run' if request.is_on else 'stopped'} on {request.box_id}"
                )
            case q.RunEntry():
                return r.Done(f"{request.entry} {verb} requested")
            case q.Trigger():
                return r.Done(f"{request.process_name} {verb} due")
            case q.CollectorFlush():
                return r.Done(f"3 units of work {verb} offered again", details=(f"{request.process_name}: 3",))
            case q.CollectorRefresh():
                return r.Done(f"3 units of work {verb} judged")
            case _:
                raise AssertionError(request)

    def _make(self, request: q.Change[Any]) -> None:
        match request:
            case q.SwitchProcess():
                self.is_on[request.process_name] = request.is_on
            case q.ChangeFrequency():
                self.frequencies[request.process_name] = request.trigger_frequency
            case q.SaveEntry():
                self._save(request)
            case q.RemoveEntry():
                del self.entries[request.entry]

    def _save(self, request: q.SaveEntry) -> None:
        process_name, _, entry_name = request.entry.partition("::")
        entry = self.entries.get(request.entry) or replace(ENTRY, process_name=process_name, entry_name=entry_name)
        self.entries[request.entry] = replace(
            entry,
            trigger_frequency=request.trigger_frequency or entry.trigger_frequency,
            run=request.run or " ".join(request.command or ()) or entry.run,
            command=request.command or (),
            is_on=entry.is_on if request.is_on is None else request.is_on,
        )
