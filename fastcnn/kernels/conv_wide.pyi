import numpy as np

from fastcnn.kernels.conv import ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.gate import ConvSizes

LATENCY: int

def pixels(s: ConvSizes, under_way: int = 1) -> int: ...
def widened(s: ConvSizes, q: int) -> ConvSizes: ...
def _weights(s: ConvSizes) -> np.ndarray: ...

class ConvForwardWide(ConvForward):
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

class ConvBackwardWeightWide(ConvBackwardWeight):
    def __init__(
        self, s: ConvSizes, dy: np.ndarray, x: np.ndarray, dw: np.ndarray, db: np.ndarray | None
    ) -> None: ...
