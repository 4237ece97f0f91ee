"""The sum of two tensors."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def add(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Add two tensors of one shape.

    Parameters
    ----------
    a, b : array_like, same shape

    Returns
    -------
    y : ndarray, shape of `a`
        ``a + b``. The gradient of the loss with respect to `a`, and to `b`, is that with respect to
        `y`.

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition",
       CVPR 2016, section 3.2.

    Examples
    --------
    >>> add([1.0, 2.0], [10.0, 20.0])
    array([11., 22.])
    """
    return float64(a) + float64(b)
