"""Layer normalisation (Ba, Kiros & Hinton, 2016): runs of x[n, groups, c / groups] by themselves.

A run is in the L1 cache from its first sum until it is normalised, so memory is read once. Group
normalisation of single pixels, behind dense layers, has several runs to a row.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport streams
from fastcnn.kernels.op cimport Op, block_start, blocks, even_blocks

# A task's rows, whose sums are short enough for float32.
cdef ptrdiff_t TASK_FLOATS = 65536
cdef ptrdiff_t TASK_ROWS = 1024

# What is streamed begins on whole vectors.
cdef ptrdiff_t LANES = 16

# Channels that one task merges.
cdef ptrdiff_t MERGE = 256


cdef class LayerNorm(Op):
    """What the passes share: blocks of rows."""

    cdef ptrdiff_t n, c, groups
    cdef bint stream

    cdef int cut(self, s, const float *y, int arrays) except -1:
        self.n, self.c, self.groups = s.n, s.c, s.groups
        self.tasks[0] = min(self.n, even_blocks(self.n, max(1, min(TASK_ROWS, TASK_FLOATS // self.c))))
        self.stream = streams(y, self.n * self.c, arrays) and self.c // self.groups % LANES == 0
        return 0

    cdef ptrdiff_t first(self, ptrdiff_t index) noexcept nogil:
        """The row that a task begins with."""
        return block_start(self.n, self.tasks[0], index)


cdef class LayerNormForward(LayerNorm):
    """y = gamma * (x - mean) / sqrt(var + eps) + beta with the statistics of each run.

    For the backward pass are kept: inverse = 1 / sqrt(var + eps) [n, groups], mean [2, n, groups]:
    rounded, and what was lost.
    """

    cdef double eps
    cdef const float *x
    cdef const float *gamma
    cdef const float *beta
    cdef float *mean
    cdef float *inverse
    cdef float *y

    writes = ("mean", "inverse", "y")

    def __init__(self, s, double eps, x, gamma, beta, mean, inverse, y):
        self.eps = eps
        self.x = self.source(x, s.x_shape)
        self.gamma = self.source(gamma, (s.c,))
        self.beta = self.source(beta, (s.c,))
        self.mean = self.target(mean, (2, s.n, s.groups))
        self.inverse = self.target(inverse, (s.n, s.groups))
        self.y = self.target(y, s.x_shape)
        self.cut(s, self.y, 2)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t row = self.first(index), rows = self.first(index + 1) - row
        cdef ptrdiff_t at = row * self.groups
        isa.K.layernorm_forward(rows, self.groups, self.c // self.groups, self.eps, self.x + row * self.c,
                                self.gamma, self.beta, self.mean + at,
                                self.mean + self.n * self.groups + at, self.inverse + at,
                                self.y + row * self.c, self.stream)


cdef class LayerNormBackward(LayerNorm):
    """dx, dgamma, dbeta from dy, x and what LayerNormForward kept.

    With xhat = (x - mean) * inverse and means over a run: dx = inverse * (dy * gamma - mean(dy * gamma)
    - xhat * mean(dy * gamma * xhat)), dgamma = sum dy * xhat, dbeta = sum dy over the rows.
    """

    cdef const float *dy
    cdef const float *x
    cdef const float *gamma
    cdef const float *mean
    cdef const float *inverse
    cdef float *dx
    cdef float *dgamma
    cdef float *dbeta

    writes = ("dx", "dgamma", "dbeta")

    def __init__(self, s, dy, x, gamma, mean, inverse, dx, dgamma, dbeta):
        self.dy = self.source(dy, s.x_shape)
        self.x = self.source(x, s.x_shape)
        self.gamma = self.source(gamma, (s.c,))
        self.mean = self.source(mean, (2, s.n, s.groups))
        self.inverse = self.source(inverse, (s.n, s.groups))
        self.dx = self.target(dx, s.x_shape)
        self.dgamma = self.target(dgamma, (s.c,))
        self.dbeta = self.target(dbeta, (s.c,))
        self.cut(s, self.dx, 3)
        self.phases = 2
        self.tasks[1] = blocks(self.c, MERGE)
        self.shared_bytes = self.tasks[0] * 2 * self.c * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *sums = <float *> shared         # [tasks, 2, c] of dy * xhat and of dy
        cdef float *s = sums + 2 * index * self.c
        cdef ptrdiff_t row, rows, at
        if phase == 1:
            # A block of channels.
            self.merge(block_start(self.c, self.tasks[1], index),
                       block_start(self.c, self.tasks[1], index + 1), sums)
            return
        # A block of rows.
        row, rows = self.first(index), self.first(index + 1) - self.first(index)
        at = row * self.groups
        memset(s, 0, 2 * self.c * sizeof(float))
        isa.K.layernorm_backward(rows, self.groups, self.c // self.groups, self.dy + row * self.c,
                                 self.x + row * self.c, self.gamma, self.mean + at,
                                 self.mean + self.n * self.groups + at, self.inverse + at,
                                 self.dx + row * self.c, s, s + self.c, self.stream)

    cdef void merge(self, ptrdiff_t first, ptrdiff_t last, const float *sums) noexcept nogil:
        cdef ptrdiff_t j, part
        cdef double dgamma, dbeta
        for j in range(first, last):
            dgamma = dbeta = 0
            for part in range(self.tasks[0]):
                dgamma += sums[2 * part * self.c + j]
                dbeta += sums[(2 * part + 1) * self.c + j]
            self.dgamma[j], self.dbeta[j] = dgamma, dbeta
