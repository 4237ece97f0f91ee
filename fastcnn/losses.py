"""Losses: what a model is trained for, by name or as an object with settings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from reprlib import repr as shown
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape

Kept = dict[str, Tensor]


@dataclass(frozen=True)
class Loss:
    """What all losses share.

    The value is a mean over the samples of a batch. With a weight ``w[i]`` for each it is
    ``sum of w[i] * loss[i] / sum of w[i]``, as in PyTorch with class weights; where all weights of
    a batch are 0, it is 0.
    """

    counts: ClassVar[bool] = False  # whether right answers are counted

    def check(self, y: Any, n: int, output_shape: Shape) -> np.ndarray:
        """The targets of n samples as the kernels read them."""
        return gate.match(y, "y", (n, *output_shape))

    def plan(
        self, planner: Planner, x: Tensor, labels: bool = True, weighted: bool = False
    ) -> Kept:
        """Add the loss of the scores x, and those of the sides of the model, to a plan.

        Parameters
        ----------
        planner : Planner
        x : Tensor
        labels : bool, default True
            Whether a target may be a label, where there is a choice.
        weighted : bool, default False
            Whether samples have weights.

        Returns
        -------
        dict of str -> Tensor
            "target", "weights" where wanted, "loss", of which there is one for each term of the
            sum, and "correct", the number of right answers, where there are any.
        """
        scores = [(x, 1.0), *planner.sides]
        kept = {"target": self.target(planner, x, labels)}
        kept |= {"weights": planner.tensor(x.shape[:1])} if weighted else {}
        kept["loss"] = planner.tensor((len(scores),), np.float64)
        kept |= {"correct": planner.tensor((len(scores),), np.int64)} if self.counts else {}
        for number, (y, scale) in enumerate(scores):
            if y.shape != x.shape:
                raise ValueError(
                    f"SideLoss must give scores like the model's, {x.shape[1:]}: got {y.shape[1:]}"
                )
            own = {"loss": kept["loss"].channels(number, 1), "scale": scale}
            own |= {"correct": kept["correct"].channels(number, 1)} if self.counts else {}
            shared = {"target": kept["target"], "weights": kept.get("weights")}
            planner.add(self.op(x=y, **shared, **own))
        return kept

    def target(self, planner: Planner, x: Tensor, labels: bool) -> Tensor:
        """Where the targets will be."""
        return planner.tensor(x.shape)

    def op(self, **operands: Any) -> Any:
        """The operation of `fastcnn.graph.ops`."""
        raise NotImplementedError

    def answers(self, output_shape: Shape) -> int:
        """How many answers a sample has."""
        return 1


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """``-sum over c of target[c] * log(softmax(scores)[c])``. Counts the right answers too.

    Targets are labels, ints (n,), which stand for the probability 1 of their class, or
    probabilities (n, classes), such as mixup makes. An answer is right where the
    largest score is that of the likeliest class.

    Parameters
    ----------
    label_smoothing : float, default 0
        This share of each target is spread evenly over all classes:
        ``(1 - label_smoothing) * target + label_smoothing / classes`` (Szegedy et al., "Rethinking
        the inception architecture for computer vision", CVPR 2016, section 7).

    Examples
    --------
    >>> from fastcnn import losses
    >>> losses.SoftmaxCrossEntropy(label_smoothing=0.1)
    SoftmaxCrossEntropy(label_smoothing=0.1)
    """

    counts = True
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        gate.real(self.label_smoothing, "label_smoothing", 0, 1)

    def check(self, y: Any, n: int, output_shape: Shape) -> np.ndarray:
        """The labels as int64 (n,), or probabilities as float32 (n, classes)."""
        if len(output_shape) != 1:
            raise ValueError(f"softmax_cross_entropy needs scores (classes,): got {output_shape}")
        return gate.class_targets(y, n, output_shape[0])

    def target(self, planner: Planner, x: Tensor, labels: bool) -> Tensor:
        return planner.tensor(x.shape[:1], np.int64) if labels else planner.tensor(x.shape)

    def op(self, **operands: Any) -> Any:
        return ops.SoftmaxCrossEntropy(smoothing=self.label_smoothing, **operands)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Mean of ``-target * log(p) - (1 - target) * log(1 - p)`` for ``p = sigmoid(scores)``.

    For yes or no, or several of these that do not exclude each other. Targets are from 0 to 1 and
    have the shape of the scores; (n,) where a sample has one score. The sigmoid is taken here, in
    a way that does not overflow. Counts the right answers too: scores that are > 0 just where the
    target is > 1/2.

    Source: C. Bishop, "Pattern Recognition and Machine Learning", 2006, equation 4.90.
    """

    counts = True

    def check(self, y: Any, n: int, output_shape: Shape) -> np.ndarray:
        """The targets as float32 (n, ...)."""
        shape = (n, *output_shape)
        if output_shape == (1,) and np.ndim(y) == 1:
            return gate.probabilities(y, "y", (n,)).reshape(shape)
        return gate.probabilities(y, "y", shape)

    def op(self, **operands: Any) -> Any:
        return ops.BinaryCrossEntropy(**operands)

    def answers(self, output_shape: Shape) -> int:
        return math.prod(output_shape)


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """Mean of ``(scores - target)^2`` over all elements; targets have the shape of the scores."""

    def op(self, **operands: Any) -> Any:
        return ops.MeanSquaredError(**operands)


@dataclass(frozen=True)
class Huber(Loss):
    """Mean of ``e^2 / 2`` where ``|e| <= delta``, else ``delta * (|e| - delta / 2)``.

    ``e = scores - target``; targets have the shape of the scores. Few far ones pull less than with
    squares (P. Huber, "Robust estimation of a location parameter", 1964).

    Parameters
    ----------
    delta : float, default 1
        Where the parabola becomes a straight line; > 0.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        gate.real(self.delta, "delta", gate.SMALLEST_FLOAT)

    def op(self, **operands: Any) -> Any:
        return ops.Huber(delta=self.delta, **operands)


LOSSES: dict[str, type[Loss]] = {
    "binary_cross_entropy": BinaryCrossEntropy,
    "huber": Huber,
    "mean_squared_error": MeanSquaredError,
    "softmax_cross_entropy": SoftmaxCrossEntropy,
}


def loss(name: str | Loss) -> Loss:
    """The loss of this name; a loss stays what it is."""
    if isinstance(name, Loss):
        return name
    if not isinstance(name, str) or name not in LOSSES:
        raise ValueError(f"loss must be one of {sorted(LOSSES)}: got {name!r}")
    return LOSSES[name]()


def sample_weights(labels: ArrayLike, class_weight: Mapping[int, float] | ArrayLike) -> np.ndarray:
    """The weight of each sample, by its class; `fastcnn.data.class_weights` balances classes.

    Parameters
    ----------
    labels : array_like of ints, shape (n,)
    class_weight : dict of int -> float, or array_like, shape (classes,)
        Weights >= 0; a class that a dict does not name weighs 1.

    Returns
    -------
    weight : ndarray of float32, shape (n,)

    Raises
    ------
    ValueError, TypeError
        A weight is not a finite number >= 0, or a label has none.

    Examples
    --------
    >>> from fastcnn import losses
    >>> losses.sample_weights([0, 2, 1, 2], {2: 0.5})
    array([1. , 0.5, 1. , 0.5], dtype=float32)
    """
    labels = gate.labels(labels, len(np.atleast_1d(np.asarray(labels))), 1 << 62)
    if not isinstance(class_weight, Mapping):
        weights = gate.weights(class_weight, "class_weight")
        return weights[gate.labels(labels, len(labels), len(weights))]
    weight = np.ones(len(labels), dtype=np.float32)
    for label, value in class_weight.items():
        number = gate.whole(label, "class_weight", 0)
        weight[labels == number] = gate.real(value, f"class_weight[{shown(number)}]", 0)
    return weight
