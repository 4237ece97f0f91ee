"""Batch normalisation whose statistics are given: in prediction, and in training where they are frozen."""

from libc.math cimport sqrt
from libc.string cimport memcpy

from fastcnn.kernels cimport isa
from fastcnn.kernels.batchnorm cimport BatchNorm


cdef class BatchNormPredict(BatchNorm):
    """y = gamma * (x - mean) / sqrt(var + eps) + beta with given statistics.

    `residual`, `relu`, x and y are as in `BatchNormForward`.
    """

    cdef double eps
    cdef const float *x
    cdef const float *gamma
    cdef const float *beta
    cdef const float *mean
    cdef const float *var
    cdef const float *residual
    cdef float *y
    cdef ptrdiff_t ldx, ldy

    writes = ("y",)

    def __init__(self, s, double eps, x, gamma, beta, mean, var, y, residual=None, bint relu=False):
        self.eps, self.relu = eps, relu
        self.x = <const float *> self.slices(x, "input", (s.rows, s.c), False, &self.ldx)
        self.gamma = self.source(gamma, (s.c,))
        self.beta = self.source(beta, (s.c,))
        self.mean = self.source(mean, (s.c,))
        self.var = self.source(var, (s.c,))
        if residual is not None:
            self.residual = self.source(residual, (s.rows, s.c))
        self.y = <float *> self.slices(y, "output", (s.rows, s.c), True, &self.ldy)
        self.cut(s.rows, s.c, self.ldx == s.c == self.ldy)
        self.stream = self.ldy == s.c and self.streams(self.y, s.rows * s.c, 2)
        self.phases = 2
        self.tasks[0] = self.merges()
        self.tasks[1] = self.chunks
        self.shared_bytes = 3 * self.width * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *mean = <float *> shared                 # [width]
        cdef float *scale = mean + self.width               # [width]
        cdef float *shift = scale + self.width              # [width]
        cdef const float *residual
        cdef ptrdiff_t at, last, ldx, ldy
        if phase == 0:
            # A block of channels.
            at, last = self.channel(index), self.channel(index + 1)
            memcpy(mean + at, self.mean + at, (last - at) * sizeof(float))
            memcpy(shift + at, self.beta + at, (last - at) * sizeof(float))
            isa.K.batchnorm_scale(last - at, self.eps, self.gamma + at, self.var + at, scale + at)
            self.repeat(at, last, mean)
            self.repeat(at, last, scale)
            self.repeat(at, last, shift)
        else:
            # A chunk of wide rows.
            at, ldx, ldy = self.first(index), self.folds * self.ldx, self.folds * self.ldy
            residual = NULL if self.residual == NULL else self.residual + at * self.width
            isa.K.batchnorm_apply(self.first(index + 1) - at, self.width, self.x + at * ldx, ldx, mean,
                                  scale, shift, residual, self.relu, self.y + at * ldy, ldy, self.stream)


cdef class BatchNormFrozenBackward(BatchNorm):
    """dx, dgamma, dbeta of BatchNormPredict: its statistics do not depend on x.

    With r = 1 / sqrt(var + eps): dx = dy * gamma * r, dgamma = r * sum dy * (x - mean), dbeta = sum dy.
    """

    cdef double eps
    cdef const float *dy
    cdef const float *x
    cdef const float *gamma
    cdef const float *mean
    cdef const float *var
    cdef float *dx
    cdef float *dgamma
    cdef float *dbeta

    writes = ("dx", "dgamma", "dbeta")

    def __init__(self, s, double eps, dy, x, gamma, mean, var, dx, dgamma, dbeta):
        self.eps = eps
        self.dy = self.source(dy, (s.rows, s.c))
        self.x = self.source(x, (s.rows, s.c))
        self.gamma = self.source(gamma, (s.c,))
        self.mean = self.source(mean, (s.c,))
        self.var = self.source(var, (s.c,))
        self.dx = self.target(dx, (s.rows, s.c))
        self.dgamma = self.target(dgamma, (s.c,))
        self.dbeta = self.target(dbeta, (s.c,))
        self.cut(s.rows, s.c)
        self.stream = self.streams(self.dx, s.rows * s.c, 3)
        self.phases = 3
        self.tasks[0] = self.tasks[2] = self.merges()
        self.tasks[1] = self.chunks
        self.shared_bytes = self.width * (2 * sizeof(double) + (2 + 2 * self.chunks) * sizeof(float))

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef double *totals = <double *> shared                 # [2, width] of dy and of dy * (x - mean)
        cdef float *mean = <float *> (totals + 2 * self.width)  # [width]
        cdef float *scale = mean + self.width                   # [width]
        cdef float *sums = scale + self.width                   # [chunks, 2, width] as `totals`
        cdef float *s = sums + 2 * index * self.width
        cdef ptrdiff_t at, last
        if phase == 1:
            # A chunk of wide rows.
            at = self.first(index) * self.width
            isa.K.batchnorm_frozen_backward(self.first(index + 1) - self.first(index), self.width,
                                            self.dy + at, self.x + at, mean, scale, self.dx + at, s,
                                            s + self.width, self.stream)
            return
        # A block of channels.
        at, last = self.channel(index), self.channel(index + 1)
        if phase == 0:
            memcpy(mean + at, self.mean + at, (last - at) * sizeof(float))
            isa.K.batchnorm_scale(last - at, self.eps, self.gamma + at, self.var + at, scale + at)
            self.repeat(at, last, mean)
            self.repeat(at, last, scale)
        else:
            self.merge(at, last, sums, totals)

    cdef void merge(self, ptrdiff_t first, ptrdiff_t last, const float *sums,
                    double *totals) noexcept nogil:
        cdef ptrdiff_t j
        self.add_up(first, last, 2, sums, totals)
        for j in range(first, last):
            self.dbeta[j] = totals[j]
            self.dgamma[j] = totals[self.width + j] / sqrt(self.var[j] + self.eps)
