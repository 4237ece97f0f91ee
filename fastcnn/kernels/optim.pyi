import numpy as np

from fastcnn.kernels.elementwise import Elementwise

class Sgd(Elementwise):
    def __init__(
        self, settings: np.ndarray, dw: np.ndarray, w: np.ndarray, v: np.ndarray
    ) -> None: ...

class Adam(Elementwise):
    def __init__(
        self, settings: np.ndarray, dw: np.ndarray, w: np.ndarray, m: np.ndarray, v: np.ndarray
    ) -> None: ...
