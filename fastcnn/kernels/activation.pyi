import numpy as np

from fastcnn.kernels.elementwise import Elementwise

READS: dict[str, str]

class Activation(Elementwise): ...

class ActivationForward(Activation):
    def __init__(
        self, function: str, settings: tuple[float, float], x: np.ndarray, y: np.ndarray
    ) -> None: ...

class ActivationBackward(Activation):
    def __init__(
        self,
        function: str,
        settings: tuple[float, float],
        dy: np.ndarray,
        kept: np.ndarray,
        dx: np.ndarray,
    ) -> None: ...
