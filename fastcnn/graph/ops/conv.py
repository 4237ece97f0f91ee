"""Convolution."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastcnn.graph.ops.epilogue import Epilogue, weight_gradients
from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import choice
from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.packing import PANEL


@dataclass(eq=False)
class Conv:
    """y = conv(x, w) + b, through the epilogue."""

    s: ConvSizes
    x: Tensor
    w: Parameter
    b: Parameter | None
    y: Tensor
    algorithm: str = "auto"
    end: Epilogue = field(default_factory=Epilogue)

    def choices(self) -> list[tuple[str, choice.Choice]]:
        """What computes each pass, and why."""
        return [
            ("forward", choice.conv_forward(self.s, self.algorithm)),
            ("backward_data", choice.conv_backward_data(self.s, self.algorithm)),
            ("backward_weight", choice.conv_backward_weight(self.s, self.algorithm)),
        ]

    @property
    def y_can_lie_apart(self) -> bool:
        """Whether y may be some channels of a wider tensor, and had better be: fewer than a panel
        are on lines of their neighbours, which three kernels would fetch instead of a copy."""
        kernels = [each.kernel for _, each in self.choices()]
        able = self.end.residual is None and not choice.TOGETHER.intersection(kernels)
        return able and self.s.oc >= PANEL

    def forward(self, planner: Planner) -> None:
        kernel = choice.conv_forward(self.s, self.algorithm).kernel
        end = self.end.arguments(self.b, self.y)
        planner.step(kernel, s=self.s, x=self.x, w=self.w.data, y=self.y, **end)

    def backward(self, planner: Planner) -> None:
        dy = self.end.gradient(planner, self.y)
        chosen = dict(self.choices())
        if (gradients := weight_gradients(planner, self.w, self.b)) is not None:
            planner.step(chosen["backward_weight"].kernel, s=self.s, dy=dy, x=self.x, **gradients)
        if planner.needs_gradient(self.x):
            dx = planner.contribution(self.x)
            planner.step(chosen["backward_data"].kernel, s=self.s, dy=dy, w=self.w.data, dx=dx)
