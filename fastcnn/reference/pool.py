"""Pooling and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, per_axis
from fastcnn.reference.cast import float64
from fastcnn.reference.window import Axes, Windows, slide


def max_pool2d(
    x: ArrayLike,
    size: Axes,
    stride: Axes | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
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
    ceil_mode : bool, default False
        Whether a last window that goes beyond the padding counts too; see
        `fastcnn.arithmetic.output_size`.

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
    windows = pool_windows(x, size, stride, padding, ceil_mode)
    y, _ = _maxima(x, windows)
    return y


def max_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Axes,
    stride: Axes | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
) -> np.ndarray:
    """Give the gradient of `max_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output of `max_pool2d`.
    x, size, stride, padding, ceil_mode
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
    windows = pool_windows(x, size, stride, padding, ceil_mode)
    _, taken = _maxima(x, windows)
    dxp = windows.pad(np.zeros_like(x))  # (n, top + ih + bottom, left + iw + right, c)
    for number, (_, at) in enumerate(windows.taps()):
        dxp[at] += np.where(taken == number, dy, 0.0)  # (n, oh, ow, c)
    return windows.crop(dxp)


def avg_pool2d(
    x: ArrayLike,
    size: Axes,
    stride: Axes | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Give the mean of every window, channel by channel.

    Parameters
    ----------
    x, size, stride, padding, ceil_mode
        As for `max_pool2d`.
    count_include_pad : bool, default False
        Whether the mean is over the pixels of the image that lie in the window or over those of the
        padding, which are 0, too. What lies beyond the padding never counts.

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

    where ``m[p, q]`` of the window's ``kh * kw`` pixels count.

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
    windows = pool_windows(x, size, stride, padding, ceil_mode)
    xp = windows.pad(x)  # (n, top + ih + bottom, left + iw + right, c)
    y = np.zeros((len(x), *windows.outputs, x.shape[-1]))
    for _, at in windows.taps():
        y += xp[at]
    return y / _pixels(x, windows, count_include_pad)


def avg_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: Axes,
    stride: Axes | None = None,
    padding: Padding = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Give the gradient of `avg_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output of `avg_pool2d`.
    x, size, stride, padding, ceil_mode, count_include_pad
        As given to `avg_pool2d`. Of `x`, only the shape matters.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, c)

    Notes
    -----
    Every pixel of the image in a window gets the same share::

        dx[n, p * sh + i - top, q * sw + j - left, c] += dy[n, p, q, c] / m[p, q]

    Examples
    --------
    >>> avg_pool2d_backward([[[[4.0], [8.0]]]], np.zeros((1, 2, 4, 1)), 2)[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    dy = float64(dy)
    x = float64(x)
    windows = pool_windows(x, size, stride, padding, ceil_mode)
    share = dy / _pixels(x, windows, count_include_pad)  # (n, oh, ow, c)
    dxp = windows.pad(np.zeros_like(x))  # (n, top + ih + bottom, left + iw + right, c)
    for _, at in windows.taps():
        dxp[at] += share
    return windows.crop(dxp)


# They take any number of axes: x is (n, w, c), (n, h, w, c) or (n, d, h, w, c).
max_pool1d = max_pool3d = max_pool2d
max_pool1d_backward = max_pool3d_backward = max_pool2d_backward
avg_pool1d = avg_pool3d = avg_pool2d
avg_pool1d_backward = avg_pool3d_backward = avg_pool2d_backward


def pool_windows(
    x: np.ndarray, size: Axes, stride: Axes | None, padding: Padding, ceil_mode: bool
) -> Windows:
    """Slide the pooling window over the images x (n, ih, iw, c)."""
    size = per_axis(size, "size", x.ndim - 2)
    stride = size if stride is None else stride
    windows = slide(x.shape[1:-1], size, stride, padding, ceil_mode=ceil_mode)
    if any(max(ends) >= k for ends, k in zip(windows.padding, size, strict=True)):
        raise ValueError(
            f"padding must be smaller than size: got padding {windows.padding}, size {size}"
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


def _pixels(x: np.ndarray, windows: Windows, count_include_pad: bool) -> np.ndarray:
    """Count the pixels of each window in the image, or in the padding too: m (1, oh, ow, 1)."""
    counted = windows.pad(np.ones((1, *x.shape[1:-1], 1)))
    if count_include_pad:
        inside = zip(x.shape[1:-1], windows.padding, strict=True)
        counted[:, *(slice(before + size + after) for size, (before, after) in inside)] = 1
    m = np.zeros((1, *windows.outputs, 1))
    for _, at in windows.taps():
        m += counted[at]
    return m
