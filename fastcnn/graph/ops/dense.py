"""Matrix product."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.parameter import Parameter, data_of, gradient_of
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import dense
from fastcnn.kernels.gate import DenseSizes


@dataclass(eq=False)
class Dense:
    """y = x @ w + b."""

    s: DenseSizes
    x: Tensor
    w: Parameter
    b: Parameter | None
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(
            dense.DenseForward, s=self.s, x=self.x, w=self.w.data, b=data_of(self.b), y=self.y
        )

    def backward(self, planner: Planner) -> None:
        dy, dw, db = planner.gradient(self.y), self.w.gradient, gradient_of(self.b)
        planner.step(dense.DenseBackwardWeight, s=self.s, dy=dy, x=self.x, dw=dw, db=db)
        if planner.needs_gradient(self.x):
            dx = planner.contribution(self.x)
            planner.step(dense.DenseBackwardData, s=self.s, dy=dy, w=self.w.data, dx=dx)
