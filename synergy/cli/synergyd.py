"""The program ``synergyd``: makes projects, and starts, stops and watches the daemon and the supervisor."""

from __future__ import annotations

from typing import Final

from synergy.cli.lazy import Entry
from synergy.cli.program import Invocation, Program, group

COMMANDS: Final = {
    "init": Entry("projects:init", "Write a small working project."),
    "check": Entry("projects:check", "Check definitions and settings; start nothing."),
    "start": Entry("running:start", "Start the daemon in the background."),
    "stop": Entry("running:stop", "Stop the daemon, and the local supervisor."),
    "restart": Entry("running:restart", "Renew the daemon; running work goes on."),
    "status": Entry("running:status", "Whether they run (exit 0) or not (exit 1)."),
    "run": Entry("running:run", "Be the daemon in the foreground, for systemd and containers."),
    "supervisor": Entry("supervising:supervisor", "This box's supervisor: start, stop, status, run."),
    "proxy": Entry("proxy:proxy", "The control protocol on standard input and output, for ssh."),
    "migrate": Entry("migrating:migrate", "Move the project's state into another store."),
    "demo": Entry("demo:demo", "Work through a year of real flights."),
    "completion": Entry("shells:completion", "Print a shell's completion script: bash, zsh, fish."),
}


@group(
    "synergyd",
    COMMANDS,
    "synergyd init ~/flights",
    "synergyd check -C ~/flights",
    "synergyd start -C ~/flights",
    cls=Program,
)
def main(_invocation: Invocation) -> None:
    """Run a Synergy deployment: one daemon, and one supervisor on each box.

    Exit codes: 0 done, 1 not running or not the same, 2 usage or invalid definition, 3 runs already, 5 not permitted,
    6 not confirmed, 9 store, broker or disk failed, 124 timed out.
    """


if __name__ == "__main__":
    main(prog_name="synergyd")
