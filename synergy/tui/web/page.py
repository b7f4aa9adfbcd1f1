"""What the browser gets that textual-serve does not bring along: our page, the page behind the link, the headers.

Nothing comes from elsewhere and no script stands in a page, so the policy can forbid both.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

TEMPLATES: Final = Path(__file__).parent
"""Where ``app_index.html`` lies, which textual-serve renders."""
SCRIPT: Final = TEMPLATES / "page.js"

OPENED: Final = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">'
    '<link rel="icon" href="data:,"><title>Synergy</title></head><body></body></html>'
)
"""Leads on by itself: a cookie for this site alone is not sent along a redirect that another site began."""


def headers(host: str) -> Mapping[str, str]:
    """On every answer. Styles may stand in a page: xterm.js writes its own there."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        f"img-src 'self' data:; connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
