"""Asking a person whether to go on, so that one Ctrl-C is an answer: nothing is done."""

from __future__ import annotations

import select
import signal
import sys
from typing import Final

import click

LOOK_SECONDS: Final = 0.1
ANSWERS: Final = {"y": True, "yes": True, "n": False, "no": False, "": False}


def agreed(question: str) -> bool:
    """Whether the person at the terminal says yes. May be called where an event loop runs.

    Raises:
        click.Abort: they pressed Ctrl-C, or Ctrl-D; they are told that nothing was changed.
    """
    # asyncio.run only notes an interrupt and leaves it to its loop, which stands still while the person is asked.
    of_the_loop = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while (answer := ANSWERS.get(_answer_to(question))) is None:
            click.echo('write "y" or "n"', err=True)
    except (KeyboardInterrupt, EOFError) as end:
        click.echo("\nnothing was changed", err=True)
        raise click.Abort from end
    else:
        return answer
    finally:
        signal.signal(signal.SIGINT, of_the_loop)


def _answer_to(question: str) -> str:
    """What is typed, in small letters."""
    click.echo(f"{question} [y/N]: ", nl=False, err=True)
    # A read that has begun just after an interrupt came would hide it until the line is complete.
    while not select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:
        pass
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip().lower()
