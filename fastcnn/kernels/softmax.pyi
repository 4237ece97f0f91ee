import numpy as np

from fastcnn.kernels.gate import RowSizes
from fastcnn.kernels.op import Op

class Softmax(Op): ...

class SoftmaxForward(Softmax):
    def __init__(self, s: RowSizes, x: np.ndarray, y: np.ndarray) -> None: ...

class SoftmaxBackward(Softmax):
    def __init__(self, s: RowSizes, dy: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None: ...
