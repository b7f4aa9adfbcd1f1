"""Logs: WorkerStore.append_log, LeaderStore.log and search_log."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from synergy.core.ports import FoundLines, LeaderStore, StoredLog, WorkerStore
from synergy.core.records import LogChunk, LogLine, UowId
from tests.contract.store.implementations import Implementation
from tests.contract.store.samples import NOW, chunk, line, uow_id

LAST_OF_MAY = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC).timestamp()


def texts(page: StoredLog) -> list[str]:
    return [one.text for one in page.lines]


async def test_a_log_comes_back_line_by_line(leader: LeaderStore, worker: WorkerStore) -> None:
    lines = (
        LogLine(NOW + 1 / 3, "stderr", "ERROR", 'a "quoted" \\ tab\t ☃'),
        LogLine(NOW + 1, "log", "INFO", ""),
        LogLine(NOW + 2, "stdout", "", "nul \x00 and bell \x07"),
    )
    await worker.append_log([LogChunk(uow_id(1), 1, 0, lines)])
    assert await leader.log(uow_id(1), 1, 0, 100) == StoredLog(0, 3, lines)


async def test_output_that_is_no_text_is_kept_as_well_as_may_be(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(0, "bad \udcff byte")])
    assert texts(await leader.log(uow_id(1), 1, 0, 10)) == ["bad ? byte"]


async def test_a_log_nobody_wrote_is_empty(leader: LeaderStore) -> None:
    assert await leader.log(uow_id(1), 1, 0, 100) == StoredLog(0, 0, ())
    assert await leader.log(uow_id(1), 1, -5, 100) == StoredLog(0, 0, ())
    assert await leader.search_log(uow_id(1), 1, "x", 10) == FoundLines((), 0, 0)


async def test_pages_cut_through_chunks(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(0, "0", "1", "2"), chunk(3, "3", "4")])
    await worker.append_log([chunk(5, *(str(number) for number in range(5, 300)))])
    for first, limit in ((0, 2), (1, 3), (2, 290), (4, 1), (299, 5)):
        page = await leader.log(uow_id(1), 1, first, limit)
        assert (page.first_line, page.total) == (first, 300)
        assert texts(page) == [str(number) for number in range(first, min(300, first + limit))]
    assert await leader.log(uow_id(1), 1, 300, 5) == StoredLog(300, 300, ())


async def test_many_small_chunks_are_one_log(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(number, str(number)) for number in range(500)])
    page = await leader.log(uow_id(1), 1, 0, 500)
    assert texts(page) == [str(number) for number in range(500)]


async def test_a_negative_line_counts_from_the_end(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(0, "0", "1", "2"), chunk(3, "3", "4")])
    page = await leader.log(uow_id(1), 1, -3, 2)
    assert (page.first_line, page.total, texts(page)) == (2, 5, ["2", "3"])
    assert (await leader.log(uow_id(1), 1, -99, 1)).first_line == 0


async def test_attempts_and_units_of_work_have_their_own_logs(leader: LeaderStore, worker: WorkerStore) -> None:
    other = LogChunk(UowId("Other@2013010100.1"), 1, 0, (line("other"),))
    await worker.append_log([chunk(0, "first"), chunk(0, "second", attempt=2), other])
    assert texts(await leader.log(uow_id(1), 1, 0, 9)) == ["first"]
    assert texts(await leader.log(uow_id(1), 2, 0, 9)) == ["second"]
    assert texts(await leader.log(other.uow_id, 1, 0, 9)) == ["other"]


async def test_a_chunk_sent_again_replaces_itself(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(0, "a", "b"), chunk(2, "c")])
    await worker.append_log([chunk(0, "a", "B")])
    await worker.append_log([chunk(2, "c", "d")])
    page = await leader.log(uow_id(1), 1, 0, 9)
    assert (page.total, texts(page)) == (4, ["a", "B", "c", "d"])
    await worker.append_log([])
    await worker.append_log([chunk(4)])
    assert (await leader.log(uow_id(1), 1, 0, 9)).total == 4


async def test_a_log_runs_on_over_the_end_of_a_month(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(0, "may", at=LAST_OF_MAY), chunk(1, "june", "x", at=LAST_OF_MAY + 2)])
    await worker.append_log([chunk(3, "later", at=LAST_OF_MAY + 40 * 86_400)])
    page = await leader.log(uow_id(1), 1, 0, 9)
    assert (page.total, texts(page)) == (4, ["may", "june", "x", "later"])
    assert texts(await leader.log(uow_id(1), 1, -2, 9)) == ["x", "later"]
    assert await leader.search_log(uow_id(1), 1, "a", 9) == FoundLines((0, 3), 0, 2)


async def test_where_lines_are_missing_a_page_ends_and_the_next_goes_on(
    leader: LeaderStore, worker: WorkerStore
) -> None:
    await worker.append_log([chunk(2, "2", "3"), chunk(6, "6")])
    page = await leader.log(uow_id(1), 1, 0, 9)
    assert (page.first_line, page.total, texts(page)) == (2, 7, ["2", "3"])
    page = await leader.log(uow_id(1), 1, 4, 9)
    assert (page.first_line, texts(page)) == (6, ["6"])


async def test_a_search_tells_line_numbers_whatever_the_case(leader: LeaderStore, worker: WorkerStore) -> None:
    await worker.append_log([chunk(0, "Error here", "fine", "no ERROR"), chunk(3, "STRASSE", "error")])
    assert await leader.search_log(uow_id(1), 1, "error", 10) == FoundLines((0, 2, 4), 0, 3)
    assert await leader.search_log(uow_id(1), 1, "ERROR", 2) == FoundLines((0, 2), 0, 3)
    assert await leader.search_log(uow_id(1), 1, "straße", 10) == FoundLines((3,), 0, 1)
    assert await leader.search_log(uow_id(1), 1, "%", 10) == FoundLines((), 0, 0)


@pytest.mark.parametrize(("near", "lines"), [(0, (0, 2)), (4, (2, 4)), (5, (4, 6)), (9, (6, 8)), (99, (6, 8))])
async def test_a_search_names_the_lines_around_one_and_counts_all(
    leader: LeaderStore, worker: WorkerStore, near: int, lines: tuple[int, ...]
) -> None:
    await worker.append_log([chunk(0, *"a-a-a"), chunk(5, *"-a-a")])
    assert await leader.search_log(uow_id(1), 1, "a", 2, near) == FoundLines(lines, lines[0] // 2, 5)


async def test_a_log_survives_the_store_s_closing(
    leader: LeaderStore, worker: WorkerStore, implementation: Implementation, place: str
) -> None:
    await worker.append_log([chunk(0, "kept")])
    await worker.close()
    await leader.close()
    again = implementation.leader(place)
    await again.open()
    assert texts(await again.log(uow_id(1), 1, 0, 9)) == ["kept"]
    await again.close()
