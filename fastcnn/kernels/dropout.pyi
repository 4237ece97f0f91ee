import numpy as np

from fastcnn.kernels.elementwise import Elementwise
from fastcnn.kernels.rows import Rows

class Dropout(Elementwise):
    def __init__(self, rate: float, key: np.ndarray, x: np.ndarray, y: np.ndarray) -> None: ...

class SpatialDropout(Rows):
    def __init__(self, rate: float, key: np.ndarray, x: np.ndarray, y: np.ndarray) -> None: ...
