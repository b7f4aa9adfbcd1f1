"""What a statement loads into an interpreter that has nothing loaded yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def loaded_by(statement: str) -> set[str]:
    """Top-level and synergy module names that a fresh interpreter holds after the statement, and not before it.

    Coverage is kept out of that interpreter: it loads sqlite3 itself, and would hide who else does.
    """
    program = (
        "import sys; before = set(sys.modules)\n"
        f"{statement}\n"
        "names = {name if name.startswith('synergy') else name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print('\\n'.join(sorted(names)))"
    )
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=60, env=unmeasured,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
