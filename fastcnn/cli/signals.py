"""Signals that end a training as Ctrl-C does: what was trained is kept."""

import contextlib
import signal
import threading

#: A cluster that needs the machine; a terminal that was closed.
ENDING = (signal.SIGTERM, signal.SIGHUP)


class Ended(KeyboardInterrupt):
    """Another signal than that of Ctrl-C came."""

    def __init__(self, number):
        super().__init__()
        self.number = number


@contextlib.contextmanager
def as_interrupt():
    """Inside of the block these signals do what Ctrl-C does; then `Ended` is raised."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = []

    def interrupt(number, frame):
        came.append(number)
        signal.raise_signal(signal.SIGINT)

    before = {number: signal.signal(number, interrupt) for number in ENDING}
    try:
        yield
    except KeyboardInterrupt:
        if came:
            raise Ended(came[0]) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
