"""Max and average pooling, and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Pair, Triple
from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate
from fastcnn.kernels.pool import AvgPoolBackward, AvgPoolForward, MaxPoolBackward, MaxPoolForward

Single = int | tuple[int]


def max_pool2d(
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Take the largest value of each window, channel by channel.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
        Images.
    size : int or pair of ints
        Height and width of the window.
    stride : int or pair of ints, optional
        Pixels from one window to the next; the default is `size`.
    padding
        As in `conv2d`, smaller than the window. Padding pixels never are the maximum.
    ceil_mode : bool, default False
        Whether a last window that goes beyond the padding counts too; it must begin in the image or
        in the padding before it.

    Returns
    -------
    y : ndarray of float32, shape (n, oh, ow, c)
        A NaN in a window makes its output NaN.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.max_pool2d(np.arange(16).reshape(1, 4, 4, 1), 2)[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return _max(x, gate.max_pooling(x.shape, size, stride, padding, ceil_mode))


def max_pool1d(
    x: ArrayLike,
    size: Single,
    stride: Single | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Take the largest value of each window of sequences x (n, w, c), as `max_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.max_pool1d(np.array([1, 5, 2, 3]).reshape(1, 4, 1), 2).ravel()
    array([5., 3.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return _max(x, gate.max_pooling(x.shape, size, stride, padding, ceil_mode))


def max_pool3d(
    x: ArrayLike,
    size: Triple,
    stride: Triple | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Take the largest value of each window of volumes x (n, d, h, w, c), as `max_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.max_pool3d(np.arange(8).reshape(1, 2, 2, 2, 1), 2).ravel()
    array([7.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return _max(x, gate.max_pooling(x.shape, size, stride, padding, ceil_mode))


def max_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Give the gradient of `max_pool2d`: each output's goes to the first maximum of its window.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output.
    x, size, stride, padding, ceil_mode
        As given to `max_pool2d`.

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
    >>> x = np.array([[3, 1], [2, 3]]).reshape(1, 2, 2, 1)
    >>> F.max_pool2d_backward(np.ones((1, 1, 1, 1)), x, 2)[0, :, :, 0]
    array([[1., 0.],
           [0., 0.]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return _max_backward(dy, x, gate.max_pooling(x.shape, size, stride, padding, ceil_mode))


def max_pool1d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Single,
    stride: Single | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Give the gradient of `max_pool1d`, as `max_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.array([1, 5, 2, 3]).reshape(1, 4, 1)
    >>> F.max_pool1d_backward(np.ones((1, 2, 1)), x, 2).ravel()
    array([0., 1., 0., 1.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return _max_backward(dy, x, gate.max_pooling(x.shape, size, stride, padding, ceil_mode))


def max_pool3d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Triple,
    stride: Triple | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Give the gradient of `max_pool3d`, as `max_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.arange(8).reshape(1, 2, 2, 2, 1)
    >>> F.max_pool3d_backward(np.ones((1, 1, 1, 1, 1)), x, 2).ravel()
    array([0., 0., 0., 0., 0., 0., 0., 1.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return _max_backward(dy, x, gate.max_pooling(x.shape, size, stride, padding, ceil_mode))


def avg_pool2d(
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Take the mean of each window, channel by channel.

    Parameters
    ----------
    x, size, stride, padding, ceil_mode
        As in `max_pool2d`.
    count_include_pad : bool, default False
        Whether padding pixels count, as zeros; what lies beyond the padding never does.

    Returns
    -------
    y : ndarray of float32, shape (n, oh, ow, c)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.avg_pool2d(np.arange(16).reshape(1, 4, 4, 1), 2)[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return _avg(x, gate.pooling(x.shape, size, stride, padding, ceil_mode, count_include_pad))


def avg_pool1d(
    x: ArrayLike,
    size: Single,
    stride: Single | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Take the mean of each window of sequences x (n, w, c), as `avg_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.avg_pool1d(np.array([1, 5, 2, 3]).reshape(1, 4, 1), 2).ravel()
    array([3. , 2.5], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return _avg(x, gate.pooling(x.shape, size, stride, padding, ceil_mode, count_include_pad))


def avg_pool3d(
    x: ArrayLike,
    size: Triple,
    stride: Triple | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Take the mean of each window of volumes x (n, d, h, w, c), as `avg_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.avg_pool3d(np.arange(8).reshape(1, 2, 2, 2, 1), 2).ravel()
    array([3.5], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return _avg(x, gate.pooling(x.shape, size, stride, padding, ceil_mode, count_include_pad))


def avg_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Give the gradient of `avg_pool2d`: each output's goes in equal shares to its window's pixels.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output.
    x, size, stride, padding, ceil_mode, count_include_pad
        As given to `avg_pool2d`.

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
    >>> F.avg_pool2d_backward(np.ones((1, 1, 1, 1)), np.ones((1, 2, 2, 1)), 2)[0, :, :, 0]
    array([[0.25, 0.25],
           [0.25, 0.25]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    s = gate.pooling(x.shape, size, stride, padding, ceil_mode, count_include_pad)
    return _avg_backward(dy, s)


def avg_pool1d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Single,
    stride: Single | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Give the gradient of `avg_pool1d`, as `avg_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.avg_pool1d_backward(np.ones((1, 2, 1)), np.ones((1, 4, 1)), 2).ravel()
    array([0.5, 0.5, 0.5, 0.5], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    s = gate.pooling(x.shape, size, stride, padding, ceil_mode, count_include_pad)
    return _avg_backward(dy, s)


def avg_pool3d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Triple,
    stride: Triple | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Give the gradient of `avg_pool3d`, as `avg_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.avg_pool3d_backward(np.ones((1, 1, 1, 1, 1)), np.ones((1, 2, 1, 1, 1)), (2, 1, 1)).ravel()
    array([0.5, 0.5], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    s = gate.pooling(x.shape, size, stride, padding, ceil_mode, count_include_pad)
    return _avg_backward(dy, s)


def _max(x: np.ndarray, s: gate.Pooling) -> np.ndarray:
    for step in s.steps:
        y = empty(step.y_shape)
        run(MaxPoolForward(step, x.reshape(step.x_shape), y, None))
        x = y
    return x.reshape(s.y_shape)


def _max_backward(dy: ArrayLike, x: np.ndarray, s: gate.Pooling) -> np.ndarray:
    dx = gate.match(dy, "dy", s.y_shape)
    places = []
    for step in s.steps:
        y, index = empty(step.y_shape), np.empty(step.y_shape, dtype=step.index_type)
        run(MaxPoolForward(step, x.reshape(step.x_shape), y, index))
        places.append(index)
        x = y
    for step, index in zip(reversed(s.steps), reversed(places), strict=True):
        given, dx = dx.reshape(step.y_shape), empty(step.x_shape)
        run(MaxPoolBackward(step, given, index, dx))
    return dx.reshape(s.x_shape)


def _avg(x: np.ndarray, s: gate.Pooling) -> np.ndarray:
    for step in s.steps:
        y = empty(step.y_shape)
        run(AvgPoolForward(step, x.reshape(step.x_shape), y))
        x = y
    return x.reshape(s.y_shape)


def _avg_backward(dy: ArrayLike, s: gate.Pooling) -> np.ndarray:
    dx = gate.match(dy, "dy", s.y_shape)
    for step in reversed(s.steps):
        given, dx = dx.reshape(step.y_shape), empty(step.x_shape)
        run(AvgPoolBackward(step, given, dx))
    return dx.reshape(s.x_shape)
