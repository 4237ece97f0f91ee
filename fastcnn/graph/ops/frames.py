"""Frames side by side, for a convolution of volumes; added up again, after a transposed one."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.frames import FramesBackward, FramesForward
from fastcnn.kernels.gate import FrameSizes


@dataclass
class Frames:
    """y[n, od, rows, kd, c] = the frames of x[n, d, rows, c] that each output frame sees."""

    s: FrameSizes
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(FramesForward, s=self.s, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(FramesBackward, s=self.s, dy=dy, dx=dx)


@dataclass
class FramesTranspose:
    """y[n, d, rows, c] = the sum of all frames of x[n, od, rows, kd, c] that stand for one of y."""

    s: FrameSizes
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(FramesBackward, s=self.s, dy=self.x, dx=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(FramesForward, s=self.s, x=dy, y=dx)
