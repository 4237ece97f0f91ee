"""One step of training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fastcnn.model import Model


def step(model: Model, x: np.ndarray, y: np.ndarray, progress: float) -> tuple[float, int | None]:
    """Forward, loss, backward and update on a checked batch; gives loss and right answers."""
    if model.optimizer is None or model.optimizer.w is not model.weights:
        raise RuntimeError("the model has no optimizer of its own: give fit or compile one")
    with model.lock:
        plan = model.fill("train", x, y)
        plan.step.run()
        loss = float(plan.array("loss")[0])
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"the loss became {loss}; the parameters are as before this batch. "
                "A smaller learning rate may help"
            )
        model.optimizer.update(progress)
        return loss, correct(plan)


def correct(plan: Any) -> int | None:
    """How many of the batch were right, where that is counted."""
    return int(plan.array("correct")[0]) if "correct" in plan.kept else None
