import numpy as np

from fastcnn.kernels.op import Op

class Augment(Op):
    def __init__(
        self,
        x: np.ndarray,
        maps: np.ndarray,
        fill: float,
        colors: np.ndarray | None,
        mean: np.ndarray | None,
        scale: np.ndarray | None,
        boxes: np.ndarray | None,
        value: float,
        y: np.ndarray,
    ) -> None: ...

class Blend(Op):
    def __init__(
        self, x: np.ndarray, partner: np.ndarray, weight: np.ndarray, y: np.ndarray
    ) -> None: ...
