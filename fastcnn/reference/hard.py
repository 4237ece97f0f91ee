"""Activations made of straight lines, and their gradients, element by element.

The gradients of `hard_swish` are a function of the input `x`, those of the others of the output
`y`, so that the input need not be kept. Derivatives at a kink are those of the flat side.
"""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def hard_tanh(x: ArrayLike, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    """Cut off what is below `low` or above `high`.

    Parameters
    ----------
    x : array_like, any shape
    low, high : float, default -1.0 and 1.0
        With ``low < high``.

    Returns
    -------
    y : ndarray, shape of `x`
        ``min(max(x, low), high)``, so NaN stays NaN.

    References
    ----------
    .. [1] R. Collobert, "Large scale machine learning", PhD thesis, Université Paris VI, 2004,
       section 3.2.

    Examples
    --------
    >>> hard_tanh([-3.0, 0.25, 3.0, np.nan])
    array([-1.  ,  0.25,  1.  ,   nan])
    """
    return np.clip(float64(x), low, high)


def hard_tanh_backward(
    dy: ArrayLike, y: ArrayLike, low: float = -1.0, high: float = 1.0
) -> np.ndarray:
    """Give the gradient of `hard_tanh`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `hard_tanh`, and that output.
    low, high : float, default -1.0 and 1.0
        As given to `hard_tanh`.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``0 if y <= low or y >= high else dy``.

    Examples
    --------
    >>> hard_tanh_backward([4.0, 4.0, 4.0], [-1.0, 0.25, 1.0])
    array([0., 4., 0.])
    """
    y = float64(y)
    return np.where((y <= low) | (y >= high), 0.0, float64(dy))


def relu6(x: ArrayLike) -> np.ndarray:
    """Rectify, and cut off what is above 6.

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    y : ndarray, shape of `x`
        ``min(max(x, 0), 6)``, so NaN stays NaN.

    References
    ----------
    .. [1] A. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010, section 2.1.

    Examples
    --------
    >>> relu6([-3.0, 2.0, 9.0, np.nan])
    array([ 0.,  2.,  6., nan])
    """
    return hard_tanh(x, 0.0, 6.0)


def relu6_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Give the gradient of `relu6`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `relu6`, and that output.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``0 if y <= 0 or y >= 6 else dy``.

    Examples
    --------
    >>> relu6_backward([4.0, 4.0, 4.0], [0.0, 2.0, 6.0])
    array([0., 4., 0.])
    """
    return hard_tanh_backward(dy, y, 0.0, 6.0)


def hard_sigmoid(x: ArrayLike) -> np.ndarray:
    """Squash every element into [0, 1] along a straight line.

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    y : ndarray, shape of `x`
        ``relu6(x + 3) / 6``.

    References
    ----------
    .. [1] A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2. Not the older
       ``clip(0.2 * x + 0.5, 0, 1)`` of the same name.

    Examples
    --------
    >>> hard_sigmoid([-9.0, 0.0, 9.0])
    array([0. , 0.5, 1. ])
    """
    return relu6(float64(x) + 3) / 6


def hard_sigmoid_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Give the gradient of `hard_sigmoid`.

    Parameters
    ----------
    dy, y : array_like, same shape
        Gradient of the loss with respect to the output of `hard_sigmoid`, and that output.

    Returns
    -------
    dx : ndarray, shape of `y`
        ``0 if y <= 0 or y >= 1 else dy / 6``.

    Examples
    --------
    >>> hard_sigmoid_backward([6.0, 6.0, 6.0], [0.0, 0.5, 1.0])
    array([0., 1., 0.])
    """
    return hard_tanh_backward(dy, y, 0.0, 1.0) / 6


def hard_swish(x: ArrayLike) -> np.ndarray:
    """Gate every element by its `hard_sigmoid`.

    Parameters
    ----------
    x : array_like, any shape

    Returns
    -------
    y : ndarray, shape of `x`
        ``x * hard_sigmoid(x)``, and 0 at minus infinity.

    References
    ----------
    .. [1] A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2.

    Examples
    --------
    >>> hard_swish([-np.inf, -1.5, 0.0, 9.0])
    array([-0.   , -0.375,  0.   ,  9.   ])
    """
    return np.maximum(float64(x), -3) * hard_sigmoid(x)


def hard_swish_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `hard_swish`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output.
    x : array_like
        As given to `hard_swish`.

    Returns
    -------
    dx : ndarray, shape of `x`
        ``dy * (x / 3 + 1 / 2)`` between -3 and 3, 0 below, `dy` above.

    Examples
    --------
    >>> hard_swish_backward([4.0, 4.0, 4.0], [-3.0, 0.0, 3.0])
    array([0., 2., 4.])
    """
    x, dy = float64(x), float64(dy)
    return np.where(x <= -3, 0.0, np.where(x >= 3, dy, dy * (x / 3 + 0.5)))
