import numpy as np

from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.op import Op

class ConvBackwardDataColumns(Op):
    def __init__(self, s: ConvSizes, dy: np.ndarray, w: np.ndarray, dx: np.ndarray) -> None: ...

class ConvBackwardWeightColumns(Op):
    def __init__(
        self, s: ConvSizes, dy: np.ndarray, x: np.ndarray, dw: np.ndarray, db: np.ndarray | None
    ) -> None: ...
