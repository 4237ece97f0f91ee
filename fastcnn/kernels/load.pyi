import numpy as np

from fastcnn.kernels.elementwise import Elementwise

class Load(Elementwise):
    def __init__(self, x: np.ndarray) -> None: ...
    def give(self, array: np.ndarray | None) -> None: ...
