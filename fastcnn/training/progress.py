"""How a training shows itself: a bar on a terminal, a line for each epoch."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastcnn.training.run import Run

#: The bar leaves room for numbers in 80 columns.
BAR = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{remaining}{postfix}]"


class Progress:
    """Tells standard error how a training goes.

    Parameters
    ----------
    shown : bool, optional
        False: nothing; True: bars, where tqdm (extra "cli") is installed, and a line per epoch;
        default: bars only on a terminal.
    """

    def __init__(self, shown: bool | None) -> None:
        self.lines = shown is not False
        self.bar: Any = None
        self._tqdm: Any = None
        if sys.stderr.isatty() if shown is None else shown:
            with contextlib.suppress(ModuleNotFoundError):  # lines without the extra "cli"
                self._tqdm = importlib.import_module("tqdm").tqdm

    def begin(self, run: Run) -> None:
        """An epoch begins, or goes on at ``run.batch``."""
        if self._tqdm is not None:
            title = f"epoch {run.epoch}/{run.epochs}"
            self.bar = self._tqdm(
                desc=title, total=run.batches, initial=run.batch, leave=False, bar_format=BAR
            )

    def batch(self, run: Run) -> None:
        """A batch is done."""
        if self.bar is not None and self.bar.update():  # it was drawn anew: so not for every batch
            self.bar.set_postfix_str(
                "  ".join([*numbers(run.record), f"rate {run.learning_rate:.3g}"]),
                refresh=False,
            )

    def close(self) -> None:
        """The batches of the epoch are done, or the training ends."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def line(self, run: Run) -> None:
        """An epoch is done: its numbers in one line."""
        if self.lines:
            words = [f"epoch {run.epoch}/{run.epochs}", *numbers(run.record)]
            words.append(f"{run.record['seconds']:.2f} s")
            line = "  ".join(words)
            if sys.stderr.isatty():
                margin = " " * (len(words[0]) + 2)
                width = shutil.get_terminal_size().columns
                line = textwrap.fill(line, max(width, 40), subsequent_indent=margin)
            self.say(line)

    def say(self, text: str) -> None:
        """A line, unless nothing is to be shown."""
        if self.lines:
            print(text, file=sys.stderr, flush=True)


def numbers(record: dict[str, Any]) -> list[str]:
    """Name and value of each number, but for those that have a place of their own."""
    return [
        f"{name} {value:.3g}" if name == "learning_rate" else f"{name} {value:.4f}"
        for name, value in record.items()
        if name not in ("epoch", "seconds") and isinstance(value, int | float)
    ]
