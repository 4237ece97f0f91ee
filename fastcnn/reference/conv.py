"""Convolution and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Pair
from fastcnn.reference.cast import float64
from fastcnn.reference.window import slide


def conv2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
    flip: bool = False,
) -> np.ndarray:
    """Convolve images with a bank of filters.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, ic)
        Images.
    w : array_like, shape (kh, kw, ic / groups, oc)
        Filters. The channels fall into `groups` blocks of equal size, and the outputs of a block
        see only the inputs of the same block.
    b : array_like, shape (oc,), optional
        Bias.
    stride, dilation : int or pair of ints, default 1
        Pixels from one window to the next, and from one tap to the next.
    padding : str, int, pair or pair of pairs, default "valid"
        Zeros around the images; see `fastcnn.arithmetic.padding_amounts`.
    groups : int, default 1
        Number of blocks; it divides `ic` and `oc`.
    flip : bool, default False
        Rotate the filters by 180 degrees: convolution in the sense of mathematics. Without it
        this is cross-correlation, which is what neural networks call convolution.

    Returns
    -------
    y : ndarray, shape (n, oh, ow, oc)

    Notes
    -----
    With zero for every pixel outside of `x`, in one group and without `flip`::

        y[n, p, q, o] = b[o] + sum over i, j, c of
            x[n, p * sh + i * dh - top, q * sw + j * dw - left, c] * w[i, j, c, o]

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press, 2016,
       section 9.5, equations 9.7 and 9.8.
    .. [2] A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep
       convolutional neural networks", NIPS 2012, section 3.5 (groups).
    .. [3] F. Yu and V. Koltun, "Multi-scale context aggregation by dilated convolutions",
       ICLR 2016, section 2 (dilation).

    Examples
    --------
    >>> x = np.arange(9).reshape(1, 3, 3, 1)
    >>> w = np.arange(4).reshape(2, 2, 1, 1)
    >>> conv2d(x, w)[0, :, :, 0]
    array([[19., 25.],
           [37., 43.]])
    """
    x = float64(x)
    w = _oriented(float64(w), flip)
    kh, kw, _, oc = w.shape
    windows = slide(x.shape[1:3], (kh, kw), stride, padding, dilation)
    xp = windows.pad(x)  # (n, top + ih + bottom, left + iw + right, ic)
    y = np.zeros((len(x), *windows.outputs, oc))
    for c, o in _blocks(w.shape, groups):
        for tap, at in windows.taps():
            y[..., o] += xp[*at, c] @ w[*tap, :, o]
    return y if b is None else y + float64(b)


def conv2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
    flip: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `conv2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, oc)
        Gradient of the loss with respect to the output of `conv2d`.
    x, w, stride, padding, dilation, groups, flip
        As given to `conv2d`.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, ic)
    dw : ndarray, shape (kh, kw, ic / groups, oc)
    db : ndarray, shape (oc,)

    Notes
    -----
    Every product ``x * w`` in the formula of `conv2d` hands ``dy * w`` to its pixel and
    ``dy * x`` to its weight::

        dx[n, p * sh + i * dh - top, q * sw + j * dw - left, c] += dy[n, p, q, o] * w[i, j, c, o]
        dw[i, j, c, o] = sum over n, p, q of
            dy[n, p, q, o] * x[n, p * sh + i * dh - top, q * sw + j * dw - left, c]
        db[o] = sum over n, p, q of dy[n, p, q, o]

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press, 2016,
       section 9.5, equations 9.11 and 9.13.

    Examples
    --------
    >>> x = np.arange(9).reshape(1, 3, 3, 1)
    >>> w = np.arange(4).reshape(2, 2, 1, 1)
    >>> dx, dw, db = conv2d_backward(np.ones((1, 2, 2, 1)), x, w)
    >>> dx[0, :, :, 0]
    array([[0., 1., 1.],
           [2., 6., 4.],
           [2., 5., 3.]])
    >>> dw[:, :, 0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    >>> db
    array([4.])
    """
    dy = float64(dy)
    x = float64(x)
    w = _oriented(float64(w), flip)
    kh, kw, _, _ = w.shape
    windows = slide(x.shape[1:3], (kh, kw), stride, padding, dilation)
    xp = windows.pad(x)  # (n, top + ih + bottom, left + iw + right, ic)
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    for c, o in _blocks(w.shape, groups):
        for tap, at in windows.taps():
            dxp[*at, c] += dy[..., o] @ w[*tap, :, o].T
            dw[*tap, :, o] = np.einsum("npqc,npqo->co", xp[*at, c], dy[..., o])
    return windows.crop(dxp), _oriented(dw, flip), dy.sum(axis=(0, 1, 2))


def _oriented(w: np.ndarray, flip: bool) -> np.ndarray:
    """Rotate the filters w (kh, kw, ic / groups, oc) by 180 degrees if `flip`."""
    return w[::-1, ::-1] if flip else w


def _blocks(shape: tuple[int, ...], groups: int) -> list[tuple[slice, slice]]:
    """Give each group's input and output channels for weights of the `shape` HWIO."""
    ic, oc = shape[2], shape[3] // groups  # channels of one group
    return [(slice(g * ic, (g + 1) * ic), slice(g * oc, (g + 1) * oc)) for g in range(groups)]
