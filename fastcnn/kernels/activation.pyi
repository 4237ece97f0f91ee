import numpy as np

from fastcnn.kernels.op import Op

FUNCTIONS: dict[str, int]

class ActivationForward(Op):
    def __init__(self, function: str, slope: float, x: np.ndarray, y: np.ndarray) -> None: ...

class ActivationBackward(Op):
    def __init__(
        self, function: str, slope: float, dy: np.ndarray, y: np.ndarray, dx: np.ndarray
    ) -> None: ...
