"""Softmax and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def softmax(x: ArrayLike) -> np.ndarray:
    """Turn scores into probabilities, along the last axis.

    Parameters
    ----------
    x : array_like, shape (..., c)

    Returns
    -------
    y : ndarray, shape of `x`

    Notes
    -----
    ::

        y[..., j] = exp(x[..., j]) / sum over k of exp(x[..., k])

    The largest element of a row is first subtracted from it, which changes nothing and keeps
    ``exp`` from overflowing. A row with NaN or inf, or of nothing but -inf, becomes NaN.

    References
    ----------
    .. [1] C. Bishop, "Pattern Recognition and Machine Learning", Springer, 2006, equation 4.104.

    Examples
    --------
    >>> softmax([[0.0, np.log(3.0)], [1e4, 1e4]])
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    x = float64(x)
    with np.errstate(invalid="ignore"):  # inf - inf
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Give the gradient of `softmax`.

    Parameters
    ----------
    dy, y : array_like, shape (..., c)
        Gradient of the loss with respect to the output of `softmax`, and that output.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``y * (dy - sum over k of dy[..., k] * y[..., k])``; equation 4.106 of [1]_ in `softmax`.

    Examples
    --------
    >>> softmax_backward([[8.0, 0.0]], [[0.25, 0.75]])
    array([[ 1.5, -1.5]])
    """
    dy, y = float64(dy), float64(y)
    return y * (dy - (dy * y).sum(axis=-1, keepdims=True))
