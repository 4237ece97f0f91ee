"""Dropout; forward and backward are the same operation, asked with the same key."""

from libc.stdint cimport uint64_t

from fastcnn.kernels cimport isa
from fastcnn.kernels.op cimport Op, block_start, blocks

# Elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384


cdef class Dropout(Op):
    """y = x / (1 - rate) where the hash of (key, position) says keep, else 0.

    `key` is a uint64 array of one element, read at each run, so that every training step draws anew.
    """

    cdef const float *x
    cdef float *y
    cdef const uint64_t *key
    cdef ptrdiff_t n
    cdef uint64_t threshold
    cdef float scale

    writes = ("y",)

    def __init__(self, double rate, key, x, y):
        self.x = self.source(x, x.shape)
        self.y = self.target(y, x.shape)
        self.key = <const uint64_t *> self.memory(key, "key", "L", (1,), False)
        self.n = x.size
        self.threshold = int(rate * 2**32)
        self.scale = 1 / (1 - rate)
        self.tasks[0] = blocks(self.n, RUN)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # One run of elements.
        cdef ptrdiff_t at = block_start(self.n, self.tasks[0], index)
        isa.K.dropout(block_start(self.n, self.tasks[0], index + 1) - at, at, self.key[0], self.threshold,
                      self.scale, self.x + at, self.y + at)
