"""Linear maps of one axis at a time."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def along_axes(x: ArrayLike, matrices: list[np.ndarray]) -> np.ndarray:
    """Multiply each axis of the images x by its matrix [outputs, inputs].

    The gradient is the product with the transposed matrices.
    """
    y = float64(x)
    for axis, matrix in enumerate(matrices, start=1):
        y = np.moveaxis(np.tensordot(matrix, y, axes=(1, axis)), 0, axis)
    return y
