"""Other shapes of the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer


class Reshape(Layer):
    """Gives each sample another shape of the same size, in the order of memory. Nothing is copied.

    Input (n, ...), output (n,) + shape.

    Parameters
    ----------
    shape : iterable of int
        Shape of a sample, without the batch. One size may be -1: what is left.

    Raises
    ------
    ValueError, TypeError
        A number in `shape` is neither positive nor -1, or more than one is -1; when the model is
        built: input and output differ in size.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Reshape((7, 7, -1)).output_shape((784,))
    (7, 7, 16)
    """

    def __init__(self, shape: Iterable[int]) -> None:
        if not isinstance(shape, Iterable) or isinstance(shape, str):
            raise TypeError(f"shape must be a sequence of ints: got {shape!r}")
        self.shape = tuple(gate.whole(size, "shape", minimum=-1) for size in shape)
        if 0 in self.shape or self.shape.count(-1) > 1:
            raise ValueError(
                f"shape must be of sizes >= 1, one of which may be -1: got {self.shape}"
            )

    def output_shape(self, input_shape: Shape) -> Shape:
        total, known = math.prod(input_shape), math.prod(size for size in self.shape if size != -1)
        if total % known or (-1 not in self.shape and total != known):
            raise ValueError(
                f"shape must have the size of the input {input_shape}: got {self.shape}"
            )
        return tuple(total // known if size == -1 else size for size in self.shape)

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        return x.reshape((x.shape[0], *self.output_shape(x.shape[1:])))
