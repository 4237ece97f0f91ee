"""Dropout and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import run
from fastcnn.kernels import gate
from fastcnn.kernels.dropout import Dropout


def dropout(x: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Set elements to zero at random and scale the others up (Srivastava et al., 2014).

    Parameters
    ----------
    x : array_like
    rate : float
        Probability that an element is dropped, ``0 <= rate < 1``.
    key : int
        Chooses the elements, ``0 <= key < 2**64``: the same key, the same elements.

    Returns
    -------
    y : ndarray of float32, shape of `x`
        ``x / (1 - rate)`` or 0.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> y = F.dropout(np.ones(10_000), rate=0.25, key=3)
    >>> float((y == 0).mean().round(2))
    0.25
    """
    return _dropped(x, "x", rate, key)


def dropout_backward(dy: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Give the gradient of `dropout`: the same elements of `dy`, scaled the same.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.ones(100)
    >>> bool((F.dropout(x, 0.5, key=1) == F.dropout_backward(x, 0.5, key=1)).all())
    True
    """
    return _dropped(dy, "dy", rate, key)


def _dropped(x: ArrayLike, name: str, rate: float, key: int) -> np.ndarray:
    x = gate.floats(x, name)
    gate.sized(x.shape, name)
    y = np.empty_like(x)
    run(Dropout(gate.real(rate, "rate", 0, 1, open_end=True), gate.key(key), x, y))
    return y
