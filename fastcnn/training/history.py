"""What happened in a training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class History:
    """What happened in a training.

    Attributes
    ----------
    epochs : list of dict
        For each epoch: "epoch" (from 1), "loss", "accuracy" (for classification), "seconds", with
        validation data "val_loss", "val_accuracy", and what metrics and callbacks have added. Of
        epochs before a resumed training, "seconds" are not known.
    """

    epochs: list[dict[str, Any]] = field(default_factory=list)

    def plot(self, ax: Any = None) -> Any:
        """Draw the training curves; see `fastcnn.plot.training_curves`."""
        from fastcnn import plot  # noqa: PLC0415  # needs the extra "plot"

        return plot.training_curves(self, ax)
