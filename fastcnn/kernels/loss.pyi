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
    ) -> None: ...

class MeanSquaredError(Elementwise):
    def __init__(
        self, x: np.ndarray, target: np.ndarray, loss: np.ndarray, dx: np.ndarray
    ) -> None: ...
