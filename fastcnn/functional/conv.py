"""2-D convolution and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Pair
from fastcnn.functional.convolution import convolve, convolve_backward


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
    """Slide filters over images.

    ``y[n, i, j, o] = b[o] + sum over p, q, c of
    x[n, i sh + p dh - top, j sw + q dw - left, c] w[p, q, c, o]``, where pixels outside the image
    are 0 (Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016).

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, ic)
        Images.
    w : array_like, shape (kh, kw, ic / groups, oc)
        Filters.
    b : array_like, shape (oc,), optional
        Added to each output channel.
    stride : int or pair of ints, default 1
        Pixels from one window to the next, vertically and horizontally.
    padding : {"valid", "same", "same_lower", "full"}, int, pair or ((top, bottom), (left, right))
        Zero pixels around the image. ``"same"`` gives ``ceil(ih / stride)`` rows, the odd pixel at
        the bottom and right (``"same_lower"``: top and left); ``"full"`` gives every overlap.
    dilation : int or pair of ints, default 1
        Pixels from one tap of the window to the next.
    groups : int, default 1
        Channels are cut into this many groups that see only each other.
    flip : bool, default False
        True rotates the filters by 180 degrees: convolution in the mathematical sense. Without it
        this is cross-correlation, as everywhere in deep learning.

    Returns
    -------
    y : ndarray of float32, shape (n, oh, ow, oc)
        ``oh = floor((ih + top + bottom - dh (kh - 1) - 1) / sh) + 1``.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.arange(9).reshape(1, 3, 3, 1)
    >>> w = np.arange(4).reshape(2, 2, 1, 1)
    >>> F.conv2d(x, w)[0, :, :, 0]
    array([[19., 25.],
           [37., 43.]], dtype=float32)
    """
    return convolve(2, x, w, b, flip, stride, padding, dilation, groups)


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
        Gradient of the loss with respect to the output.
    x, w, stride, padding, dilation, groups, flip
        As given to `conv2d`.

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
    >>> x, w = np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1))
    >>> dx, dw, db = F.conv2d_backward(np.ones((1, 2, 2, 1)), x, w)
    >>> dx[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]], dtype=float32)
    >>> dw[:, :, 0, 0], db
    (array([[4., 4.],
           [4., 4.]], dtype=float32), array([4.], dtype=float32))
    """
    return convolve_backward(2, dy, x, w, flip, stride, padding, dilation, groups)
