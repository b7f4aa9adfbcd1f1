"""How a console in a browser reads and writes: Textual's web driver, ended with the server, and with its mouse off."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import Any

from textual import messages
from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """See WebDriver."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._write = partial(self._send, self.fileno)

    def run_input_thread(self) -> None:
        """See WebDriver; the end of input means that the server is gone, and so is whoever looked."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self.send_message(messages.ExitApp())

    def _enable_mouse_support(self) -> None:
        if self._mouse:
            super()._enable_mouse_support()

    @staticmethod
    def _send(target: int, data: bytes) -> int:
        with suppress(BrokenPipeError):
            view = memoryview(data)
            while view:
                view = view[os.write(target, view) :]
        return len(data)
