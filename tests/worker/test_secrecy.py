"""What jobs and other users can see of a deployment's processes, and what no shell reads."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from synergy.core.context import DaemonSpec, Work
from synergy.core.states import UowState
from synergy.worker.process_table import carries, read_table
from synergy.worker.site import Site
from tests.waiting import wait_until
from tests.worker.workshop import Workshop, make_site, with_context, working, write_jobs

HUSH = "hush"
HOSTILE = (
    "$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned", "> pwned", "&& touch pwned", "\ntouch pwned",
    "two words", "*", "~", "$HOME", "'\"", "-c", "--", "{nothing}", "\\", "!!", "é\u202e", "",
)  # fmt: skip
ECHO = "import json, sys; print(json.dumps(sys.argv[1:]))"
ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a service's environment holds for the programs themselves."""
    for name in ("SYNERGY_DB_PASSWORD", "SYNERGY_MQ_PASSWORD", "SYNERGY_TO_PASSWORD"):
        monkeypatch.setenv(name, HUSH)


def secretive(folder: Path, works: dict[str, Work]) -> Site:
    urls = {"store": f"mongodb://me:{HUSH}@db1/x", "broker": f"amqp://me:{HUSH}@mq/x"}
    return make_site(folder, works, **urls)


def seen(site: Site) -> list[bytes]:
    """Command line and environment of each process of the box, as the system shows them."""
    pids = [pid for pid in read_table() if pid != os.getpid() and carries(pid, {"SYNERGY_BOX": site.box_mark})]
    return [Path(f"/proc/{pid}/{what}").read_bytes() for pid in pids for what in ("cmdline", "environ")]


async def last_text(shop: Workshop, name: str) -> str:
    uow = await shop.run(name)
    assert uow.state is UowState.PROCESSED
    return (await shop.texts(uow.uow_id))[-1]


async def test_no_argument_of_a_command_is_read_by_a_shell(tmp_path: Path) -> None:
    work = Work(command=(sys.executable, "-c", ECHO, *HOSTILE, "{timeperiod}; touch pwned"))
    async with working(make_site(tmp_path, {"Job": work})) as shop:
        told = json.loads(await last_text(shop, "Job"))
    assert told == [*HOSTILE, "2013010100; touch pwned"]
    assert not (tmp_path / "pwned").exists()


async def test_no_argument_of_a_daemon_process_is_read_by_a_shell(tmp_path: Path) -> None:
    keep = "import json, pathlib, sys, time; pathlib.Path('told').write_text(json.dumps(sys.argv[1:])); time.sleep(600)"
    spec = DaemonSpec("Feed", Work(command=(sys.executable, "-c", keep, *HOSTILE)))
    async with working(with_context(make_site(tmp_path, {}), daemons=[spec])):
        told = tmp_path / "told"
        await wait_until(lambda: told.exists() and told.read_text().endswith("]"))
        assert json.loads(told.read_text()) == list(HOSTILE)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.usefixtures("exported")
async def test_jobs_do_not_inherit_the_passwords_of_the_servers(tmp_path: Path) -> None:
    write_jobs(tmp_path, f"def tell(uow):\n    {ENVIRONMENT}\n")
    works = {"Call": Work(run="jobs:tell"), "Command": Work(command=(sys.executable, "-c", ENVIRONMENT))}
    async with working(secretive(tmp_path, works)) as shop:
        for name in works:
            told = json.loads(await last_text(shop, name))
            assert HUSH not in told.values()
            assert not {"SYNERGY_DB_PASSWORD", "SYNERGY_MQ_PASSWORD", "SYNERGY_TO_PASSWORD"} & told.keys()


@pytest.mark.usefixtures("exported")
async def test_no_process_of_a_box_shows_a_password_or_an_argument_to_others(tmp_path: Path) -> None:
    write_jobs(tmp_path, "import time\ndef wait(uow):\n    print('waiting', flush=True)\n    time.sleep(600)\n")
    site = secretive(tmp_path, {"Call": Work(run="jobs:wait")})
    async with working(site) as shop:
        uow_id = await shop.offer("Call", arguments={"api_key": HUSH})
        await shop.until_text(uow_id, "waiting")
        shown = seen(site)
        assert shown
        assert [text for text in shown if HUSH.encode() in text] == []
        await shop.cancel(uow_id)
        await shop.finished(uow_id)


async def test_a_work_s_own_environment_is_its_own(tmp_path: Path) -> None:
    mine = Work(command=(sys.executable, "-c", ENVIRONMENT), env={"PGPASSWORD": HUSH})
    async with working(make_site(tmp_path, {"Mine": mine, "Other": replace(mine, env={})})) as shop:
        assert json.loads(await last_text(shop, "Mine"))["PGPASSWORD"] == HUSH
        assert "PGPASSWORD" not in json.loads(await last_text(shop, "Other"))
