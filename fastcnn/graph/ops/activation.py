"""Elementwise non-linearities."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import activation


@dataclass(eq=False)
class Activation:
    """y = f(x), element by element; backward keeps x or y alive, whichever the function reads."""

    function: str
    settings: tuple[float, float]
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        shared = {"function": self.function, "settings": self.settings}
        planner.step(activation.ActivationForward, **shared, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            shared = {"function": self.function, "settings": self.settings}
            kept = self.x if activation.READS[self.function] == "x" else self.y
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(activation.ActivationBackward, **shared, dy=dy, kept=kept, dx=dx)
