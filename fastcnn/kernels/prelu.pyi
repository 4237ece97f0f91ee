import numpy as np

from fastcnn.kernels.gate import RowSizes
from fastcnn.kernels.rows import Rows

class PRelu(Rows): ...

class PReluForward(PRelu):
    def __init__(self, s: RowSizes, x: np.ndarray, slope: np.ndarray, y: np.ndarray) -> None: ...

class PReluBackward(PRelu):
    def __init__(
        self,
        s: RowSizes,
        dy: np.ndarray,
        x: np.ndarray,
        slope: np.ndarray,
        dx: np.ndarray,
        dslope: np.ndarray,
    ) -> None: ...
