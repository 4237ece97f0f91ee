"""A loss on what a network has found halfway."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer
from fastcnn.layers.graph import Graph, listed
from fastcnn.layers.sequential import Sequential


class SideLoss(Graph):
    """Hands its input on; in training, more scores come of it, whose loss is added to the model's.

    An auxiliary classifier (Szegedy et al., "Going deeper with convolutions", CVPR 2015, section
    5): the gradient reaches the layers before it on a shorter way too. The loss is the one that
    the model is compiled with, of the scores that `body` gives and of the same targets, times
    `weight`. `fit` and `train_on_batch` tell the sum of all losses; `evaluate` that of the model's
    output alone.

    Predictions and ``forward`` by hand do without the body, in training too; after `backward` its
    gradients are zero, and its batch statistics stay what they were. Input (n, ...), output the
    same.

    Parameters
    ----------
    body : iterable of Layer
        From the input to scores of the shape of the model's output.
    weight : float, default 0.3
        What the loss is multiplied by.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; when training begins: the scores do not have the shape of the
        model's.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> side = [layers.GlobalAvgPool2D(), layers.Dense(2)]
    >>> model = fastcnn.Sequential(
    ...     [layers.Conv2D(8, 3), layers.ReLU(), layers.SideLoss(side), layers.Conv2D(8, 3),
    ...      layers.ReLU(), layers.GlobalAvgPool2D(), layers.Dense(2)],
    ...     input_shape=(8, 8, 1), rng=0)
    >>> [name for name in model.parameters if name.startswith("2.")]
    ['2.body.1.weight', '2.body.1.bias']
    """

    def __init__(self, body: Iterable[Layer], weight: float = 0.3) -> None:
        self.body = listed(body, "body", "layers")
        self.weight = gate.real(weight, "weight", 0)
        super().__init__([Sequential(self.body), Sequential([])], [[0], [0]])

    def names(self) -> Sequence[str]:
        return ["body", "pass"]

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        if planner.loss:
            planner.sides.append((self.layers[0].plan(planner, x), self.weight))
        return x

    def multiply_adds(self, input_shape: Shape) -> int:
        """None: predictions do without the body."""
        return 0
