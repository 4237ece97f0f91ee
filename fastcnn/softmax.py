"""From the scores of a classifier to probabilities."""

import numpy as np


def softmax(x: np.ndarray) -> np.ndarray:
    """Turn scores ``(n, classes)`` into probabilities: ``exp(x) / sum(exp(x))`` in each row.

    The largest score of a row is subtracted first, so that no exponential overflows.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.softmax import softmax
    >>> softmax(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """
    y = np.exp(x - x.max(axis=1, keepdims=True))
    return y / y.sum(axis=1, keepdims=True)
