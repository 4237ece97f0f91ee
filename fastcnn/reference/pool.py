"""Pooling and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, Pair, pair
from fastcnn.reference.cast import float64
from fastcnn.reference.window import Windows, slide


def max_pool2d(
    x: ArrayLike, size: Pair, stride: Pair | None = None, padding: Padding = "valid"
) -> np.ndarray:
    """Give the largest pixel of every window, channel by channel.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
        Images.
    size : int or pair of ints
        Pixels of the window.
    stride : int or pair of ints, optional
        Pixels from one window to the next; `size` if not given.
    padding : str, int, pair or pair of pairs, default "valid"
        See `fastcnn.arithmetic.padding_amounts`. Padding never is the maximum.

    Returns
    -------
    y : ndarray, shape (n, oh, ow, c)
        NaN where a window holds a NaN.

    Raises
    ------
    ValueError
        If the padding is not smaller than the window on every side: a window could hold nothing
        but padding, which has no maximum.

    Notes
    -----
    ::

        y[n, p, q, c] = max over i, j of x[n, p * sh + i - top, q * sw + j - left, c]

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press, 2016,
       section 9.3.

    Examples
    --------
    >>> max_pool2d(np.arange(16).reshape(1, 4, 4, 1), 2)[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    x = float64(x)
    windows = _slide(x, size, stride, padding)
    y, _ = _maxima(x, windows)
    return y


def max_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
) -> np.ndarray:
    """Give the gradient of `max_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output of `max_pool2d`.
    x, size, stride, padding
        As given to `max_pool2d`.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, c)

    Notes
    -----
    The gradient of an output pixel goes to the one input pixel it was taken from: the first of
    several equal maxima when the window is read row by row, and the last NaN if there are any.

    Examples
    --------
    >>> x = np.array([[1, 3, 2, 2], [3, 0, 2, 2]]).reshape(1, 2, 4, 1)
    >>> max_pool2d_backward([[[[10], [20]]]], x, 2)[0, :, :, 0]
    array([[ 0., 10., 20.,  0.],
           [ 0.,  0.,  0.,  0.]])
    """
    dy = float64(dy)
    x = float64(x)
    windows = _slide(x, size, stride, padding)
    _, taken = _maxima(x, windows)
    dxp = windows.pad(np.zeros_like(x))  # (n, top + ih + bottom, left + iw + right, c)
    for number, (_, at) in enumerate(windows.taps()):
        dxp[at] += np.where(taken == number, dy, 0.0)  # (n, oh, ow, c)
    return windows.crop(dxp)


def avg_pool2d(
    x: ArrayLike, size: Pair, stride: Pair | None = None, padding: Padding = "valid"
) -> np.ndarray:
    """Give the mean of every window, channel by channel.

    Parameters
    ----------
    x, size, stride, padding
        As for `max_pool2d`. Padding does not count: the mean is over the pixels of the image
        that lie in the window.

    Returns
    -------
    y : ndarray, shape (n, oh, ow, c)

    Raises
    ------
    ValueError
        As `max_pool2d`.

    Notes
    -----
    ::

        y[n, p, q, c] = sum over i, j of x[n, p * sh + i - top, q * sw + j - left, c] / m[p, q]

    where ``m[p, q]`` of the window's ``kh * kw`` pixels lie in the image.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
       arXiv:1603.07285, 2016, section 1.2.

    Examples
    --------
    >>> avg_pool2d(np.arange(16).reshape(1, 4, 4, 1), 2)[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    >>> avg_pool2d(np.ones((1, 2, 2, 1)), 2, stride=1, padding="same")[0, :, :, 0]
    array([[1., 1.],
           [1., 1.]])
    """
    x = float64(x)
    windows = _slide(x, size, stride, padding)
    xp = windows.pad(x)  # (n, top + ih + bottom, left + iw + right, c)
    y = np.zeros((len(x), *windows.outputs, x.shape[-1]))
    for _, at in windows.taps():
        y += xp[at]
    return y / _pixels(x, windows)


def avg_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Pair,
    stride: Pair | None = None,
    padding: Padding = "valid",
) -> np.ndarray:
    """Give the gradient of `avg_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output of `avg_pool2d`.
    x, size, stride, padding
        As given to `avg_pool2d`. Of `x`, only the shape matters.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, c)

    Notes
    -----
    Every pixel of a window that lies in the image gets the same share::

        dx[n, p * sh + i - top, q * sw + j - left, c] += dy[n, p, q, c] / m[p, q]

    Examples
    --------
    >>> avg_pool2d_backward([[[[4.0], [8.0]]]], np.zeros((1, 2, 4, 1)), 2)[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    dy = float64(dy)
    x = float64(x)
    windows = _slide(x, size, stride, padding)
    share = dy / _pixels(x, windows)  # (n, oh, ow, c)
    dxp = windows.pad(np.zeros_like(x))  # (n, top + ih + bottom, left + iw + right, c)
    for _, at in windows.taps():
        dxp[at] += share
    return windows.crop(dxp)


def global_avg_pool2d(x: ArrayLike) -> np.ndarray:
    """Give the mean of every channel over the whole image.

    Parameters
    ----------
    x : array_like, shape (n, h, w, c)
        Images.

    Returns
    -------
    y : ndarray, shape (n, c)

    Notes
    -----
    ::

        y[n, c] = sum over i, j of x[n, i, j, c] / (h * w)

    References
    ----------
    .. [1] M. Lin, Q. Chen and S. Yan, "Network in network", ICLR 2014, section 3.2.

    Examples
    --------
    >>> global_avg_pool2d(np.arange(8).reshape(1, 2, 2, 2))
    array([[3., 4.]])
    """
    x = float64(x)
    _, h, w, _ = x.shape
    return x.sum(axis=(1, 2)) / (h * w)


def global_avg_pool2d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_avg_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output of `global_avg_pool2d`.
    x : array_like, shape (n, h, w, c)
        As given to `global_avg_pool2d`. Only the shape matters.

    Returns
    -------
    dx : ndarray, shape (n, h, w, c)

    Notes
    -----
    ::

        dx[n, i, j, c] = dy[n, c] / (h * w)

    Examples
    --------
    >>> global_avg_pool2d_backward([[4.0]], np.zeros((1, 2, 2, 1)))[0, :, :, 0]
    array([[1., 1.],
           [1., 1.]])
    """
    dy = float64(dy)
    n, h, w, c = np.shape(x)
    return np.zeros((n, h, w, c)) + dy[:, None, None, :] / (h * w)


def _slide(x: np.ndarray, size: Pair, stride: Pair | None, padding: Padding) -> Windows:
    """Slide the pooling window over the images x (n, ih, iw, c)."""
    kh, kw = pair(size, "size")
    windows = slide(x.shape[1:3], (kh, kw), (kh, kw) if stride is None else stride, padding)
    (top, bottom), (left, right) = windows.padding
    if max(top, bottom) >= kh or max(left, right) >= kw:
        raise ValueError(
            f"padding must be smaller than size: got padding {windows.padding}, size {(kh, kw)}"
        )
    return windows


def _maxima(x: np.ndarray, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Give the maximum of each window and the number of the tap that it was taken from."""
    xp = windows.pad(x)  # (n, top + ih + bottom, left + iw + right, c)
    in_image = windows.pad(np.ones(x.shape, dtype=bool))  # shape of xp
    y = np.zeros((len(x), *windows.outputs, x.shape[-1]))
    taken = np.full(y.shape, -1)  # no tap yet
    for number, (_, at) in enumerate(windows.taps()):
        pixel = xp[at]  # (n, oh, ow, c)
        # `pixel > y` keeps the first of equal maxima, and a NaN is replaced by NaN only.
        better = ((taken < 0) | (pixel > y) | np.isnan(pixel)) & in_image[at]
        y = np.where(better, pixel, y)
        taken = np.where(better, number, taken)
    return y, taken


def _pixels(x: np.ndarray, windows: Windows) -> np.ndarray:
    """Count the pixels of each window that lie in the image: m (1, oh, ow, 1)."""
    in_image = windows.pad(np.ones((1, *x.shape[1:3], 1)))
    m = np.zeros((1, *windows.outputs, 1))
    for _, at in windows.taps():
        m += in_image[at]
    return m
