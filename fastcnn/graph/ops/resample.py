"""Resampling: padding, cropping, interpolation, adaptive averages."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import resample
from fastcnn.kernels.gate import ResampleSizes


@dataclass
class Resample:
    """y = sums of a few rows and columns of x."""

    s: ResampleSizes
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(resample.Resample, s=self.s, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(resample.Resample, s=self.s.transposed, x=dy, y=dx)
