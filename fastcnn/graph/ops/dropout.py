"""Dropout, of elements and of whole channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import dropout


@dataclass(eq=False)
class Dropout:
    """y = x with elements dropped; `key` is drawn anew before each run."""

    kernel: ClassVar[type] = dropout.Dropout
    rate: float
    key: np.ndarray
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(self.kernel, rate=self.rate, key=self.key, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.contribution(self.x)
            planner.step(self.kernel, rate=self.rate, key=self.key, x=dy, y=dx)


class SpatialDropout(Dropout):
    """y = x[n, pixels, c] with channels of samples dropped."""

    kernel = dropout.SpatialDropout
