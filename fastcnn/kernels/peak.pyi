from fastcnn.kernels.op import Op

class MultiplyAdd(Op):
    flops: int
    def __init__(self, parts: int, rounds: int) -> None: ...
