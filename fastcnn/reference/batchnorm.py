"""Batch normalisation and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def batchnorm(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    mean: ArrayLike | None = None,
    var: ArrayLike | None = None,
    eps: float = 1e-5,
) -> np.ndarray:
    """Normalise every channel to mean 0 and variance 1, then scale and shift it.

    Parameters
    ----------
    x : array_like, shape (..., c)
        Statistics are taken over all axes but the last.
    gamma, beta : array_like, shape (c,)
        Scale and shift.
    mean, var : array_like, shape (c,), optional
        Statistics to normalise with (inference). Without them: those of `x` itself (training),
        the variance divided by the number of elements, not by one less.
    eps : float, default 1e-5
        Added to the variance.

    Returns
    -------
    y : ndarray, shape of `x`

    Raises
    ------
    ValueError
        If only one of `mean` and `var` is given.

    Notes
    -----
    ::

        y = gamma * (x - mean) / sqrt(var + eps) + beta

    References
    ----------
    .. [1] S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by
       reducing internal covariate shift", ICML 2015, algorithm 1.

    Examples
    --------
    >>> batchnorm([[1.0, 5.0], [3.0, 9.0]], [1.0, 10.0], [0.0, 1.0], eps=0.0)
    array([[-1., -9.],
           [ 1., 11.]])
    """
    x = float64(x)
    mean, var = _statistics(x, mean, var)
    xhat = (x - mean) / np.sqrt(var + eps)  # (..., c)
    return float64(gamma) * xhat + float64(beta)


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
        Gradient of the loss with respect to the output of `batchnorm`.
    x, gamma, mean, var, eps
        As given to `batchnorm`. Given statistics are constants: those of a frozen layer.

    Returns
    -------
    dx : ndarray, shape of `x`
    dgamma, dbeta : ndarray, shape (c,)

    Raises
    ------
    ValueError
        If only one of `mean` and `var` is given.

    Notes
    -----
    The chain rule through the mean and the variance, m elements in each::

        dxhat  = dy * gamma
        dvar   = sum(dxhat * (x - mean)) * -1/2 * (var + eps) ** (-3/2)
        dmean  = -sum(dxhat) / sqrt(var + eps) - 2 * dvar * sum(x - mean) / m
        dx     = dxhat / sqrt(var + eps) + dvar * 2 * (x - mean) / m + dmean / m
        dgamma = sum(dy * xhat)
        dbeta  = sum(dy)

    Where mean and variance are given, dvar and dmean do not reach x.

    References
    ----------
    .. [1] S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by
       reducing internal covariate shift", ICML 2015, section 3.

    Examples
    --------
    >>> dx, dgamma, dbeta = batchnorm_backward([[1.0], [0.0]], [[1.0], [3.0]], [1.0], eps=1.0)
    >>> dgamma.round(4), dbeta
    (array([-0.7071]), array([1.]))
    >>> dx.round(4)
    array([[ 0.1768],
           [-0.1768]])
    """
    dy = float64(dy)
    x = float64(x)
    given = mean is not None
    mean, var = _statistics(x, mean, var)
    axes = tuple(range(x.ndim - 1))
    m = x.size // x.shape[-1]
    centred = x - mean  # (..., c)
    std = np.sqrt(var + eps)  # (c,)

    dxhat = dy * float64(gamma)  # (..., c)
    dvar = (dxhat * centred).sum(axis=axes) * -0.5 * (var + eps) ** -1.5  # (c,)
    dmean = -dxhat.sum(axis=axes) / std - 2 * dvar * centred.sum(axis=axes) / m  # (c,)
    dx = dxhat / std + (0 if given else dvar * 2 * centred / m + dmean / m)
    dgamma = (dy * centred / std).sum(axis=axes)
    dbeta = dy.sum(axis=axes)
    return dx, dgamma, dbeta


def _statistics(
    x: np.ndarray, mean: ArrayLike | None, var: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Give the statistics (c,): the given ones, else mean and biased variance of x (..., c)."""
    if mean is not None and var is not None:
        return float64(mean), float64(var)
    if mean is not None or var is not None:
        given = "var" if mean is None else "mean"
        raise ValueError(f"mean and var must be given together: got only {given}")
    axes = tuple(range(x.ndim - 1))
    centre = x.mean(axis=axes)
    return centre, ((x - centre) ** 2).mean(axis=axes)
