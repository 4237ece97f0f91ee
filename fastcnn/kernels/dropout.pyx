"""Dropout; forward and backward are the same operation, asked with the same key."""

from libc.stdint cimport uint64_t

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport Elementwise, streams


cdef class Dropout(Elementwise):
    """y = x / (1 - rate) where the hash of (key, position) says keep, else 0.

    `key` is a uint64 array of one element, read at each run, so that every training step draws anew.
    """

    cdef const float *x
    cdef float *y
    cdef const uint64_t *key
    cdef uint64_t threshold
    cdef float scale

    writes = ("y",)

    def __init__(self, double rate, key, x, y):
        self.x = self.source(x, x.shape)
        self.y = self.target(y, x.shape)
        self.key = <const uint64_t *> self.memory(key, "key", "L", (1,), False)
        self.threshold = int(rate * 2**32)
        self.scale = 1 / (1 - rate)
        self.cut(x.size)
        self.stream = streams(self.y, self.n, 2)

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        isa.K.dropout(n, at, self.key[0], self.threshold, self.scale, self.x + at, self.y + at, self.stream)
