"""How the console ends when something else than its operator ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from typing import Final

END_SECONDS: Final = 5
"""How long a signal waits for the terminal to be restored."""

INTERRUPTED: Final = 128 + signal.SIGINT
UNHEARD: Final = 1
"""Nobody reads what is printed any more; as synergyctl."""

EXIT_CODES: Final[Mapping[signal.Signals, int]] = {
    signal.SIGTERM: 0,
    signal.SIGHUP: 0,
    signal.SIGINT: INTERRUPTED,
    **{number: 128 + number for number in (signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)},
}
"""What is exited with, by the signal that ends it. Each of them would leave the terminal as it is else."""


def heed_signals(leave: Callable[[int], None]) -> None:
    """Have signals end the console; ``leave`` is told the exit code.

    Restoring a terminal that takes nothing more would wait for ever: an alarm ends that.

    Textual's own handler of SIGTSTP writes and waits for threads wherever the program happens to be, also in the midst
    of a write, whose lock it would wait for without end: it is called between two steps of the loop instead.
    """

    def end(code: int) -> None:
        signal.alarm(END_SECONDS)
        leave(code)

    loop = asyncio.get_running_loop()
    for number, code in EXIT_CODES.items():
        loop.add_signal_handler(number, end, code)
    pause = signal.getsignal(signal.SIGTSTP)
    if callable(pause):
        loop.add_signal_handler(signal.SIGTSTP, pause, signal.SIGTSTP, None)
