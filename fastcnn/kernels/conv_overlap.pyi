import numpy as np

from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.op import Op

class ConvBackwardDataOverlap(Op):
    def __init__(self, s: ConvSizes, dy: np.ndarray, w: np.ndarray, dx: np.ndarray) -> None: ...
