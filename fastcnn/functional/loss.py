"""Losses: the value and the gradient with respect to the scores, in one pass."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import run
from fastcnn.kernels import gate
from fastcnn.kernels.loss import MeanSquaredError, SoftmaxCrossEntropy


def softmax_cross_entropy(x: ArrayLike, labels: ArrayLike) -> tuple[float, np.ndarray]:
    """Mean over the batch of ``-log(softmax(x)[label])``.

    Parameters
    ----------
    x : array_like, shape (n, classes)
        Scores, before the softmax.
    labels : array_like of ints, shape (n,)
        The right class of each row.

    Returns
    -------
    loss : float
    dx : ndarray of float32, shape of `x`
        ``(softmax(x) - onehot(labels)) / n``.

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
    """
    x = gate.floats(x, "x", 2)
    n, classes = gate.sized(x.shape, "x")
    labels = gate.labels(labels, n, classes)
    loss, correct, dx = np.empty(1), np.empty(1, dtype=np.int64), np.empty_like(x)
    run(SoftmaxCrossEntropy(x, labels, loss, correct, dx))
    return float(loss[0]), dx


def mean_squared_error(x: ArrayLike, target: ArrayLike) -> tuple[float, np.ndarray]:
    """Mean over all elements of ``(x - target)^2``.

    Parameters
    ----------
    x, target : array_like of one shape

    Returns
    -------
    loss : float
    dx : ndarray of float32, shape of `x`
        ``2 (x - target) / x.size``.

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
    x = gate.floats(x, "x")
    gate.sized(x.shape, "x")
    target = gate.match(target, "target", x.shape)
    loss, dx = np.empty(1), np.empty_like(x)
    run(MeanSquaredError(x, target, loss, dx))
    return float(loss[0]), dx
