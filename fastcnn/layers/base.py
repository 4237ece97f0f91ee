"""What a layer is."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from fastcnn import arithmetic
from fastcnn.arithmetic import Padding
from fastcnn.graph import ops
from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.gate import Shape
from fastcnn.layers import node
from fastcnn.layers.node import Node

VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Layer:
    """A step of a network: hyper-parameters, parameters, and what it plans.

    A layer of your own is a subclass with ``forward(x, training)`` and ``backward(dy)`` on NumPy
    arrays (and `output_shape` if it changes the shape); it is planned as one operation that calls
    them. Arrays given to it are views that the next run overwrites: keep what you compute, copy
    what you want to keep. Its own parameters are made in ``build`` with `add_parameter`;
    ``backward`` writes their ``gradient``. Constructor arguments are kept under their names, so
    that `config` can save them.

    Attributes
    ----------
    parameters : dict of str -> Parameter
        What training changes.
    state : dict of str -> Parameter
        What training keeps track of, such as running statistics.

    Examples
    --------
    >>> import numpy as np
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> class Square(layers.Layer):
    ...     def forward(self, x, training):
    ...         self.x = x.copy()
    ...         return x * x
    ...     def backward(self, dy):
    ...         return 2 * self.x * dy
    >>> model = fastcnn.Sequential([Square(), layers.Dense(1)], input_shape=(3,), rng=0)
    >>> model.predict(np.ones((2, 3))).shape
    (2, 1)
    """

    parameters: dict[str, Parameter]
    state: dict[str, Parameter]
    input_shape: Shape
    owned: bool  # part of a model, whose parameters it holds

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Layer:
        """Prepare the attributes, so that a subclass need not call ``super().__init__()``."""
        layer = super().__new__(cls)
        layer.parameters, layer.state, layer.input_shape, layer.owned = {}, {}, (), False
        return layer

    def __call__(self, *inputs: Node) -> Node:
        """Read these nodes: write a graph, as `layers.Input` shows."""
        return node.call(self, inputs)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        """Make the parameters for inputs of this shape; return the output's, both without batch."""
        return self.output_shape(input_shape)

    def walk(self) -> Iterator[Layer]:
        """This layer and all inside of it."""
        yield self

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of the output (without the batch) for an input of this shape."""
        return input_shape

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        """Add this layer's operations to the plan; return the output."""
        y = planner.tensor((x.shape[0], *self.output_shape(x.shape[1:])))
        planner.add(ops.Python(self, x, y))
        return y

    def check_inputs(self, count: int) -> None:
        """Refuse to read so many outputs of other layers: most layers read one."""
        if count != 1:
            raise ValueError(f"{type(self).__name__} reads one input: got {count}")

    def join_shape(self, shapes: list[Shape]) -> Shape:
        """Shape of the output for all inputs, of which most layers have one."""
        return self.output_shape(shapes[0])

    def join(self, planner: Planner, tensors: list[Tensor]) -> Tensor:
        """Plan this layer for all its inputs, of which most layers have one."""
        return self.plan(planner, tensors[0])

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        """Compute the output; only for layers written in Python."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(x, training)")

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Compute the input's gradient; only for layers written in Python."""
        raise NotImplementedError(f"{type(self).__name__} has no backward(dy)")

    def add_parameter(self, name: str, value: np.ndarray) -> Parameter:
        """Make a parameter with this first value; return it."""
        self.parameters[name] = Parameter(value)
        return self.parameters[name]

    def config(self) -> dict[str, Any]:
        """Arguments that make the same layer again, of plain JSON types."""
        # Of __init__: for the class, Python 3.11.2 gives that of __new__ if __init__ is inherited.
        _, *given = inspect.signature(type(self).__init__).parameters.values()
        names = [each.name for each in given if each.kind not in VARIADIC]
        return {name: _plain(getattr(self, name)) for name in names}

    def multiply_adds(self, input_shape: Shape) -> int:
        """Multiplications of the forward pass for one sample; 0 where they do not matter."""
        return 0

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        """How much at the end of each axis of the input no window reads, the last axis last."""
        return ()

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.config().items())
        return f"{type(self).__name__}({arguments})"


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's, tuples as lists, layers as what makes them again."""
    if isinstance(value, Layer):
        return {"class": type(value).__name__, **value.config()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


#: What a sample is called whose windows slide along so many axes.
IMAGES = {1: "(w, c)", 2: "(h, w, c)", 3: "(d, h, w, c)"}


def image_shape(layer: Layer, input_shape: Shape, axes: int = 2) -> Shape:
    """Check that the input is an image (h, w, c), or one of 1 or 3 axes."""
    if len(input_shape) != axes + 1:
        raise ValueError(f"{type(layer).__name__} needs input {IMAGES[axes]}: got {input_shape}")
    return input_shape


def dropped_pixels(
    input_shape: Shape,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: Padding,
    dilation: tuple[int, ...],
    ceil_mode: bool = False,
) -> tuple[int, ...]:
    """How much at the end of each axis of (..., c) no window of this kind reads."""
    lengths = input_shape[:-1]
    amounts = arithmetic.padding_amounts(padding, lengths, size, stride, dilation, len(size))
    axes = zip(lengths, size, stride, amounts, dilation, strict=True)
    return tuple(arithmetic.dropped(n, k, s, *ends, d, ceil_mode) for n, k, s, ends, d in axes)
