import numpy as np

from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.winograd import Tiles

class WinogradBackwardWeight(Tiles):
    def __init__(
        self, s: ConvSizes, dy: np.ndarray, x: np.ndarray, dw: np.ndarray, db: np.ndarray | None
    ) -> None: ...
