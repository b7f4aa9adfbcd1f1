"""A real process that outlives KILL, for as long as a test wants, and without any right of root.

A traced process stops at its very end when its tracer asked for that: KILL has reached it, and it stays in the table,
neither dead nor a zombie, until it is let go. What hangs in the kernel looks the same from outside.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

TRACEABLE: Final = """\
import ctypes, time
# Where only descendants may be traced, this one may be traced by others; elsewhere there is no such option.
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)
print("traceable", flush=True)
time.sleep(600)
"""
"""A program for ``python -c``: it says when it may be traced, and sleeps."""

_TRACER: Final = """\
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
SEIZE, TRACE_EXIT = 0x4206, 0x40
if libc.ptrace(SEIZE, int(sys.argv[1]), None, TRACE_EXIT):
    sys.exit(os.strerror(ctypes.get_errno()))
print("traced", flush=True)
sys.stdin.read()
"""


@contextmanager
def unkillable(pid: int) -> Iterator[None]:
    """Nothing ends this process inside the block; what was sent meanwhile ends it afterwards."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", _TRACER, str(pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tracer:
        assert tracer.stdin is not None
        assert tracer.stdout is not None
        assert tracer.stdout.readline() == "traced\n"
        yield
        # With its tracer gone, the kernel lets it go.
        tracer.stdin.close()
