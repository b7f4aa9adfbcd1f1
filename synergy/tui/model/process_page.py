"""One process as lines and rows: how it stands, how long its runs take, what failed last, and its whole definition."""

from __future__ import annotations

import json
from typing import Final

from synergy.core.control import replies as r
from synergy.tui.model.formats import (
    DASH,
    done_share,
    duration,
    moment,
    percent,
    period,
    remaining,
    state_parts,
    trigger,
)
from synergy.tui.model.health import Line
from synergy.tui.model.listings import GREY, RED, Style
from synergy.tui.model.table import Cell, Column, Row, Table

COLUMNS: Final = (
    Column("Setting", 20),
    Column("Value", 30, flex=3),
    Column("Is", 9),
)


def process_lines(detail: r.ProcessDetail, now: str, style: Style) -> list[Line]:
    """The head of the process's screen; ``now``: schedule time as a stamp."""
    row = detail.process
    word, color = switch_word(row)
    lines: list[Line] = [
        [
            (word, color),
            (f"   {row.time_qualifier} of tree {row.tree_name}", ""),
            (f"   {row.state_machine}, {row.blocking_type.replace('_', ' ')}", GREY),
            (f"   {row.description}" if row.description else "", ""),
        ],
        [
            *_label("trigger"),
            (trigger(row.trigger_frequency), ""),
            (f"   next run in {duration(remaining(row.next_run, now))}" if row.is_on and row.next_run else "", ""),
            (f"   next period {_period(row)}", ""),
        ],
        [
            *_label("jobs"),
            *state_parts(row.counts, style.glyphs),
            (f"   {percent(done_share(row.counts))} done", GREY),
            (f"   {row.in_progress} running, {row.queued} queued, {row.reprocessing_queue} wait for a retry", ""),
            (f"   {row.invalid} invalid" if row.invalid else "", f"bold {RED}"),
        ],
        [*_label("takes"), (_takes(detail.durations), "")],
    ]
    if detail.last_failure:
        reason = f": {detail.last_failure_reason}" if detail.last_failure_reason else ""
        at = moment(detail.last_failure_at, style.zone)
        lines.append([*_label("failed"), (f"{at}  {detail.last_failure}{reason}", RED)])
    else:
        lines.append([*_label("failed"), ("nothing since the daemon started", GREY)])
    if detail.changed_by:
        told = (
            f"by {detail.changed_by}, {moment(detail.changed_at, style.zone)}; it holds until the file says otherwise"
        )
        lines.append([*_label("changed"), (told, "warning")])
    return lines


def switch_word(row: r.ProcessRow) -> tuple[str, str]:
    """``on``, ``off`` or ``held``, and its colour."""
    if not row.is_on:
        return "off", "warning"
    return ("held", "bold held") if row.held else ("on", "good")


def settings_table(detail: r.ProcessDetail) -> Table:
    """All of the definition; what the file or an operator set comes first."""
    rows = [_setting(setting) for setting in detail.settings]
    return Table(COLUMNS, tuple(sorted(rows, key=lambda row: row.fields["state"] == "default")))


def _setting(setting: r.ProcessSetting) -> Row:
    shown = setting.value if setting.by_hand is None else setting.by_hand
    word = "by hand" if setting.by_hand is not None else "default" if setting.is_default else "set"
    value = _spelled(shown)
    if setting.by_hand is not None:
        value += f"   (the file says {_spelled(setting.value)})"
    color = {"default": GREY, "by hand": "warning"}.get(word, "")
    return Row(
        setting.name,
        (Cell(setting.name, color), Cell(value, color), Cell(word, color)),
        {"state": word},
        is_problem=setting.by_hand is not None,
    )


def _spelled(text: str) -> str:
    """Plain words for plain values; lists and mappings as they are in JSON."""
    value = json.loads(text)
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case str():
            return value or '""'
        case [] | {} if not value:
            return "none"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _takes(durations: r.Durations | None) -> str:
    if durations is None:
        return "unknown: nothing was processed yet"
    runs = "the last run" if durations.runs == 1 else f"the last {durations.runs} runs"
    median, p95, longest = (duration(each) for each in (durations.median, durations.p95, durations.longest))
    return f"median {median}   p95 {p95}   longest {longest}   of {runs}"


def _period(row: r.ProcessRow) -> str:
    return period(row.next_timeperiod, row.time_qualifier) if row.next_timeperiod else DASH


def _label(text: str) -> Line:
    return [(f"{text:<8}", GREY)]
