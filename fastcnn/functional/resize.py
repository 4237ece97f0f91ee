"""Interpolation and adaptive averages, and their gradients: images of another size."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Pair, Triple
from fastcnn.functional.pool import Single
from fastcnn.functional.run import resample, resample_backward
from fastcnn.kernels import gate


def upsample2d(
    x: ArrayLike,
    factor: Pair = 2,
    size: Pair | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """Interpolate images to other sizes.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
        Images.
    factor : int or pair of ints, default 2
        How many times as many pixels the output has; `size` overrules it.
    size : int or pair of ints, optional
        Pixels of the output, more or fewer than those of the input.
    mode : {"nearest", "bilinear"}, default "nearest"
        Copies; means of the pixels around each place, weighted by their nearness. The latter is
        "linear" in `upsample1d` and "trilinear" in `upsample3d`.
    align_corners : bool, default False
        Whether the middles of the first and last pixels stay where they are, or their outer edges;
        not with "nearest".

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
    >>> F.upsample2d([[[[0.0], [4.0]]]], size=(1, 4), mode="bilinear").ravel()
    array([0., 1., 3., 4.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return resample(x, gate.upsample(x.shape, factor, size, mode, align_corners))


def upsample1d(
    x: ArrayLike,
    factor: Single = 2,
    size: Single | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """Interpolate sequences x (n, w, c) to other sizes, as `upsample2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.upsample1d([[[1.0], [2.0]]]).ravel()
    array([1., 1., 2., 2.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return resample(x, gate.upsample(x.shape, factor, size, mode, align_corners))


def upsample3d(
    x: ArrayLike,
    factor: Triple = 2,
    size: Triple | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """Interpolate volumes x (n, d, h, w, c) to other sizes, as `upsample2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.upsample3d(np.arange(2).reshape(1, 2, 1, 1, 1), size=(3, 1, 1), mode="trilinear").ravel()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return resample(x, gate.upsample(x.shape, factor, size, mode, align_corners))


def upsample2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    factor: Pair = 2,
    size: Pair | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """Give the gradient of `upsample2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output.
    x, factor, size, mode, align_corners
        As given to `upsample2d`.

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
    >>> x = np.zeros((1, 1, 2, 1))
    >>> F.upsample2d_backward(np.arange(8).reshape(1, 2, 4, 1), x).ravel()
    array([10., 18.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return resample_backward(dy, gate.upsample(x.shape, factor, size, mode, align_corners))


def upsample1d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    factor: Single = 2,
    size: Single | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """Give the gradient of `upsample1d`, as `upsample2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.upsample1d_backward(np.arange(4).reshape(1, 4, 1), np.zeros((1, 2, 1))).ravel()
    array([1., 5.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return resample_backward(dy, gate.upsample(x.shape, factor, size, mode, align_corners))


def upsample3d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    factor: Triple = 2,
    size: Triple | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """Give the gradient of `upsample3d`, as `upsample2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.upsample3d_backward(np.ones((1, 2, 2, 2, 1)), np.zeros((1, 1, 1, 1, 1))).ravel()
    array([8.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return resample_backward(dy, gate.upsample(x.shape, factor, size, mode, align_corners))


def adaptive_avg_pool2d(x: ArrayLike, output_size: Pair) -> np.ndarray:
    """Take the means of as many windows as there are to be outputs.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
        Images.
    output_size : int or pair of ints
        Pixels of the output. Window o of an axis begins at pixel ``floor(o * input / output)`` and
        ends before pixel ``ceil((o + 1) * input / output)``, as in PyTorch.

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
    >>> F.adaptive_avg_pool2d(np.arange(10).reshape(1, 2, 5, 1), (1, 2)).ravel()
    array([3.5, 5.5], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return resample(x, gate.adaptive_avg_pool(x.shape, output_size))


def adaptive_avg_pool1d(x: ArrayLike, output_size: Single) -> np.ndarray:
    """Take the means of windows of sequences x (n, w, c), as `adaptive_avg_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.adaptive_avg_pool1d(np.arange(4).reshape(1, 4, 1), 2).ravel()
    array([0.5, 2.5], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return resample(x, gate.adaptive_avg_pool(x.shape, output_size))


def adaptive_avg_pool3d(x: ArrayLike, output_size: Triple) -> np.ndarray:
    """Take the means of windows of volumes x (n, d, h, w, c), as `adaptive_avg_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.adaptive_avg_pool3d(np.arange(8).reshape(1, 2, 2, 2, 1), 1).ravel()
    array([3.5], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return resample(x, gate.adaptive_avg_pool(x.shape, output_size))


def adaptive_avg_pool2d_backward(dy: ArrayLike, x: ArrayLike, output_size: Pair) -> np.ndarray:
    """Give the gradient of `adaptive_avg_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, oh, ow, c)
        Gradient of the loss with respect to the output.
    x, output_size
        As given to `adaptive_avg_pool2d`.

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
    >>> dy, x = [[[[3.0], [6.0]]]], np.zeros((1, 1, 5, 1))
    >>> F.adaptive_avg_pool2d_backward(dy, x, (1, 2)).ravel()
    array([1., 1., 3., 2., 2.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return resample_backward(dy, gate.adaptive_avg_pool(x.shape, output_size))


def adaptive_avg_pool1d_backward(dy: ArrayLike, x: ArrayLike, output_size: Single) -> np.ndarray:
    """Give the gradient of `adaptive_avg_pool1d`, as `adaptive_avg_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.adaptive_avg_pool1d_backward(np.ones((1, 1, 1)), np.zeros((1, 4, 1)), 1).ravel()
    array([0.25, 0.25, 0.25, 0.25], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return resample_backward(dy, gate.adaptive_avg_pool(x.shape, output_size))


def adaptive_avg_pool3d_backward(dy: ArrayLike, x: ArrayLike, output_size: Triple) -> np.ndarray:
    """Give the gradient of `adaptive_avg_pool3d`, as `adaptive_avg_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> dy, x = np.ones((1, 1, 1, 1, 1)), np.zeros((1, 2, 1, 1, 1))
    >>> F.adaptive_avg_pool3d_backward(dy, x, 1).ravel()
    array([0.5, 0.5], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return resample_backward(dy, gate.adaptive_avg_pool(x.shape, output_size))
