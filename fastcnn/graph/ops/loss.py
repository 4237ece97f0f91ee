"""Losses: forward writes the gradient too. `scale` multiplies value and gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import loss


@dataclass(eq=False)
class Loss:
    """What losses share; `weights` are the shares of the samples in the mean, if they differ."""

    kernel: ClassVar[type]
    x: Tensor
    target: Tensor
    loss: Tensor
    weights: Tensor | None
    scale: float

    def forward(self, planner: Planner) -> None:
        given = {"weights": self.weights, "scale": self.scale, **self.own()}
        dx = planner.contribution(self.x)
        planner.step(self.kernel, x=self.x, loss=self.loss, dx=dx, **given)

    def backward(self, planner: Planner) -> None:
        """Nothing: forward has written the gradient."""

    def own(self) -> dict[str, Any]:
        """Arguments of the kernel that losses have under different names."""
        return {"target": self.target}


@dataclass(eq=False)
class SoftmaxCrossEntropy(Loss):
    """Loss of the scores x for labels, int64 (n,), or probabilities (n, classes)."""

    kernel = loss.SoftmaxCrossEntropy
    correct: Tensor
    smoothing: float

    def own(self) -> dict[str, Any]:
        return {"labels": self.target, "correct": self.correct, "smoothing": self.smoothing}


@dataclass(eq=False)
class BinaryCrossEntropy(Loss):
    """Loss of the scores x of events that happen with the probabilities target."""

    kernel = loss.BinaryCrossEntropy
    correct: Tensor

    def own(self) -> dict[str, Any]:
        return {"target": self.target, "correct": self.correct}


@dataclass(eq=False)
class MeanSquaredError(Loss):
    """Loss of x against the target."""

    kernel = loss.MeanSquaredError


@dataclass(eq=False)
class Huber(Loss):
    """Loss of x against the target: squares up to delta, then a straight line."""

    kernel = loss.Huber
    delta: float

    def own(self) -> dict[str, Any]:
        return {"target": self.target, "delta": self.delta}
