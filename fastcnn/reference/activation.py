"""Activations and their gradients, element by element.

The gradients are functions of the output `y`, so that the input need not be kept for them. Those of
the activations in `fastcnn.reference.gated` cannot be.
"""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def relu(x: ArrayLike) -> np.ndarray:
    """Rectify: negative elements become zero.

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    y : ndarray, shape of `x`
        ``0 if x < 0 else x``, so NaN stays NaN.

    References
    ----------
    .. [1] V. Nair and G. Hinton, "Rectified linear units improve restricted Boltzmann machines",
       ICML 2010.

    Examples
    --------
    >>> relu([-2.0, 0.0, 3.0, np.nan])
    array([ 0.,  0.,  3., nan])
    """
    x = float64(x)
    return np.where(x < 0, 0.0, x)


def relu_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Give the gradient of `relu`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `relu`, and that output.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``0 if y <= 0 else dy``: the derivative at zero is taken as zero.

    Examples
    --------
    >>> relu_backward([5.0, 5.0], [0.0, 3.0])
    array([0., 5.])
    """
    y = float64(y)
    return np.where(y <= 0, 0.0, float64(dy))


def leaky_relu(x: ArrayLike, slope: float = 0.01) -> np.ndarray:
    """Rectify, but let negative elements through with a small slope.

    Parameters
    ----------
    x : array_like, any shape
    slope : float, default 0.01
        Factor of negative elements, >= 0.

    Returns
    -------
    y : ndarray, shape of `x`
        ``slope * x if x < 0 else x``.

    References
    ----------
    .. [1] A. Maas, A. Hannun and A. Ng, "Rectifier nonlinearities improve neural network acoustic
       models", ICML 2013, section 2.

    Examples
    --------
    >>> leaky_relu([-2.0, 0.0, 3.0], slope=0.5)
    array([-1.,  0.,  3.])
    """
    x = float64(x)
    return np.where(x < 0, slope * x, x)


def leaky_relu_backward(dy: ArrayLike, y: ArrayLike, slope: float = 0.01) -> np.ndarray:
    """Give the gradient of `leaky_relu`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `leaky_relu`, and that output.
    slope : float, default 0.01
        As given to `leaky_relu`.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``slope * dy if y <= 0 else dy``: the derivative at zero is taken as `slope`.

    Examples
    --------
    >>> leaky_relu_backward([4.0, 4.0, 4.0], [-1.0, 0.0, 3.0], slope=0.5)
    array([2., 2., 4.])
    """
    dy = float64(dy)
    return np.where(float64(y) <= 0, slope * dy, dy)


def sigmoid(x: ArrayLike) -> np.ndarray:
    """Squash every element into (0, 1).

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    y : ndarray, shape of `x`
        ``1 / (1 + exp(-x))``, for negative `x` as the equal ``exp(x) / (1 + exp(x))``, because
        ``exp`` of a large number overflows.

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press, 2016,
       section 3.10.

    Examples
    --------
    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    x = float64(x)
    e = np.exp(-np.abs(x))  # in [0, 1]
    return np.where(x < 0, e / (1 + e), 1 / (1 + e))


def sigmoid_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Give the gradient of `sigmoid`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `sigmoid`, and that output.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``dy * y * (1 - y)``.

    Examples
    --------
    >>> sigmoid_backward([4.0], [0.5])
    array([1.])
    """
    y = float64(y)
    return float64(dy) * y * (1 - y)


def tanh(x: ArrayLike) -> np.ndarray:
    """Squash every element into (-1, 1) with the hyperbolic tangent.

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    y : ndarray, shape of `x`
        ``tanh(x)``.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp", in "Neural
       Networks: Tricks of the Trade", Springer, 1998, section 4.4.

    Examples
    --------
    >>> tanh([-1000.0, 0.0, 1000.0])
    array([-1.,  0.,  1.])
    """
    return np.tanh(float64(x))


def tanh_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Give the gradient of `tanh`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `tanh`, and that output.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``dy * (1 - y ** 2)``.

    Examples
    --------
    >>> tanh_backward([4.0], [0.5])
    array([3.])
    """
    y = float64(y)
    return float64(dy) * (1 - y**2)


def elu(x: ArrayLike, alpha: float = 1.0) -> np.ndarray:
    """Let positive elements through; negative ones approach ``-alpha``.

    Parameters
    ----------
    x : array_like, any shape
    alpha : float, default 1.0
        >= 0.

    Returns
    -------
    y : ndarray, shape of `x`
        ``x if x > 0 else alpha * (exp(x) - 1)``.

    References
    ----------
    .. [1] D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network learning
       by exponential linear units (ELUs)", ICLR 2016, equation 15.

    Examples
    --------
    >>> elu([-1000.0, 0.0, 3.0], alpha=0.5)
    array([-0.5,  0. ,  3. ])
    """
    x = float64(x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def elu_backward(dy: ArrayLike, y: ArrayLike, alpha: float = 1.0) -> np.ndarray:
    """Give the gradient of `elu`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `elu`, and that output.
    alpha : float, default 1.0
        As given to `elu`.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``dy * (y + alpha) if y <= 0 else dy``: the derivative at zero is taken as `alpha`.

    Examples
    --------
    >>> elu_backward([4.0, 4.0, 4.0], [-0.25, 0.0, 3.0], alpha=0.5)
    array([1., 2., 4.])
    """
    y, dy = float64(y), float64(dy)
    return np.where(y <= 0, dy * (y + alpha), dy)


def softplus(x: ArrayLike, beta: float = 1.0) -> np.ndarray:
    """Rectify without a kink.

    Parameters
    ----------
    x : array_like, any shape
    beta : float, default 1.0
        Positive; the larger, the nearer to `relu`.

    Returns
    -------
    y : ndarray, shape of `x`
        ``log(1 + exp(beta * x)) / beta``, as the equal ``max(x, 0) + log(1 + exp(-|beta * x|)) /
        beta``, because ``exp`` of a large number overflows.

    References
    ----------
    .. [1] C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau and R. Garcia, "Incorporating second-order
       functional knowledge for better option pricing", NIPS 2000, section 3.

    Examples
    --------
    >>> softplus([-1000.0, 0.0, 1000.0], beta=np.log(2)).round(12)
    array([   0.,    1., 1000.])
    """
    x = float64(x)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(beta * x))) / beta


def softplus_backward(dy: ArrayLike, y: ArrayLike, beta: float = 1.0) -> np.ndarray:
    """Give the gradient of `softplus`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `softplus`, and that output.
    beta : float, default 1.0
        As given to `softplus`.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``dy * (1 - exp(-beta * y))``, which is ``dy * sigmoid(beta * x)``.

    Examples
    --------
    >>> softplus_backward([4.0], [np.log(2)])
    array([2.])
    """
    return -float64(dy) * np.expm1(-beta * float64(y))
