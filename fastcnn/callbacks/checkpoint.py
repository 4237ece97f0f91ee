"""Keep on disk what a training needs to go on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fastcnn.callbacks.monitor import Monitor
from fastcnn.formats.atomic import check_writable
from fastcnn.kernels import gate

if TYPE_CHECKING:
    from fastcnn.training import Run


class Checkpoint:
    """Write the model and all that its training needs to go on, bit for bit, to one file.

    The file is written anew after each epoch, every so many batches, or when an epoch is the best
    so far; and when Ctrl-C ends the training. Whatever happens meanwhile, the file is the old one
    or the new one, and whole. ``fit(..., checkpoint=path, resume=True)`` goes on from it, and
    `fastcnn.load` reads the model in it.

    Parameters
    ----------
    path : path
    every : int, optional
        Write it after so many batches too.
    best : str, optional
        Write it only when this number of an epoch, such as "val_loss", is the best so far.
    mode : {"min", "max"}, optional
        Which is better; default: "min" where the name ends in "loss", else "max".

    Raises
    ------
    OSError
        While training: the file cannot be written. What was there before is untouched.
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import callbacks
    >>> both = [callbacks.Checkpoint("last.safetensors", every=1000),
    ...         callbacks.Checkpoint("best.safetensors", best="val_loss")]
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: int | None = None,
        best: str | None = None,
        mode: str | None = None,
    ) -> None:
        if every is not None and best is not None:
            raise ValueError(f"every must be None with best: got {every!r} and {best!r}")
        if mode is not None and best is None:
            raise ValueError(f"mode must be None without best: got {mode!r}")
        self.path = os.fspath(path)
        self.every = None if every is None else gate.whole(every, "every")
        self.settings = None if best is None else (best, mode)
        self.monitor = None if self.settings is None else Monitor(*self.settings)

    def on_train_begin(self, run: Run) -> None:
        """Find out now, and not after an epoch, what would keep the file from being written."""
        check_writable(self.path)
        if self.monitor is not None and self.settings is not None:
            self.monitor.check(run)
            if run.next == (0, 0):
                self.monitor = Monitor(*self.settings)

    def on_batch_end(self, run: Run) -> None:
        """Write it, if it is time to."""
        if self.every is not None:
            done = (run.epoch - 1) * run.batches + run.batch
            if done % self.every == 0 and run.batch < run.batches:  # else the epoch's end is near
                run.save(self.path)

    def on_epoch_end(self, run: Run) -> None:
        """Write it, if the epoch is the best or all are wanted."""
        if self.monitor is None or self.monitor.improved(run):
            run.save(self.path)

    def on_train_end(self, run: Run) -> None:
        """Write where Ctrl-C has ended the training."""
        if run.interrupted and self.monitor is None:
            run.save(self.path)

    def state(self) -> dict[str, Any]:
        """What a training that goes on must know."""
        return {} if self.monitor is None else {"best": self.monitor.best}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        if self.monitor is not None:
            self.monitor.best = float(state["best"])
