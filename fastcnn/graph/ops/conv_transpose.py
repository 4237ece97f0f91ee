"""Transposed convolution."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.ops.epilogue import weight_gradients
from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import choice
from fastcnn.kernels.bias import BiasBackward, BiasForward
from fastcnn.kernels.gate import ConvSizes


@dataclass
class ConvTranspose:
    """y = what the convolution of sizes `s`, from y to x, sends back for x: the passes of that one
    change places."""

    s: ConvSizes
    x: Tensor
    w: Parameter
    y: Tensor
    algorithm: str = "auto"

    def choices(self) -> list[tuple[str, choice.Choice]]:
        """What computes each pass, and why."""
        return [
            ("forward", choice.conv_backward_data(self.s, self.algorithm)),
            ("backward_data", choice.conv_forward(self.s, self.algorithm)),
            ("backward_weight", choice.conv_backward_weight(self.s, self.algorithm)),
        ]

    def forward(self, planner: Planner) -> None:
        kernel = choice.conv_backward_data(self.s, self.algorithm).kernel
        planner.step(kernel, s=self.s, dy=self.x, w=self.w.data, dx=self.y)

    def backward(self, planner: Planner) -> None:
        dy, chosen = planner.gradient(self.y), dict(self.choices())
        if (gradients := weight_gradients(planner, self.w, None)) is not None:
            kernel = chosen["backward_weight"].kernel
            planner.step(kernel, s=self.s, dy=self.x, x=dy, **gradients)
        if planner.needs_gradient(self.x):
            dx, kernel = planner.contribution(self.x), chosen["backward_data"].kernel
            planner.step(kernel, s=self.s, x=dy, w=self.w.data, b=None, y=dx)


@dataclass
class Bias:
    """y[rows, c] += b, in place: the gradient of y is that of what y was before."""

    b: Parameter
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(BiasForward, b=self.b.data, y=self.y)

    def backward(self, planner: Planner) -> None:
        planner.step(BiasBackward, dy=planner.gradient(self.y), db=self.b.gradient)
