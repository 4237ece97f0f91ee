"""Pooling of each channel over the whole image, and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.pool import (
    avg_pool1d,
    avg_pool1d_backward,
    avg_pool2d,
    avg_pool2d_backward,
    avg_pool3d,
    avg_pool3d_backward,
    max_pool1d,
    max_pool1d_backward,
    max_pool2d,
    max_pool2d_backward,
    max_pool3d,
    max_pool3d_backward,
)
from fastcnn.kernels import gate


def global_avg_pool1d(x: ArrayLike) -> np.ndarray:
    """Take the mean of each channel over the sequence.

    Parameters
    ----------
    x : array_like, shape (n, w, c)

    Returns
    -------
    y : ndarray of float32, shape (n, c)

    Raises
    ------
    ValueError, TypeError
        `x` is not a batch of sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.global_avg_pool1d(np.arange(8).reshape(1, 4, 2))
    array([[3., 4.]], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return avg_pool1d(x, x.shape[1:-1]).reshape(x.shape[0], x.shape[-1])


def global_avg_pool2d(x: ArrayLike) -> np.ndarray:
    """Take the mean of each channel over the image (Lin et al., "Network in Network", 2014, 3.2).

    Parameters
    ----------
    x : array_like, shape (n, h, w, c)

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
    return avg_pool2d(x, x.shape[1:-1]).reshape(x.shape[0], x.shape[-1])


def global_avg_pool3d(x: ArrayLike) -> np.ndarray:
    """Take the mean of each channel over the volume.

    Parameters
    ----------
    x : array_like, shape (n, d, h, w, c)

    Returns
    -------
    y : ndarray of float32, shape (n, c)

    Raises
    ------
    ValueError, TypeError
        `x` is not a batch of volumes.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.global_avg_pool3d(np.arange(8).reshape(1, 1, 2, 2, 2))
    array([[3., 4.]], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return avg_pool3d(x, x.shape[1:-1]).reshape(x.shape[0], x.shape[-1])


def global_avg_pool1d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_avg_pool1d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output.
    x : array_like, shape (n, w, c)
        As given to `global_avg_pool1d`.

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
    >>> F.global_avg_pool1d_backward([[4.0]], np.ones((1, 4, 1))).ravel()
    array([1., 1., 1., 1.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    dy = gate.match(dy, "dy", (x.shape[0], x.shape[-1]))
    return avg_pool1d_backward(dy[:, None], x, x.shape[1:-1])


def global_avg_pool2d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_avg_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output.
    x : array_like, shape (n, h, w, c)
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
    >>> F.global_avg_pool2d_backward([[4.0]], np.ones((1, 2, 2, 1))).ravel()
    array([1., 1., 1., 1.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    dy = gate.match(dy, "dy", (x.shape[0], x.shape[-1]))
    return avg_pool2d_backward(dy[:, None, None], x, x.shape[1:-1])


def global_avg_pool3d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_avg_pool3d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output.
    x : array_like, shape (n, d, h, w, c)
        As given to `global_avg_pool3d`.

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
    >>> F.global_avg_pool3d_backward([[4.0]], np.ones((1, 1, 2, 2, 1))).ravel()
    array([1., 1., 1., 1.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    dy = gate.match(dy, "dy", (x.shape[0], x.shape[-1]))
    return avg_pool3d_backward(dy[:, None, None, None], x, x.shape[1:-1])


def global_max_pool1d(x: ArrayLike) -> np.ndarray:
    """Take the largest value of each channel over the sequence.

    Parameters
    ----------
    x : array_like, shape (n, w, c)

    Returns
    -------
    y : ndarray of float32, shape (n, c)

    Raises
    ------
    ValueError, TypeError
        `x` is not a batch of sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.global_max_pool1d(np.arange(8).reshape(1, 4, 2))
    array([[6., 7.]], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    return max_pool1d(x, x.shape[1:-1]).reshape(x.shape[0], x.shape[-1])


def global_max_pool2d(x: ArrayLike) -> np.ndarray:
    """Take the largest value of each channel over the image.

    Parameters
    ----------
    x : array_like, shape (n, h, w, c)

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
    >>> F.global_max_pool2d(np.arange(8).reshape(1, 2, 2, 2))
    array([[6., 7.]], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    return max_pool2d(x, x.shape[1:-1]).reshape(x.shape[0], x.shape[-1])


def global_max_pool3d(x: ArrayLike) -> np.ndarray:
    """Take the largest value of each channel over the volume.

    Parameters
    ----------
    x : array_like, shape (n, d, h, w, c)

    Returns
    -------
    y : ndarray of float32, shape (n, c)

    Raises
    ------
    ValueError, TypeError
        `x` is not a batch of volumes.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> F.global_max_pool3d(np.arange(8).reshape(1, 1, 2, 2, 2))
    array([[6., 7.]], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    return max_pool3d(x, x.shape[1:-1]).reshape(x.shape[0], x.shape[-1])


def global_max_pool1d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_max_pool1d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output.
    x : array_like, shape (n, w, c)
        As given to `global_max_pool1d`.

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
    >>> x = np.arange(4).reshape((1, 4, 1))
    >>> F.global_max_pool1d_backward([[4.0]], x).ravel()
    array([0., 0., 0., 4.], dtype=float32)
    """
    x = gate.floats(x, "x", 3)
    dy = gate.match(dy, "dy", (x.shape[0], x.shape[-1]))
    return max_pool1d_backward(dy[:, None], x, x.shape[1:-1])


def global_max_pool2d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_max_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output.
    x : array_like, shape (n, h, w, c)
        As given to `global_max_pool2d`.

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
    >>> x = np.arange(4).reshape((1, 2, 2, 1))
    >>> F.global_max_pool2d_backward([[4.0]], x).ravel()
    array([0., 0., 0., 4.], dtype=float32)
    """
    x = gate.floats(x, "x", 4)
    dy = gate.match(dy, "dy", (x.shape[0], x.shape[-1]))
    return max_pool2d_backward(dy[:, None, None], x, x.shape[1:-1])


def global_max_pool3d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_max_pool3d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output.
    x : array_like, shape (n, d, h, w, c)
        As given to `global_max_pool3d`.

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
    >>> x = np.arange(4).reshape((1, 1, 2, 2, 1))
    >>> F.global_max_pool3d_backward([[4.0]], x).ravel()
    array([0., 0., 0., 4.], dtype=float32)
    """
    x = gate.floats(x, "x", 5)
    dy = gate.match(dy, "dy", (x.shape[0], x.shape[-1]))
    return max_pool3d_backward(dy[:, None, None, None], x, x.shape[1:-1])
