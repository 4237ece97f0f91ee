import numpy as np

from fastcnn.kernels.gate import FrameSizes
from fastcnn.kernels.op import Op

class Frames(Op): ...

class FramesForward(Frames):
    def __init__(self, s: FrameSizes, x: np.ndarray, y: np.ndarray) -> None: ...

class FramesBackward(Frames):
    def __init__(self, s: FrameSizes, dy: np.ndarray, dx: np.ndarray) -> None: ...
