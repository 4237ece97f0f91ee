"""Losses by name: what `Model.compile` understands."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape


class SoftmaxCrossEntropy:
    """Mean of ``-log(softmax(scores)[label])``, labels ints (n,). Counts the right answers too."""

    def check(self, y: Any, n: int, output_shape: Shape) -> np.ndarray:
        """The labels as int64 (n,)."""
        if len(output_shape) != 1:
            raise ValueError(f"softmax_cross_entropy needs scores (classes,): got {output_shape}")
        return gate.labels(y, n, output_shape[0])

    def plan(self, planner: Planner, x: Tensor) -> dict[str, Tensor]:
        """Add the loss of the scores x to a plan."""
        kept = {
            "target": planner.tensor((x.shape[0],), np.int64),
            "loss": planner.tensor((1,), np.float64),
            "correct": planner.tensor((1,), np.int64),
        }
        planner.add(ops.SoftmaxCrossEntropy(x, *kept.values()))
        return kept


class MeanSquaredError:
    """Mean of ``(scores - target)^2`` over all elements; targets have the shape of the scores."""

    def check(self, y: Any, n: int, output_shape: Shape) -> np.ndarray:
        """The targets as float32 (n, ...)."""
        return gate.match(y, "y", (n, *output_shape))

    def plan(self, planner: Planner, x: Tensor) -> dict[str, Tensor]:
        """Add the loss of the scores x to a plan."""
        kept = {"target": planner.tensor(x.shape), "loss": planner.tensor((1,), np.float64)}
        planner.add(ops.MeanSquaredError(x, *kept.values()))
        return kept


Loss = SoftmaxCrossEntropy | MeanSquaredError

LOSSES: dict[str, type[Loss]] = {
    "softmax_cross_entropy": SoftmaxCrossEntropy,
    "mean_squared_error": MeanSquaredError,
}


def loss(name: str | Loss) -> Loss:
    """The loss of this name; a loss stays what it is."""
    if isinstance(name, Loss):
        return name
    if not isinstance(name, str) or name not in LOSSES:
        raise ValueError(f"loss must be one of {sorted(LOSSES)}: got {name!r}")
    return LOSSES[name]()
