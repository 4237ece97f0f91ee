"""A training as it goes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fastcnn.formats.checkpoint import save_checkpoint
from fastcnn.training import state
from fastcnn.training.history import History
from fastcnn.training.sums import Sums

if TYPE_CHECKING:
    from fastcnn.data import Loader
    from fastcnn.model import Model
    from fastcnn.optim import Optimizer

EVENTS = ("on_train_begin", "on_epoch_begin", "on_batch_end", "on_epoch_end", "on_train_end")


class Run:
    """A training as it goes: what `fit` gives to the methods of callbacks.

    Attributes
    ----------
    model : Model
    history : History
        The epochs that are done.
    epochs, batches : int
        How many there are to be: epochs of the training, batches of an epoch.
    epoch : int
        The epoch that is going on, or that is just done, from 1; 0 before the first.
    batch : int
        Batches of it that are done.
    record : dict
        The numbers of the epoch that is just done, as they stand in the history: a callback may add
        to it. While batches are going on, the means so far.
    validates : bool
        Whether there are validation data.
    finished : bool
        In ``on_train_end``: the training has come to its end, or `stop` was called.
    interrupted : bool
        In ``on_train_end``: Ctrl-C was pressed, and a training can go on from here.
    """

    def __init__(
        self, model: Model, loader: Loader, epochs: int, callbacks: Iterable[Any], validates: bool
    ) -> None:
        self.model, self.loader, self.callbacks = model, loader, list(callbacks)
        self.history = History()
        self.epochs, self.batches = epochs, len(loader)
        self.epoch = self.batch = 0
        self.record: dict[str, Any] = {}
        self.validates = validates
        self.finished = self.interrupted = self.stopped = False
        self.sums, self.started = Sums(), 0.0
        self.first_epoch = loader.epoch  # number of the loader's epoch that is the first one here
        self.next = (0, 0)  # the epoch, from 0, and the batch of it that training goes on with
        self._listeners = {
            event: [getattr(each, event) for each in self.callbacks if hasattr(each, event)]
            for event in EVENTS
        }

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer of the model."""
        assert self.model.optimizer is not None
        return self.model.optimizer

    @property
    def learning_rate(self) -> float:
        """The learning rate of the last update."""
        return float(self.optimizer.settings[0])

    def stop(self) -> None:
        """End the training after this epoch."""
        self.stopped = True

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint, from which ``fit(..., checkpoint=path, resume=True)`` goes on.

        Raises
        ------
        OSError
            The file cannot be written; naming ``path``. What was there before is untouched.
        """
        save_checkpoint(path, self.model, *state.capture(self))

    def tell(self, event: str) -> None:
        """Call this method of all callbacks that have it, in their order."""
        for listener in self._listeners[event]:
            listener(self)
