"""Max, average and global average pooling, and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Pair
from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate
from fastcnn.kernels.pool import AvgPoolBackward, AvgPoolForward, MaxPoolBackward, MaxPoolForward


def max_pool2d(
    x: ArrayLike, size: Pair, stride: Pair | None = None, padding: Padding = "valid"
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
    s = gate.max_pool(x.shape, size, stride, padding)
    y = empty(s.y_shape)
    run(MaxPoolForward(s, x, y, None))
    return y


def max_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
) -> np.ndarray:
    """Give the gradient of `max_pool2d`: each output's goes to the first maximum of its window.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output.
    x, size, stride, padding
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
    s = gate.max_pool(x.shape, size, stride, padding)
    dy = gate.match(dy, "dy", s.y_shape)
    dx, index = empty(s.x_shape), np.empty(s.y_shape, dtype=s.index_type)
    run(MaxPoolForward(s, x, empty(s.y_shape), index), MaxPoolBackward(s, dy, index, dx))
    return dx


def avg_pool2d(
    x: ArrayLike, size: Pair, stride: Pair | None = None, padding: Padding = "valid"
) -> np.ndarray:
    """Take the mean of each window, channel by channel.

    Parameters
    ----------
    x, size, stride, padding
        As in `max_pool2d`. Padding pixels do not count: the mean is over real pixels.

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
    s = gate.pool(x.shape, size, stride, padding)
    y = empty(s.y_shape)
    run(AvgPoolForward(s, x, y))
    return y


def avg_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
) -> np.ndarray:
    """Give the gradient of `avg_pool2d`: each output's goes in equal shares to its window's pixels.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output.
    x, size, stride, padding
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
    s = gate.pool(x.shape, size, stride, padding)
    dy = gate.match(dy, "dy", s.y_shape)
    dx = empty(s.x_shape)
    run(AvgPoolBackward(s, dy, dx))
    return dx


def global_avg_pool2d(x: ArrayLike) -> np.ndarray:
    """Take the mean of each channel over the image (Lin et al., "Network in Network", 2014, 3.2).

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)

    Returns
    -------
    y : ndarray of float32, shape (n, c)

    Raises
    ------
    ValueError, TypeError
        `x` is not a batch of images.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.global_avg_pool2d(np.arange(8).reshape(1, 2, 2, 2))
    array([[3., 4.]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return avg_pool2d(x, x.shape[1:3]).reshape(x.shape[0], x.shape[3])


def global_avg_pool2d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_avg_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output.
    x : array_like, shape (n, ih, iw, c)
        As given to `global_avg_pool2d`.

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
    >>> F.global_avg_pool2d_backward([[4.0]], np.ones((1, 2, 2, 1)))[0, :, :, 0]
    array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    n, ih, iw, c = x.shape
    dy = gate.match(dy, "dy", (n, c))
    return avg_pool2d_backward(dy.reshape(n, 1, 1, c), x, (ih, iw))
