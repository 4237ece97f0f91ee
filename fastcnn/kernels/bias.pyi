import numpy as np

from fastcnn.kernels.op import Op

class Bias(Op): ...

class BiasForward(Bias):
    def __init__(self, b: np.ndarray, y: np.ndarray) -> None: ...

class BiasBackward(Bias):
    def __init__(self, dy: np.ndarray, db: np.ndarray) -> None: ...
