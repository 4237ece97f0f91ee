"""Convolution over one axis, and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding
from fastcnn.reference.cast import float64
from fastcnn.reference.correlate import correlate, correlate_backward


def conv1d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    groups: int = 1,
    flip: bool = False,
) -> np.ndarray:
    """Convolve series with a bank of filters: `conv2d` over one axis.

    Parameters
    ----------
    x : array_like, shape (n, iw, ic)
    w : array_like, shape (k, ic / groups, oc)
    b : array_like, shape (oc,), optional
        Bias.
    stride, padding, dilation, groups, flip
        As of `conv2d`, "causal" too.

    Returns
    -------
    y : ndarray, shape (n, ow, oc)

    Notes
    -----
    With zero for all outside of `x`, in one group and without `flip`::

        y[n, q, o] = b[o] + sum over j, c of x[n, q * s + j * d - left, c] * w[j, c, o]

    References
    ----------
    .. [1] A. Waibel et al., "Phoneme recognition using time-delay neural networks", IEEE
       Transactions on Acoustics, Speech, and Signal Processing 37, 1989, section III.
    .. [2] A. van den Oord et al., "WaveNet: a generative model for raw audio",
       arXiv:1609.03499, 2016, section 2.1 (causal padding).

    Examples
    --------
    >>> conv1d([[[1], [2], [3]]], [[[1]], [[10]]])[0, :, 0]
    array([21., 32.])
    >>> conv1d([[[1], [2], [3]]], [[[1]], [[10]]], padding="causal")[0, :, 0]
    array([10., 21., 32.])
    """
    y = correlate(x, w, stride, padding, dilation, groups, flip)
    return y if b is None else y + float64(b)


def conv1d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    groups: int = 1,
    flip: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `conv1d`.

    Parameters
    ----------
    dy : array_like, shape (n, ow, oc)
        Gradient of the loss with respect to the output.
    x, w, stride, padding, dilation, groups, flip
        As given to `conv1d`.

    Returns
    -------
    dx : ndarray, shape of `x`
    dw : ndarray, shape of `w`
    db : ndarray, shape (oc,)

    Examples
    --------
    >>> dx, dw, db = conv1d_backward([[[1], [1]]], [[[1], [2], [3]]], [[[1]], [[10]]])
    >>> dx[0, :, 0], dw[:, 0, 0], db
    (array([ 1., 11., 10.]), array([3., 5.]), array([2.]))
    """
    dx, dw = correlate_backward(dy, x, w, stride, padding, dilation, groups, flip)
    return dx, dw, float64(dy).sum(axis=(0, 1))
