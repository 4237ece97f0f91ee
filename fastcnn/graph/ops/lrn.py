"""Local response normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import lrn
from fastcnn.kernels.gate import LrnSizes


@dataclass(eq=False)
class Lrn:
    """y = x[pixels, c] divided by a power of the squares of neighbouring channels."""

    s: LrnSizes
    share: float
    beta: float
    k: float
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        shared = {"s": self.s, "share": self.share, "beta": self.beta, "k": self.k}
        planner.step(lrn.LrnForward, **shared, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            shared = {"s": self.s, "share": self.share, "beta": self.beta, "k": self.k}
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(lrn.LrnBackward, **shared, dy=dy, x=self.x, dx=dx)
