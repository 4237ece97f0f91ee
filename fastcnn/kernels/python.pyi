from collections.abc import Callable
from typing import Any

from fastcnn.kernels.op import Op

class PythonOp(Op):
    def __init__(self, function: Callable[[], Any]) -> None: ...
