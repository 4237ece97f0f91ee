import numpy as np

from fastcnn.kernels.gate import RowSizes
from fastcnn.kernels.rows import Rows

class BatchNorm(Rows): ...

class BatchNormForward(BatchNorm):
    def __init__(
        self,
        s: RowSizes,
        eps: float,
        momentum: float,
        x: np.ndarray,
        gamma: np.ndarray,
        beta: np.ndarray,
        running_mean: np.ndarray | None,
        running_var: np.ndarray | None,
        mean: np.ndarray,
        inverse: np.ndarray,
        y: np.ndarray,
        residual: np.ndarray | None = None,
        relu: bool = False,
    ) -> None: ...

class BatchNormBackward(BatchNorm):
    def __init__(
        self,
        s: RowSizes,
        dy: np.ndarray,
        x: np.ndarray,
        gamma: np.ndarray,
        mean: np.ndarray,
        inverse: np.ndarray,
        dx: np.ndarray,
        dgamma: np.ndarray,
        dbeta: np.ndarray,
        beta: np.ndarray | None = None,
        y: np.ndarray | None = None,
        dz: np.ndarray | None = None,
        accumulate: bool = False,
    ) -> None: ...
