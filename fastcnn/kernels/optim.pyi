import numpy as np

from fastcnn.kernels.op import Op

class Sgd(Op):
    def __init__(
        self, settings: np.ndarray, dw: np.ndarray, w: np.ndarray, v: np.ndarray
    ) -> None: ...

class Adam(Op):
    def __init__(
        self, settings: np.ndarray, dw: np.ndarray, w: np.ndarray, m: np.ndarray, v: np.ndarray
    ) -> None: ...
