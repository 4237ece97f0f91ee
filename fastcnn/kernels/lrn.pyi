import numpy as np

from fastcnn.kernels.gate import LrnSizes
from fastcnn.kernels.op import Op

class Lrn(Op): ...

class LrnForward(Lrn):
    def __init__(
        self,
        s: LrnSizes,
        share: float,
        beta: float,
        k: float,
        x: np.ndarray,
        y: np.ndarray,
    ) -> None: ...

class LrnBackward(Lrn):
    def __init__(
        self,
        s: LrnSizes,
        share: float,
        beta: float,
        k: float,
        dy: np.ndarray,
        x: np.ndarray,
        dx: np.ndarray,
    ) -> None: ...
