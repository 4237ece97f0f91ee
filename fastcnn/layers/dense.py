"""Dense layers."""

from __future__ import annotations

from functools import partial

import numpy as np

from fastcnn.graph import ops
from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate, packing
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer
from fastcnn.layers.initializers import initializer as named_initializer


class Dense(Layer):
    """Every output from every input: ``y = x @ weight + bias``.

    Input (n, ic), output (n, units). Parameters: ``weight`` (ic, units), ``bias`` (units,).

    Parameters
    ----------
    units : int
        Number of outputs.
    bias : bool, default True
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> model = fastcnn.Sequential([layers.Dense(10)], input_shape=(84,), rng=0)
    >>> model.parameters["0.weight"].shape
    (84, 10)
    """

    def __init__(self, units: int, bias: bool = True, initializer: str = "he") -> None:
        self.units = gate.whole(units, "units")
        self.bias = gate.flag(bias, "bias")
        self.initializer = initializer
        named_initializer(initializer)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        s = self._sizes((1, *input_shape))
        value = named_initializer(self.initializer)(s.w_shape, s.ic, s.oc, rng)
        self.parameters["weight"] = Parameter(value, _packed, partial(_unpacked, units=s.oc))
        if self.bias:
            self.add_parameter("bias", np.zeros(s.oc))
        return (s.oc,)

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._sizes((1, *input_shape)).y_shape[1:]

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s = self._sizes(x.shape)
        y = planner.tensor(s.y_shape)
        planner.add(ops.Dense(s, x, self.parameters["weight"], self.parameters.get("bias"), y))
        return y

    def multiply_adds(self, input_shape: Shape) -> int:
        return input_shape[0] * self.units

    def _sizes(self, x_shape: Shape) -> gate.DenseSizes:
        if len(x_shape) != 2:
            raise ValueError(
                f"Dense needs input (features,), put Flatten before it: got {x_shape[1:]}"
            )
        return gate.dense(x_shape, (x_shape[1], self.units))


def _packed(value: np.ndarray) -> np.ndarray:
    return packing.pack(value[None, None])


def _unpacked(packed: np.ndarray, units: int) -> np.ndarray:
    return packing.unpack(packed, units)[0, 0]
