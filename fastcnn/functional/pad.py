"""Padding and cropping, and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding
from fastcnn.functional.run import resample, resample_backward
from fastcnn.kernels import gate


def pad2d(x: ArrayLike, amounts: Padding, mode: str = "constant", value: float = 0.0) -> np.ndarray:
    """Add pixels around images.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
        Images.
    amounts : int, pair of ints, or ((top, bottom), (left, right))
        Pixels to add: on all sides, on those of each axis, on each side.
    mode : {"constant", "reflect", "replicate", "circular"}, default "constant"
        Pixels of `value`; the image mirrored at its border pixels, which are not repeated, by less
        than its size; the border pixels; the image again, at most once on each side.
    value : float, default 0

    Returns
    -------
    y : ndarray of float32, shape (n, top + ih + bottom, left + iw + right, c)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.pad2d([[[[1.0], [2.0], [3.0]]]], ((0, 0), (2, 1)), "reflect")[0, :, :, 0]
    array([[3., 2., 1., 2., 3., 2.]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return resample(x, gate.pad(x.shape, amounts, mode, value))


def pad1d(x: ArrayLike, amounts: Padding, mode: str = "constant", value: float = 0.0) -> np.ndarray:
    """Add pixels around sequences x (n, w, c), as `pad2d`; `amounts` is an int or (left, right).

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.pad1d([[[1.0], [2.0]]], (1, 2), "replicate").ravel()
    array([1., 1., 2., 2., 2.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return resample(x, gate.pad(x.shape, amounts, mode, value))


def pad3d(x: ArrayLike, amounts: Padding, mode: str = "constant", value: float = 0.0) -> np.ndarray:
    """Add pixels around volumes x (n, d, h, w, c), as `pad2d`; `amounts` has three axes.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.pad3d(np.ones((1, 1, 1, 1, 1)), (0, 0, 1)).ravel()
    array([0., 1., 0.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return resample(x, gate.pad(x.shape, amounts, mode, value))


def pad2d_backward(
    dy: ArrayLike, x: ArrayLike, amounts: Padding, mode: str = "constant"
) -> np.ndarray:
    """Give the gradient of `pad2d`: each pixel of the image gets those of all its copies.

    Parameters
    ----------
    dy : array_like, shape of the output of `pad2d`
        Gradient of the loss with respect to the output.
    x, amounts, mode
        As given to `pad2d`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.zeros((1, 1, 3, 1))
    >>> F.pad2d_backward(np.ones((1, 1, 6, 1)), x, ((0, 0), (2, 1)), "reflect").ravel()
    array([1., 3., 2.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return resample_backward(dy, gate.pad(x.shape, amounts, mode, 0.0))


def pad1d_backward(
    dy: ArrayLike, x: ArrayLike, amounts: Padding, mode: str = "constant"
) -> np.ndarray:
    """Give the gradient of `pad1d`, as `pad2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.pad1d_backward(np.ones((1, 5, 1)), np.zeros((1, 2, 1)), (1, 2), "replicate").ravel()
    array([2., 3.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return resample_backward(dy, gate.pad(x.shape, amounts, mode, 0.0))


def pad3d_backward(
    dy: ArrayLike, x: ArrayLike, amounts: Padding, mode: str = "constant"
) -> np.ndarray:
    """Give the gradient of `pad3d`, as `pad2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> dy = np.arange(3).reshape(1, 1, 1, 3, 1)
    >>> F.pad3d_backward(dy, np.ones((1, 1, 1, 1, 1)), (0, 0, 1)).ravel()
    array([1.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return resample_backward(dy, gate.pad(x.shape, amounts, mode, 0.0))


def crop2d(x: ArrayLike, amounts: Padding) -> np.ndarray:
    """Take pixels away from the sides of images.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
        Images.
    amounts : int, pair of ints, or ((top, bottom), (left, right))
        Pixels to take away; something must be left.

    Returns
    -------
    y : ndarray of float32, shape (n, ih - top - bottom, iw - left - right, c)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.crop2d(np.arange(16).reshape(1, 4, 4, 1), ((1, 1), (0, 2)))[0, :, :, 0]
    array([[4., 5.],
           [8., 9.]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return resample(x, gate.crop(x.shape, amounts))


def crop1d(x: ArrayLike, amounts: Padding) -> np.ndarray:
    """Take pixels away from the ends of sequences x (n, w, c), as `crop2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.crop1d(np.arange(5).reshape(1, 5, 1), (1, 2)).ravel()
    array([1., 2.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return resample(x, gate.crop(x.shape, amounts))


def crop3d(x: ArrayLike, amounts: Padding) -> np.ndarray:
    """Take pixels away from the sides of volumes x (n, d, h, w, c), as `crop2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.crop3d(np.arange(27).reshape(1, 3, 3, 3, 1), 1).ravel()
    array([13.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return resample(x, gate.crop(x.shape, amounts))


def crop2d_backward(dy: ArrayLike, x: ArrayLike, amounts: Padding) -> np.ndarray:
    """Give the gradient of `crop2d`: zeros around dy.

    Parameters
    ----------
    dy : array_like, shape of the output of `crop2d`
        Gradient of the loss with respect to the output.
    x, amounts
        As given to `crop2d`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.crop2d_backward([[[[7.0]]]], np.zeros((1, 1, 3, 1)), ((0, 0), (1, 1))).ravel()
    array([0., 7., 0.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return resample_backward(dy, gate.crop(x.shape, amounts))


def crop1d_backward(dy: ArrayLike, x: ArrayLike, amounts: Padding) -> np.ndarray:
    """Give the gradient of `crop1d`, as `crop2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.crop1d_backward(np.ones((1, 2, 1)), np.zeros((1, 5, 1)), (1, 2)).ravel()
    array([0., 1., 1., 0., 0.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return resample_backward(dy, gate.crop(x.shape, amounts))


def crop3d_backward(dy: ArrayLike, x: ArrayLike, amounts: Padding) -> np.ndarray:
    """Give the gradient of `crop3d`, as `crop2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.crop3d_backward(np.ones((1, 1, 1, 1, 1)), np.zeros((1, 3, 1, 1, 1)), (1, 0, 0)).ravel()
    array([0., 1., 0.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return resample_backward(dy, gate.crop(x.shape, amounts))
