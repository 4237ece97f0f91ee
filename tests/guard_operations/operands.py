"""Operands at a wall."""

import numpy as np
from guard import guarded


class Operands:
    """Makes operands at a wall, and knows which of them are outputs."""

    def __init__(self, side):
        self.side = side
        self.outputs = []

    def read(self, *shape):
        """An input of ones."""
        return self.given(np.ones(shape, dtype=np.float32))

    def write(self, *shape):
        """An output; NaN until it is written."""
        output = self.given(np.full(shape, np.nan, dtype=np.float32))
        self.outputs.append(output)
        return output

    def given(self, array):
        return guarded(np.asarray(array), self.side)
