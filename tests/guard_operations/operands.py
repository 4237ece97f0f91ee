"""Operands at a wall."""

import numpy as np
from guard import guarded


class Operands:
    """Makes operands at a wall, and knows which of them are outputs."""

    def __init__(self, side):
        self.side = side
        self.outputs = []

    def read(self, *shape, more=0):
        """An input of ones."""
        return self.filled(1, shape, more)

    def write(self, *shape, more=0):
        """An output; NaN until it is written."""
        self.outputs.append(self.filled(np.nan, shape, more))
        return self.outputs[-1]

    def filled(self, value, shape, more):
        """The channels at the wall of an array that has so many more."""
        *rows, c = shape
        whole = self.given(np.full((*rows, c + more), value, dtype=np.float32))
        return whole[..., :c] if self.side == "start" else whole[..., more:]

    def given(self, array):
        return guarded(np.asarray(array), self.side)
