import numpy as np

from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.op import Op

class ConvBackwardWeight(Op):
    def __init__(
        self, s: ConvSizes, dy: np.ndarray, x: np.ndarray, dw: np.ndarray, db: np.ndarray | None
    ) -> None: ...
