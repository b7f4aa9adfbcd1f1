"""Callables in warm children: results, reasons, logs, and what becomes of a child."""

from __future__ import annotations

from pathlib import Path

import pytest

from synergy.core.context import Work
from synergy.core.records import UowId
from synergy.core.states import UowState
from synergy.worker.frames import MAX_REASON_CHARS
from tests.worker.workshop import make_site, working, write_jobs

JOBS = """
    import logging, os, subprocess, sys, time
    from synergy.definitions import Result, UnitOfWork

    def counts(uow: UnitOfWork) -> Result:
        return Result(processed=12, aggregated=3)

    def noop(uow: UnitOfWork) -> Result:
        return Result("noop")

    def nothing(uow: UnitOfWork) -> None:
        pass

    def number(uow: UnitOfWork) -> int:
        return 42

    def fails(uow: UnitOfWork) -> None:
        raise ValueError("no such airport")

    def leaves(uow: UnitOfWork) -> None:
        sys.exit(3)

    def dies(uow: UnitOfWork) -> None:
        os._exit(3)

    def is_killed(uow: UnitOfWork) -> None:
        os.kill(os.getpid(), 9)

    def eats(uow: UnitOfWork) -> None:
        raise MemoryError

    def speaks(uow: UnitOfWork) -> None:
        print("to stdout")
        logging.getLogger("flights").info("to the log")
        print("to stderr", file=sys.stderr)
        logging.warning("plainly")
        sys.stdout.write("without an end")

    def raw(uow: UnitOfWork) -> None:
        os.write(1, b"from C\\n")
        subprocess.run(["sh", "-c", "echo from a process >&2"], check=True)

    def told(uow: UnitOfWork) -> None:
        print(uow.timeperiod, uow.arguments["origin"], os.getcwd(), os.environ["SYNERGY_TIMEPERIOD"])
        print(os.environ["GREETING"])

    def leaks(uow: UnitOfWork) -> None:
        print(os.environ.get("GREETING"))

    def which(uow: UnitOfWork) -> None:
        print(os.getpid())

    def odd(uow: UnitOfWork) -> None:
        print("half \\udc80 a\\0b")
"""


def run(name: str, **fields: object) -> Work:
    return Work(run=f"jobs:{name}", **fields)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_jobs(tmp_path, JOBS)
    return tmp_path


async def test_a_result_carries_its_counts(folder: Path) -> None:
    async with working(make_site(folder, {"Counts": run("counts")})) as shop:
        uow = await shop.run("Counts")
    assert uow.state is UowState.PROCESSED
    assert (uow.number_of_processed_documents, uow.number_of_aggregated_documents) == (12, 3)


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("nothing", UowState.PROCESSED, None),
        ("noop", UowState.NOOP, None),
        ("number", UowState.INVALID, "returned 42; return None or a Result"),
        ("fails", UowState.INVALID, "raised ValueError: no such airport"),
        ("leaves", UowState.INVALID, "raised SystemExit: 3"),
        ("dies", UowState.INVALID, "exit 3"),
        ("is_killed", UowState.INVALID, "signal 9"),
        ("eats", UowState.INVALID, "out of memory"),
        ("absent", UowState.INVALID, "module jobs has no callable absent"),
    ],
)
async def test_the_end_of_a_callable_is_told_by_its_true_reason(
    folder: Path, name: str, state: UowState, reason: str | None
) -> None:
    async with working(make_site(folder, {"Job": run(name)})) as shop:
        uow = await shop.run("Job")
    assert (uow.state, uow.exit_reason) == (state, reason)


async def test_the_reason_of_a_failure_is_a_line_of_bounded_length(folder: Path) -> None:
    (folder / "wordy.py").write_text("def job(uow):\n    raise ValueError('no\\n' + 'x' * 100_000)\n")
    (folder / "long.py").write_text("def job(uow):\n    raise ValueError('x' * 100_000)\n")
    async with working(make_site(folder, {"Wordy": Work(run="wordy:job"), "Long": Work(run="long:job")})) as shop:
        reasons = [(await shop.run(name)).exit_reason or "" for name in ("Wordy", "Long")]
    assert reasons[0] == "raised ValueError: no"
    assert len(reasons[1]) == MAX_REASON_CHARS


async def test_the_password_of_a_url_does_not_get_into_a_reason(folder: Path) -> None:
    told = "mongodb://me:hush@db1/x cannot be reached"
    (folder / "telling.py").write_text(f"def job(uow):\n    raise OSError({told!r})\n")
    async with working(make_site(folder, {"Job": Work(run="telling:job")})) as shop:
        uow = await shop.run("Job")
    assert uow.exit_reason == "raised OSError: mongodb://me:***@db1/x cannot be reached"


async def test_a_module_that_does_not_import_is_named(folder: Path) -> None:
    (folder / "broken.py").write_text("import nowhere_to_be_found\n")
    async with working(make_site(folder, {"Job": Work(run="broken:job")})) as shop:
        uow = await shop.run("Job")
        texts = await shop.texts(uow.uow_id)
    assert uow.exit_reason == "cannot import module broken: No module named 'nowhere_to_be_found'"
    assert texts[1].strip().startswith(f'File "{folder}/broken.py", line 1')


async def test_a_module_that_hangs_while_it_is_imported_is_ended(folder: Path) -> None:
    (folder / "hangs.py").write_text("import threading\nthreading.Event().wait()\n")
    works = {"Hangs": Work(run="hangs:job"), "Job": run("nothing")}
    async with working(make_site(folder, works, slots=1, definitions_timeout_seconds=0.3)) as shop:
        uow = await shop.run("Hangs")
        assert (uow.state, uow.exit_reason) == (UowState.INVALID, "importing module hangs took more than 0.3 s")
        assert (await shop.run("Job")).state is UowState.PROCESSED


async def test_a_callable_may_run_longer_than_its_import_may_take(folder: Path) -> None:
    (folder / "naps.py").write_text("import threading\ndef job(uow):\n    threading.Event().wait(0.5)\n")
    async with working(make_site(folder, {"Naps": Work(run="naps:job")}, definitions_timeout_seconds=0.3)) as shop:
        assert (await shop.run("Naps")).state is UowState.PROCESSED


async def test_an_interrupt_at_import_is_told_by_its_name(folder: Path) -> None:
    (folder / "interrupted.py").write_text("raise KeyboardInterrupt\n")
    async with working(make_site(folder, {"Job": Work(run="interrupted:job")})) as shop:
        uow = await shop.run("Job")
    assert uow.exit_reason == "cannot import module interrupted: KeyboardInterrupt"


async def test_a_traceback_is_in_the_log_and_begins_with_the_users_code(folder: Path) -> None:
    async with working(make_site(folder, {"Job": run("fails")})) as shop:
        uow = await shop.run("Job")
        log = await shop.log(uow.uow_id)
    texts = [line.text for line in log.lines]
    assert texts[0] == "Traceback (most recent call last):"
    assert "jobs.py" in texts[1]
    assert texts[-1] == "ValueError: no such airport"
    assert {(line.stream, line.level) for line in log.lines} == {("log", "ERROR")}


async def test_output_and_logging_are_kept_in_the_order_in_which_they_were_said(folder: Path) -> None:
    async with working(make_site(folder, {"Job": run("speaks")})) as shop:
        uow = await shop.run("Job")
        log = await shop.log(uow.uow_id)
    assert [(line.stream, line.level, line.text) for line in log.lines] == [
        ("stdout", "", "to stdout"),
        ("log", "INFO", "flights: to the log"),
        ("stderr", "", "to stderr"),
        ("log", "WARNING", "plainly"),
        ("stdout", "", "without an end"),
    ]


async def test_output_that_goes_past_python_is_kept_too(folder: Path) -> None:
    async with working(make_site(folder, {"Job": run("raw")})) as shop:
        uow = await shop.run("Job")
        log = await shop.log(uow.uow_id)
    assert {(line.stream, line.text) for line in log.lines} == {("stdout", "from C"), ("stderr", "from a process")}


async def test_text_that_no_store_takes_is_made_harmless(folder: Path) -> None:
    async with working(make_site(folder, {"Job": run("odd")})) as shop:
        uow = await shop.run("Job")
        assert await shop.texts(uow.uow_id) == ["half \\udc80 a\\0b"]


async def test_a_callable_is_told_by_argument_folder_and_environment(folder: Path) -> None:
    (folder / "below").mkdir()
    works = {"Told": run("told", cwd="below", env={"GREETING": "hello"}), "Leaks": run("leaks")}
    async with working(make_site(folder, works, slots=1)) as shop:
        told = await shop.run("Told", arguments={"origin": "EWR"})
        leaks = await shop.run("Leaks")
        assert await shop.texts(told.uow_id) == [f"2013010100 EWR {folder}/below 2013010100", "hello"]
        assert await shop.texts(leaks.uow_id) == ["None"]


async def test_a_child_is_kept_for_the_next_unit_of_work(folder: Path) -> None:
    async with working(make_site(folder, {"Job": run("which")}, slots=1)) as shop:
        pids = {(await shop.texts((await shop.run("Job", f"201301010{hour}")).uow_id))[0] for hour in range(3)}
    assert len(pids) == 1


async def test_a_child_is_replaced_after_its_number_of_units(folder: Path) -> None:
    async with working(make_site(folder, {"Job": run("which")}, slots=1, child_max_uows=2)) as shop:
        pids = [(await shop.texts((await shop.run("Job", f"201301010{hour}")).uow_id))[0] for hour in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_a_changed_module_is_seen_by_the_next_unit_of_work(folder: Path) -> None:
    async with working(make_site(folder, {"Job": run("which")}, slots=1)) as shop:
        first = await shop.run("Job")
        (folder / "jobs.py").write_text("def which(uow):\n    print('changed')\n")
        second = await shop.run("Job", "2013010101")
        assert await shop.texts(first.uow_id) != ["changed"]
        assert await shop.texts(second.uow_id) == ["changed"]


async def test_many_units_run_at_once_and_each_once(folder: Path) -> None:
    async with working(make_site(folder, {"Job": run("which")})) as shop:
        periods = [f"20130101{hour:02}" for hour in range(24)] + [f"20130102{hour:02}" for hour in range(24)]
        ids: list[UowId] = await shop.offer_all([("Job", period) for period in periods])
        for uow_id in ids:
            uow = await shop.finished(uow_id)
            assert uow.state is UowState.PROCESSED
            assert len(await shop.texts(uow_id)) == 1
        assert shop.broker.acked == len(ids)
