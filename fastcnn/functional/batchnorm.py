"""Batch normalisation and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate
from fastcnn.kernels.batchnorm import BatchNormBackward, BatchNormForward
from fastcnn.kernels.batchnorm_frozen import BatchNormFrozenBackward, BatchNormPredict
from fastcnn.kernels.gate import RowSizes


def batchnorm(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    mean: ArrayLike | None = None,
    var: ArrayLike | None = None,
    eps: float = 1e-5,
) -> np.ndarray:
    """Normalise each channel, then scale and shift it.

    ``y = gamma * (x - mean) / sqrt(var + eps) + beta`` (Ioffe & Szegedy, "Batch Normalization",
    2015).

    Parameters
    ----------
    x : array_like, shape (..., c)
        Statistics are taken over all axes but the last.
    gamma, beta : array_like, shape (c,)
        Scale and shift.
    mean, var : array_like, shape (c,), optional
        Statistics to use, as in prediction. Without both, those of the batch: its mean and its
        biased variance.
    eps : float, default 1e-5
        Added to the variance; positive.

    Returns
    -------
    y : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value. Batch statistics of
        a single value per channel are refused.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.batchnorm([[1.0], [3.0]], [2.0], [10.0], mean=[1.0], var=[4.0], eps=1e-12)
    array([[10.],
           [12.]], dtype=float32)
    """
    x = gate.floats(x, "x")
    s, eps, given = _checked(x, mean, var, eps)
    gamma, beta = gate.match(gamma, "gamma", (s.c,)), gate.match(beta, "beta", (s.c,))
    y = empty((s.rows, s.c))
    rows = x.reshape(s.rows, s.c)
    if given is None:
        kept = empty((2, s.c)), empty((s.c,))
        run(BatchNormForward(s, eps, 0.0, rows, gamma, beta, None, None, *kept, y))
    else:
        run(BatchNormPredict(s, eps, rows, gamma, beta, *given, y))
    return y.reshape(x.shape)


def batchnorm_backward(
    dy: ArrayLike,
    x: ArrayLike,
    gamma: ArrayLike,
    mean: ArrayLike | None = None,
    var: ArrayLike | None = None,
    eps: float = 1e-5,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `batchnorm`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output.
    x, gamma, mean, var, eps
        As given to `batchnorm`. Given statistics are constants: those of a frozen layer.

    Returns
    -------
    dx : ndarray of float32, shape of `x`
    dgamma, dbeta : ndarray of float32, shape (c,)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> dx, dgamma, dbeta = F.batchnorm_backward([[1.0], [3.0]], [[1.0], [3.0]], [2.0])
    >>> dbeta
    array([4.], dtype=float32)
    """
    x = gate.floats(x, "x")
    s, eps, given = _checked(x, mean, var, eps)
    gamma = gate.match(gamma, "gamma", (s.c,))
    rows, dy = x.reshape(s.rows, s.c), gate.match(dy, "dy", x.shape).reshape(s.rows, s.c)
    dx, dgamma, dbeta = results = empty((s.rows, s.c)), empty((s.c,)), empty((s.c,))
    if given is None:
        kept = empty((2, s.c)), empty((s.c,))
        run(
            BatchNormForward(s, eps, 0.0, rows, gamma, gamma, None, None, *kept, dx),
            BatchNormBackward(s, dy, rows, gamma, *kept, *results),
        )
    else:
        run(BatchNormFrozenBackward(s, eps, dy, rows, gamma, *given, *results))
    return dx.reshape(x.shape), dgamma, dbeta


def _checked(
    x: np.ndarray, mean: ArrayLike | None, var: ArrayLike | None, eps: float
) -> tuple[RowSizes, float, tuple[np.ndarray, np.ndarray] | None]:
    """Sizes, eps, and given statistics."""
    if (mean is None) != (var is None):
        raise ValueError("mean and var must be given together: got one of them")
    s = gate.batchnorm(x.shape, training=mean is None)
    eps = gate.real(eps, "eps", gate.SMALLEST_FLOAT)
    if mean is None:
        return s, eps, None
    mean, var = gate.match(mean, "mean", (s.c,)), gate.match(var, "var", (s.c,))
    if not (var >= 0).all():
        raise ValueError(f"var must be >= 0: got {var.min()}")
    return s, eps, (mean, var)
