import numpy as np

from fastcnn.kernels.elementwise import Elementwise

class Update(Elementwise): ...

class Sgd(Update):
    def __init__(
        self,
        settings: np.ndarray,
        dw: np.ndarray,
        w: np.ndarray,
        v: np.ndarray,
        ends: np.ndarray | None = None,
        factors: np.ndarray | None = None,
    ) -> None: ...

class Adam(Update):
    def __init__(
        self,
        settings: np.ndarray,
        dw: np.ndarray,
        w: np.ndarray,
        m: np.ndarray,
        v: np.ndarray,
        ends: np.ndarray | None = None,
        factors: np.ndarray | None = None,
    ) -> None: ...

class RmsProp(Update):
    def __init__(
        self,
        settings: np.ndarray,
        dw: np.ndarray,
        w: np.ndarray,
        m: np.ndarray,
        v: np.ndarray,
        ends: np.ndarray | None = None,
        factors: np.ndarray | None = None,
    ) -> None: ...
