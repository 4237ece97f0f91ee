"""Elementwise non-linearities, and their gradients from the output."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import run
from fastcnn.kernels import gate
from fastcnn.kernels.activation import ActivationBackward, ActivationForward


def relu(x: ArrayLike) -> np.ndarray:
    """``max(x, 0)``, element by element; NaN stays NaN (Nair & Hinton, 2010).

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.relu([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    """
    return _forward("relu", 0.0, x)


def relu_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `relu` from its output: `dy` where ``y > 0``, else 0.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.relu_backward([5.0, 5.0], [0.0, 2.0])
    array([0., 5.], dtype=float32)
    """
    return _backward("relu", 0.0, dy, y)


def leaky_relu(x: ArrayLike, slope: float = 0.01) -> np.ndarray:
    """``x`` where ``x >= 0``, else ``slope * x`` (Maas et al., 2013); ``0 <= slope <= 1``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.leaky_relu([-1.0, 2.0], slope=0.5)
    array([-0.5,  2. ], dtype=float32)
    """
    return _forward("leaky_relu", gate.real(slope, "slope", 0, 1), x)


def leaky_relu_backward(dy: ArrayLike, y: ArrayLike, slope: float = 0.01) -> np.ndarray:
    """Gradient of `leaky_relu` from its output: ``slope * dy`` where ``y <= 0``, else `dy`.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.leaky_relu_backward([4.0, 4.0], [-0.5, 2.0], slope=0.5)
    array([2., 4.], dtype=float32)
    """
    return _backward("leaky_relu", gate.real(slope, "slope", 0, 1), dy, y)


def sigmoid(x: ArrayLike) -> np.ndarray:
    """``1 / (1 + exp(-x))``, element by element.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.sigmoid([0.0])
    array([0.5], dtype=float32)
    """
    return _forward("sigmoid", 0.0, x)


def sigmoid_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `sigmoid` from its output: ``dy * y * (1 - y)``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.sigmoid_backward([4.0], [0.5])
    array([1.], dtype=float32)
    """
    return _backward("sigmoid", 0.0, dy, y)


def tanh(x: ArrayLike) -> np.ndarray:
    """Hyperbolic tangent, element by element.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.tanh([0.0])
    array([0.], dtype=float32)
    """
    return _forward("tanh", 0.0, x)


def tanh_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `tanh` from its output: ``dy * (1 - y^2)``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.tanh_backward([4.0], [0.5])
    array([3.], dtype=float32)
    """
    return _backward("tanh", 0.0, dy, y)


def _forward(function: str, slope: float, x: ArrayLike) -> np.ndarray:
    x = gate.floats(x, "x")
    gate.sized(x.shape, "x")
    y = np.empty_like(x)
    run(ActivationForward(function, slope, x, y))
    return y


def _backward(function: str, slope: float, dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    y = gate.floats(y, "y")
    gate.sized(y.shape, "y")
    dy = gate.match(dy, "dy", y.shape)
    dx = np.empty_like(y)
    run(ActivationBackward(function, slope, dy, y, dx))
    return dx
