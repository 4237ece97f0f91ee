"""Rows of channels from one tensor to another; either may be some channels of wider rows."""

from libc.string cimport memcpy

from fastcnn.kernels.op cimport Op, block_start, blocks, even_blocks

# Floats that a task copies: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384


cdef class Copy(Op):
    """y = x, [rows][c] each; rows are ldx and ldy floats apart."""

    cdef ptrdiff_t rows, c, ldx, ldy
    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, x, y):
        self.x = <const float *> self.slices(x, "input", x.shape, False, &self.ldx)
        self.y = <float *> self.slices(y, "output", x.shape, True, &self.ldy)
        self.c = x.shape[x.ndim - 1]
        self.rows = x.size // self.c
        self.tasks[0] = even_blocks(self.rows, blocks(RUN, self.c))

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t row
        for row in range(block_start(self.rows, self.tasks[0], index),
                         block_start(self.rows, self.tasks[0], index + 1)):
            memcpy(self.y + row * self.ldy, self.x + row * self.ldx, self.c * sizeof(float))
