"""Losses: the value and the gradient with respect to the scores, in one pass."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import run
from fastcnn.kernels import gate
from fastcnn.kernels.loss import (
    BinaryCrossEntropy,
    Huber,
    MeanSquaredError,
    PointwiseLoss,
    SoftmaxCrossEntropy,
)


def softmax_cross_entropy(
    x: ArrayLike,
    labels: ArrayLike,
    weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
) -> tuple[float, np.ndarray]:
    """Mean over the batch of ``-log(softmax(x)[label])``.

    Parameters
    ----------
    x : array_like, shape (n, classes)
        Scores, before the softmax.
    labels : array_like of ints, shape (n,), or of real numbers, shape (n, classes)
        The right class of each row, or the probability of each.
    weight : array_like, shape (n,), optional
        How much each row counts: ``sum(weight * losses) / sum(weight)``. Default: all the same.
    label_smoothing : float, default 0
        Share of each target that is spread evenly over all classes.

    Returns
    -------
    loss : float
    dx : ndarray of float32, shape of `x`
        ``(softmax(x) - target) / n`` where all rows count the same.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, such as a label that is not a class; the message names it, the
        rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> loss, dx = F.softmax_cross_entropy([[0.0, 0.0]], [1])
    >>> round(loss, 4)
    0.6931
    >>> dx
    array([[ 0.5, -0.5]], dtype=float32)
    >>> F.softmax_cross_entropy([[0.0, 0.0]], [[0.25, 0.75]])[1]
    array([[ 0.25, -0.25]], dtype=float32)
    """
    x = gate.floats(x, "x", 2)
    n, classes = gate.sized(x.shape, "x")
    labels = gate.class_targets(labels, n, classes)
    smoothing = gate.real(label_smoothing, "label_smoothing", 0, 1)
    loss, correct, dx = np.empty(1), np.empty(1, dtype=np.int64), np.empty_like(x)
    run(SoftmaxCrossEntropy(x, labels, loss, correct, dx, _shares(weight, n), smoothing))
    return float(loss[0]), dx


def binary_cross_entropy(
    x: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None
) -> tuple[float, np.ndarray]:
    """Mean of ``-target * log(p) - (1 - target) * log(1 - p)`` for ``p = sigmoid(x)``.

    Parameters
    ----------
    x, target : array_like of one shape, (n, ...)
        Scores, before the sigmoid; probabilities, from 0 to 1.
    weight : array_like, shape (n,), optional
        How much each sample counts: ``sum(weight * losses) / sum(weight)``, where the loss of a
        sample is the mean over its elements. Default: all the same.

    Returns
    -------
    loss : float
    dx : ndarray of float32, shape of `x`
        ``(p - target) / x.size`` where all samples count the same.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> loss, dx = F.binary_cross_entropy([0.0, 0.0], [0, 1])
    >>> round(loss, 4)
    0.6931
    >>> dx
    array([ 0.25, -0.25], dtype=float32)
    """
    x = _sized(x)
    target = gate.probabilities(target, "target", x.shape)
    loss, correct, dx = np.empty(1), np.empty(1, dtype=np.int64), np.empty_like(x)
    run(BinaryCrossEntropy(x, target, loss, correct, dx, _shares(weight, len(x))))
    return float(loss[0]), dx


def mean_squared_error(
    x: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None
) -> tuple[float, np.ndarray]:
    """Mean over all elements of ``(x - target)^2``.

    Parameters
    ----------
    x, target : array_like of one shape, (n, ...)
    weight : array_like, shape (n,), optional
        How much each sample counts: ``sum(weight * losses) / sum(weight)``, where the loss of a
        sample is the mean over its elements. Default: all the same.

    Returns
    -------
    loss : float
    dx : ndarray of float32, shape of `x`
        ``2 (x - target) / x.size`` where all samples count the same.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> loss, dx = F.mean_squared_error([[1.0, 2.0]], [[1.0, 4.0]])
    >>> loss
    2.0
    >>> dx
    array([[ 0., -2.]], dtype=float32)
    """
    return _pointwise(MeanSquaredError, x, target, weight)


def huber(
    x: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None, delta: float = 1.0
) -> tuple[float, np.ndarray]:
    """Mean of ``e^2 / 2`` where ``|e| <= delta``, else ``delta (|e| - delta / 2)``; e = x - target.

    Parameters
    ----------
    x, target : array_like of one shape, (n, ...)
    weight : array_like, shape (n,), optional
        How much each sample counts: ``sum(weight * losses) / sum(weight)``, where the loss of a
        sample is the mean over its elements. Default: all the same.
    delta : float, default 1
        Where the parabola becomes a straight line; > 0.

    Returns
    -------
    loss : float
    dx : ndarray of float32, shape of `x`
        ``clip(e, -delta, delta) / x.size`` where all samples count the same.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> loss, dx = F.huber([1.0, 2.0], [1.0, 5.0])
    >>> loss
    1.25
    >>> dx
    array([ 0. , -0.5], dtype=float32)
    """
    delta = gate.real(delta, "delta", gate.SMALLEST_FLOAT)
    return _pointwise(Huber, x, target, weight, delta=delta)


def _pointwise(
    kernel: type[PointwiseLoss],
    x: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike | None,
    **settings: float,
) -> tuple[float, np.ndarray]:
    x = _sized(x)
    target = gate.match(target, "target", x.shape)
    loss, dx = np.empty(1), np.empty_like(x)
    run(kernel(x, target, loss, dx, _shares(weight, len(x)), **settings))
    return float(loss[0]), dx


def _sized(x: ArrayLike) -> np.ndarray:
    """Scores of at least one sample."""
    x = gate.floats(x, "x")
    if x.ndim == 0:
        raise ValueError("x must have at least 1 dimension: got shape ()")
    gate.sized(x.shape, "x")
    return x


def _shares(weight: ArrayLike | None, n: int) -> np.ndarray | None:
    """What each of n samples counts in a weighted mean."""
    return None if weight is None else gate.shares(gate.weights(weight, "weight", n))
