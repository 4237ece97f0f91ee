from collections.abc import Sequence

import numpy as np

from fastcnn.kernels.op import Op

class BatchNormFold(Op):
    def __init__(
        self,
        eps: Sequence[float],
        gamma: Sequence[np.ndarray],
        beta: Sequence[np.ndarray],
        mean: Sequence[np.ndarray],
        var: Sequence[np.ndarray],
        b: Sequence[np.ndarray | None],
        scale: Sequence[np.ndarray],
        shift: Sequence[np.ndarray],
    ) -> None: ...
