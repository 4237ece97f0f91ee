import numpy as np

from fastcnn.kernels.batchnorm import BatchNorm
from fastcnn.kernels.gate import RowSizes

class BatchNormPredict(BatchNorm):
    def __init__(
        self,
        s: RowSizes,
        eps: float,
        x: np.ndarray,
        gamma: np.ndarray,
        beta: np.ndarray,
        mean: np.ndarray,
        var: np.ndarray,
        y: np.ndarray,
        residual: np.ndarray | None = None,
        relu: bool = False,
    ) -> None: ...

class BatchNormFrozenBackward(BatchNorm):
    def __init__(
        self,
        s: RowSizes,
        eps: float,
        dy: np.ndarray,
        x: np.ndarray,
        gamma: np.ndarray,
        mean: np.ndarray,
        var: np.ndarray,
        dx: np.ndarray,
        dgamma: np.ndarray,
        dbeta: np.ndarray,
    ) -> None: ...
