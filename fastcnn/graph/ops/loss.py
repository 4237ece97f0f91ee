"""Losses: forward writes the gradient too."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import loss


@dataclass(eq=False)
class SoftmaxCrossEntropy:
    """Loss of the scores x; the gradient comes with it."""

    x: Tensor
    labels: Tensor
    loss: Tensor
    correct: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(
            loss.SoftmaxCrossEntropy,
            x=self.x,
            labels=self.labels,
            loss=self.loss,
            correct=self.correct,
            dx=planner.contribution(self.x),
        )

    def backward(self, planner: Planner) -> None:
        """Nothing: forward has written the gradient."""


@dataclass(eq=False)
class MeanSquaredError:
    """Loss of x against the target; the gradient comes with it."""

    x: Tensor
    target: Tensor
    loss: Tensor

    def forward(self, planner: Planner) -> None:
        dx = planner.contribution(self.x)
        planner.step(loss.MeanSquaredError, x=self.x, target=self.target, loss=self.loss, dx=dx)

    def backward(self, planner: Planner) -> None:
        """Nothing: forward has written the gradient."""
