"""A bias that no matrix product adds on its way: of transposed convolutions, in place, and its gradient.

Few channels fill no vectors, so several rows are seen as one wide row: y[rows / folds, folds * c].
"""

from libc.string cimport memcpy

from fastcnn.kernels cimport isa
from fastcnn.kernels.op cimport Op, block_start, even_blocks

# Floats of a wide row.
cdef ptrdiff_t WIDE = 128
# Floats of a task: enough to pay for handing it out, few enough for sums in float32 and the L1 cache.
cdef ptrdiff_t RUN = 8192


cdef class Bias(Op):
    """What the passes share: wide rows, cut into chunks."""

    cdef ptrdiff_t c, folds, height, width, chunks  # rows[height, width = folds * c]

    cdef int cut(self, ptrdiff_t rows, ptrdiff_t c) except -1:
        self.c, self.folds = c, 1
        while rows % (2 * self.folds) == 0 and self.folds * c < WIDE:
            self.folds *= 2
        self.height, self.width = rows // self.folds, self.folds * c
        self.chunks = min(self.height, even_blocks(self.height, max(1, RUN // self.width)))
        self.tasks[0] = self.chunks
        return 0

    cdef ptrdiff_t first(self, ptrdiff_t chunk) noexcept nogil:
        """The wide row that a chunk begins with."""
        return block_start(self.height, self.chunks, chunk)


cdef class BiasForward(Bias):
    """y[rows, c] += b."""

    cdef const float *b
    cdef float *y

    writes = ("y",)

    def __init__(self, b, y):
        rows, c = y.shape
        self.b = self.source(b, (c,))
        self.y = self.target(y, y.shape)
        self.cut(rows, c)
        self.own_bytes = self.width * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # A chunk of wide rows.
        cdef float *wide = <float *> own
        cdef ptrdiff_t fold, at = self.first(index)
        for fold in range(self.folds):
            memcpy(wide + fold * self.c, self.b, self.c * sizeof(float))
        isa.K.bias_forward(self.first(index + 1) - at, self.width, wide, self.y + at * self.width)


cdef class BiasBackward(Bias):
    """db = the column sums of dy[rows, c]."""

    cdef const float *dy
    cdef float *db

    writes = ("db",)

    def __init__(self, dy, db):
        rows, c = dy.shape
        self.dy = self.source(dy, dy.shape)
        self.db = self.target(db, (c,))
        self.cut(rows, c)
        self.phases = 2
        self.tasks[1] = 1
        self.shared_bytes = self.chunks * self.width * sizeof(float)
        self.own_bytes = self.width * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *sums = <float *> shared     # [chunks, width]
        cdef ptrdiff_t at
        if phase == 0:
            # A chunk of wide rows.
            at = self.first(index)
            isa.K.bias_backward(self.first(index + 1) - at, self.width, self.dy + at * self.width,
                                sums + index * self.width)
        else:
            # All of db.
            isa.K.sum_parts(self.width, self.chunks, self.width, sums, <float *> own)
            isa.K.sum_parts(self.c, self.folds, self.c, <float *> own, self.db)
