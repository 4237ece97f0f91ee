"""Rectified linear units whose slopes are learned."""

from __future__ import annotations

import numpy as np

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer


class PReLU(Layer):
    """``x`` where ``x >= 0``, else ``slope * x`` with a slope for each channel, which is learned.

    He, Zhang, Ren & Sun, "Delving Deep into Rectifiers", ICCV 2015, section 2.1. Input and output
    (n, ..., c), of any number of dimensions. Parameter: ``slope`` (c,). Weight decay would pull the
    slopes towards ReLU; the authors use none for them.

    Parameters
    ----------
    slope : float, default 0.25
        First value of all slopes.

    Raises
    ------
    ValueError, TypeError
        `slope` is no finite number.

    Examples
    --------
    >>> import numpy as np
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> model = fastcnn.Sequential([layers.PReLU()], input_shape=(2,))
    >>> model.predict(np.array([[-4.0, 3.0]]))
    array([[-1.,  3.]], dtype=float32)
    """

    def __init__(self, slope: float = 0.25) -> None:
        self.slope = gate.real(slope, "slope", -gate.LARGEST_FLOAT)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        s = gate.rows((1, *input_shape), "x")
        self.add_parameter("slope", np.full(s.c, self.slope))
        return input_shape

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s, y = gate.rows(x.shape, "x"), planner.tensor(x.shape)
        shape = s.rows, s.c
        planner.add(ops.PRelu(s, x.reshape(shape), self.parameters["slope"], y.reshape(shape)))
        return y
