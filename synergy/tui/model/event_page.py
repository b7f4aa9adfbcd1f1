"""An event of a job's history in full: who, from where, by which plan, because of what."""

from __future__ import annotations

from collections.abc import Iterable

from synergy.core.control import replies as r
from synergy.tui.model.formats import moment
from synergy.tui.model.glyphs import look_of_job
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY, Style


def audited(entries: Iterable[r.AuditRow], event: r.HistoryRow) -> r.AuditRow | None:
    """The audit's entry of the plan that an event came of; None: there is none, or it is not among these."""
    return next((entry for entry in entries if entry.plan_id is not None and entry.plan_id == event.plan_id), None)


def event_lines(job: str, event: r.HistoryRow, entry: r.AuditRow | None, style: Style) -> list[Line]:
    """All that is known of an event; ``entry`` tells from where it was asked for."""
    login = f" (logged in as {entry.login_user})" if entry and entry.login_user not in {None, entry.actor} else ""
    named = (
        ("when", moment(event.at, style.zone)),
        ("who", f"{event.actor}{login}"),
        ("from", entry.origin if entry else None),
        ("cause", event.cause.replace("_", " ")),
        ("because", event.because),
        ("reason", f"“{event.reason}”" if event.reason else None),
        ("plan", f"{event.plan_id}   synergyctl undo {event.plan_id} takes it back" if event.plan_id else None),
        ("asked", f"{entry.verb} {entry.target}" if entry else None),
        ("work", event.uow_id),
    )
    head: Line = [(f"{job}  ", "bold"), *_change(event, style)]
    return [head, *([(f"{name:<8}", GREY), (text, "")] for name, text in named if text)]


def event_summary(event: r.HistoryRow, style: Style) -> list[Line]:
    """The same in three lines, for below the table."""
    lines: list[Line] = [
        [*_change(event, style), (f"   {moment(event.at, style.zone)}", "")],
        [
            (f"{event.cause.replace('_', ' ')} by {event.actor}", ""),
            (f"   “{event.reason}”" if event.reason else "", ""),
        ],
    ]
    said = [event.because and f"because {event.because}", event.plan_id and f"plan {event.plan_id}", event.uow_id]
    return [*lines, [("   ".join([*(part for part in said if part), "d tells all"]), GREY)]]


def _change(event: r.HistoryRow, style: Style) -> Line:
    old, new = look_of_job(event.old_state), look_of_job(event.new_state)
    arrow = style.glyphs.choose(" → ", " -> ")
    return [(style.glyphs.labelled(old), old.color), (arrow, ""), (style.glyphs.labelled(new), new.color)]
