"""Group and layer normalisation and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate
from fastcnn.kernels.gate import GroupSizes
from fastcnn.kernels.groupnorm import GroupNormBackward, GroupNormForward
from fastcnn.kernels.layernorm import LayerNormBackward, LayerNormForward

Gradients = tuple[np.ndarray, np.ndarray, np.ndarray]


def groupnorm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, groups: int, eps: float = 1e-5
) -> np.ndarray:
    """Normalise each group of channels of each sample, then scale and shift each channel.

    ``y = gamma * (x - mean) / sqrt(var + eps) + beta`` (Wu & He, "Group Normalization", 2018).

    Parameters
    ----------
    x : array_like, shape (n, ..., c)
        A group are c / groups neighbouring channels of a sample, at all places.
    gamma, beta : array_like, shape (c,)
        Scale and shift.
    groups : int
        Divides c. 1 is layer normalisation over whole samples, c is instance normalisation.
    eps : float, default 1e-5
        Added to the variance; positive.

    Returns
    -------
    y : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value. Groups of a single
        value are refused.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.groupnorm([[1.0, 3.0, 10.0, 50.0]], [1, 1, 1, 2], [0, 0, 0, 5], groups=2, eps=1e-12)
    array([[-1.,  1., -1.,  7.]], dtype=float32)
    """
    x = gate.floats(x, "x")
    return _forward(gate.groupnorm(x.shape, groups), x, gamma, beta, eps)


def groupnorm_backward(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike, groups: int, eps: float = 1e-5
) -> Gradients:
    """Give the gradients of `groupnorm`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output.
    x, gamma, groups, eps
        As given to `groupnorm`.

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
    >>> dx, dgamma, dbeta = F.groupnorm_backward([[1.0, 2.0]], [[1.0, 3.0]], [1.0, 1.0], groups=1)
    >>> dbeta
    array([1., 2.], dtype=float32)
    """
    x = gate.floats(x, "x")
    return _backward(gate.groupnorm(x.shape, groups), dy, x, gamma, eps)


def layernorm(x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-5) -> np.ndarray:
    """Normalise the channels of each pixel, then scale and shift each channel.

    ``y = gamma * (x - mean) / sqrt(var + eps) + beta`` with mean and variance over the last axis
    (Ba, Kiros & Hinton, "Layer Normalization", 2016), as in ConvNeXt (Liu et al., "A ConvNet for
    the 2020s", 2022).

    Parameters
    ----------
    x : array_like, shape (..., c)
    gamma, beta : array_like, shape (c,)
        Scale and shift.
    eps : float, default 1e-5
        Added to the variance; positive.

    Returns
    -------
    y : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value. A single channel is
        refused.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.layernorm([[1.0, 3.0], [50.0, 10.0]], [1.0, 2.0], [0.0, 5.0], eps=1e-12)
    array([[-1.,  7.],
           [ 1.,  3.]], dtype=float32)
    """
    x = gate.floats(x, "x")
    return _forward(gate.layernorm(x.shape), x, gamma, beta, eps)


def layernorm_backward(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike, eps: float = 1e-5
) -> Gradients:
    """Give the gradients of `layernorm`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output.
    x, gamma, eps
        As given to `layernorm`.

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
    >>> dx, dgamma, dbeta = F.layernorm_backward([[1.0, 2.0]], [[1.0, 3.0]], [1.0, 1.0])
    >>> dbeta
    array([1., 2.], dtype=float32)
    """
    x = gate.floats(x, "x")
    return _backward(gate.layernorm(x.shape), dy, x, gamma, eps)


def _forward(
    s: GroupSizes, x: np.ndarray, gamma: ArrayLike, beta: ArrayLike, eps: float
) -> np.ndarray:
    eps = gate.real(eps, "eps", gate.SMALLEST_FLOAT)
    vectors = gate.match(gamma, "gamma", (s.c,)), gate.match(beta, "beta", (s.c,))
    kept, y = (empty((2, *s.kept_shape)), empty(s.kept_shape)), empty(s.x_shape)
    kernel = LayerNormForward if s.pixels == 1 else GroupNormForward
    run(kernel(s, eps, x.reshape(s.x_shape), *vectors, *kept, y))
    return y.reshape(x.shape)


def _backward(
    s: GroupSizes, dy: ArrayLike, x: np.ndarray, gamma: ArrayLike, eps: float
) -> Gradients:
    eps = gate.real(eps, "eps", gate.SMALLEST_FLOAT)
    gamma = gate.match(gamma, "gamma", (s.c,))
    dy = gate.match(dy, "dy", x.shape).reshape(s.x_shape)
    samples, kept = x.reshape(s.x_shape), (empty((2, *s.kept_shape)), empty(s.kept_shape))
    dx, dgamma, dbeta = empty(s.x_shape), empty((s.c,)), empty((s.c,))
    forward, backward = (
        (LayerNormForward, LayerNormBackward)
        if s.pixels == 1
        else (GroupNormForward, GroupNormBackward)
    )
    run(
        forward(s, eps, samples, gamma, gamma, *kept, dx),
        backward(s, dy, samples, gamma, *kept, dx, dgamma, dbeta),
    )
    return dx.reshape(x.shape), dgamma, dbeta
