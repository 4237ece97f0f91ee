import numpy as np

from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.op import Op

class Depthwise(Op): ...
class DepthwiseCorrelation(Depthwise): ...

class DepthwiseForward(DepthwiseCorrelation):
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

class DepthwiseBackwardData(DepthwiseCorrelation):
    def __init__(self, s: ConvSizes, dy: np.ndarray, w: np.ndarray, dx: np.ndarray) -> None: ...

class DepthwiseBackwardWeight(Depthwise):
    def __init__(
        self, s: ConvSizes, dy: np.ndarray, x: np.ndarray, dw: np.ndarray, db: np.ndarray | None
    ) -> None: ...
