"""Why a period has no job at all: it lies before the timetable, or is still to come."""

from __future__ import annotations

from synergy.core import timeperiods
from synergy.core.durations import lasting
from synergy.core.engine.schedule import Schedule
from synergy.core.engine.why.codes import Code
from synergy.core.engine.why.told import Told
from synergy.core.records import JobKey


def absent(schedule: Schedule, key: JobKey) -> Told | None:
    """What is to be said of a job that the timetable does not have; None when it has it, or will never have it.

    Raises:
        NotFound: no process has this name. InvalidArgument: the timeperiod is none of the process's qualifier.
    """
    timetable = schedule.timetable
    number = timetable.number(key.process_name)
    column = timetable.columns[number]
    period = timeperiods.ordinal_of(column.qualifier, key.timeperiod)
    ordinal = timetable.checkpoint(number, period)
    start = schedule.settings.synergy_start_timeperiod
    if period < column.first:
        what = f"the period lies before the timetable, which starts with {start} (synergy_start_timeperiod)"
        return Told(Code.CLOCK_BEFORE_START, what, str(key), str(key))
    if ordinal in column or (column.limit is not None and ordinal >= column.limit):
        return None
    begins = lasting(round(timeperiods.start_of(column.qualifier, ordinal) - schedule.now.schedule))
    if column.end == column.first:
        what = f"schedule time has not come to {start} (synergy_start_timeperiod) yet: {begins} to the period"
        return Told(Code.CLOCK_BEFORE_START, what, str(key), str(key))
    whole = "" if ordinal == period else f"covered by {timeperiods.timeperiod_of(column.qualifier, ordinal)}, and "
    what = f"the period is {whole}still to come: it begins in {begins} of schedule time"
    return Told(Code.NOT_DUE, what, str(key), str(key))
