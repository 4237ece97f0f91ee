"""One step of training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fastcnn.model import Model


def step(
    model: Model,
    x: np.ndarray,
    y: np.ndarray,
    progress: float,
    weight: np.ndarray | None = None,
) -> tuple[float, int | None]:
    """Forward, loss, backward and update on a checked batch; gives loss and right answers.

    The loss is the sum of the model's and of that of each `SideLoss`.
    """
    if model.optimizer is None or model.optimizer.w is not model.weights:
        raise RuntimeError("the model has no optimizer of its own: give fit or compile one")
    with model.lock:
        plan = model.fill("train", x, y, weight)
        plan.step.run()
        loss = float(sum(plan.array("loss")))
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"the loss became {loss}; the parameters are as before this batch. "
                "A smaller learning rate may help"
            )
        model.optimizer.update(progress, len(x))
        return loss, correct(plan)


def correct(plan: Any) -> int | None:
    """How many of the batch were right, where that is counted."""
    return int(plan.array("correct")[0]) if "correct" in plan.kept else None
