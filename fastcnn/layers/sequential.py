"""Layers one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

import numpy as np

from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer


class Sequential(Layer):
    """A stack of layers: the output of each is the input of the next.

    A layer too, so stacks can be nested. `fastcnn.Sequential` is the one that can be trained.

    Parameters
    ----------
    layers : iterable of Layer
        Each layer may stand in one place only: it owns its parameters.

    Raises
    ------
    TypeError
        Something in `layers` is not a layer.
    ValueError
        A layer occurs twice.
    """

    def __init__(self, layers: Iterable[Layer]) -> None:
        self.layers = list(layers)
        for number, layer in enumerate(self.layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"layers must be layers: got {layer!r} at {number}")
            if any(layer is other for other in self.layers[:number]):
                raise ValueError(f"layers must be different objects: got {layer!r} twice")

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        shape = tuple(input_shape)
        self.parameters, self.state = {}, {}
        for number, layer in enumerate(self.layers):
            layer.input_shape = shape
            try:
                shape = tuple(layer.build(shape, rng))
                shape = tuple(gate.whole(size, "output_shape") for size in shape)
            except (ValueError, TypeError) as error:
                kind = ValueError if isinstance(error, ValueError) else TypeError
                raise kind(f"layer {number} ({type(layer).__name__}): {error}") from error
            self.parameters |= _numbered(number, layer.parameters)
            self.state |= _numbered(number, layer.state)
        return shape

    def output_shape(self, input_shape: Shape) -> Shape:
        for layer in self.layers:
            input_shape = layer.output_shape(input_shape)
        return input_shape

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer.plan(planner, x)
        return x

    def walk(self) -> Iterator[Layer]:
        yield self
        for layer in self.layers:
            yield from layer.walk()

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        total: tuple[int, ...] = ()  # the last axis first, to add up what has more axes and fewer
        for layer in self.layers:
            more = reversed(layer.dropped(input_shape))
            total = tuple(a + b for a, b in zip_longest(total, more, fillvalue=0))
            input_shape = layer.output_shape(input_shape)
        return total[::-1]

    def multiply_adds(self, input_shape: Shape) -> int:
        total = 0
        for layer in self.layers:
            total += layer.multiply_adds(input_shape)
            input_shape = layer.output_shape(input_shape)
        return total

    def config(self) -> dict[str, Any]:
        return {"layers": [{"class": type(each).__name__, **each.config()} for each in self.layers]}


def _numbered(number: int, parameters: dict[str, Parameter]) -> dict[str, Parameter]:
    return {f"{number}.{name}": parameter for name, parameter in parameters.items()}
