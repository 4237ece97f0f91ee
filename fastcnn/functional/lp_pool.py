"""Pooling by the p-norm, and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Pair, Triple
from fastcnn.functional.pool import Single
from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate
from fastcnn.kernels.pool import LpPoolBackward, LpPoolForward


def lp_pool2d(
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    p: float = 2.0,
) -> np.ndarray:
    """Take the p-norm of each window, channel by channel.

    Parameters
    ----------
    x, size, stride, padding, ceil_mode
        As in `max_pool2d`. Padding counts as zeros.
    p : float, default 2
        1 to 1000.

    Returns
    -------
    y : ndarray of float32, shape (n, oh, ow, c)
        ``(sum |x|^p)^(1/p)`` over each window.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    References
    ----------
    .. [1] P. Sermanet, S. Chintala and Y. LeCun, "Convolutional neural networks applied to house
       numbers digit classification", ICPR 2012, section 2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.lp_pool2d(np.array([3, 0, 0, -4]).reshape(1, 2, 2, 1), 2).ravel()
    array([5.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return _norms(x, gate.pooling(x.shape, size, stride, padding, ceil_mode), gate.power(p))[-1]


def lp_pool1d(
    x: ArrayLike,
    size: Single,
    stride: Single | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    p: float = 2.0,
) -> np.ndarray:
    """Take the p-norm of each window of sequences x (n, w, c), as `lp_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.lp_pool1d(np.array([3, -4, 1, 2]).reshape(1, 4, 1), 2, p=1).ravel()
    array([7., 3.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return _norms(x, gate.pooling(x.shape, size, stride, padding, ceil_mode), gate.power(p))[-1]


def lp_pool3d(
    x: ArrayLike,
    size: Triple,
    stride: Triple | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    p: float = 2.0,
) -> np.ndarray:
    """Take the p-norm of each window of volumes x (n, d, h, w, c), as `lp_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.lp_pool3d(np.ones((1, 1, 2, 2, 1)), (1, 2, 2)).ravel()
    array([2.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return _norms(x, gate.pooling(x.shape, size, stride, padding, ceil_mode), gate.power(p))[-1]


def lp_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    p: float = 2.0,
) -> np.ndarray:
    """Give the gradient of `lp_pool2d`: 0 where a norm is 0.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output.
    x, size, stride, padding, ceil_mode, p
        As given to `lp_pool2d`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`
        The sum of ``dy * sign(x) * (|x| / y)^(p - 1)`` over the windows of each pixel.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.array([3, 0, 0, -4]).reshape(1, 2, 2, 1)
    >>> F.lp_pool2d_backward([[[[5.0]]]], x, 2).ravel()
    array([ 3.,  0.,  0., -4.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    s = gate.pooling(x.shape, size, stride, padding, ceil_mode)
    return _backward(dy, x, s, gate.power(p))


def lp_pool1d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Single,
    stride: Single | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    p: float = 2.0,
) -> np.ndarray:
    """Give the gradient of `lp_pool1d`, as `lp_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.array([3, -4, 0, 2]).reshape(1, 4, 1)
    >>> F.lp_pool1d_backward(np.ones((1, 2, 1)), x, 2, p=1).ravel()
    array([ 1., -1.,  0.,  1.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    s = gate.pooling(x.shape, size, stride, padding, ceil_mode)
    return _backward(dy, x, s, gate.power(p))


def lp_pool3d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Triple,
    stride: Triple | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    p: float = 2.0,
) -> np.ndarray:
    """Give the gradient of `lp_pool3d`, as `lp_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.ones((1, 1, 2, 2, 1))
    >>> F.lp_pool3d_backward(np.ones((1, 1, 1, 1, 1)), x, (1, 2, 2)).ravel()
    array([0.5, 0.5, 0.5, 0.5], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    s = gate.pooling(x.shape, size, stride, padding, ceil_mode)
    return _backward(dy, x, s, gate.power(p))


def _norms(x: np.ndarray, s: gate.Pooling, p: float) -> list[np.ndarray]:
    """x and what each step gives; the last of the shape of the output."""
    arrays = [x]
    for step in s.steps:
        y = empty(step.y_shape)
        run(LpPoolForward(step, p, arrays[-1].reshape(step.x_shape), y))
        arrays.append(y)
    arrays[-1] = arrays[-1].reshape(s.y_shape)
    return arrays


def _backward(dy: ArrayLike, x: np.ndarray, s: gate.Pooling, p: float) -> np.ndarray:
    dx = gate.match(dy, "dy", s.y_shape)
    arrays = _norms(x, s, p)
    for i, step in reversed(list(enumerate(s.steps))):
        given, dx = dx.reshape(step.y_shape), empty(step.x_shape)
        x, y = arrays[i].reshape(step.x_shape), arrays[i + 1].reshape(step.y_shape)
        run(LpPoolBackward(step, p, given, x, y, dx))
    return dx.reshape(s.x_shape)
