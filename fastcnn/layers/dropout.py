"""Dropout."""

from __future__ import annotations

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.layers.base import Layer


class Dropout(Layer):
    """Sets inputs to zero at random in training; does nothing in prediction.

    Kept inputs are scaled by ``1 / (1 - rate)``, so the expected sum stays (Srivastava et al.,
    2014).

    Parameters
    ----------
    rate : float, default 0.5
        Probability of being dropped, in [0, 1).

    Raises
    ------
    ValueError, TypeError
        `rate` is not a number in [0, 1).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Dropout(0.25).output_shape((120,))
    (120,)
    """

    def __init__(self, rate: float = 0.5) -> None:
        self.rate = gate.real(rate, "rate", 0, 1, open_end=True)

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        if not planner.training or self.rate == 0:
            return x
        y = planner.tensor(x.shape)
        planner.add(ops.Dropout(self.rate, planner.key(), x, y))
        return y
