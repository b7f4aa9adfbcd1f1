"""Which waiting unit of work is next."""

from __future__ import annotations

from synergy.core.context import Work
from synergy.core.messages import UowMessage
from synergy.core.records import UowId
from synergy.worker.backlog import AGEING_SECONDS, Backlog, Waiting


class Held:
    """A delivery nobody settles."""

    queue = "q"
    body = b""

    def ack(self) -> None:
        """Nothing."""

    def set_aside(self, reason: str) -> None:
        """Nothing."""


def add(
    backlog: Backlog, name: str, *hours: int, priority: int = 0, pool: str | None = None, since: float = 0.0
) -> None:
    for hour in hours:
        message = UowMessage(name, UowId(f"{name}@20130101{hour:02}.1"))
        backlog.add(Waiting(message, Held(), since), Work(run="jobs:work", priority=priority, pool=pool))


def take(backlog: Backlog, limit: int = 100, now: float = 0.0, **room: int) -> list[str]:
    return [waiting.message.record_db_id for waiting in backlog.take(limit, now, room)]


def test_the_oldest_period_of_a_process_is_first() -> None:
    backlog = Backlog()
    add(backlog, "A", 3, 1, 2)
    assert take(backlog) == ["A@2013010101.1", "A@2013010102.1", "A@2013010103.1"]
    assert len(backlog) == 0


def test_processes_take_turns() -> None:
    backlog = Backlog()
    add(backlog, "A", 1, 2, 3)
    add(backlog, "B", 5, 6)
    assert [name[0] for name in take(backlog)] == ["A", "B", "A", "B", "A"]


def test_processes_of_one_pool_share_a_turn() -> None:
    backlog = Backlog()
    add(backlog, "A", 1, 2, pool="heavy")
    add(backlog, "B", 1, 2, pool="heavy")
    add(backlog, "C", 1, 2, 3, 4, pool="light")
    assert [name[0] for name in take(backlog)] == ["A", "C", "B", "C", "A", "C", "B", "C"]


def test_no_more_than_asked_for_is_taken() -> None:
    backlog = Backlog()
    add(backlog, "A", 1, 2, 3)
    assert len(take(backlog, 2)) == 2
    assert len(backlog) == 1


def test_a_higher_priority_goes_first() -> None:
    backlog = Backlog()
    add(backlog, "Low", 1)
    add(backlog, "High", 1, 2, priority=5)
    assert [name[0] for name in take(backlog)] == ["H", "H", "L"]


def test_those_of_one_priority_take_turns_beside_a_higher_one() -> None:
    backlog = Backlog()
    add(backlog, "A", 1, 2, since=0.0)
    add(backlog, "B", 1, 2, since=1.0)
    add(backlog, "High", 1, priority=5, since=2.0)
    assert [name[0] for name in take(backlog, now=2.0)] == ["H", "A", "B", "A", "B"]


def test_waiting_long_outweighs_priority() -> None:
    backlog = Backlog()
    add(backlog, "Low", 1, since=0.0)
    now = 6 * AGEING_SECONDS
    add(backlog, "High", 1, priority=5, since=now)
    assert [name[0] for name in take(backlog, now=now)] == ["L", "H"]


def test_what_went_back_to_its_queue_is_forgotten() -> None:
    backlog = Backlog()
    add(backlog, "A", 1, 2)
    add(backlog, "B", 1)
    backlog.drop("A")
    backlog.drop("A")
    assert backlog.processes() == ("B",)
    assert len(backlog) == 1


def test_of_a_pool_no_more_is_taken_than_it_has_room_for() -> None:
    backlog = Backlog()
    add(backlog, "A", 1, 2, pool="database")
    add(backlog, "B", 1, 2, pool="database")
    add(backlog, "C", 1, 2, 3)
    assert take(backlog, database=1) == ["A@2013010101.1", "C@2013010101.1", "C@2013010102.1", "C@2013010103.1"]
    assert take(backlog, database=0) == []
    assert len(backlog) == 3


def test_who_was_passed_over_keeps_its_turn() -> None:
    backlog = Backlog()
    add(backlog, "A", 1, pool="database")
    add(backlog, "B", 1, 2)
    assert take(backlog, 1, database=0) == ["B@2013010101.1"]
    assert take(backlog, 1, database=1) == ["A@2013010101.1"]


def test_a_full_pool_holds_up_no_lower_priority() -> None:
    backlog = Backlog()
    add(backlog, "High", 1, priority=5, pool="database")
    add(backlog, "Low", 1)
    assert take(backlog, database=0) == ["Low@2013010101.1"]


def test_entries_of_one_process_may_use_different_pools() -> None:
    backlog = Backlog()
    add(backlog, "Report", 1, pool="database")
    add(backlog, "Report", 2, pool="mail")
    assert backlog.processes() == ("Report",)
    assert take(backlog, database=0, mail=1) == ["Report@2013010102.1"]
    backlog.drop("Report")
    assert len(backlog) == 0
