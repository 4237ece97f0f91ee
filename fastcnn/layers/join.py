"""What brings branches of a graph together again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer
from fastcnn.layers.graph import Graph, listed
from fastcnn.layers.sequential import Sequential


class Join(Layer):
    """What layers with several inputs share."""

    def check_inputs(self, count: int) -> None:
        if count < 2:
            raise ValueError(f"{type(self).__name__} needs at least 2 inputs: got {count}")

    def output_shape(self, input_shape: Shape) -> Shape:
        raise ValueError(f"{type(self).__name__} needs at least 2 inputs: got 1")

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        return self.join(planner, [x])


class Add(Join):
    """The sum of its inputs, which have the same shape.

    Examples
    --------
    >>> from fastcnn import layers
    >>> x = layers.Input((8, 8, 3))
    >>> layers.Add()(x, layers.Conv2D(3, 3, padding="same")(x)).shape
    (8, 8, 3)
    """

    def join_shape(self, shapes: list[Shape]) -> Shape:
        self.check_inputs(len(shapes))
        if len(set(shapes)) > 1:
            raise ValueError(f"Add needs inputs of one shape: got {_list(shapes)}")
        return shapes[0]

    def join(self, planner: Planner, tensors: list[Tensor]) -> Tensor:
        total, *others = tensors
        for each in others:
            y = planner.tensor(total.shape)
            planner.add(ops.Add(total, each, y))
            total = y
        return total


class Concatenate(Join):
    """Its inputs side by side: the channels of the first, then those of the second, and so on.

    Inputs (n, ..., c1), (n, ..., c2), ...; output (n, ..., c1 + c2 + ...).

    Examples
    --------
    >>> from fastcnn import layers
    >>> x = layers.Input((8, 8, 3))
    >>> layers.Concatenate()(x, layers.Conv2D(5, 3, padding="same")(x)).shape
    (8, 8, 8)
    """

    def join_shape(self, shapes: list[Shape]) -> Shape:
        self.check_inputs(len(shapes))
        if len({shape[:-1] for shape in shapes}) > 1:
            raise ValueError(
                f"Concatenate needs inputs that differ in channels only: got {_list(shapes)}"
            )
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def join(self, planner: Planner, tensors: list[Tensor]) -> Tensor:
        y = planner.tensor(self.join_shape([tensor.shape for tensor in tensors]))
        planner.add(ops.Concatenate(tuple(tensors), y))
        return y


class Residual(Graph):
    """``x + body(x)``, or ``shortcut(x) + body(x)`` (He et al., CVPR 2016, section 3.2).

    Input (n, ..., c), output of the same shape, or of that which body and shortcut give.

    Parameters
    ----------
    body : iterable of Layer
    shortcut : iterable of Layer, optional
        What the input goes through to the sum, such as a projection where `body` changes the
        shape; default: nothing.

    Raises
    ------
    ValueError
        Body and shortcut do not give the same shape.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Residual([layers.Conv2D(8, 3, padding="same")]).output_shape((4, 4, 8))
    (4, 4, 8)
    """

    def __init__(self, body: Iterable[Layer], shortcut: Iterable[Layer] | None = None) -> None:
        self.body = listed(body, "body", "layers")
        self.shortcut = None if shortcut is None else listed(shortcut, "shortcut", "layers")
        ways = [self.body] if self.shortcut is None else [self.body, self.shortcut]
        stacks: list[Layer] = [Sequential(way) for way in ways]
        ends = [0, 1] if self.shortcut is None else [2, 1]
        super().__init__([*stacks, Add()], [*([0] for _ in stacks), ends])

    def names(self) -> Sequence[str]:
        return ["body", "shortcut", "add"] if self.shortcut is not None else ["body", "add"]


class Concat(Graph):
    """Branches that all see the input, their outputs side by side on the channels.

    Szegedy et al., "Going deeper with convolutions", CVPR 2015, figure 2.

    Parameters
    ----------
    branches : iterable of iterables of Layer
        At least two; an empty one hands the input on.

    Raises
    ------
    ValueError
        The outputs differ in more than channels.

    Examples
    --------
    >>> from fastcnn import layers
    >>> same = {"padding": "same"}
    >>> block = layers.Concat([[layers.Conv2D(16, 1)], [layers.Conv2D(8, 3, **same)]])
    >>> block.output_shape((7, 7, 4))
    (7, 7, 24)
    """

    def __init__(self, branches: Iterable[Iterable[Layer]]) -> None:
        ways = listed(branches, "branches", "lists of layers")
        self.branches = [listed(way, "branches", "lists of layers") for way in ways]
        stacks: list[Layer] = [Sequential(branch) for branch in self.branches]
        ends = list(range(1, len(stacks) + 1))
        super().__init__([*stacks, Concatenate()], [*([0] for _ in stacks), ends])


def _list(shapes: list[Shape]) -> str:
    return ", ".join(str(shape) for shape in shapes)
