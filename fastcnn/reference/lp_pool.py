"""Pooling by the p-norm, and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding
from fastcnn.reference.cast import float64
from fastcnn.reference.pool import pool_windows
from fastcnn.reference.window import Axes


def lp_pool2d(
    x: ArrayLike,
    size: Axes,
    stride: Axes | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    p: float = 2.0,
) -> np.ndarray:
    """Give the p-norm of every window, channel by channel.

    Parameters
    ----------
    x, size, stride, padding, ceil_mode
        As for `max_pool2d`. Padding counts as zeros.
    p : float, default 2
        At least 1.

    Returns
    -------
    y : ndarray, shape (n, oh, ow, c)

    Notes
    -----
    ::

        y[n, a, b, c] = (sum over i, j of |x[n, a * sh + i - top, b * sw + j - left, c]|^p)^(1/p)

    Powers are those of quotients by the largest pixel of the window, so that none overflows.

    References
    ----------
    .. [1] P. Sermanet, S. Chintala and Y. LeCun, "Convolutional neural networks applied to house
       numbers digit classification", ICPR 2012, section 2.2.

    Examples
    --------
    >>> lp_pool2d(np.array([3, 0, 0, -4]).reshape(1, 2, 2, 1), 2).ravel()
    array([5.])
    """
    x = float64(x)
    windows = pool_windows(x, size, stride, padding, ceil_mode)
    xp = np.abs(windows.pad(x))  # (n, top + ih + bottom, left + iw + right, c)
    largest = np.zeros((len(x), *windows.outputs, x.shape[-1]))
    for _, at in windows.taps():
        largest = np.maximum(largest, xp[at])
    unit = np.where((largest > 0) & (largest < np.inf), largest, 1.0)
    total = np.zeros_like(largest)
    for _, at in windows.taps():
        total += (xp[at] / unit) ** p
    return unit * total ** (1 / p)


def lp_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Axes,
    stride: Axes | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    p: float = 2.0,
) -> np.ndarray:
    """Give the gradient of `lp_pool2d`; where a norm is 0, which has a corner there, 0.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output of `lp_pool2d`.
    x, size, stride, padding, ceil_mode, p
        As given to `lp_pool2d`.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, c)

    Notes
    -----
    ::

        dx[pixel] = sum over the windows of the pixel of
                    dy[window] * sign(x[pixel]) * (|x[pixel]| / y[window])^(p - 1)

    Examples
    --------
    >>> x = np.array([3, 0, 0, -4]).reshape(1, 2, 2, 1)
    >>> lp_pool2d_backward([[[[5.0]]]], x, 2).ravel()
    array([ 3.,  0.,  0., -4.])
    """
    dy = float64(dy)
    x = float64(x)
    windows = pool_windows(x, size, stride, padding, ceil_mode)
    y = lp_pool2d(x, size, stride, padding, ceil_mode, p)
    xp = windows.pad(x)  # (n, top + ih + bottom, left + iw + right, c)
    dxp = np.zeros_like(xp)
    for _, at in windows.taps():
        slope = np.sign(xp[at]) * (np.abs(xp[at]) / np.where(y == 0, 1, y)) ** (p - 1)
        dxp[at] += np.where(y == 0, 0, dy * slope)
    return windows.crop(dxp)


# They take any number of axes: x is (n, w, c), (n, h, w, c) or (n, d, h, w, c).
lp_pool1d = lp_pool3d = lp_pool2d
lp_pool1d_backward = lp_pool3d_backward = lp_pool2d_backward
