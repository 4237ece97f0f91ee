import numpy as np

from fastcnn.kernels.elementwise import Elementwise

FUNCTIONS: dict[str, int]

class ActivationForward(Elementwise):
    def __init__(self, function: str, slope: float, x: np.ndarray, y: np.ndarray) -> None: ...

class ActivationBackward(Elementwise):
    def __init__(
        self, function: str, slope: float, dy: np.ndarray, y: np.ndarray, dx: np.ndarray
    ) -> None: ...
