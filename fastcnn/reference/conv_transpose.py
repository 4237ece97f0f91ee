"""Transposed convolutions over one, two and three axes, and their gradients."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Pair, Triple, padding_amounts, per_axis, transposed_size
from fastcnn.reference.cast import float64
from fastcnn.reference.positions import blocks, crop, oriented, pad, positions


def conv_transpose2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: Pair = 1,
    padding: Padding = "valid",
    output_padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
    flip: bool = False,
) -> np.ndarray:
    """Convolve the other way round: each pixel of x adds its multiple of a filter to y.

    The linear map is that by which `conv2d` with the same filters, from y to x, sends gradients
    back; hence the order of the weights' channels, and the settings, which are those of that
    convolution.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, ic)
    w : array_like, shape (kh, kw, oc / groups, ic)
        Filters. PyTorch's weights (ic, oc / groups, kh, kw) are ``w.transpose(3, 2, 0, 1)``.
    b : array_like, shape (oc,), optional
        Bias.
    stride : int or pair of ints, default 1
        Pixels of y from one window to the next.
    padding : str, int, pair or pair of pairs, default "valid"
        Pixels that are cut off all around y; "same" and "same_lower" leave stride * input.
    output_padding : int or pair of ints, default 0
        Rows and columns more at the end, each below the stride; 0 with "same".
    dilation, groups, flip
        As of `conv2d`.

    Returns
    -------
    y : ndarray, shape (n, oh, ow, oc)
        ``oh = sh * (ih - 1) + dh * (kh - 1) + 1 - top - bottom + output_padding``.

    Notes
    -----
    In one group and without `flip`::

        y[n, p * sh + i * dh - top, q * sw + j * dw - left, o] += x[n, p, q, c] * w[i, j, o, c]

    References
    ----------
    .. [1] M. D. Zeiler, D. Krishnan, G. W. Taylor and R. Fergus, "Deconvolutional networks",
       CVPR 2010.
    .. [2] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
       arXiv:1603.07285, 2016, chapter 4.

    Examples
    --------
    >>> x, w = np.array([[1, 2]]).reshape(1, 1, 2, 1), np.arange(1, 5).reshape(2, 2, 1, 1)
    >>> conv_transpose2d(x, w)[0, :, :, 0]
    array([[ 1.,  4.,  4.],
           [ 3., 10.,  8.]])
    """
    return _transpose(x, w, b, flip, stride, padding, output_padding, dilation, groups)


def conv_transpose2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Pair = 1,
    padding: Padding = "valid",
    output_padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
    flip: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `conv_transpose2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, oc)
        Gradient of the loss with respect to the output.
    x, w, stride, padding, output_padding, dilation, groups, flip
        As given to `conv_transpose2d`.

    Returns
    -------
    dx : ndarray, shape of `x`
    dw : ndarray, shape of `w`
    db : ndarray, shape (oc,)
    """
    return _transpose_backward(dy, x, w, flip, stride, padding, output_padding, dilation, groups)


def conv_transpose1d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: int = 1,
    padding: Padding = "valid",
    output_padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
    flip: bool = False,
) -> np.ndarray:
    """Convolve the other way round over one axis; see `conv_transpose2d`.

    Parameters
    ----------
    x : array_like, shape (n, iw, ic)
    w : array_like, shape (k, oc / groups, ic)
    b : array_like, shape (oc,), optional
    stride, padding, output_padding, dilation, groups, flip
        As of `conv_transpose2d`.

    Returns
    -------
    y : ndarray, shape (n, ow, oc)
    """
    return _transpose(x, w, b, flip, stride, padding, output_padding, dilation, groups)


def conv_transpose1d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int = 1,
    padding: Padding = "valid",
    output_padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
    flip: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients dx, dw and db of `conv_transpose1d`."""
    return _transpose_backward(dy, x, w, flip, stride, padding, output_padding, dilation, groups)


def conv_transpose3d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: Triple = 1,
    padding: Padding = "valid",
    output_padding: Triple = 0,
    dilation: Triple = 1,
    groups: int = 1,
    flip: bool = False,
) -> np.ndarray:
    """Convolve the other way round over three axes; see `conv_transpose2d`.

    Parameters
    ----------
    x : array_like, shape (n, id, ih, iw, ic)
    w : array_like, shape (kd, kh, kw, oc / groups, ic)
    b : array_like, shape (oc,), optional
    stride, padding, output_padding, dilation, groups, flip
        As of `conv_transpose2d`.

    Returns
    -------
    y : ndarray, shape (n, od, oh, ow, oc)
    """
    return _transpose(x, w, b, flip, stride, padding, output_padding, dilation, groups)


def conv_transpose3d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Triple = 1,
    padding: Padding = "valid",
    output_padding: Triple = 0,
    dilation: Triple = 1,
    groups: int = 1,
    flip: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients dx, dw and db of `conv_transpose3d`."""
    return _transpose_backward(dy, x, w, flip, stride, padding, output_padding, dilation, groups)


def _transpose(
    x: ArrayLike, w: ArrayLike, b: ArrayLike | None, flip: bool, *settings: Any
) -> np.ndarray:
    x, w = float64(x), oriented(float64(w), flip)
    *_, oc, ic = w.shape
    *how, groups, sides, outputs = _sizes(x, w, *settings)
    y = np.zeros((len(x), *outputs, oc * groups))
    yp = pad(y, sides)
    for o, c in blocks(groups, oc, ic // groups):
        for pixel, window in positions(x.shape[1:-1], *how):
            yp[*window, o] += np.tensordot(x[*pixel, c], w[..., c], (1, -1))
    y = crop(yp, sides, outputs)
    return y if b is None else y + float64(b)


def _transpose_backward(
    dy: ArrayLike, x: ArrayLike, w: ArrayLike, flip: bool, *settings: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dy, x, w = float64(dy), float64(x), oriented(float64(w), flip)
    *_, oc, ic = w.shape
    *how, groups, sides, _ = _sizes(x, w, *settings)
    dyp = pad(dy, sides)
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for o, c in blocks(groups, oc, ic // groups):
        for pixel, window in positions(x.shape[1:-1], *how):
            dx[*pixel, c] = np.tensordot(dyp[*window, o], w[..., c], w.ndim - 1)
            dw[..., c] += np.tensordot(dyp[*window, o], x[*pixel, c], (0, 0))
    return dx, oriented(dw, flip), dy.sum(axis=tuple(range(dy.ndim - 1)))


def _sizes(x, w, stride, padding, output_padding, dilation, groups):
    """Give kernel, stride, dilation; the groups; what is cut off y, and its size."""
    image, kernel = x.shape[1:-1], w.shape[:-2]
    axes = len(image)
    stride, dilation = per_axis(stride, "stride", axes), per_axis(dilation, "dilation", axes)
    more = per_axis(output_padding, "output_padding", axes, minimum=0)
    spread = tuple(size * step for size, step in zip(image, stride, strict=True))
    sides = padding_amounts(padding, spread, kernel, stride, dilation, axes)
    outputs = spread
    if padding not in ("same", "same_lower"):
        outputs = tuple(
            transposed_size(size, taps, step, before, after, spacing, extra)
            for size, taps, step, (before, after), spacing, extra in zip(
                image, kernel, stride, sides, dilation, more, strict=True
            )
        )
    return kernel, stride, dilation, groups, sides, outputs
