"""Dropout, of elements and of whole channels."""

from __future__ import annotations

import numpy as np

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
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


class SpatialDropout(Layer):
    """Sets whole channels of samples to zero at random in training; does nothing in prediction.

    Neighbouring pixels say much the same, so behind a convolution dropping single ones removes
    little (Tompson et al., 2015). Input and output (n, ..., c): of time series, images or videos.
    Kept channels are scaled by ``1 / (1 - rate)``.

    Parameters
    ----------
    rate : float, default 0.5
        Probability of a sample's channel being dropped, in [0, 1).

    Raises
    ------
    ValueError, TypeError
        `rate` is not a number in [0, 1), or the input has no channels.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.SpatialDropout(0.25).output_shape((32, 32, 16))
    (32, 32, 16)
    """

    def __init__(self, rate: float = 0.5) -> None:
        self.rate = gate.real(rate, "rate", 0, 1, open_end=True)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        gate.channels((1, *input_shape), "x")
        return input_shape

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        if not planner.training or self.rate == 0:
            return x
        y, samples = planner.tensor(x.shape), gate.channels(x.shape, "x")
        rows = x.reshape(samples), y.reshape(samples)
        planner.add(ops.SpatialDropout(self.rate, planner.key(), *rows))
        return y
