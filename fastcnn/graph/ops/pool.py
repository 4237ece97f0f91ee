"""Pooling."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import pool
from fastcnn.kernels.gate import PoolSizes


@dataclass(eq=False)
class MaxPool:
    """y = maxima of windows of x; `index` remembers where they stood, in training."""

    s: PoolSizes
    x: Tensor
    y: Tensor
    index: Tensor | None

    def forward(self, planner: Planner) -> None:
        planner.step(pool.MaxPoolForward, s=self.s, x=self.x, y=self.y, index=self.index)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(pool.MaxPoolBackward, s=self.s, dy=dy, index=self.index, dx=dx)


@dataclass(eq=False)
class AvgPool:
    """y = means of windows of x."""

    s: PoolSizes
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(pool.AvgPoolForward, s=self.s, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(pool.AvgPoolBackward, s=self.s, dy=dy, dx=dx)


@dataclass
class LpPool:
    """y = p-norms of windows of x."""

    s: PoolSizes
    p: float
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(pool.LpPoolForward, s=self.s, p=self.p, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            arrays = {"dy": dy, "x": self.x, "y": self.y, "dx": dx}
            planner.step(pool.LpPoolBackward, s=self.s, p=self.p, **arrays)
