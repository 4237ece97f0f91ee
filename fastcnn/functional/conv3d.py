"""Convolution over three axes and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Triple
from fastcnn.functional.convolution import Gradients, convolve, convolve_backward


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
    """Slide filters over volumes, such as videos, along three axes.

    ``y[n, r, p, q, o] = b[o] + sum over l, i, j, c of
    x[n, r sd + l dd - front, p sh + i dh - top, q sw + j dw - left, c] w[l, i, j, c, o]``, where x
    is 0 outside (Ji et al., "3D convolutional neural networks for human action recognition", 2010).

    Parameters
    ----------
    x : array_like, shape (n, id, ih, iw, ic)
    w : array_like, shape (kd, kh, kw, ic / groups, oc)
        Filters.
    b : array_like, shape (oc,), optional
        Added to each output channel.
    stride : int or three ints, default 1
        Voxels from one window to the next.
    padding : {"valid", "same", "same_lower", "full"}, int, three ints or three pairs
        As of `conv2d`. Pairs are (front, back), (top, bottom) and (left, right).
    dilation : int or three ints, default 1
        Voxels from one tap of the window to the next.
    groups : int, default 1
        Channels are cut into this many groups that see only each other.
    flip : bool, default False
        True turns the filters round: convolution in the mathematical sense.

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
    >>> x, w = np.arange(8).reshape(1, 2, 2, 2, 1), np.ones((2, 1, 1, 1, 1))
    >>> F.conv3d(x, w)[0, 0, :, :, 0]
    array([[ 4.,  6.],
           [ 8., 10.]], dtype=float32)
    """
    return convolve(3, x, w, b, flip, stride, padding, dilation, groups)


def conv3d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Triple = 1,
    padding: Padding = "valid",
    dilation: Triple = 1,
    groups: int = 1,
    flip: bool = False,
) -> Gradients:
    """Give the gradients of `conv3d`.

    Parameters
    ----------
    dy : array_like, shape (n, od, oh, ow, oc)
        Gradient of the loss with respect to the output.
    x, w, stride, padding, dilation, groups, flip
        As given to `conv3d`.

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
    >>> x, w = np.arange(8).reshape(1, 2, 2, 2, 1), np.ones((2, 1, 1, 1, 1))
    >>> dx, dw, db = F.conv3d_backward(np.ones((1, 1, 2, 2, 1)), x, w)
    >>> dw[:, 0, 0, 0, 0], db
    (array([ 6., 22.], dtype=float32), array([4.], dtype=float32))
    """
    return convolve_backward(3, dy, x, w, flip, stride, padding, dilation, groups)
