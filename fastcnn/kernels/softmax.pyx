"""Softmax over the last axis: rows by themselves."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport streams
from fastcnn.kernels.op cimport Op, block_start, even_blocks

# Elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384

# What is streamed begins on whole vectors.
cdef ptrdiff_t LANES = 16


cdef class Softmax(Op):
    """What the passes share: blocks of rows."""

    cdef ptrdiff_t rows, c

    cdef int cut(self, s) except -1:
        self.rows, self.c = s.rows, s.c
        self.tasks[0] = min(self.rows, even_blocks(self.rows * self.c, RUN))
        return 0

    cdef ptrdiff_t first(self, ptrdiff_t index) noexcept nogil:
        """The row that a task begins with."""
        return block_start(self.rows, self.tasks[0], index)


cdef class SoftmaxForward(Softmax):
    """y = exp(x) / the sum of exp(x) over a row; x and y [rows, c]."""

    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, s, x, y):
        self.x = self.source(x, (s.rows, s.c))
        self.y = self.target(y, (s.rows, s.c))
        self.cut(s)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t row = self.first(index), at = row * self.c
        isa.K.softmax_forward(self.first(index + 1) - row, self.c, self.x + at, self.y + at)


cdef class SoftmaxBackward(Softmax):
    """dx = y * (dy - the sum of dy * y over a row)."""

    cdef const float *dy
    cdef const float *y
    cdef float *dx
    cdef bint stream

    writes = ("dx",)

    def __init__(self, s, dy, y, dx):
        self.dy = self.source(dy, (s.rows, s.c))
        self.y = self.source(y, (s.rows, s.c))
        self.dx = self.target(dx, (s.rows, s.c))
        self.cut(s)
        self.stream = streams(self.dx, self.rows * self.c, 3) and self.c % LANES == 0

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t row = self.first(index), at = row * self.c
        isa.K.softmax_backward(self.first(index + 1) - row, self.c, self.dy + at, self.y + at, self.dx + at,
                               self.stream)
