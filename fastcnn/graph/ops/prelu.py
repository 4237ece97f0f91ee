"""Rectified linear units with a slope for each channel."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.gate import RowSizes
from fastcnn.kernels.prelu import PReluBackward, PReluForward


@dataclass(eq=False)
class PRelu:
    """y = x[rows, c] where x >= 0, else slope[c] * x."""

    s: RowSizes
    x: Tensor
    slope: Parameter
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(PReluForward, s=self.s, x=self.x, slope=self.slope.data, y=self.y)

    def backward(self, planner: Planner) -> None:
        planner.step(
            PReluBackward,
            s=self.s,
            dy=planner.gradient(self.y),
            x=self.x,
            slope=self.slope.data,
            dx=planner.contribution(self.x),
            dslope=planner.weight_gradient(self.slope),
        )
