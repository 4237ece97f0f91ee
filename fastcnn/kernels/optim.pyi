import numpy as np

from fastcnn.kernels.elementwise import Elementwise

class Spans(Elementwise): ...

class Norm(Spans):
    def __init__(
        self,
        x: np.ndarray,
        norm: np.ndarray,
        ends: np.ndarray | None = None,
        factors: np.ndarray | None = None,
    ) -> None: ...

class Lerp(Elementwise):
    def __init__(self, weight: np.ndarray, end: np.ndarray, start: np.ndarray) -> None: ...

class Update(Spans): ...

class Sgd(Update):
    def __init__(
        self,
        settings: np.ndarray,
        dw: np.ndarray,
        w: np.ndarray,
        v: np.ndarray,
        ends: np.ndarray | None = None,
        factors: np.ndarray | None = None,
    ) -> None: ...

class Adam(Update):
    def __init__(
        self,
        settings: np.ndarray,
        dw: np.ndarray,
        w: np.ndarray,
        m: np.ndarray,
        v: np.ndarray,
        ends: np.ndarray | None = None,
        factors: np.ndarray | None = None,
    ) -> None: ...

class RmsProp(Update):
    def __init__(
        self,
        settings: np.ndarray,
        dw: np.ndarray,
        w: np.ndarray,
        m: np.ndarray,
        v: np.ndarray,
        ends: np.ndarray | None = None,
        factors: np.ndarray | None = None,
    ) -> None: ...
