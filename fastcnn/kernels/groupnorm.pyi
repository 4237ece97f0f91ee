import numpy as np

from fastcnn.kernels.gate import GroupSizes
from fastcnn.kernels.rows import Rows

class GroupNorm(Rows): ...

class GroupNormForward(GroupNorm):
    def __init__(
        self,
        s: GroupSizes,
        eps: float,
        x: np.ndarray,
        gamma: np.ndarray,
        beta: np.ndarray,
        mean: np.ndarray,
        inverse: np.ndarray,
        y: np.ndarray,
    ) -> None: ...

class GroupNormBackward(GroupNorm):
    def __init__(
        self,
        s: GroupSizes,
        dy: np.ndarray,
        x: np.ndarray,
        gamma: np.ndarray,
        mean: np.ndarray,
        inverse: np.ndarray,
        dx: np.ndarray,
        dgamma: np.ndarray,
        dbeta: np.ndarray,
    ) -> None: ...
