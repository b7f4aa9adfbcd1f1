"""The example over RabbitMQ: outages delay work and lose none of it, and what cannot be understood stops nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from synergy.brokers.rabbitmq.topology import Q_SET_ASIDE
from synergy.core.messages import (
    BY_HAND,
    Q_JOB_STATUS,
    Q_UOW_STATUS,
    JobFinished,
    UowFinished,
    UowMessage,
    box_queue,
    encode,
    process_queue,
)
from synergy.core.records import UnitOfWork, UowId
from synergy.core.states import JobState, UowState
from tests.endtoend import evidence
from tests.endtoend.deployment import Deployment, new_folder
from tests.endtoend.projects import write_flights, write_project
from tests.servers.rabbitmq import PASSWORD, RabbitNode
from tests.waiting import poll

pytestmark = [pytest.mark.real, pytest.mark.embedded(reason="it brings a broker of its own")]

END = "2013010800"
JOBS = evidence.jobs_until(END)
NOTICED_SECONDS = 15.0
BACK_SECONDS = 60.0


def use_broker(deployment: Deployment, url: str) -> None:
    """Have a written project use this broker, with the password in a file."""
    toml = deployment.folder / "synergy.toml"
    toml.write_text(toml.read_text().replace("[synergy]\n", f'[synergy]\nbroker = "{url}"\n', 1))
    with toml.open("a") as file:
        file.write('\n[mq]\npassword_file = "password"\nannounce_jobs = true\n')
    (deployment.folder / "password").write_text(f"{PASSWORD}\n")


def without_password(url: str) -> str:
    before, _, place = url.rpartition("@")
    return f"{before.rpartition(':')[0]}@{place}"


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    """One that is written to use RabbitMQ here."""
    made = Deployment(new_folder())
    yield made
    assert made.close() == []


@pytest.fixture
def thawed(own_node: RabbitNode) -> Iterator[RabbitNode]:
    yield own_node
    own_node.thaw()


def test_a_broker_that_is_killed_and_frozen_delays_work_and_loses_none(
    deployment: Deployment, thawed: RabbitNode
) -> None:
    node = thawed
    write_flights(deployment.folder, END)
    use_broker(deployment, without_password(node.url()))
    deployment.start()

    poll(lambda: deployment.stored.count_finished() >= JOBS // 6, BACK_SECONDS, "a sixth is done")
    node.kill()
    told = deployment.await_status(lambda s: s["state"] == "broker_down", NOTICED_SECONDS, "the loss is told")
    assert told["broker"]["detail"]
    node.start()
    deployment.await_status(lambda s: s["broker"]["up"], BACK_SECONDS, "the return is told")
    before = deployment.stored.count_finished()
    poll(lambda: deployment.stored.count_finished() > before, BACK_SECONDS, "it goes on by itself")

    poll(lambda: deployment.stored.count_finished() >= JOBS // 2, BACK_SECONDS, "half is done")
    node.freeze()
    deployment.await_status(lambda s: s["state"] == "broker_down", NOTICED_SECONDS, "the silence is told")
    node.thaw()
    poll(lambda: deployment.stored.count_finished() >= JOBS, 2 * BACK_SECONDS, "all is done")

    deployment.await_status(lambda s: s["state"] == "running", BACK_SECONDS, "all is well")
    evidence.assert_nothing_is_left(deployment)
    evidence.assert_each_ran_once(deployment, JOBS)
    evidence.assert_no_attempts_overlap(deployment)
    evidence.assert_sums_are_right(deployment, END)
    for text in (deployment.logged(), deployment.logged("supervisor"), deployment.ctl("status").stdout):
        assert PASSWORD not in text


DEFINITIONS = """
process_context = [ManagedProcess(process_name="Hourly", time_qualifier="hourly", command=["true"], is_on=False)]
timetable_context = [Tree(tree_name="Main", enclosed_processes=["Hourly"])]
"""
QUEUES = [Q_UOW_STATUS, box_queue("box-1"), process_queue("Hourly"), process_queue(BY_HAND)]
UOW = UnitOfWork(UowId("Hourly@2013010100.1"), "Hourly", "2013010100", 1, "2013010100", "2013010101")
GARBAGE = [
    b"",
    b"\x00\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    encode(UowFinished(UOW))[:-20],
    encode(UowMessage("Hourly", UOW.uow_id))[:-5],
    b'{"type":"uow_vanished","uow_id":"x"}',
    b'{"process_name":7,"record_db_id":[]}',
    b'{"x":' + b"[" * 200_000,
    b"x" * 3_000_000,
]
"""Empty, binary, of another shape, truncated, of an unknown kind, of wrong types, too deep, too long."""


@pytest.fixture
def place(deployment: Deployment, rabbit_node: RabbitNode) -> Iterator[str]:
    """A running deployment on a virtual host of its own, whose three jobs wait to be activated."""
    vhost = rabbit_node.new_vhost()
    write_project(deployment.folder, DEFINITIONS)
    use_broker(deployment, without_password(rabbit_node.url(vhost)))
    deployment.start()
    yield vhost
    deployment.synergyd("stop", "--now")
    deployment.synergyd("supervisor", "stop", "--now")
    rabbit_node.drop_vhost(vhost)


def run_all(deployment: Deployment) -> None:
    deployment.ctl("activate", "Hourly")
    deployment.await_job("Hourly@2013010102", "processed")


def test_what_cannot_be_understood_is_set_aside_with_its_reason_and_stops_nothing(
    deployment: Deployment, place: str, rabbit_node: RabbitNode
) -> None:
    for queue in QUEUES:
        rabbit_node.put(place, queue, *GARBAGE)
    aside: list[tuple[bytes, dict[str, str]]] = []

    def all_aside() -> bool:
        aside.extend(rabbit_node.take(place, Q_SET_ASIDE))
        return len(aside) >= len(QUEUES) * len(GARBAGE)

    poll(all_aside, 30, "all of it is set aside")
    assert sorted((headers["x-queue"], body) for body, headers in aside) == sorted(
        (queue, body) for queue in QUEUES for body in GARBAGE
    )
    assert all(headers["x-reason"] for _, headers in aside)
    run_all(deployment)


def test_what_was_in_a_queue_that_somebody_deleted_is_offered_again(
    deployment: Deployment, place: str, rabbit_node: RabbitNode
) -> None:
    queue = process_queue("Hourly")
    deployment.synergyd("supervisor", "stop")
    deployment.ctl("activate", "Hourly")
    poll(lambda: rabbit_node.waiting(place)[queue] == 1, 20, "the first hour is offered")

    rabbit_node.delete_queue(place, queue)

    poll(lambda: rabbit_node.waiting(place).get(queue) == 1, 60, "it is offered again")
    deployment.synergyd("supervisor", "start")
    deployment.await_job("Hourly@2013010102", "processed")


def test_finished_jobs_are_announced_to_whoever_listens(
    deployment: Deployment, place: str, rabbit_node: RabbitNode
) -> None:
    run_all(deployment)
    poll(lambda: rabbit_node.waiting(place)[Q_JOB_STATUS] == 3, 10, "three jobs are announced")
    assert sorted(body for body, _ in rabbit_node.take(place, Q_JOB_STATUS)) == [
        encode(JobFinished("Hourly", f"201301010{hour}", JobState.PROCESSED)) for hour in range(3)
    ]


def test_duplicates_and_outdated_messages_change_nothing(
    deployment: Deployment, place: str, rabbit_node: RabbitNode
) -> None:
    run_all(deployment)
    history = deployment.stored.history()
    known = UowMessage("Hourly", UOW.uow_id)
    unknown = UowMessage("Hourly", UowId("Hourly@2012010100.1"))
    rabbit_node.put(place, process_queue("Hourly"), *map(encode, [known, known, unknown]))
    for state in (UowState.PROCESSED, UowState.INVALID, UowState.CANCELED):
        late = UnitOfWork(UOW.uow_id, "Hourly", "2013010100", 1, "2013010100", "2013010101", state=state)
        rabbit_node.put(place, Q_UOW_STATUS, *[encode(UowFinished(late))] * 3)
    rabbit_node.take(place, Q_JOB_STATUS)
    poll(lambda: set(rabbit_node.waiting(place).values()) == {0}, 20, "all of it is consumed")

    deployment.ctl("reprocess", "Hourly@2013010102", "--yes")
    deployment.await_job("Hourly@2013010102", "processed")
    assert deployment.stored.history()[: len(history)] == history
    assert deployment.job_state("Hourly@2013010100") == "processed"
    assert len(deployment.stored.attempts()) == 4
    assert rabbit_node.take(place, Q_SET_ASIDE) == []
