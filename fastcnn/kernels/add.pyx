"""The sum of two tensors."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport Elementwise, streams


cdef class Add(Elementwise):
    """y = a + b; y may be a or b."""

    cdef const float *a
    cdef const float *b
    cdef float *y

    writes = ("y",)

    def __init__(self, a, b, y):
        self.a = self.source(a, a.shape)
        self.b = self.source(b, a.shape)
        self.y = self.target(y, a.shape)
        self.cut(a.size)
        # What is read is in a cache when it is written.
        self.stream = streams(self.y, self.n, 3) and self.y != self.a and self.y != self.b

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        isa.K.add(n, self.a + at, self.b + at, self.y + at, self.stream)
