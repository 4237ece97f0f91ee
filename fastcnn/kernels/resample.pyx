"""Resampling of x[n, h, w, c] by a sparse matrix for the rows and one for the columns; a task is a run of
rows of the batch. The gradient is the same with both transposed."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport fc_resample, fc_sparse
from fastcnn.kernels.op cimport Op, block_start, blocks

# Elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384


cdef class Resample(Op):
    """y = rows x columns, image by image; `fill` where a row or column of the matrices is empty."""

    cdef fc_resample s
    cdef const float *x
    cdef float *y
    cdef ptrdiff_t oh, row_count, x_image, y_row

    writes = ("y",)

    def __init__(self, s, x, y):
        self.x, self.y = self.source(x, s.x_shape), self.target(y, s.y_shape)
        self.s.iw, self.s.ow, self.s.c = s.iw, s.ow, s.c
        self.s.rows, self.s.columns = self.sparse(s.rows), self.sparse(s.columns)
        self.s.runs = <const ptrdiff_t *> self.memory(s.columns.runs, "runs", "l", (s.ow,), False)
        self.s.fill, self.s.whole = s.fill, s.columns.whole
        self.oh, self.row_count, self.x_image, self.y_row = s.oh, s.n * s.oh, s.ih * s.iw * s.c, s.ow * s.c
        floats = max(s.n * self.x_image, self.row_count * self.y_row)
        self.tasks[0] = min(self.row_count, blocks(floats, RUN))
        if not (s.columns.whole or s.rows.copies):
            self.own_bytes = s.iw * s.c * sizeof(float)

    cdef fc_sparse sparse(self, matrix) except *:
        cdef fc_sparse s
        outputs, entries = matrix.starts.shape[0], matrix.indices.shape
        s.starts = <const ptrdiff_t *> self.memory(matrix.starts, "starts", "l", (outputs,), False)
        s.indices = <const ptrdiff_t *> self.memory(matrix.indices, "indices", "l", entries, False)
        s.weights = self.source(matrix.weights, entries)
        return s

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t at = block_start(self.row_count, self.tasks[0], index), image, row
        for at in range(at, block_start(self.row_count, self.tasks[0], index + 1)):
            image, row = at // self.oh, at % self.oh
            isa.K.resample_row(&self.s, row, self.x + image * self.x_image, <float *> own,
                               self.y + at * self.y_row)
