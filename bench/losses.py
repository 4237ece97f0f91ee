"""Programs of losses with their gradients."""

import numpy as np
from measure import SMOOTHING, Case

from fastcnn.kernels.loss import BinaryCrossEntropy, Huber, MeanSquaredError, SoftmaxCrossEntropy
from fastcnn.kernels.op import Op


def build(case: Case, a: dict[str, np.ndarray]) -> tuple[Op, tuple[np.ndarray, ...]]:
    """The operation of a loss, and the results that it writes."""
    x, *targets = a.values()
    value, correct, dx = np.empty(1), np.empty(1, np.int64), np.empty_like(x)
    sums = value, correct, dx
    makers = {
        "softmax_cross_entropy": lambda y: SoftmaxCrossEntropy(x, y, *sums),
        "soft_cross_entropy": lambda y: SoftmaxCrossEntropy(x, y, *sums, smoothing=SMOOTHING),
        "binary_cross_entropy": lambda y: BinaryCrossEntropy(x, y, *sums),
        "mean_squared_error": lambda y: MeanSquaredError(x, y, value, dx),
        "huber": lambda y: Huber(x, y, value, dx),
    }
    return makers[case.op](*targets), (value, dx)
