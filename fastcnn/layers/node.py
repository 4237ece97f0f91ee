"""Places in a graph under construction: how a model is written that is no stack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape

if TYPE_CHECKING:
    from fastcnn.layers.base import Layer


class Node:
    """A place in a graph under construction: what a layer gives there.

    Attributes
    ----------
    shape : tuple of int
        Without the batch.
    """

    def __init__(self, shape: Shape, layer: Layer | None = None, inputs: Sequence[Node] = ()):
        self.shape, self.layer, self.inputs = shape, layer, tuple(inputs)

    def __repr__(self) -> str:
        return f"Node(shape={self.shape}, layer={self.layer!r})"


def Input(shape: Iterable[int]) -> Node:  # reads like the layers that follow it
    """Begin a graph: the place where samples of this shape come in.

    Parameters
    ----------
    shape : tuple of int
        Of one sample, such as (height, width, channels).

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> x = layers.Input((8, 8, 3))
    >>> y = layers.Conv2D(4, 3, padding="same")(x)
    >>> y = layers.Concatenate()(x, layers.ReLU()(y))
    >>> fastcnn.Model(x, layers.Flatten()(y), rng=0).output_shape
    (448,)
    """
    if not isinstance(shape, Iterable):
        raise TypeError(f"shape must be a tuple of ints: got {shape!r}")
    return Node(tuple(gate.whole(size, "shape") for size in shape))


def call(layer: Layer, nodes: tuple[Any, ...]) -> Node:
    """What a layer gives where it reads these nodes."""
    for node in nodes:
        if not isinstance(node, Node):
            raise TypeError(f"inputs must be nodes, such as layers.Input(...) gives: got {node!r}")
    layer.check_inputs(len(nodes))
    return Node(tuple(layer.join_shape([node.shape for node in nodes])), layer, nodes)
