"""Ctrl-C in a training that is to be continued."""

from __future__ import annotations

import signal
import threading
from types import TracebackType
from typing import Any


class Interrupt:
    """Inside of its ``with`` block, the first Ctrl-C waits until `check` is called.

    The second one interrupts at once. Where Ctrl-C does not raise KeyboardInterrupt anyway, since
    the program has a handler of its own or this is not the main thread, nothing is changed.

    Parameters
    ----------
    waits : bool
        Whether it is to wait at all.

    Attributes
    ----------
    answered : bool
        Whether `check` has raised KeyboardInterrupt.
    """

    def __init__(self, waits: bool) -> None:
        self.pressed = self.answered = False
        self._waits = (
            waits
            and threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )

    def __enter__(self) -> Interrupt:
        if self._waits:
            signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._waits:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def check(self) -> None:
        """Raise the KeyboardInterrupt that is due: everything is as a later training needs it."""
        if self.pressed:
            self.answered = True
            raise KeyboardInterrupt

    def _press(self, number: int, frame: Any) -> None:
        self.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
