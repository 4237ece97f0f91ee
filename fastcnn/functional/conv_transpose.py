"""Transposed convolutions over one, two and three axes, and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Pair, Triple
from fastcnn.functional.convolution import (
    Gradients,
    convolve_transpose,
    convolve_transpose_backward,
)


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
    """Slide filters over y and add to it, for each pixel of x, its multiple of a filter.

    ``y[n, p sh + i dh - top, q sw + j dw - left, o] += x[n, p, q, c] w[i, j, o, c]``: what `conv2d`
    with these filters and settings, from y to x, sends back (Dumoulin & Visin, "A guide to
    convolution arithmetic for deep learning", 2016, chapter 4; Zeiler et al., CVPR 2010).

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, ic)
        Images.
    w : array_like, shape (kh, kw, oc / groups, ic)
        Filters. PyTorch's weights (ic, oc / groups, kh, kw) are ``w.transpose(3, 2, 0, 1)``.
    b : array_like, shape (oc,), optional
        Added to each output channel.
    stride : int or pair of ints, default 1
        Pixels of y from one window to the next.
    padding : {"valid", "same", "same_lower", "full"}, int, pair or ((top, bottom), (left, right))
        Pixels that are cut off around y: the padding of that convolution. ``"same"`` leaves
        ``sh * ih`` rows, the odd pixel goes at the bottom and right (``"same_lower"``: top and
        left).
    output_padding : int or pair of ints, default 0
        Rows at the bottom and columns at the right that are added, each below the stride; 0 where
        the padding is "same".
    dilation : int or pair of ints, default 1
        Pixels of y from one tap of the window to the next.
    groups : int, default 1
        Channels are cut into this many groups that see only each other.
    flip : bool, default False
        True rotates the filters by 180 degrees.

    Returns
    -------
    y : ndarray of float32, shape (n, oh, ow, oc)
        ``oh = sh (ih - 1) + dh (kh - 1) + 1 - top - bottom + output_padding``.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x, w = np.array([[1, 2]]).reshape(1, 1, 2, 1), np.arange(1, 5).reshape(2, 2, 1, 1)
    >>> F.conv_transpose2d(x, w)[0, :, :, 0]
    array([[ 1.,  4.,  4.],
           [ 3., 10.,  8.]], dtype=float32)
    """
    how = (stride, padding, output_padding, dilation, groups)
    return convolve_transpose(2, x, w, b, flip, *how)


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
) -> Gradients:
    """Give the gradients of `conv_transpose2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, oc)
        Gradient of the loss with respect to the output.
    x, w, stride, padding, output_padding, dilation, groups, flip
        As given to `conv_transpose2d`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`
    dw : ndarray of float32, shape of `w`
    db : ndarray of float32, shape (oc,)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x, w = np.array([[1, 2]]).reshape(1, 1, 2, 1), np.arange(1, 5).reshape(2, 2, 1, 1)
    >>> dx, dw, db = F.conv_transpose2d_backward(np.ones((1, 2, 3, 1)), x, w)
    >>> dx[0, :, :, 0], db
    (array([[10., 10.]], dtype=float32), array([6.], dtype=float32))
    """
    how = (stride, padding, output_padding, dilation, groups)
    return convolve_transpose_backward(2, dy, x, w, flip, *how)


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
        Filters. PyTorch's weights (ic, oc / groups, k) are ``w.transpose(2, 1, 0)``.
    b : array_like, shape (oc,), optional
    stride, padding, output_padding, dilation, groups, flip
        As of `conv_transpose2d`, with one int each; `padding` may be (left, right).

    Returns
    -------
    y : ndarray of float32, shape (n, ow, oc)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.conv_transpose1d([[[1], [2]]], [[[1]], [[10]]])[0, :, 0]
    array([ 1., 12., 20.], dtype=float32)
    """
    how = (stride, padding, output_padding, dilation, groups)
    return convolve_transpose(1, x, w, b, flip, *how)


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
) -> Gradients:
    """Give the gradients of `conv_transpose1d`.

    Parameters
    ----------
    dy : array_like, shape (n, ow, oc)
        Gradient of the loss with respect to the output.
    x, w, stride, padding, output_padding, dilation, groups, flip
        As given to `conv_transpose1d`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`
    dw : ndarray of float32, shape of `w`
    db : ndarray of float32, shape (oc,)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> dx, dw, db = F.conv_transpose1d_backward([[[1], [1], [1]]], [[[1], [2]]], [[[1]], [[10]]])
    >>> dx[0, :, 0], dw[:, 0, 0]
    (array([11., 11.], dtype=float32), array([3., 3.], dtype=float32))
    """
    how = (stride, padding, output_padding, dilation, groups)
    return convolve_transpose_backward(1, dy, x, w, flip, *how)


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
        Filters. PyTorch's weights (ic, oc / groups, kd, kh, kw) are
        ``w.transpose(4, 3, 0, 1, 2)``.
    b : array_like, shape (oc,), optional
    stride, padding, output_padding, dilation, groups, flip
        As of `conv_transpose2d`, with three ints or pairs each.

    Returns
    -------
    y : ndarray of float32, shape (n, od, oh, ow, oc)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> import numpy as np
    >>> F.conv_transpose3d(np.ones((1, 2, 4, 4, 3)), np.ones((3, 3, 3, 8, 3)), stride=2).shape
    (1, 5, 9, 9, 8)
    """
    how = (stride, padding, output_padding, dilation, groups)
    return convolve_transpose(3, x, w, b, flip, *how)


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
) -> Gradients:
    """Give the gradients of `conv_transpose3d`.

    Parameters
    ----------
    dy : array_like, shape (n, od, oh, ow, oc)
        Gradient of the loss with respect to the output.
    x, w, stride, padding, output_padding, dilation, groups, flip
        As given to `conv_transpose3d`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`
    dw : ndarray of float32, shape of `w`
    db : ndarray of float32, shape (oc,)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> import numpy as np
    >>> dy, x, w = np.ones((1, 5, 9, 9, 8)), np.ones((1, 2, 4, 4, 3)), np.ones((3, 3, 3, 8, 3))
    >>> dx, dw, db = F.conv_transpose3d_backward(dy, x, w, stride=2)
    >>> dx[0, 0, 0, 0], dw[0, 0, 0, 0]
    (array([216., 216., 216.], dtype=float32), array([32., 32., 32.], dtype=float32))
    """
    how = (stride, padding, output_padding, dilation, groups)
    return convolve_transpose_backward(3, dy, x, w, flip, *how)
