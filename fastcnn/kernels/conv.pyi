import numpy as np

from fastcnn.kernels.correlation import Correlation
from fastcnn.kernels.gate import ConvSizes

class ConvForward(Correlation):
    def __init__(
        self,
        s: ConvSizes,
        x: np.ndarray,
        w: np.ndarray,
        b: np.ndarray | None,
        y: np.ndarray,
        scale: np.ndarray | None = None,
        residual: np.ndarray | None = None,
        clamp: tuple[float, float] | None = None,
    ) -> None: ...

class ConvBackwardData(Correlation):
    def __init__(self, s: ConvSizes, dy: np.ndarray, w: np.ndarray, dx: np.ndarray) -> None: ...
