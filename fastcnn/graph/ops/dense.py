"""Matrix product."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastcnn.graph.ops.epilogue import Epilogue, weight_gradients
from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import dense
from fastcnn.kernels.gate import DenseSizes


@dataclass(eq=False)
class Dense:
    """y = x @ w + b, through the epilogue."""

    s: DenseSizes
    x: Tensor
    w: Parameter
    b: Parameter | None
    y: Tensor
    end: Epilogue = field(default_factory=Epilogue)

    def forward(self, planner: Planner) -> None:
        end = self.end.arguments(self.b, self.y)
        planner.step(dense.DenseForward, s=self.s, x=self.x, w=self.w.data, y=self.y, **end)

    def backward(self, planner: Planner) -> None:
        dy = self.end.gradient(planner, self.y)
        if (gradients := weight_gradients(planner, self.w, self.b)) is not None:
            planner.step(dense.DenseBackwardWeight, s=self.s, dy=dy, x=self.x, **gradients)
        if planner.needs_gradient(self.x):
            dx = planner.contribution(self.x)
            planner.step(dense.DenseBackwardData, s=self.s, dy=dy, w=self.w.data, dx=dx)
