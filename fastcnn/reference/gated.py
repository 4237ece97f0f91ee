"""Smooth activations that gate their input, and their gradients, element by element.

They fall and rise again, so an output has two inputs: the gradients are functions of the input `x`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.activation import sigmoid
from fastcnn.reference.cast import float64

# Beyond it the tails of all gates are 0, while infinity times 0 would be NaN.
FAR = 1000.0


def gelu(x: ArrayLike, approximate: str = "none") -> np.ndarray:
    """Gate every element by the normal distribution.

    Parameters
    ----------
    x : array_like, any shape
    approximate : {"none", "tanh"}, default "none"
        Whether the distribution is replaced by a logistic function of a polynomial.

    Returns
    -------
    y : ndarray, shape of `x`
        ``x * cdf(x)`` with the standard normal ``cdf(x) = erfc(-x / sqrt(2)) / 2``; with "tanh"
        ``x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))``.

    References
    ----------
    .. [1] D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", arXiv:1606.08415,
       2016, section 2.

    Examples
    --------
    >>> gelu([-np.inf, -1.0, 0.0, 1.0]).round(4)
    array([-0.    , -0.1587,  0.    ,  0.8413])
    >>> gelu([-1.0, 0.0, 1.0], "tanh").round(4)
    array([-0.1588,  0.    ,  0.8412])
    """
    x = float64(x)
    gate = _normal(x) if approximate == "none" else sigmoid(_cubic(x))
    return np.maximum(x, -FAR) * gate


def gelu_backward(dy: ArrayLike, x: ArrayLike, approximate: str = "none") -> np.ndarray:
    """Give the gradient of `gelu`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output.
    x, approximate
        As given to `gelu`.

    Returns
    -------
    dx : ndarray, shape of `x`
        ``dy * (cdf(x) + x * pdf(x))``; with "tanh" the derivative of that formula.

    Examples
    --------
    >>> gelu_backward([2.0, 2.0], [0.0, 1.0]).round(4)
    array([1.    , 2.1666])
    """
    x = np.clip(float64(x), -FAR, FAR)
    if approximate == "none":
        slope = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        return float64(dy) * (_normal(x) + x * slope)
    gate = sigmoid(_cubic(x))
    slope = gate * sigmoid(-_cubic(x)) * math.sqrt(8 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return float64(dy) * (gate + x * slope)


def silu(x: ArrayLike) -> np.ndarray:
    """Gate every element by its `sigmoid`; also called swish.

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    y : ndarray, shape of `x`
        ``x * sigmoid(x)``, and 0 at minus infinity.

    References
    ----------
    .. [1] S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units for neural network
       function approximation in reinforcement learning", Neural Networks 107, 2018, section 2.
    .. [2] P. Ramachandran, B. Zoph and Q. Le, "Searching for activation functions",
       arXiv:1710.05941, 2017, section 4, with beta = 1.

    Examples
    --------
    >>> silu([-np.inf, -1.0, 0.0, 1.0]).round(4)
    array([-0.    , -0.2689,  0.    ,  0.7311])
    """
    x = float64(x)
    return np.maximum(x, -FAR) * sigmoid(x)


def silu_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `silu`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output.
    x : array_like
        As given to `silu`.

    Returns
    -------
    dx : ndarray, shape of `x`
        ``dy * sigmoid(x) * (1 + x * sigmoid(-x))``.

    Examples
    --------
    >>> silu_backward([2.0, 2.0], [0.0, 1.0]).round(4)
    array([1.    , 1.8553])
    """
    x = np.clip(float64(x), -FAR, FAR)
    return float64(dy) * sigmoid(x) * (1 + x * sigmoid(-x))


def _normal(x: np.ndarray) -> np.ndarray:
    """The standard normal distribution, which is accurate in both tails by way of erfc."""
    return np.vectorize(math.erfc, otypes=[np.float64])(-x / math.sqrt(2)) / 2


def _cubic(x: np.ndarray) -> np.ndarray:
    """Twice the argument of the tanh: ``(1 + tanh(z / 2)) / 2 = sigmoid(z)``."""
    return math.sqrt(8 / math.pi) * (x + 0.044715 * x**3)
