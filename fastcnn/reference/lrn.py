"""Local response normalisation and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def lrn(
    x: ArrayLike, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    """Divide every number by a power of the squares of the channels around it.

    Parameters
    ----------
    x : array_like, shape (..., c)
    size : int, default 5
        Channels of a window: `size` // 2 below, (`size` - 1) // 2 above, as far as there are any.
    alpha : float, default 1e-4
        Weight of the mean of the squares: their sum is divided by `size`, however many there are.
        In [1]_ alpha weighs the sum; give `size` times as much for that.
    beta : float, default 0.75
        The exponent.
    k : float, default 1.0
        Added to the weighted squares.

    Returns
    -------
    y : ndarray, shape of `x`

    Notes
    -----
    ::

        s[j] = k + alpha / size * sum over i in the window of j of x[i] ** 2
        y[j] = x[j] / s[j] ** beta

    with channels i and j of the same pixel.

    References
    ----------
    .. [1] A. Krizhevsky, I. Sutskever and G. E. Hinton, "ImageNet classification with deep
       convolutional neural networks", NIPS 2012, section 3.3: size 5, alpha 5e-4 (here), beta 0.75,
       k 2.

    Examples
    --------
    >>> lrn([[1.0, 2.0, 0.0, 3.0]], size=3, alpha=3.0, beta=1.0, k=1.0)
    array([[0.16666667, 0.33333333, 0.        , 0.3       ]])
    """
    x = float64(x)
    return x / _scale(x, size, alpha, k) ** beta


def lrn_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: int = 5,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 1.0,
) -> np.ndarray:
    """Give the gradient of `lrn`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output of `lrn`.
    x, size, alpha, beta, k
        As given to `lrn`.

    Returns
    -------
    dx : ndarray, shape of `x`

    Notes
    -----
    x[i] is in its own numerator and in every s[j] whose window it is in::

        dx[i] = dy[i] / s[i] ** beta
                - 2 * beta * alpha / size * x[i] * sum over j of dy[j] * x[j] / s[j] ** (beta + 1)

    Examples
    --------
    >>> lrn_backward([[1.0, 0.0]], [[1.0, 1.0]], size=3, alpha=3.0, beta=1.0, k=2.0)
    array([[ 0.125, -0.125]])
    """
    dy, x = float64(dy), float64(x)
    s = _scale(x, size, alpha, k)
    ratio = dy * x / s ** (beta + 1)
    # x[i] is in the window of j if j is in the window of i that is turned round.
    around = _window_sum(ratio[..., ::-1], size)[..., ::-1]
    return dy / s**beta - 2 * beta * alpha / size * x * around


def _scale(x: np.ndarray, size: int, alpha: float, k: float) -> np.ndarray:
    """Give s, shape of x (..., c)."""
    return k + alpha / size * _window_sum(x**2, size)


def _window_sum(x: np.ndarray, size: int) -> np.ndarray:
    """Give the sums over the channels from `size` // 2 below to (`size` - 1) // 2 above."""
    c = x.shape[-1]
    sums = np.empty_like(x)
    for j in range(c):
        sums[..., j] = x[..., max(0, j - size // 2) : j + (size - 1) // 2 + 1].sum(axis=-1)
    return sums
