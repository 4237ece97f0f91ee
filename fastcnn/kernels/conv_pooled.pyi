import numpy as np

from fastcnn.kernels.gate import ConvSizes, PoolSizes
from fastcnn.kernels.op import Op

class ConvBackwardWeightPooled(Op):
    def __init__(
        self,
        s: ConvSizes,
        pooling: PoolSizes,
        dy: np.ndarray,
        index: np.ndarray,
        x: np.ndarray,
        dw: np.ndarray,
        db: np.ndarray | None,
    ) -> None: ...
