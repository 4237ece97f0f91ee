"""Local response normalisation and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate
from fastcnn.kernels.gate import LrnSizes
from fastcnn.kernels.lrn import LrnBackward, LrnForward


def lrn(
    x: ArrayLike, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    """Divide each number by a power of the squares of the channels around it.

    ``y = x / (k + alpha / size * the sum of x ** 2) ** beta``, local response normalisation
    (Krizhevsky, Sutskever & Hinton, "ImageNet Classification with Deep Convolutional Neural
    Networks", 2012, section 3.3). There, alpha is not divided by `size`: their network has size 5,
    alpha 5e-4 (here), beta 0.75, k 2.

    Parameters
    ----------
    x : array_like, shape (..., c)
    size : int, default 5
        Channels of a window: `size` // 2 below, (`size` - 1) // 2 above, as far as there are any.
    alpha : float, default 1e-4
        Not negative.
    beta : float, default 0.75
        Not negative.
    k : float, default 1.0
        Positive.

    Returns
    -------
    y : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.lrn([[1.0, 2.0, 0.0, 3.0]], size=3, alpha=3.0, beta=1.0).round(4)
    array([[0.1667, 0.3333, 0.    , 0.3   ]], dtype=float32)
    """
    x = gate.floats(x, "x")
    s, settings = _checked(x, size, alpha, beta, k)
    y = empty((s.pixels, s.c))
    run(LrnForward(s, *settings, x.reshape(s.pixels, s.c), y))
    return y.reshape(x.shape)


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
        Gradient of the loss with respect to the output.
    x, size, alpha, beta, k
        As given to `lrn`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.lrn_backward([[1.0, 0.0]], [[1.0, 1.0]], size=3, alpha=3.0, beta=1.0, k=2.0).round(4)
    array([[ 0.125, -0.125]], dtype=float32)
    """
    x = gate.floats(x, "x")
    s, settings = _checked(x, size, alpha, beta, k)
    dy, dx = gate.match(dy, "dy", x.shape), empty((s.pixels, s.c))
    pixels = dy.reshape(s.pixels, s.c), x.reshape(s.pixels, s.c)
    run(LrnBackward(s, *settings, *pixels, dx))
    return dx.reshape(x.shape)


def _checked(
    x: np.ndarray, size: int, alpha: float, beta: float, k: float
) -> tuple[LrnSizes, tuple[float, float, float]]:
    """Sizes, and alpha / size, beta, k."""
    s = gate.lrn(x.shape, size)
    alpha, beta = gate.real(alpha, "alpha", 0), gate.real(beta, "beta", 0)
    return s, (alpha / size, beta, gate.real(k, "k", gate.SMALLEST_FLOAT))
