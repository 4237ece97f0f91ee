"""Layers one after the other."""

from __future__ import annotations

from collections.abc import Iterable

from fastcnn.layers.base import Layer
from fastcnn.layers.graph import Graph, listed


class Sequential(Graph):
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
        layers = listed(layers, "layers", "layers")
        super().__init__(layers, [[number] for number in range(len(layers))])
