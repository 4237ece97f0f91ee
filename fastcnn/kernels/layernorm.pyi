import numpy as np

from fastcnn.kernels.gate import GroupSizes
from fastcnn.kernels.op import Op

class LayerNorm(Op): ...

class LayerNormForward(LayerNorm):
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

class LayerNormBackward(LayerNorm):
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
