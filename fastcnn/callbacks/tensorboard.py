"""The numbers of the epochs for TensorBoard."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fastcnn.extras import require

if TYPE_CHECKING:
    from fastcnn.training import Run


class TensorBoard:
    """Write the numbers of each epoch as scalars that TensorBoard shows.

    Needs tensorboardX, the extra "tensorboard".

    Parameters
    ----------
    folder : path
        Where the event files go; one folder for each training, all in one that
        ``tensorboard --logdir`` is given.

    Raises
    ------
    ModuleNotFoundError
        tensorboardX is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self._library = require("tensorboardX", extra="tensorboard")
        self._writer: Any = None

    def on_train_begin(self, run: Run) -> None:
        """Open the files; of a training that goes on, what came later is forgotten."""
        done = len(run.history.epochs)
        self._writer = self._library.SummaryWriter(
            logdir=self.folder, purge_step=done + 1 if done else None
        )

    def on_epoch_end(self, run: Run) -> None:
        """Write all numbers of the epoch."""
        for name, value in run.record.items():
            if name != "epoch" and isinstance(value, int | float):
                self._writer.add_scalar(name, value, run.epoch)
        self._writer.flush()

    def on_train_end(self, run: Run) -> None:
        """Close the files."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
