"""Local response normalisation."""

from __future__ import annotations

import numpy as np

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer


class LocalResponseNorm(Layer):
    """Divides each number by a power of the squares of the channels around it.

    ``y = x / (k + alpha / size * the sum of x ** 2) ** beta`` over a window of channels of the same
    pixel. Input and output (n, ..., c), of any number of dimensions; no parameters. AlexNet's
    (Krizhevsky, Sutskever & Hinton, 2012, section 3.3), whose alpha is not divided by `size`, is
    ``LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)`` here, where alpha means what it does in
    PyTorch and Caffe.

    Parameters
    ----------
    size : int, default 5
        Channels of a window: `size` // 2 below, (`size` - 1) // 2 above, as far as there are any.
    alpha : float, default 1e-4
        Not negative.
    beta : float, default 0.75
        Not negative; 0.75 and 0.5 are fastest.
    k : float, default 1.0
        Positive.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.LocalResponseNorm(5, alpha=5e-4, k=2.0).output_shape((54, 54, 96))
    (54, 54, 96)
    """

    def __init__(
        self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
    ) -> None:
        self.size = gate.whole(size, "size")
        self.alpha, self.beta = gate.real(alpha, "alpha", 0), gate.real(beta, "beta", 0)
        self.k = gate.real(k, "k", gate.SMALLEST_FLOAT)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        gate.lrn((1, *input_shape), self.size)
        return input_shape

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s, y = gate.lrn(x.shape, self.size), planner.tensor(x.shape)
        rows = s.pixels, s.c
        share = self.alpha / self.size
        planner.add(ops.Lrn(s, share, self.beta, self.k, x.reshape(rows), y.reshape(rows)))
        return y
