"""Group and layer normalisation and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def groupnorm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, groups: int, eps: float = 1e-5
) -> np.ndarray:
    """Normalise every group of channels of each sample, then scale and shift each channel.

    Parameters
    ----------
    x : array_like, shape (n, ..., c)
        Group g of a sample are its channels ``g * c / groups`` to ``(g + 1) * c / groups - 1``, at
        all places.
    gamma, beta : array_like, shape (c,)
        Scale and shift.
    groups : int
        Divides c. 1 is layer normalisation over whole samples, c is instance normalisation.
    eps : float, default 1e-5
        Added to the variance.

    Returns
    -------
    y : ndarray, shape of `x`

    Notes
    -----
    ::

        y = gamma * (x - mean) / sqrt(var + eps) + beta

    with mean and (biased) variance of each group of a sample.

    References
    ----------
    .. [1] Y. Wu and K. He, "Group normalization", ECCV 2018, equations 1, 2, 6 and 7.

    Examples
    --------
    >>> groupnorm([[1.0, 3.0, 10.0, 50.0]], [1.0, 1.0, 1.0, 2.0], [0.0, 0.0, 0.0, 5.0], 2, eps=0.0)
    array([[-1.,  1., -1.,  7.]])
    """
    x = float64(x)
    grouped = _grouped(x, groups)
    mean, var = _statistics(grouped)
    xhat = ((grouped - mean) / np.sqrt(var + eps)).reshape(x.shape)
    return float64(gamma) * xhat + float64(beta)


def groupnorm_backward(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike, groups: int, eps: float = 1e-5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `groupnorm`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output of `groupnorm`.
    x, gamma, groups, eps
        As given to `groupnorm`.

    Returns
    -------
    dx : ndarray, shape of `x`
    dgamma, dbeta : ndarray, shape (c,)

    Notes
    -----
    The chain rule through the mean and the variance; means are over the values of a group::

        dxhat  = dy * gamma
        dx     = (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)) / sqrt(var + eps)
        dgamma = sum(dy * xhat)
        dbeta  = sum(dy)

    Examples
    --------
    >>> dx, dgamma, dbeta = groupnorm_backward([[1.0, 0.0]], [[1.0, 3.0]], [1.0, 1.0], 1, eps=1.0)
    >>> dgamma.round(4), dbeta
    (array([-0.7071,  0.    ]), array([1., 0.]))
    >>> dx.round(4)
    array([[ 0.1768, -0.1768]])
    """
    dy, x = float64(dy), float64(x)
    grouped = _grouped(x, groups)
    mean, var = _statistics(grouped)
    std = np.sqrt(var + eps)  # (n, 1, groups, 1)
    xhat = (grouped - mean) / std  # (n, pixels, groups, c / groups)
    dxhat = _grouped(dy * float64(gamma), groups)

    average = dxhat.mean(axis=(1, 3), keepdims=True)
    product = (dxhat * xhat).mean(axis=(1, 3), keepdims=True)
    dx = ((dxhat - average - xhat * product) / std).reshape(x.shape)
    axes = tuple(range(x.ndim - 1))
    dgamma = (dy * xhat.reshape(x.shape)).sum(axis=axes)
    dbeta = dy.sum(axis=axes)
    return dx, dgamma, dbeta


def layernorm(x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-5) -> np.ndarray:
    """Normalise the channels of every pixel, then scale and shift each channel.

    Parameters
    ----------
    x : array_like, shape (..., c)
        Statistics are taken over the last axis alone.
    gamma, beta : array_like, shape (c,)
        Scale and shift.
    eps : float, default 1e-5
        Added to the variance.

    Returns
    -------
    y : ndarray, shape of `x`

    Notes
    -----
    `groupnorm` of pixels as samples of one group. In a convolutional network this is the layer
    normalisation of ConvNeXt ([2]_); that of [1]_ takes a whole sample: `groupnorm` with one group.

    References
    ----------
    .. [1] J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016, equations 3 and 4.
    .. [2] Z. Liu, H. Mao, C.-Y. Wu, C. Feichtenhofer, T. Darrell and S. Xie, "A ConvNet for the
       2020s", CVPR 2022, section 2.6.

    Examples
    --------
    >>> layernorm([[1.0, 3.0], [50.0, 10.0]], [1.0, 2.0], [0.0, 5.0], eps=0.0)
    array([[-1.,  7.],
           [ 1.,  3.]])
    """
    x = float64(x)
    return groupnorm(_pixels(x), gamma, beta, 1, eps).reshape(x.shape)


def layernorm_backward(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike, eps: float = 1e-5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `layernorm`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output of `layernorm`.
    x, gamma, eps
        As given to `layernorm`.

    Returns
    -------
    dx : ndarray, shape of `x`
    dgamma, dbeta : ndarray, shape (c,)

    Examples
    --------
    >>> dx, dgamma, dbeta = layernorm_backward([[1.0, 0.0]], [[1.0, 3.0]], [1.0, 1.0], eps=1.0)
    >>> dx.round(4)
    array([[ 0.1768, -0.1768]])
    """
    x = float64(x)
    dx, dgamma, dbeta = groupnorm_backward(_pixels(float64(dy)), _pixels(x), gamma, 1, eps)
    return dx.reshape(x.shape), dgamma, dbeta


def _grouped(x: np.ndarray, groups: int) -> np.ndarray:
    """Give x (n, ..., c) as (n, pixels, groups, c / groups)."""
    return x.reshape(len(x), -1, groups, x.shape[-1] // groups)


def _pixels(x: np.ndarray) -> np.ndarray:
    """Give x (..., c) as (pixels, c)."""
    return x.reshape(-1, x.shape[-1])


def _statistics(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the mean and the biased variance (n, 1, groups, 1) of x (n, pixels, groups, members)."""
    mean = x.mean(axis=(1, 3), keepdims=True)
    var = ((x - mean) ** 2).mean(axis=(1, 3), keepdims=True)
    return mean, var
