"""Softmax and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate
from fastcnn.kernels.softmax import SoftmaxBackward, SoftmaxForward


def softmax(x: ArrayLike) -> np.ndarray:
    """Turn scores into probabilities: ``exp(x) / sum(exp(x))`` along the last axis.

    Bishop, "Pattern Recognition and Machine Learning", 2006, equation 4.104. The largest score of a
    row is subtracted first, so that no exponential overflows. A row with NaN or inf becomes NaN.

    Parameters
    ----------
    x : array_like, shape (n, ..., c)

    Returns
    -------
    y : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        `x` is empty, no array of numbers, or has less than 2 dimensions.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.softmax([[1000.0, 1000.0], [-1000.0, 0.0]])
    array([[0.5, 0.5],
           [0. , 1. ]], dtype=float32)
    """
    x = gate.floats(x, "x")
    s = gate.rows(x.shape, "x")
    y = empty((s.rows, s.c))
    run(SoftmaxForward(s, x.reshape(s.rows, s.c), y))
    return y.reshape(x.shape)


def softmax_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `softmax` from its output: ``y * (dy - sum(dy * y))``, sums along the last axis.

    Parameters
    ----------
    dy : array_like, shape of `y`
        Gradient of the loss with respect to the output.
    y : array_like, shape (n, ..., c)
        What `softmax` gave.

    Returns
    -------
    dx : ndarray of float32, shape of `y`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.softmax_backward([[8.0, 0.0]], [[0.25, 0.75]])
    array([[ 1.5, -1.5]], dtype=float32)
    """
    y = gate.floats(y, "y")
    s = gate.rows(y.shape, "y")
    dy, dx = gate.match(dy, "dy", y.shape), empty((s.rows, s.c))
    run(SoftmaxBackward(s, dy.reshape(dx.shape), y.reshape(dx.shape), dx))
    return dx.reshape(y.shape)
