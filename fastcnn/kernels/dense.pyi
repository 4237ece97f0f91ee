import numpy as np

from fastcnn.kernels.conv import ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.gate import ConvSizes, DenseSizes
from fastcnn.kernels.op import Op

def as_conv(s: DenseSizes) -> ConvSizes: ...
def pixels(array: np.ndarray) -> np.ndarray: ...

class DenseForward(ConvForward):
    def __init__(
        self,
        s: DenseSizes,
        x: np.ndarray,
        w: np.ndarray,
        b: np.ndarray | None,
        y: np.ndarray,
        scale: np.ndarray | None = None,
        residual: np.ndarray | None = None,
        clamp: tuple[float, float] | None = None,
    ) -> None: ...

class DenseBackwardWeight(ConvBackwardWeight):
    def __init__(
        self, s: DenseSizes, dy: np.ndarray, x: np.ndarray, dw: np.ndarray, db: np.ndarray | None
    ) -> None: ...

class DenseBackwardData(Op):
    def __init__(self, s: DenseSizes, dy: np.ndarray, w: np.ndarray, dx: np.ndarray) -> None: ...
