import numpy as np

from fastcnn.kernels.gate import PoolSizes
from fastcnn.kernels.op import Op

class Pool(Op): ...
class MaxPool(Pool): ...

class MaxPoolForward(MaxPool):
    def __init__(
        self, s: PoolSizes, x: np.ndarray, y: np.ndarray, index: np.ndarray | None
    ) -> None: ...

class MaxPoolBackward(MaxPool):
    def __init__(self, s: PoolSizes, dy: np.ndarray, index: np.ndarray, dx: np.ndarray) -> None: ...

class AvgPoolForward(Pool):
    def __init__(self, s: PoolSizes, x: np.ndarray, y: np.ndarray) -> None: ...

class AvgPoolBackward(Pool):
    def __init__(self, s: PoolSizes, dy: np.ndarray, dx: np.ndarray) -> None: ...

class LpPoolForward(Pool):
    def __init__(self, s: PoolSizes, p: float, x: np.ndarray, y: np.ndarray) -> None: ...

class LpPoolBackward(Pool):
    def __init__(
        self, s: PoolSizes, p: float, dy: np.ndarray, x: np.ndarray, y: np.ndarray, dx: np.ndarray
    ) -> None: ...
