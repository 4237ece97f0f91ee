"""Elementwise non-linearities."""

from __future__ import annotations

from typing import ClassVar

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.layers.base import Layer


class Activation(Layer):
    """What the elementwise layers share: input and output have the same shape."""

    function: ClassVar[str]
    slope: float = 0.0

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        y = planner.tensor(x.shape)
        planner.add(ops.Activation(self.function, self.slope, x, y))
        return y


class ReLU(Activation):
    """``max(x, 0)`` (Nair & Hinton, 2010); NaN stays NaN."""

    function = "relu"


class LeakyReLU(Activation):
    """``x`` where ``x >= 0``, else ``slope * x`` (Maas et al., 2013).

    Parameters
    ----------
    slope : float, default 0.01
        In [0, 1].
    """

    function = "leaky_relu"

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = gate.real(slope, "slope", 0, 1)


class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``."""

    function = "sigmoid"


class Tanh(Activation):
    """Hyperbolic tangent."""

    function = "tanh"
