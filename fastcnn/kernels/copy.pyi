import numpy as np

from fastcnn.kernels.op import Op

class Copy(Op):
    def __init__(self, x: np.ndarray, y: np.ndarray) -> None: ...
