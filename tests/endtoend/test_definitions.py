"""Changed definitions: a restart puts them to work, also in the supervisor that it leaves alone."""

from __future__ import annotations

from typing import Final

import pytest

from tests.endtoend.deployment import Deployment
from tests.endtoend.projects import write_project

pytestmark = pytest.mark.real

DEFINITIONS: Final = """
def hourly(name, text):
    return ManagedProcess(process_name=name, time_qualifier="hourly", command=["echo", text])

process_context = [{processes}]
timetable_context = [
    Tree(tree_name=process.process_name + "Tree", enclosed_processes=[process.process_name])
    for process in process_context
]
"""


def write(deployment: Deployment, processes: str) -> None:
    write_project(deployment.folder, DEFINITIONS.format(processes=processes))


def test_a_restart_puts_a_new_process_and_a_changed_command_to_work_in_the_same_supervisor(
    deployment: Deployment,
) -> None:
    write(deployment, 'hourly("Old", "before")')
    deployment.start()
    deployment.await_job("Old@2013010102", "processed")
    supervisor = deployment.supervisor_pid

    write(deployment, 'hourly("Old", "after"), hourly("New", "new")')
    deployment.synergyd("restart")
    deployment.ctl("reprocess", "Old@2013010100", "--yes", "--reason", "the command changed")
    for hour in range(3):
        deployment.await_job(f"New@201301010{hour}", "processed")
    deployment.ctl("wait", "Old@2013010100", "--for", "processed", "--timeout", "30")

    assert deployment.supervisor_pid == supervisor
    assert "new" in deployment.ctl("logs", "New@2013010100").stdout
    assert "after" in deployment.ctl("logs", "Old@2013010100").stdout
