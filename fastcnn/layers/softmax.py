"""Softmax."""

from __future__ import annotations

import numpy as np

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer


class Softmax(Layer):
    """Turns scores into probabilities: ``exp(x) / sum(exp(x))`` along the last axis.

    Bishop, "Pattern Recognition and Machine Learning", 2006, equation 4.104. Input and output
    (n, ..., c), of any number of dimensions. The loss "softmax_cross_entropy" takes the softmax
    itself: a network that is trained with it ends in scores, without this layer.

    Raises
    ------
    ValueError
        The input has no axis to sum over.

    Examples
    --------
    >>> import numpy as np
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> model = fastcnn.Sequential([layers.Softmax()], input_shape=(2,))
    >>> model.predict(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]], dtype=float32)
    """

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        gate.rows((1, *input_shape), "x")
        return input_shape

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s, y = gate.rows(x.shape, "x"), planner.tensor(x.shape)
        planner.add(ops.Softmax(s, x.reshape((s.rows, s.c)), y.reshape((s.rows, s.c))))
        return y
