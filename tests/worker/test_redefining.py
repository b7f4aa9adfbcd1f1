"""Definitions that change while a supervisor works: used from the next claim on, and nothing that runs is disturbed."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from synergy.core.context import DaemonSpec, FreerunSpec, ProcessContext, Work
from synergy.core.messages import ReloadDefinitions, UowMessage, box_queue, encode, process_queue
from synergy.core.ports import Message
from synergy.core.records import UowId
from synergy.core.states import UowState
from synergy.worker.process_table import carries, read_table
from synergy.worker.site import Site
from tests.waiting import wait_until
from tests.worker.workshop import Workshop, make_site, with_context, working, write_jobs

UNTIL_TOLD = ("sh", "-c", "touch began; while [ ! -e end ]; do sleep 0.01; done; echo old")


def context_of(folder: Path, works: dict[str, Work]) -> ProcessContext:
    return make_site(folder, works).context


def echo(text: str) -> Work:
    return Work(command=("echo", text))


def daemon(script: str, **fields: object) -> DaemonSpec:
    return DaemonSpec("Feed", Work(command=("sh", "-c", script)), **fields)  # type: ignore[arg-type]


def feeds(site: Site) -> list[int]:
    marks = {"SYNERGY_DAEMON_PROCESS": "Feed", **site.marks}
    return [pid for pid in read_table() if carries(pid, marks)]


async def test_a_process_that_is_new_in_the_file_is_run(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Old": echo("old")})) as shop:
        await shop.redefine(context_of(tmp_path, {"Old": echo("old"), "New": echo("new")}))
        assert (await shop.run("New")).state is UowState.PROCESSED
        assert (await shop.run("Old")).state is UowState.PROCESSED


async def test_the_first_callable_of_a_box_is_run_too(tmp_path: Path) -> None:
    write_jobs(tmp_path, "def job(uow):\n    print('called')\n")
    async with working(make_site(tmp_path, {"Old": echo("old")})) as shop:
        await shop.redefine(context_of(tmp_path, {"Old": Work(run="jobs:job")}))
        uow = await shop.run("Old")
        assert await shop.texts(uow.uow_id) == ["called"]


async def test_what_is_offered_right_after_the_daemons_word_is_run_by_the_new_command(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": echo("old")})) as shop:
        await shop.redefine(context_of(tmp_path, {"Job": echo("new")}))
        uow = await shop.run("Job")
        assert await shop.texts(uow.uow_id) == ["new"]


async def test_what_runs_goes_on_as_it_was_begun_and_what_waits_is_run_by_the_new_command(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"Job": Work(command=UNTIL_TOLD)}, slots=1)
    async with working(site) as shop:
        running = await shop.offer("Job", "2013010100")
        await wait_until((tmp_path / "began").exists)
        waiting = await shop.offer("Job", "2013010101")
        await shop.redefine(context_of(tmp_path, {"Job": echo("new")}))
        await wait_until(lambda: shop.loads == 1)
        (tmp_path / "end").touch()
        await shop.finished(running)
        await shop.finished(waiting)
        assert await shop.texts(running) == ["old"]
        assert await shop.texts(waiting) == ["new"]


async def test_a_process_that_is_gone_from_the_file_is_left_to_others(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Old": echo("old"), "Kept": echo("kept")})) as shop:
        await shop.redefine(context_of(tmp_path, {"Kept": echo("kept")}))
        await wait_until(lambda: not shop.broker.is_consumed(process_queue("Old")))
        left = await shop.offer("Old")
        assert (await shop.run("Kept")).state is UowState.PROCESSED
        assert (await shop.stored(left)).state is UowState.REQUESTED
        await shop.redefine(context_of(tmp_path, {"Old": echo("back")}))
        await shop.finished(left)
        assert await shop.texts(left) == ["back"]


async def test_the_same_definitions_are_not_loaded_again(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"Job": echo("same")})
    async with working(site) as shop:
        await shop.redefine(structs.replace(site.context, warnings=("no box matches",)))
        assert (await shop.run("Job")).state is UowState.PROCESSED
        assert shop.loads == 0


@pytest.mark.parametrize("asked", ["by the daemon", "by a signal"])
async def test_definitions_that_do_not_load_change_nothing(
    tmp_path: Path, asked: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with working(make_site(tmp_path, {"Job": echo("old")})) as shop:
        shop.context = None
        if asked == "by a signal":
            shop.supervisor.reload()
        else:
            await shop.broker.publish([Message(box_queue("box-1"), encode(ReloadDefinitions("another")))])
        uow = await shop.run("Job")
        assert await shop.texts(uow.uow_id) == ["old"]
        assert shop.loads == 1
        assert "the definitions stay as they were: the test's definitions are wrong" in caplog.text


async def test_an_entry_that_nobody_told_of_is_looked_for_in_the_file(tmp_path: Path) -> None:
    site = with_context(make_site(tmp_path, {}), freerun=[FreerunSpec("Run", "one", "every 60", echo("one"))])
    async with working(site) as shop:
        both = [*site.context.freerun, FreerunSpec("Run", "two", "every 60", echo("two"))]
        shop.context = with_context(site, freerun=both).context
        uow_id = await shop.offer("Run", send=False)
        await shop.broker.publish([Message(process_queue("Run"), encode(UowMessage("Run", uow_id, "two")))])
        await shop.finished(uow_id)
        assert await shop.texts(uow_id) == ["two"]


async def test_what_no_file_knows_is_looked_for_once(tmp_path: Path) -> None:
    async with working(make_site(tmp_path, {"Job": echo("job")})) as shop:
        unknown = Message(process_queue("Job"), encode(UowMessage("Job", UowId("x"), "nothing")))
        await shop.broker.publish([unknown])
        await wait_until(lambda: len(shop.broker.aside) == 1)
        await shop.broker.publish([unknown])
        await wait_until(lambda: len(shop.broker.aside) == 2)
        assert {reason for _, reason in shop.broker.aside} == {"Job is not known on box box-1"}
        assert shop.loads == 1


async def test_an_entry_that_vanished_before_it_was_claimed_is_set_aside(tmp_path: Path) -> None:
    entries = [FreerunSpec("Run", name, "every 60", Work(command=UNTIL_TOLD)) for name in ("one", "two")]
    site = with_context(make_site(tmp_path, {}, slots=1), freerun=entries)
    async with working(site) as shop:
        ids = await shop.offer_all([("Run", "2013010100"), ("Run", "2013010101")], send=False)
        messages = [UowMessage("Run", uow_id, name) for uow_id, name in zip(ids, ("one", "two"), strict=True)]
        await shop.broker.publish([Message(process_queue("Run"), encode(message)) for message in messages])
        await wait_until((tmp_path / "began").exists)
        await shop.redefine(with_context(site, freerun=entries[:1]).context)
        await wait_until(lambda: shop.loads == 1)
        (tmp_path / "end").touch()
        await shop.finished(ids[0])
        await wait_until(lambda: len(shop.broker.aside) == 1)
        assert (await shop.stored(ids[1])).state is UowState.REQUESTED


async def test_a_daemon_process_follows_the_file(tmp_path: Path) -> None:
    site = make_site(tmp_path, {}, supervisor_interval_seconds=0.1)
    async with working(site) as shop:
        assert feeds(site) == []
        await _daemons(shop, daemon("echo first; exec sleep 600"))
        await _said(tmp_path, "first\n")
        await _daemons(shop, daemon("echo second; exec sleep 600"))
        await _said(tmp_path, "first\nsecond\n")
        (pid,) = feeds(site)
        await _daemons(shop, daemon("echo second; exec sleep 600", description="the same program"))
        await wait_until(lambda: shop.loads == 3)
        await _daemons(shop, daemon("echo second; exec sleep 600", is_on=False))
        await wait_until(lambda: feeds(site) == [])
        await _daemons(shop, daemon("echo second; exec sleep 600"))
        await wait_until(lambda: feeds(site) and feeds(site) != [pid])
        await _daemons(shop)
        await wait_until(lambda: feeds(site) == [])
        await wait_until(lambda: not any(worker.kind == "daemon" for worker in shop.supervisor.workers()))


async def test_changed_settings_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    site = make_site(tmp_path, {"Job": echo("job")})
    async with working(site) as shop:
        changed = structs.replace(site.settings, slots=7, lease_seconds=60.0, gc_run_interval=5.0)
        shop.site = structs.replace(site, settings=changed)
        shop.supervisor.reload()
        await shop.run("Job")
        assert "before the supervisor is started again: slots, lease_seconds" in caplog.text


async def test_who_asks_during_a_load_is_answered_by_another_one(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"Job": echo("old")})
    async with working(site) as shop:
        await shop.redefine(context_of(tmp_path, {"Job": echo("between")}))
        await shop.redefine(site.context)
        uow = await shop.run("Job")
        assert await shop.texts(uow.uow_id) == ["old"]


async def _daemons(shop: Workshop, *specs: DaemonSpec) -> None:
    await shop.redefine(with_context(shop.site, daemons=specs).context)


async def _said(folder: Path, text: str) -> None:
    log = folder / ".synergy" / "logs" / "Feed.log"
    await wait_until(lambda: log.exists() and log.read_text() == text)
