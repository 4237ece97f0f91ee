"""Flattening images into rows."""

from __future__ import annotations

import math

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer


class Flatten(Layer):
    """Lays each sample out as one row, in the order (h, w, c). Nothing is copied.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Flatten().output_shape((5, 5, 16))
    (400,)
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        return x.reshape((x.shape[0], *self.output_shape(x.shape[1:])))
