"""Group and layer normalisation."""

from __future__ import annotations

import numpy as np

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import GroupSizes, Shape
from fastcnn.layers.base import Layer


class SampleNorm(Layer):
    """What the normalisations within samples share: they do the same in training and prediction."""

    eps: float

    def sizes(self, x_shape: Shape) -> GroupSizes:
        """What is normalised of an input with its batch."""
        raise NotImplementedError

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        c = self.sizes((1, *input_shape)).c
        self.add_parameter("gamma", np.ones(c))
        self.add_parameter("beta", np.zeros(c))
        return input_shape

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s, y = self.sizes(x.shape), planner.tensor(x.shape)
        planner.add(
            ops.GroupNorm(
                s,
                self.eps,
                x.reshape(s.x_shape),
                **self.parameters,
                mean=planner.tensor((2, *s.kept_shape)),
                inverse=planner.tensor(s.kept_shape),
                y=y.reshape(s.x_shape),
            )
        )
        return y


class GroupNorm(SampleNorm):
    """Normalises each group of channels of each sample, then scales and shifts each channel.

    Input and output (n, ..., c), of any number of dimensions. The statistics are those of c /
    `groups` neighbouring channels of a sample, at all places (Wu & He, 2018): they do not depend on
    the rest of the batch, and prediction takes them like training. Parameters: ``gamma``, ``beta``
    (c,).

    Parameters
    ----------
    groups : int, default 32
        Divides the channels. 1 is layer normalisation over whole samples (Ba, Kiros & Hinton,
        2016), as many as channels is instance normalisation (Ulyanov, Vedaldi & Lempitsky, 2016).
    eps : float, default 1e-5
        Added to the variance; positive.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; groups of a single value are refused.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> model = fastcnn.Sequential([layers.GroupNorm(2)], input_shape=(8, 8, 6), rng=0)
    >>> sorted(model.parameters)
    ['0.beta', '0.gamma']
    """

    def __init__(self, groups: int = 32, eps: float = 1e-5) -> None:
        self.groups = gate.whole(groups, "groups")
        self.eps = gate.real(eps, "eps", gate.SMALLEST_FLOAT)

    def sizes(self, x_shape: Shape) -> GroupSizes:
        return gate.groupnorm(x_shape, self.groups)


class LayerNorm(SampleNorm):
    """Normalises the channels of each pixel, then scales and shifts each channel.

    Input and output (n, ..., c), of any number of dimensions. The statistics are over the last axis
    alone, as in ConvNeXt (Liu et al., 2022) and in Keras; `GroupNorm` with one group takes whole
    samples (Ba, Kiros & Hinton, 2016). Parameters: ``gamma``, ``beta`` (c,).

    Parameters
    ----------
    eps : float, default 1e-5
        Added to the variance; positive.

    Raises
    ------
    ValueError, TypeError
        `eps` is not a positive number, or the input has a single channel.

    Examples
    --------
    >>> import numpy as np
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> model = fastcnn.Sequential([layers.LayerNorm()], input_shape=(4,), rng=0)
    >>> model.predict(np.array([[1.0, 1.0, 3.0, 3.0]])).round(3)
    array([[-1., -1.,  1.,  1.]], dtype=float32)
    """

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = gate.real(eps, "eps", gate.SMALLEST_FLOAT)

    def sizes(self, x_shape: Shape) -> GroupSizes:
        return gate.layernorm(x_shape)
