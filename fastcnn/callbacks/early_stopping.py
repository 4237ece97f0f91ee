"""Stop when it gets no better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastcnn.callbacks.monitor import Monitor
from fastcnn.kernels import gate

if TYPE_CHECKING:
    from fastcnn.model import Model
    from fastcnn.training import Run


class EarlyStopping:
    """Stop when a number gets no better, and go back to the weights of the best epoch.

    Source: L. Prechelt, "Early stopping - but when?", 1998, section 2.2 (criterion UP, with strips
    of one epoch).

    Parameters
    ----------
    monitor : str, default "val_loss"
        Name of a number of the epochs, as in the history.
    patience : int, default 5
        Epochs in a row that may be no better than the best one: after that many, training stops.
    min_delta : float, default 0
        What is better by no more than this is not better; ``>= 0``.
    mode : {"min", "max"}, optional
        Which is better; default: "min" where the name ends in "loss", else "max".
    restore_best : bool, default True
        At the end of the training give the model the weights of the best epoch (and its running
        statistics), whether training was stopped here or not.

    Attributes
    ----------
    best_epoch : int
        Number of the best epoch, from 1; 0 before there is one.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import callbacks
    >>> stopping = callbacks.EarlyStopping("val_accuracy", patience=3, min_delta=0.001)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str | None = None,
        restore_best: bool = True,
    ) -> None:
        self.settings = monitor, mode, min_delta
        self.patience = gate.whole(patience, "patience")
        self.restore_best = gate.flag(restore_best, "restore_best")
        self._begin()

    def _begin(self) -> None:
        self.monitor = Monitor(*self.settings)
        self.best_epoch = self.waited = 0
        self.weights: dict[str, np.ndarray] = {}

    def on_train_begin(self, run: Run) -> None:
        """Start afresh, unless the training goes on."""
        self.monitor.check(run)
        if run.next == (0, 0):
            self._begin()

    def on_epoch_end(self, run: Run) -> None:
        """Compare the epoch with the best."""
        if self.monitor.improved(run):
            self.best_epoch, self.waited = run.epoch, 0
            if self.restore_best:
                self.weights = {name: p.value for name, p in _parameters(run.model).items()}
        else:
            self.waited += 1
            if self.waited >= self.patience:
                run.stop()

    def on_train_end(self, run: Run) -> None:
        """Go back to the best weights, unless the training is to go on."""
        if run.finished and self.weights:
            for name, parameter in _parameters(run.model).items():
                parameter.value = self.weights[name]

    def state(self) -> dict[str, Any]:
        """What a training that goes on must know."""
        weights = {f"weights/{name}": value for name, value in self.weights.items()}
        numbers = {"best": self.monitor.best, "epoch": self.best_epoch, "waited": self.waited}
        return numbers | weights

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.monitor.best = float(state["best"])
        self.best_epoch, self.waited = int(state["epoch"]), int(state["waited"])
        self.weights = {
            name.removeprefix("weights/"): value
            for name, value in state.items()
            if name.startswith("weights/")
        }


def _parameters(model: Model) -> dict[str, Any]:
    return {**model.parameters, **model.state}
