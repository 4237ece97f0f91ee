"""Elementwise non-linearities, and their gradients from the output, or else from the input."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import run
from fastcnn.kernels import gate
from fastcnn.kernels.activation import READS, ActivationBackward, ActivationForward

# The settings of a function without settings.
NONE = (0.0, 0.0)


def relu(x: ArrayLike) -> np.ndarray:
    """``max(x, 0)``, element by element; NaN stays NaN (Nair & Hinton, 2010).

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.relu([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    """
    return _forward("relu", NONE, x)


def relu_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `relu` from its output: `dy` where ``y > 0``, else 0.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.relu_backward([5.0, 5.0], [0.0, 2.0])
    array([0., 5.], dtype=float32)
    """
    return _backward("relu", NONE, dy, y)


def leaky_relu(x: ArrayLike, slope: float = 0.01) -> np.ndarray:
    """``x`` where ``x >= 0``, else ``slope * x`` (Maas et al., 2013); ``0 <= slope <= 1``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.leaky_relu([-1.0, 2.0], slope=0.5)
    array([-0.5,  2. ], dtype=float32)
    """
    return _forward("leaky_relu", (gate.real(slope, "slope", 0, 1), 0.0), x)


def leaky_relu_backward(dy: ArrayLike, y: ArrayLike, slope: float = 0.01) -> np.ndarray:
    """Gradient of `leaky_relu` from its output: ``slope * dy`` where ``y <= 0``, else `dy`.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.leaky_relu_backward([4.0, 4.0], [-0.5, 2.0], slope=0.5)
    array([2., 4.], dtype=float32)
    """
    return _backward("leaky_relu", (gate.real(slope, "slope", 0, 1), 0.0), dy, y)


def sigmoid(x: ArrayLike) -> np.ndarray:
    """``1 / (1 + exp(-x))``, element by element.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.sigmoid([0.0])
    array([0.5], dtype=float32)
    """
    return _forward("sigmoid", NONE, x)


def sigmoid_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `sigmoid` from its output: ``dy * y * (1 - y)``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.sigmoid_backward([4.0], [0.5])
    array([1.], dtype=float32)
    """
    return _backward("sigmoid", NONE, dy, y)


def tanh(x: ArrayLike) -> np.ndarray:
    """Hyperbolic tangent, element by element.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.tanh([0.0])
    array([0.], dtype=float32)
    """
    return _forward("tanh", NONE, x)


def tanh_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `tanh` from its output: ``dy * (1 - y^2)``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.tanh_backward([4.0], [0.5])
    array([3.], dtype=float32)
    """
    return _backward("tanh", NONE, dy, y)


def elu(x: ArrayLike, alpha: float = 1.0) -> np.ndarray:
    """``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)`` (Clevert et al., 2016); ``alpha >= 0``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.elu([-1000.0, 2.0], alpha=0.5)
    array([-0.5,  2. ], dtype=float32)
    """
    return _forward("elu", (gate.real(alpha, "alpha", 0), 0.0), x)


def elu_backward(dy: ArrayLike, y: ArrayLike, alpha: float = 1.0) -> np.ndarray:
    """Gradient of `elu` from its output: `dy` where ``y > 0``, else ``dy * (y + alpha)``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.elu_backward([4.0, 4.0], [-0.25, 2.0], alpha=0.5)
    array([1., 4.], dtype=float32)
    """
    return _backward("elu", (gate.real(alpha, "alpha", 0), 0.0), dy, y)


def softplus(x: ArrayLike, beta: float = 1.0) -> np.ndarray:
    """``log(1 + exp(beta * x)) / beta`` (Dugas et al., 2000); `beta` is positive.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.softplus([-1000.0, 1000.0])
    array([   0., 1000.], dtype=float32)
    """
    return _forward("softplus", (gate.real(beta, "beta", gate.SMALLEST_FLOAT), 0.0), x)


def softplus_backward(dy: ArrayLike, y: ArrayLike, beta: float = 1.0) -> np.ndarray:
    """Gradient of `softplus` from its output: ``dy * (1 - exp(-beta * y))``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.softplus_backward([4.0], [100.0])
    array([4.], dtype=float32)
    """
    return _backward("softplus", (gate.real(beta, "beta", gate.SMALLEST_FLOAT), 0.0), dy, y)


def hard_tanh(x: ArrayLike, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    """``min(max(x, low), high)``, with ``low < high``; NaN stays NaN (Collobert, 2004).

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.hard_tanh([-3.0, 0.25, 3.0])
    array([-1.  ,  0.25,  1.  ], dtype=float32)
    """
    return _forward("hard_tanh", gate.interval(low, high), x)


def hard_tanh_backward(
    dy: ArrayLike, y: ArrayLike, low: float = -1.0, high: float = 1.0
) -> np.ndarray:
    """Gradient of `hard_tanh` from its output: `dy` where ``low < y < high``, else 0.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.hard_tanh_backward([4.0, 4.0, 4.0], [-1.0, 0.25, 1.0])
    array([0., 4., 0.], dtype=float32)
    """
    return _backward("hard_tanh", gate.interval(low, high), dy, y)


def relu6(x: ArrayLike) -> np.ndarray:
    """``min(max(x, 0), 6)``; NaN stays NaN (Krizhevsky, 2010).

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.relu6([-3.0, 2.0, 9.0])
    array([0., 2., 6.], dtype=float32)
    """
    return _forward("hard_tanh", (0.0, 6.0), x)


def relu6_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `relu6` from its output: `dy` where ``0 < y < 6``, else 0.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.relu6_backward([4.0, 4.0, 4.0], [0.0, 2.0, 6.0])
    array([0., 4., 0.], dtype=float32)
    """
    return _backward("hard_tanh", (0.0, 6.0), dy, y)


def hard_sigmoid(x: ArrayLike) -> np.ndarray:
    """``min(max(x + 3, 0), 6) / 6`` (Howard et al., 2019).

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.hard_sigmoid([-9.0, 0.0, 9.0])
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return _forward("hard_sigmoid", NONE, x)


def hard_sigmoid_backward(dy: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient of `hard_sigmoid` from its output: ``dy / 6`` where ``0 < y < 1``, else 0.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.hard_sigmoid_backward([6.0, 6.0, 6.0], [0.0, 0.5, 1.0])
    array([0., 1., 0.], dtype=float32)
    """
    return _backward("hard_sigmoid", NONE, dy, y)


def hard_swish(x: ArrayLike) -> np.ndarray:
    """``x * hard_sigmoid(x)`` (Howard et al., 2019).

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.hard_swish([-9.0, -1.5, 9.0])
    array([-0.   , -0.375,  9.   ], dtype=float32)
    """
    return _forward("hard_swish", NONE, x)


def hard_swish_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Gradient of `hard_swish`: ``dy * (x / 3 + 1 / 2)`` from -3 to 3, 0 below, `dy` above.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.hard_swish_backward([4.0, 4.0, 4.0], [-3.0, 0.0, 3.0])
    array([0., 2., 4.], dtype=float32)
    """
    return _backward("hard_swish", NONE, dy, x)


def silu(x: ArrayLike) -> np.ndarray:
    """``x * sigmoid(x)``, also called swish (Elfwing et al., 2018).

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.silu([-1000.0, 0.0, 1000.0])
    array([   0.,    0., 1000.], dtype=float32)
    """
    return _forward("silu", NONE, x)


def silu_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Gradient of `silu`: ``dy * sigmoid(x) * (1 + x * sigmoid(-x))``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.silu_backward([2.0, 2.0], [0.0, 1000.0])
    array([1., 2.], dtype=float32)
    """
    return _backward("silu", NONE, dy, x)


def gelu(x: ArrayLike, approximate: str = "none") -> np.ndarray:
    """``x * cdf(x)`` with the normal distribution (Hendrycks & Gimpel, 2016); with "tanh"
    ``x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))``.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.gelu([-1000.0, 0.0, 1000.0])
    array([   0.,    0., 1000.], dtype=float32)
    """
    return _forward(gate.gelu(approximate), NONE, x)


def gelu_backward(dy: ArrayLike, x: ArrayLike, approximate: str = "none") -> np.ndarray:
    """Gradient of `gelu`: ``dy * (cdf(x) + x * pdf(x))``, or the derivative of the approximation.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.gelu_backward([2.0], [1000.0])
    array([2.], dtype=float32)
    """
    return _backward(gate.gelu(approximate), NONE, dy, x)


def _forward(function: str, settings: tuple[float, float], x: ArrayLike) -> np.ndarray:
    x = gate.floats(x, "x")
    gate.sized(x.shape, "x")
    y = np.empty_like(x)
    run(ActivationForward(function, settings, x, y))
    return y


def _backward(
    function: str, settings: tuple[float, float], dy: ArrayLike, kept: ArrayLike
) -> np.ndarray:
    name = READS[function]
    kept = gate.floats(kept, name)
    gate.sized(kept.shape, name)
    dy = gate.match(dy, "dy", kept.shape)
    dx = np.empty_like(kept)
    run(ActivationBackward(function, settings, *map(np.atleast_1d, (dy, kept, dx))))
    return dx
