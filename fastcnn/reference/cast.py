"""The number format of the specification."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def float64(x: ArrayLike) -> NDArray[np.float64]:
    """Give x as float64, without a copy if it is that already."""
    return np.asarray(x, dtype=np.float64)
