"""Asking a person whether to go on, so that one Ctrl-C is an answer: nothing is done."""

from __future__ import annotations

import signal

import click


def agreed(question: str) -> bool:
    """Whether the person says yes. May be called where an event loop runs.

    Raises:
        click.Abort: they pressed Ctrl-C; they are told that nothing was changed.
    """
    # asyncio.run only notes an interrupt and leaves it to its loop, which stands still while the person is asked.
    of_the_loop = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(question, err=True)
    except click.Abort as abort:
        interrupt = abort.__context__
        click.echo("\nnothing was changed", err=True)
        raise click.Abort from interrupt
    finally:
        signal.signal(signal.SIGINT, of_the_loop)
