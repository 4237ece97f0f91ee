import numpy as np

from fastcnn.kernels.elementwise import Elementwise
from fastcnn.kernels.op import Op

class SoftmaxCrossEntropy(Op):
    def __init__(
        self,
        x: np.ndarray,
        labels: np.ndarray,
        loss: np.ndarray,
        correct: np.ndarray,
        dx: np.ndarray,
        weights: np.ndarray | None = None,
        smoothing: float = 0.0,
        scale: float = 1.0,
    ) -> None: ...

class PointwiseLoss(Elementwise):
    def __init__(
        self,
        x: np.ndarray,
        target: np.ndarray,
        loss: np.ndarray,
        dx: np.ndarray,
        weights: np.ndarray | None = None,
        scale: float = 1.0,
    ) -> None: ...

class MeanSquaredError(PointwiseLoss): ...

class Huber(PointwiseLoss):
    def __init__(
        self,
        x: np.ndarray,
        target: np.ndarray,
        loss: np.ndarray,
        dx: np.ndarray,
        weights: np.ndarray | None = None,
        scale: float = 1.0,
        delta: float = 1.0,
    ) -> None: ...

class BinaryCrossEntropy(PointwiseLoss):
    def __init__(
        self,
        x: np.ndarray,
        target: np.ndarray,
        loss: np.ndarray,
        correct: np.ndarray,
        dx: np.ndarray,
        weights: np.ndarray | None = None,
        scale: float = 1.0,
    ) -> None: ...
