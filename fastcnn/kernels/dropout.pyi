import numpy as np

from fastcnn.kernels.op import Op

class Dropout(Op):
    def __init__(self, rate: float, key: np.ndarray, x: np.ndarray, y: np.ndarray) -> None: ...
