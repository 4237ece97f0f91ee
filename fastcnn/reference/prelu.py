"""Rectified linear units with a slope for each channel, and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def prelu(x: ArrayLike, slope: ArrayLike) -> np.ndarray:
    """Rectify, but let negative elements through with the slope of their channel.

    Parameters
    ----------
    x : array_like, shape (..., c)
    slope : array_like, shape (c,)

    Returns
    -------
    y : ndarray, shape of `x`
        ``slope[j] * x[..., j] if x[..., j] < 0 else x[..., j]``, so NaN stays NaN.

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers: surpassing human-level
       performance on ImageNet classification", ICCV 2015, equation 1.

    Examples
    --------
    >>> prelu([[-4.0, -4.0], [3.0, np.nan]], [0.25, 0.5])
    array([[-1., -2.],
           [ 3., nan]])
    """
    x = float64(x)
    return np.where(x < 0, float64(slope) * x, x)


def prelu_backward(dy: ArrayLike, x: ArrayLike, slope: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Give the gradients of `prelu`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output of `prelu`.
    x, slope
        As given to `prelu`.

    Returns
    -------
    dx : ndarray, shape of `x`
        ``dy if x > 0 else slope * dy``: at zero the derivative of the left side holds.
    dslope : ndarray, shape (c,)
        ``sum of dy * x`` where x is not positive; equations 2 and 3 of [1]_ in `prelu`.

    Examples
    --------
    >>> dx, dslope = prelu_backward([[8.0], [8.0]], [[-3.0], [5.0]], [0.25])
    >>> dx.tolist(), dslope.tolist()
    ([[2.0], [8.0]], [-24.0])
    """
    dy, x = float64(dy), float64(x)
    axes = tuple(range(x.ndim - 1))
    return np.where(x > 0, dy, dy * float64(slope)), np.where(x > 0, 0, dy * x).sum(axis=axes)
