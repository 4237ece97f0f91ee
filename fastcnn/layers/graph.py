"""Layers joined to a graph without cycles: what all layers made of layers are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer
from fastcnn.layers.node import Node


class Graph(Layer):
    """Layers and what each of them reads.

    Parameters
    ----------
    layers : iterable of Layer
        In an order in which each comes after those that it reads; the last one gives the output.
        Each layer may stand in one place only: it owns its parameters.
    inputs : iterable of iterable of int
        For each layer the numbers of what it reads: 0 is the input of the graph, k the output of
        layer k - 1.

    Raises
    ------
    TypeError
        Something in `layers` is not a layer.
    ValueError
        A layer occurs twice, reads what comes after it, or has the wrong number of inputs.
    """

    def __init__(self, layers: Iterable[Layer], inputs: Iterable[Iterable[int]]) -> None:
        self.layers = listed(layers, "layers", "layers")
        reads = [
            listed(some, "inputs", "lists of ints")
            for some in listed(inputs, "inputs", "lists of ints")
        ]
        self.inputs = [[gate.whole(each, "inputs", 0) for each in some] for some in reads]
        if len(self.inputs) != len(self.layers):
            raise ValueError(
                f"inputs must be given for each of {len(self.layers)} layers: "
                f"got {len(self.inputs)}"
            )
        for number, layer in enumerate(self.layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"layers must be layers: got {layer!r} at {number}")
            if any(layer is other for other in self.layers[:number]):
                raise ValueError(f"layers must be different objects: got {layer!r} twice")
            if any(each > number for each in self.inputs[number]):
                raise ValueError(
                    f"inputs of layer {number} must come before it: got {self.inputs[number]}"
                )
            layer.check_inputs(len(self.inputs[number]))

    def names(self) -> Sequence[str]:
        """What the parameters of each layer are called after: by default its number."""
        return [str(number) for number in range(len(self.layers))]

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        shapes = [tuple(input_shape)]
        self.parameters, self.state = {}, {}
        for number, (layer, name) in enumerate(zip(self.layers, self.names(), strict=True)):
            given = [shapes[each] for each in self.inputs[number]]
            layer.input_shape = given[0]
            try:
                shape = layer.build(given[0], rng) if len(given) == 1 else layer.join_shape(given)
                shapes.append(tuple(gate.whole(size, "output_shape") for size in shape))
            except (ValueError, TypeError) as error:
                kind = ValueError if isinstance(error, ValueError) else TypeError
                raise kind(f"layer {name} ({type(layer).__name__}): {error}") from error
            self.parameters |= _named(name, layer.parameters)
            self.state |= _named(name, layer.state)
        return shapes[-1]

    def shapes(self, input_shape: Shape) -> list[Shape]:
        """Shapes of the input and of what each layer gives."""
        shapes = [tuple(input_shape)]
        for layer, reads in zip(self.layers, self.inputs, strict=True):
            shapes.append(layer.join_shape([shapes[each] for each in reads]))
        return shapes

    def output_shape(self, input_shape: Shape) -> Shape:
        return self.shapes(input_shape)[-1]

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        tensors = [x]
        for layer, reads in zip(self.layers, self.inputs, strict=True):
            tensors.append(layer.join(planner, [tensors[each] for each in reads]))
            planner.outputs[id(layer)] = tensors[-1]
        return tensors[-1]

    def walk(self) -> Iterator[Layer]:
        yield self
        for layer in self.layers:
            yield from layer.walk()

    def named(self) -> Iterator[tuple[str, Layer]]:
        """All layers inside, by names such as "4.body.0"; each before those inside of it."""
        for name, layer in zip(self.names(), self.layers, strict=True):
            yield name, layer
            if isinstance(layer, Graph):
                yield from ((f"{name}.{inner}", each) for inner, each in layer.named())

    def multiply_adds(self, input_shape: Shape) -> int:
        shapes = self.shapes(input_shape)
        reads = (shapes[some[0]] for some in self.inputs)
        return sum(each.multiply_adds(s) for each, s in zip(self.layers, reads, strict=True))

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        shapes = self.shapes(input_shape)
        total: tuple[int, ...] = ()  # the last axis first, to add up what has more axes and fewer
        for layer, some in zip(self.layers, self.inputs, strict=True):
            more = reversed(layer.dropped(shapes[some[0]]))
            total = tuple(a + b for a, b in zip_longest(total, more, fillvalue=0))
        return total[::-1]


def listed(values: Iterable[Any], name: str, what: str) -> list[Any]:
    """A list of what should be a number of things."""
    if not isinstance(values, Iterable):
        raise TypeError(f"{name} must be {what}: got {values!r}")
    return list(values)


def trace(inputs: Node, outputs: Node) -> Graph:
    """The graph of all layers on the ways from one node to another."""
    for node, name in ((inputs, "inputs"), (outputs, "outputs")):
        if not isinstance(node, Node):
            raise TypeError(f"{name} must be a node, such as layers.Input(...) gives: got {node!r}")
    order = _order(outputs)
    for node in order:
        if node.layer is None and node is not inputs:
            raise ValueError(f"outputs must come from inputs alone: got {node!r} on the way")
    if inputs not in order:
        raise ValueError("outputs must come from inputs: got two nodes without a way between them")
    steps = [node for node in order if node is not inputs]
    number = {inputs: 0} | {node: k + 1 for k, node in enumerate(steps)}
    layers = [node.layer for node in steps if node.layer is not None]
    return Graph(layers, [[number[each] for each in node.inputs] for node in steps])


def _order(last: Node) -> list[Node]:
    """All nodes that `last` rests on, each behind those that it reads."""
    order: dict[Node, None] = {}
    stack = [last]
    while stack:
        node = stack[-1]
        missing = [each for each in node.inputs if each not in order]
        if missing:
            stack += reversed(missing)
        else:
            order.setdefault(stack.pop())
    return list(order)


def _named(name: str, parameters: dict[str, Parameter]) -> dict[str, Parameter]:
    return {f"{name}.{own}": parameter for own, parameter in parameters.items()}
