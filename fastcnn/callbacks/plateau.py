"""A smaller learning rate where it gets no better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastcnn.callbacks.monitor import Monitor
from fastcnn.kernels import gate

if TYPE_CHECKING:
    from fastcnn.training import Run


class Plateau:
    """Make the learning rate smaller when a number gets no better.

    The rate of the optimizer, or of its schedule, is multiplied by a factor, which becomes smaller
    each time; at the end of the training the optimizer has its own rate again.

    Parameters
    ----------
    monitor : str, default "val_loss"
        Name of a number of the epochs, as in the history.
    factor : float, default 0.1
        What the rate is multiplied by, each time; in [0, 1).
    patience : int, default 10
        Epochs in a row that may be no better than the best one: after that many, the rate becomes
        smaller, and the counting begins anew.
    min_delta : float, default 0
        What is better by no more than this is not better; ``>= 0``.
    mode : {"min", "max"}, optional
        Which is better; default: "min" where the name ends in "loss", else "max".

    Attributes
    ----------
    scale : float
        What the rate is multiplied by now.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import callbacks
    >>> plateau = callbacks.Plateau("val_accuracy", factor=0.5, patience=3)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        min_delta: float = 0.0,
        mode: str | None = None,
    ) -> None:
        self.settings = monitor, mode, min_delta
        self.factor = gate.real(factor, "factor", 0, 1, open_end=True)
        self.patience = gate.whole(patience, "patience")
        self._schedule: Any = None
        self._begin()

    def _begin(self) -> None:
        self.monitor = Monitor(*self.settings)
        self.waited, self.scale = 0, 1.0

    def on_train_begin(self, run: Run) -> None:
        """Start afresh, unless the training goes on, and stand before the optimizer's rate."""
        self.monitor.check(run)
        if run.next == (0, 0):
            self._begin()
        schedule = self._schedule = run.optimizer.schedule
        run.optimizer.schedule = lambda progress: self.scale * schedule(progress)

    def on_epoch_end(self, run: Run) -> None:
        """Compare the epoch with the best."""
        self.waited = 0 if self.monitor.improved(run) else self.waited + 1
        if self.waited == self.patience:
            self.waited, self.scale = 0, self.scale * self.factor

    def on_train_end(self, run: Run) -> None:
        """Give the optimizer its own rate back."""
        if self._schedule is not None:
            run.optimizer.schedule, self._schedule = self._schedule, None

    def state(self) -> dict[str, Any]:
        """What a training that goes on must know."""
        return {"best": self.monitor.best, "scale": self.scale, "waited": self.waited}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.monitor.best, self.scale = float(state["best"]), float(state["scale"])
        self.waited = int(state["waited"])
