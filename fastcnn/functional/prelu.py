"""Rectified linear units with a slope for each channel, and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate
from fastcnn.kernels.prelu import PReluBackward, PReluForward


def prelu(x: ArrayLike, slope: ArrayLike) -> np.ndarray:
    """``x`` where ``x >= 0``, else ``slope * x``, with a slope for each channel.

    He, Zhang, Ren & Sun, "Delving Deep into Rectifiers", ICCV 2015, equation 1. NaN stays NaN.

    Parameters
    ----------
    x : array_like, shape (n, ..., c)
    slope : array_like, shape (c,)

    Returns
    -------
    y : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.prelu([[-4.0, -4.0], [3.0, 5.0]], slope=[0.25, 0.5])
    array([[-1., -2.],
           [ 3.,  5.]], dtype=float32)
    """
    x = gate.floats(x, "x")
    s = gate.rows(x.shape, "x")
    slope, y = gate.match(slope, "slope", (s.c,)), empty((s.rows, s.c))
    run(PReluForward(s, x.reshape(s.rows, s.c), slope, y))
    return y.reshape(x.shape)


def prelu_backward(dy: ArrayLike, x: ArrayLike, slope: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Give the gradients of `prelu`.

    Parameters
    ----------
    dy : array_like, shape of `x`
        Gradient of the loss with respect to the output.
    x, slope
        As given to `prelu`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`
        `dy` where ``x > 0``, else ``slope * dy``.
    dslope : ndarray of float32, shape (c,)
        The sum of ``dy * x`` over all that is not positive (equations 2 and 3).

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> dx, dslope = F.prelu_backward([[8.0], [8.0]], [[-3.0], [5.0]], slope=[0.25])
    >>> dslope
    array([-24.], dtype=float32)
    """
    x = gate.floats(x, "x")
    s = gate.rows(x.shape, "x")
    dy, slope = gate.match(dy, "dy", x.shape), gate.match(slope, "slope", (s.c,))
    shape = s.rows, s.c
    dx, dslope = empty(shape), empty((s.c,))
    run(PReluBackward(s, dy.reshape(shape), x.reshape(shape), slope, dx, dslope))
    return dx.reshape(x.shape), dslope
