"""Convolution over three axes, and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Triple
from fastcnn.reference.cast import float64
from fastcnn.reference.correlate import correlate, correlate_backward


def conv3d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: Triple = 1,
    padding: Padding = "valid",
    dilation: Triple = 1,
    groups: int = 1,
    flip: bool = False,
) -> np.ndarray:
    """Convolve volumes, such as videos, with a bank of filters: `conv2d` over three axes.

    Parameters
    ----------
    x : array_like, shape (n, id, ih, iw, ic)
    w : array_like, shape (kd, kh, kw, ic / groups, oc)
    b : array_like, shape (oc,), optional
        Bias.
    stride, padding, dilation, groups, flip
        As of `conv2d`.

    Returns
    -------
    y : ndarray, shape (n, od, oh, ow, oc)

    Notes
    -----
    With zero for all outside of `x`, in one group and without `flip`::

        y[n, r, p, q, o] = b[o] + sum over l, i, j, c of w[l, i, j, c, o] *
            x[n, r * sd + l * dd - front, p * sh + i * dh - top, q * sw + j * dw - left, c]

    References
    ----------
    .. [1] S. Ji, W. Xu, M. Yang and K. Yu, "3D convolutional neural networks for human action
       recognition", ICML 2010, equation 2.

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.arange(8).reshape(1, 2, 2, 2, 1), np.ones((2, 1, 1, 1, 1))
    >>> conv3d(x, w)[0, 0, :, :, 0]
    array([[ 4.,  6.],
           [ 8., 10.]])
    """
    y = correlate(x, w, stride, padding, dilation, groups, flip)
    return y if b is None else y + float64(b)


def conv3d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Triple = 1,
    padding: Padding = "valid",
    dilation: Triple = 1,
    groups: int = 1,
    flip: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `conv3d`.

    Parameters
    ----------
    dy : array_like, shape (n, od, oh, ow, oc)
        Gradient of the loss with respect to the output.
    x, w, stride, padding, dilation, groups, flip
        As given to `conv3d`.

    Returns
    -------
    dx : ndarray, shape of `x`
    dw : ndarray, shape of `w`
    db : ndarray, shape (oc,)

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.arange(8).reshape(1, 2, 2, 2, 1), np.ones((2, 1, 1, 1, 1))
    >>> dx, dw, db = conv3d_backward(np.ones((1, 1, 2, 2, 1)), x, w)
    >>> dw[:, 0, 0, 0, 0], db
    (array([ 6., 22.]), array([4.]))
    """
    dx, dw = correlate_backward(dy, x, w, stride, padding, dilation, groups, flip)
    return dx, dw, float64(dy).sum(axis=(0, 1, 2, 3))
