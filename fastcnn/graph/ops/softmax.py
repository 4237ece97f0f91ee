"""Softmax."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.gate import RowSizes
from fastcnn.kernels.softmax import SoftmaxBackward, SoftmaxForward


@dataclass(eq=False)
class Softmax:
    """y = exp(x[rows, c]) over its sum along each row."""

    s: RowSizes
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(SoftmaxForward, s=self.s, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(SoftmaxBackward, s=self.s, dy=dy, y=self.y, dx=dx)
