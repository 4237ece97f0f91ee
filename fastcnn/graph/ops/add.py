"""The sum of two tensors."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import add


@dataclass(eq=False)
class Add:
    """y = a + b."""

    a: Tensor
    b: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(add.Add, a=self.a, b=self.b, y=self.y)

    def backward(self, planner: Planner) -> None:
        dy = planner.gradient(self.y)
        for x in (self.a, self.b):
            if planner.needs_gradient(x):
                planner.pass_on(x, dy)
